"""Snapshots in files: complete or absent, checked when loaded, the older one where the newer is broken.

A file is ``<folder>/<name>/<at_ms>.snap``: magic ``OPSZ``, u32 CRC-32C and u64 length of what follows, the
state deflated (a fifth of its size, and quicker than the disk).
"""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from crc32c import crc32c

from ops_center.adapters.files import reason_of, replace_file, sync_folder
from ops_center.domain.errors import JournalError

log = logging.getLogger(__name__)

_HEAD = struct.Struct("<4sIQ")
_MAGIC = b"OPSZ"
_LEVEL = 1
_SUFFIX = ".snap"


class FileSnapshots:
    """Implements `ports.Snapshots`; keeps everything until `prune`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, name: str, at_ms: int, state: bytes) -> None:
        """Keep a snapshot; one of the same name and time is replaced."""
        if at_ms < 0:
            raise ValueError(f"snapshot {name} at {at_ms} ms: times begin at 0")
        path = self._of(name) / f"{at_ms:020d}{_SUFFIX}"
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True)
                sync_folder(self._folder)
            packed = zlib.compress(state, _LEVEL)
            replace_file(path, _HEAD.pack(_MAGIC, crc32c(packed), len(packed)) + packed)
        except OSError as error:
            raise JournalError(reason_of(error), path=str(path)) from error

    def latest(self, name: str, *, not_after_ms: int | None = None) -> tuple[int, bytes] | None:
        """Return (at_ms, state) of the newest whole snapshot at or before the given time."""
        for at_ms in reversed(self.times(name)):
            if not_after_ms is not None and at_ms > not_after_ms:
                continue
            path = self._of(name) / f"{at_ms:020d}{_SUFFIX}"
            state = _load(path)
            if state is not None:
                return at_ms, state
            log.warning("%s: snapshot is broken; an older one is taken", path)
        return None

    def times(self, name: str) -> Sequence[int]:
        """Return the times of a name's snapshots, oldest first."""
        stems = (path.stem for path in self._of(name).glob(f"*{_SUFFIX}"))
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def prune(self, name: str, *, keep_every_ms: int, keep_last: int, before_ms: int = 0) -> int:
        """Remove all but the newest `keep_last` and the first of each `keep_every_ms`; return how many went.

        Of those at or before `before_ms` only the newest stays: what comes after is run on from it.
        """
        removed = 0
        for at_ms in superfluous(
            self.times(name), keep_every_ms=keep_every_ms, keep_last=keep_last, before_ms=before_ms
        ):
            (self._of(name) / f"{at_ms:020d}{_SUFFIX}").unlink(missing_ok=True)
            removed += 1
        return removed

    def _of(self, name: str) -> Path:
        return self._folder / quote(name, safe="")


class MemorySnapshots:
    """Implements `ports.Snapshots` in memory."""

    def __init__(self) -> None:
        self._states: dict[str, dict[int, bytes]] = {}

    def save(self, name: str, at_ms: int, state: bytes) -> None:
        """Keep a snapshot."""
        self._states.setdefault(name, {})[at_ms] = state

    def latest(self, name: str, *, not_after_ms: int | None = None) -> tuple[int, bytes] | None:
        """Return (at_ms, state) of the newest snapshot at or before the given time."""
        times = [at for at in self.times(name) if not_after_ms is None or at <= not_after_ms]
        return (times[-1], self._states[name][times[-1]]) if times else None

    def times(self, name: str) -> Sequence[int]:
        """Return the times of a name's snapshots, oldest first."""
        return sorted(self._states.get(name, {}))

    def prune(self, name: str, *, keep_every_ms: int, keep_last: int, before_ms: int = 0) -> int:
        """Remove all but the newest `keep_last` and the first of each `keep_every_ms`; return how many went.

        Of those at or before `before_ms` only the newest stays: what comes after is run on from it.
        """
        gone = superfluous(self.times(name), keep_every_ms=keep_every_ms, keep_last=keep_last, before_ms=before_ms)
        for at_ms in gone:
            del self._states[name][at_ms]
        return len(gone)


def superfluous(times: Sequence[int], *, keep_every_ms: int, keep_last: int, before_ms: int = 0) -> list[int]:
    """Return the times that are neither among the newest nor the first of their span, and what is too old."""
    firsts = {at // keep_every_ms: at for at in reversed(times)}
    kept = {*firsts.values(), *(times[-keep_last:] if keep_last > 0 else ())}
    old = [at for at in times if at <= before_ms][:-1]
    return [at for at in times if at not in kept or at in old]


def _load(path: Path) -> bytes | None:
    """Return the state of a file; None where it is not whole."""
    try:
        content = path.read_bytes()
    except OSError as error:
        log.warning("%s: %s", path, reason_of(error))
        return None
    if len(content) < _HEAD.size:
        return None
    magic, crc, length = _HEAD.unpack_from(content)
    packed = content[_HEAD.size :]
    return zlib.decompress(packed) if (magic, length, crc) == (_MAGIC, len(packed), crc32c(packed)) else None
