"""Files that are complete or absent: what every file adapter needs of the operating system."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def reason_of(error: OSError) -> str:
    """Return what went wrong in words an operator can act on."""
    text = error.strerror or str(error)
    if error.errno in FULL:
        return f"no room left to write ({text}); nothing was acknowledged, free some space"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"not permitted ({text}); give it to the user the service runs as"
    return text


def sync_folder(folder: Path) -> None:
    """Make names created or replaced in `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_file(path: Path, content: bytes) -> None:
    """Write `path` so that any reader, now or after a crash, finds the old bytes or the new ones.

    Several processes may write one path at once: the last one's bytes stay.
    """
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
