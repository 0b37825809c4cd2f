"""One partition of a file journal: its segment files, written by one thread and read by many."""

from __future__ import annotations

import logging
import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from crc32c import crc32c

from ops_center.adapters.files import reason_of, sync_folder
from ops_center.adapters.journal_segment import (
    HEADER,
    INDEX_EVERY_BYTES,
    MAX_RECORD_BYTES,
    frames,
    record_after,
    walk,
)
from ops_center.domain.errors import JournalError
from ops_center.ports import Record

log = logging.getLogger(__name__)

SUFFIX = ".seg"
READ_BYTES = 16 << 20  # most bytes one read returns, beyond its first record
_FIRST_CHUNK = 64 * 1024
_LAST_CHUNK = 4 << 20


@dataclass(slots=True)
class Segment:
    """One file; `size` is what readers may see. The index grows as the file is written or read."""

    path: Path
    first: int
    size: int
    offsets: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def mark(self, offset: int, position: int) -> None:
        """Note where a record starts, if that is far enough from the last note."""
        if not self.offsets or (offset > self.offsets[-1] and position - self.positions[-1] >= INDEX_EVERY_BYTES):
            self.positions.append(position)
            self.offsets.append(offset)

    def near(self, offset: int) -> tuple[int, int]:
        """Return the nearest noted (offset, position) at or before `offset`."""
        found = bisect_right(self.offsets, offset) - 1
        return (self.first, 0) if found < 0 else (self.offsets[found], self.positions[found])


class Stream:
    """Append and read; a write is seen by readers after `publish` and never in part."""

    def __init__(self, folder: Path, *, segment_bytes: int, writable: bool) -> None:
        self._folder, self._segment_bytes, self._writable = folder, segment_bytes, writable
        self.lock = Lock()  # held by the writer
        self._index_lock = Lock()
        self._fd = -1
        self._staged: tuple[int, int, tuple[tuple[int, int], ...]] | None = None  # size, end, index
        self._cut_needed = False
        try:
            self._segments, self.end = self._open()
        except OSError as error:
            raise JournalError(reason_of(error), path=str(error.filename or folder)) from error

    @property
    def start(self) -> int:
        """First offset still kept."""
        return self._segments[0].first if self._segments else self.end

    @property
    def size_bytes(self) -> int:
        """Bytes in all segments."""
        return sum(segment.size for segment in self._segments)

    def close(self) -> None:
        """Let go of the open file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    # Writing: stage, sync, publish; or undo.

    def stage(self, values: Sequence[bytes]) -> int:
        """Write records after the published ones; return the first one's offset. OSError may come."""
        if self._cut_needed:
            self.undo()
        if self._fd < 0 or self._segments[-1].size >= self._segment_bytes:
            self._roll()
        segment = self._segments[-1]
        index, at = [], segment.size
        marked = segment.positions[-1] if segment.positions else at - INDEX_EVERY_BYTES
        for row, value in enumerate(values):
            if len(value) > MAX_RECORD_BYTES:
                raise JournalError(f"a record of {len(value)} bytes; {MAX_RECORD_BYTES} is the limit")
            if at - marked >= INDEX_EVERY_BYTES:
                index.append((self.end + row, at))
                marked = at
            at += HEADER.size + len(value)
        self._cut_needed = True
        rest, position = memoryview(frames(values)), segment.size
        while rest:
            written = os.pwrite(self._fd, rest, position)
            rest, position = rest[written:], position + written
        self._staged = (at, self.end + len(values), tuple(index))
        return self.end

    def sync(self) -> None:
        """Make what was staged durable."""
        os.fdatasync(self._fd)

    def publish(self) -> None:
        """Show what was staged to readers: the size first, then the end that leads them there."""
        if self._staged is None:
            return
        size, end, index = self._staged
        segment = self._segments[-1]
        with self._index_lock:
            for offset, position in index:
                segment.mark(offset, position)
        segment.size = size
        self.end = end
        self._staged, self._cut_needed = None, False

    def undo(self) -> None:
        """Cut off what was staged; where even that fails, the next write begins with it."""
        self._staged = None
        if self._cut_needed and self._fd >= 0:
            os.ftruncate(self._fd, self._segments[-1].size)
            self._cut_needed = False

    def _roll(self) -> None:
        """Go on in a new file named by its first offset; an empty last one is used again."""
        last = self._segments[-1] if self._segments else None
        if last is not None and last.size < self._segment_bytes:
            segment = last
        else:
            segment = Segment(self._folder / f"{self.end:020d}{SUFFIX}", self.end, 0)
        fd = os.open(segment.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            sync_folder(self._folder)
        except OSError:
            os.close(fd)
            raise
        self.close()
        self._fd = fd
        if segment is not last:
            self._segments = (*self._segments, segment)

    # Reading.

    def read(self, offset: int, limit: int) -> list[Record]:
        """Return records from `offset` on, of one segment, at most `limit` and about READ_BYTES."""
        end = self.end
        if offset >= end or limit <= 0:
            return []
        segments = self._segments
        found = bisect_right([segment.first for segment in segments], offset) - 1
        if found < 0:
            raise JournalError(
                f"records before {self.start} were cut by retention", path=str(self._folder), offset=offset
            )
        segment = segments[found]
        stop = min(end, segments[found + 1].first) if found + 1 < len(segments) else end
        try:
            fd = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise JournalError(reason_of(error), path=str(segment.path), offset=offset) from error
        try:
            return self._read_segment(fd, segment, offset, min(limit, stop - offset))
        except OSError as error:
            raise JournalError(reason_of(error), path=str(segment.path), offset=offset) from error
        finally:
            os.close(fd)

    def _read_segment(self, fd: int, segment: Segment, wanted: int, limit: int) -> list[Record]:
        records: list[Record] = []
        with self._index_lock:
            offset, position = segment.near(wanted)
        at, taken, chunk, data = 0, 0, _FIRST_CHUNK, b""
        while len(records) < limit and taken < READ_BYTES:
            length, crc = HEADER.unpack_from(data, at) if at + HEADER.size <= len(data) else (0, 0)
            stop = at + HEADER.size + length
            if position + stop > segment.size:
                raise JournalError(f"bad length at byte {position + at}", path=str(segment.path), offset=offset)
            if stop > len(data) or not data:
                position, need = position + at, stop - at
                data, at = os.pread(fd, max(chunk, need), position), 0
                chunk = min(chunk * 2, _LAST_CHUNK)
                if len(data) < need:
                    raise JournalError("records are missing at its end", path=str(segment.path), offset=offset)
                with self._index_lock:
                    segment.mark(offset, position)
                continue
            if offset >= wanted:
                value = data[at + HEADER.size : stop]
                if crc32c(value, crc32c(data[at : at + 4])) != crc:
                    raise JournalError(f"bad checksum at byte {position + at}", path=str(segment.path), offset=offset)
                records.append(Record(offset, value))
                taken += len(value)
            offset, at = offset + 1, stop
        return records

    # Retention.

    def drop_before(self, offset: int) -> int:
        """Remove files all of whose records lie before `offset`; return how many went."""
        with self.lock:
            keep = list(self._segments)
            gone: list[Segment] = []
            while len(keep) > 1 and keep[1].first <= offset:
                gone.append(keep.pop(0))
            self._segments = tuple(keep)
        for segment in gone:
            segment.path.unlink(missing_ok=True)
        return len(gone)

    def firsts(self) -> tuple[tuple[int, int], ...]:
        """Return (first offset, bytes) of each file, oldest first."""
        return tuple((segment.first, segment.size) for segment in self._segments)

    # Opening.

    def _open(self) -> tuple[tuple[Segment, ...], int]:
        if self._writable:
            self._folder.mkdir(parents=True, exist_ok=True)
        paths = sorted(self._folder.glob(f"*{SUFFIX}"))
        if not paths:
            return (), 0
        for path in paths:
            if not path.stem.isdecimal():
                raise JournalError("not a segment: the name must be its first offset", path=str(path))
        segments = [Segment(path, int(path.stem), path.stat().st_size) for path in paths]
        last = segments[-1]
        data = last.path.read_bytes()
        found = walk(data)
        if found.end < len(data):
            self._cut_tail(last, data, found.end, last.first + found.count)
        last.size = found.end
        for count, position in found.index:
            last.mark(last.first + count, position)
        if self._writable:
            self._fd = os.open(last.path, os.O_RDWR | os.O_CLOEXEC)
        return tuple(segments), last.first + found.count

    def _cut_tail(self, segment: Segment, data: bytes, end: int, offset: int) -> None:
        """Cut a torn tail and keep its bytes beside the segment; refuse where good records follow."""
        following = record_after(data, end)
        if following is not None:
            raise JournalError(
                f"bad checksum at byte {end}, but records follow at byte {following}: not a torn tail; "
                "restore this file from a copy",
                path=str(segment.path),
                offset=offset,
            )
        if not self._writable:
            return  # its writer may be writing just there
        kept = segment.path.with_suffix(f".torn-{end}")
        try:
            kept.write_bytes(data[end:])
        except OSError as error:  # a full disk must not keep the service down: these bytes were never acknowledged
            log.warning("%s: torn tail not kept: %s", kept, reason_of(error))
        with segment.path.open("r+b") as file:
            file.truncate(end)
            os.fsync(file.fileno())
        log.warning(
            "%s: torn tail after record %d repaired: %d bytes of an unfinished write moved to %s",
            segment.path,
            offset - 1,
            len(data) - end,
            kept.name,
        )
