"""Exercise Lekima: an invented fleet and real weather, fed through the real doors."""
