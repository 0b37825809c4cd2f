"""Real-input scenarios through the whole loop."""
