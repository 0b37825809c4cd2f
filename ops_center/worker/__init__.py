"""The worker: its partitions of subjects from blocks to events."""
