"""Codes of Chinese warnings: identifiers, levels and colours, events, headlines."""
