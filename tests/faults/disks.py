"""Disks that are full: a small one mounted for the purpose, or a limit on what a process may write."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
from collections.abc import Iterator
from pathlib import Path

DISK_OCTETS = 320 << 20  # more than the level below which the banner warns
LEFT_OCTETS = 64 << 10


@contextlib.contextmanager
def full(folder: Path, pid: int) -> Iterator[None]:
    """Let nothing more be written below a folder by a process within the block.

    The spool lies on a small disk of its own that is filled up, where one could be mounted; else the
    kernel refuses the process larger files.
    """
    if folder.is_mount():
        ballast = folder / "ballast"
        free = os.statvfs(folder)
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - LEFT_OCTETS)
        try:
            yield
        finally:
            ballast.unlink()
        return
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (LEFT_OCTETS, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small disk at a folder where this is allowed (root with the right to mount); yield whether it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    libc = ctypes.CDLL(None, use_errno=True)
    where = str(folder).encode()
    mounted = libc.mount(b"tmpfs", where, b"tmpfs", 0, f"size={DISK_OCTETS}".encode()) == 0
    try:
        yield mounted
    finally:
        if mounted:
            libc.umount2(where, 2)  # MNT_DETACH: a process that still has it open keeps nobody waiting
