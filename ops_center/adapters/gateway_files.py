"""File doors: the lines of a growing file, the files of a folder; where they stopped is kept by the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import fnmatch
import logging
import os
from hashlib import blake2b
from pathlib import Path

from ops_center.adapters.files import reason_of
from ops_center.adapters.gateway_durable import journalled, until_accepting
from ops_center.domain.feed import Feed
from streams.gateway import Gateway
from streams.gateway.limits import message_bytes

log = logging.getLogger(__name__)

LOOK_S = 0.5
_READ_BYTES = 1 << 20
_FILES_AT_ONCE = 100
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")


class _Complaints:
    """Says a reason once, until it changes."""

    def __init__(self, feed_id: str) -> None:
        self._feed_id, self._last = feed_id, ""

    def say(self, reason: str) -> bool:
        """Log a reason that is new; True then."""
        new, self._last = reason != self._last, reason
        if new and reason:
            log.warning("%s: %s", self._feed_id, reason)
        return new and bool(reason)


class FileDoor:
    """Tails one file: each complete line is a message.

    A file that was replaced (another inode or first line) or cut is read from its start; what the
    old one held is read to its end first, as long as the door was open when it was replaced.
    A relative path stands `below` a folder.
    """

    def __init__(self, gateway: Gateway, feed: Feed, *, below: Path = Path(), look_s: float = LOOK_S) -> None:
        self._gateway, self._feed_id, self._look_s = gateway, feed.id, look_s
        self._path = below / str(feed.receive["file"]["path"])
        self._fd = -1
        self._mark, self._at = "", 0
        self._complaints = _Complaints(feed.id)

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            while True:
                await until_accepting(self._gateway)
                if not await self.look():
                    await asyncio.sleep(self._look_s)
        finally:
            self._close()

    async def look(self) -> bool:
        """Journal the next complete lines; False where there are none."""
        limit = message_bytes(self._gateway.feed(self._feed_id))
        try:
            if self._fd < 0:
                self._open()
            data = b"" if self._fd < 0 else os.pread(self._fd, max(_READ_BYTES, limit + 1), self._at)
        except OSError as error:
            if self._complaints.say(f"{self._path}: {reason_of(error)}"):
                self._gateway.counts(self._feed_id).failed += 1
            self._close()
            return False
        self._complaints.say("")
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > limit:
            cut = limit  # a line without end: passed on in pieces, so that dead letters show it
            self._gateway.counts(self._feed_id).oversize += 1
        if not cut:
            if self._fd >= 0 and self._replaced():
                self._close()
                return True
            return False
        lines = [line.rstrip(b"\r") for line in data[:cut].split(b"\n")]
        await journalled(self._gateway, self._feed_id, *(line for line in lines if line))
        self._at += cut
        await asyncio.to_thread(self._gateway.keep_positions, {self._mark: self._at})
        return True

    def _open(self) -> None:
        fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        head = os.pread(fd, 4096, 0)
        if b"\n" not in head and len(head) < 4096:
            os.close(fd)  # no complete line yet, so nothing to tell it by
            return
        name = f"{self._path.name}:{os.fstat(fd).st_ino}:".encode() + head.split(b"\n")[0]
        self._mark = f"{self._feed_id}/{blake2b(name, digest_size=8).hexdigest()}"
        self._fd, at = fd, self._gateway.position(self._mark)
        self._at = at if at <= os.fstat(fd).st_size else 0

    def _replaced(self) -> bool:
        """Return True where the path is another file by now, or this one was cut."""
        mine = os.fstat(self._fd)
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False  # being replaced: the new one comes
        return (now.st_ino, now.st_dev) != (mine.st_ino, mine.st_dev) or mine.st_size < self._at

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class FolderDoor:
    """Watches a folder: each new file is a message, in order of name, once it no longer changes.

    Files whose names begin with a dot or end like an unfinished download are left alone.
    A relative path stands `below` a folder, and is made where it is absent.
    """

    def __init__(self, gateway: Gateway, feed: Feed, *, below: Path = Path(), look_s: float = LOOK_S) -> None:
        given = feed.receive["folder"]
        self._gateway, self._feed_id, self._look_s = gateway, feed.id, look_s
        self._folder, self._pattern = below / str(given["path"]), str(given.get("pattern", "*"))
        self._own = not Path(str(given["path"])).is_absolute()
        self._settling: dict[str, str] = {}  # name -> mark when last seen
        self._taken: set[str] = set()
        self._complaints = _Complaints(feed.id)

    async def run(self) -> None:
        """Watch until cancelled."""
        if self._own:
            with contextlib.suppress(OSError):  # the first look tells
                self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            await until_accepting(self._gateway)
            if not await self.look():
                await asyncio.sleep(self._look_s)

    async def look(self) -> bool:
        """Journal the next settled files; True where there may be more at once."""
        try:
            found = await asyncio.to_thread(self._scan)
        except OSError as error:
            if self._complaints.say(f"{self._folder}: {reason_of(error)}"):
                self._gateway.counts(self._feed_id).failed += 1
            return False
        self._complaints.say("")
        settled = [name for name in sorted(found) if self._settling.get(name) == found[name]]
        self._settling = found
        new = [name for name in settled if not self._known(found[name])]
        bodies = {name: self._body(name) for name in new[:_FILES_AT_ONCE]}
        ready = [body for body in bodies.values() if body]
        if ready:
            await journalled(self._gateway, self._feed_id, *ready)
        marks = {found[name]: 1 for name, body in bodies.items() if body is not None}
        if marks:
            await asyncio.to_thread(self._gateway.keep_positions, marks)
            self._taken.update(marks)
        return len(new) > _FILES_AT_ONCE

    def _known(self, mark: str) -> bool:
        if mark not in self._taken and self._gateway.position(mark):
            self._taken.add(mark)
        return mark in self._taken

    def _scan(self) -> dict[str, str]:
        found: dict[str, str] = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                hidden = entry.name.startswith(".") or entry.name.endswith(_UNFINISHED)
                if hidden or not fnmatch.fnmatch(entry.name, self._pattern) or not entry.is_file():
                    continue
                state = entry.stat()
                name = f"{entry.name}:{state.st_ino}:{state.st_size}:{state.st_mtime_ns}".encode()
                found[entry.name] = f"{self._feed_id}/{blake2b(name, digest_size=8).hexdigest()}"
        return found

    def _body(self, name: str) -> bytes | None:
        """Return a file's bytes; b"" where it is too large (told once), None where it cannot be read now."""
        counts = self._gateway.counts(self._feed_id)
        limit = message_bytes(self._gateway.feed(self._feed_id))
        try:
            with (self._folder / name).open("rb") as file:
                body = file.read(limit + 1)
        except OSError as error:
            if self._complaints.say(f"{self._folder / name}: {reason_of(error)}"):
                counts.failed += 1
            return None
        if len(body) > limit:
            counts.oversize += 1
            log.warning("%s: %s: more than %d bytes, left out", self._feed_id, self._folder / name, limit)
            return b""
        return body
