"""HTTP for machines: ingest, commands, features, health."""
