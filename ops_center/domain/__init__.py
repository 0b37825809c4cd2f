"""The nouns and their state machines; standard library only. Read this folder first."""
