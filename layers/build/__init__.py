"""Builders of the shipped layers; run by hand, their output is committed."""
