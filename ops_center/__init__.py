"""The application: nouns, pipeline, desk, wall and the wiring that joins them."""

__version__ = "0.1.0"
