"""The desk: everything that looks across subjects, in one order."""
