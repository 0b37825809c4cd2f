"""Journal in segment files: durable before it answers, one writer process, readers in any thread.

Layout of the folder: ``layout.json`` (partitions of each topic, written once), ``lock``,
``offsets.json`` (consumers) and ``<topic>/<partition>/<first offset>.seg``.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from ops_center.adapters.files import reason_of, replace_file, sync_folder
from ops_center.adapters.journal_offsets import Offsets
from ops_center.adapters.journal_stamp import stamp_of
from ops_center.adapters.journal_stream import Stream
from ops_center.adapters.journal_topics import OpenJournal
from ops_center.domain.errors import JournalError, SetupError
from ops_center.ports import Group, Record

log = logging.getLogger(__name__)

SEGMENT_BYTES = 64 << 20
LAYOUT = 1  # of the folder and the record format


class _Layout(msgspec.Struct, frozen=True):
    layout: int
    partitions: dict[str, int]


class FileJournal(OpenJournal):
    """Implements `ports.GroupJournal`.

    `partitions` maps topic to number; None takes what the folder says. A `read_only` journal takes
    no lock, repairs nothing and sees what was whole when it was opened.
    """

    def __init__(
        self,
        folder: Path,
        partitions: Mapping[str, int] | None = None,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        read_only: bool = False,
        time_of: Callable[[bytes], int | None] = stamp_of,
    ) -> None:
        self._folder, self._read_only, self._time_of = folder, read_only, time_of
        self._lock_fd = -1
        self._streams: dict[tuple[str, int], Stream] = {}
        try:
            if not read_only:
                folder.mkdir(parents=True, exist_ok=True)
                self._take_lock()
            self._partitions = self._agree(partitions)
            for topic, number in self._partitions.items():
                for partition in range(number):
                    self._streams[topic, partition] = Stream(
                        folder / topic / str(partition), segment_bytes=segment_bytes, writable=not read_only
                    )
            self._offsets = Offsets(folder / "offsets.json")
            if not read_only:  # a folder's name is durable when its parent is synced
                for topic in self._partitions:
                    sync_folder(folder / topic)
                sync_folder(folder)
        except OSError as error:
            self.close()
            raise JournalError(reason_of(error), path=str(error.filename or folder)) from error
        except (JournalError, SetupError):
            self.close()
            raise

    def close(self) -> None:
        """Let go of files and lock; everything acknowledged is already on disk."""
        for stream in self._streams.values():
            stream.close()
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1

    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        """Write all groups or none, each file synced once; return the first offset of each."""
        if self._read_only:
            raise JournalError("opened for reading only", path=str(self._folder))
        streams: dict[tuple[str, int], list[bytes]] = {}
        starts: list[tuple[tuple[str, int], int]] = []
        for topic, partition, values in groups:
            self._stream(topic, partition)
            whole = streams.setdefault((topic, partition), [])
            starts.append(((topic, partition), len(whole)))
            whole.extend(values)
        with contextlib.ExitStack() as locks:
            for place in sorted(streams):
                locks.enter_context(self._streams[place].lock)
            firsts = self._write(streams)
        return [firsts[place] + rows for place, rows in starts]

    def _write(self, streams: Mapping[tuple[str, int], Sequence[bytes]]) -> dict[tuple[str, int], int]:
        """Stage in every file, sync every file, then publish; the locks are held."""
        firsts: dict[tuple[str, int], int] = {}
        touched: list[tuple[tuple[str, int], Stream]] = []
        place = ("", 0)
        try:
            for place, values in streams.items():
                stream = self._streams[place]
                if values:
                    touched.append((place, stream))
                    firsts[place] = stream.stage(values)
                else:
                    firsts[place] = stream.end
            for place, stream in touched:  # noqa: B007 - named for the error below
                stream.sync()
        except (OSError, JournalError) as error:
            for where, stream in touched:
                self._undo(where, stream)
            if isinstance(error, JournalError):
                raise
            path = self._folder / place[0] / str(place[1])
            raise JournalError(reason_of(error), path=str(path), offset=self._streams[place].end) from error
        for _, stream in touched:
            stream.publish()
        return firsts

    def _undo(self, place: tuple[str, int], stream: Stream) -> None:
        try:
            stream.undo()
        except OSError as error:
            log.error("%s/%d: an unfinished write stays until the next one: %s", *place, reason_of(error))

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` records (and about 16 MiB) from `offset` on; empty at the end."""
        return self._stream(topic, partition).read(offset, limit)

    def start(self, topic: str, partition: int) -> int:
        """Return the first offset still kept."""
        return self._stream(topic, partition).start

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        return self._stream(topic, partition).end

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store a consumer's offset."""
        self.commit_many({group: offset}, topic, partition)

    def commit_many(self, offsets: Mapping[str, int], topic: str, partition: int) -> None:
        """Store the offsets of several consumers of one partition in one write."""
        if self._read_only:
            raise JournalError("opened for reading only", path=str(self._folder))
        self._stream(topic, partition)
        self._offsets.put(offsets, topic, partition)

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return a consumer's stored offset, or the start."""
        stored = self._offsets.get(group, topic, partition)
        return self.start(topic, partition) if stored is None else stored

    def retain(self, topic: str, *, before_ms: int | None = None, max_bytes: int | None = None) -> int:
        """Remove whole old segments; return how many.

        `before_ms`: those whose records are all older, by the record after them. `max_bytes`: the
        oldest until each partition of the topic fits its share. The newest segment always stays.
        """
        removed = 0
        for partition in range(self.partitions(topic)):
            stream = self._stream(topic, partition)
            files = stream.firsts()
            cut = 0
            for first, _ in files[1:]:
                if before_ms is None:
                    break
                at = self._time_of(stream.read(first, 1)[0].value) if first < stream.end else None
                if at is None or at >= before_ms:
                    break
                cut = first
            if max_bytes is not None:
                cut = max(cut, _cut_by_size(files, max_bytes // self.partitions(topic)))
            try:
                removed += stream.drop_before(cut)
            except OSError as error:
                raise JournalError(reason_of(error), path=str(error.filename or self._folder)) from error
        return removed

    def _stream(self, topic: str, partition: int) -> Stream:
        if not 0 <= partition < self.partitions(topic):
            raise JournalError(f"no partition {partition} of {topic!r}; it has {self.partitions(topic)}")
        return self._streams[topic, partition]

    def _take_lock(self) -> None:
        path = self._folder / "lock"
        self._lock_fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._lock_fd, 20, 0).decode("ascii", "replace").strip()
            raise SetupError(
                f"another process{f' ({holder})' if holder else ''} writes this journal",
                setting=str(self._folder),
                suggestion="stop it, or give this deployment a folder of its own",
            ) from error
        os.ftruncate(self._lock_fd, 0)
        os.pwrite(self._lock_fd, str(os.getpid()).encode(), 0)

    def _agree(self, wanted: Mapping[str, int] | None) -> dict[str, int]:
        """Return the partitions on record; write the record where there is none, refuse another number."""
        path = self._folder / "layout.json"
        try:
            found = msgspec.json.decode(path.read_bytes(), type=_Layout)
        except FileNotFoundError:
            if wanted is None:
                raise JournalError("no journal here: layout.json is absent", path=str(self._folder)) from None
            found = _Layout(LAYOUT, {})
        except msgspec.MsgspecError as error:
            raise JournalError(f"not a layout record: {error}", path=str(path)) from error
        if found.layout != LAYOUT:
            raise SetupError(f"layout {found.layout}; this version reads {LAYOUT}", setting=str(path))
        for topic, number in (wanted or {}).items():
            if number < 1:
                raise SetupError(f"{number} partitions", setting=f"topic {topic}", suggestion="at least 1")
            if found.partitions.get(topic, number) != number:
                before = found.partitions[topic]
                raise SetupError(
                    f"the journal was made with {before} partitions of {topic!r}, {number} are asked for",
                    setting=str(path),
                    suggestion=f"set {before}, or begin a new journal folder",
                )
        agreed = {**found.partitions, **(wanted or {})}
        if agreed != found.partitions and not self._read_only:
            replace_file(path, msgspec.json.encode(_Layout(LAYOUT, agreed)) + b"\n")
        return found.partitions if self._read_only else agreed


def _cut_by_size(files: Sequence[tuple[int, int]], max_bytes: int) -> int:
    """Return the offset before which to cut so that the rest fits."""
    total = sum(size for _, size in files)
    cut = 0
    for (_, size), (following, _) in pairwise(files):
        if total <= max_bytes:
            break
        total -= size
        cut = following
    return cut
