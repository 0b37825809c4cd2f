"""Run the exercise: history first, then the live shift, until interrupted."""
