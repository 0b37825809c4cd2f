"""Decoders against third-party vectors."""
