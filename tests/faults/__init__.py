"""Faults: roles and servers killed at random, and taken away for long, while a scenario runs."""
