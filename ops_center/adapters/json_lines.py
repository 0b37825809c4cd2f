"""JSON lines: append-only files of them, each line durable before anybody is told of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def opened(path: Path) -> bytes:
    """Return a file's lines, a torn last one cut off; it is made, for its owner only, where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    raw = path.read_bytes()
    lines = whole(raw)
    if len(lines) < len(raw):
        os.truncate(path, len(lines))
    return lines


def whole(raw: bytes) -> bytes:
    """Return the complete lines of what was read."""
    return raw[: raw.rfind(b"\n") + 1]


def add(path: Path, line: bytes) -> None:
    """Write a line durably; OSError where that is impossible, and then no part of it stays."""
    size = path.stat().st_size if path.exists() else 0
    try:
        with path.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            os.truncate(path, size)
        raise
