"""Journal of a gateway: what the broker cannot take goes to disk in order, and on when it is back (ORDER 7)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Condition, Lock, Thread

import msgspec

from ops_center.adapters.files import reason_of, replace_file
from ops_center.adapters.journal_stream import Stream
from ops_center.domain.errors import JournalError
from ops_center.ports import COMMAND, Group, GroupJournal, Record

log = logging.getLogger(__name__)

SEGMENT_BYTES = 16 << 20
DRAIN_BYTES = 1 << 20  # carried to the broker in one step
DRAIN_RECORDS = 1_000
RETRY_S = 0.5
SPOOLED = -1  # the offset of what is on disk: it has none yet
MARK = "drained"


class SpooledJournal:
    """Implements `ports.GroupJournal` over `inner`; an append is durable here or there when it returns.

    While anything lies in the spool everything new goes behind it, so each partition keeps its order.
    A step that `inner` refused may have reached it in part; it goes there again, and a repeated
    message counts once (ORDER 9). Where the disk refuses too, JournalError: nothing was taken.
    """

    def __init__(
        self, inner: GroupJournal, folder: Path, *, now_ms: Callable[[], int], segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._inner, self._folder, self._now_ms = inner, folder, now_ms
        folder.mkdir(parents=True, exist_ok=True)
        self._spool = Stream(folder, segment_bytes=segment_bytes, writable=True)
        self._drained = max(_marked(folder / MARK), self._spool.start)
        self._commits: dict[tuple[str, int], dict[str, int]] = {}
        self._committing = Lock()
        self._writing = Lock()  # one step at a time, wherever it goes
        self._changed = Condition(Lock())
        self._stopping = False
        self._thread: Thread | None = None
        self.away_ms: int | None = None  # since when the broker takes nothing
        self.reason = ""

    @property
    def waiting(self) -> int:
        """Steps that lie on disk only."""
        return self._spool.end - self._drained

    def begin(self) -> None:
        """Carry over what an earlier process left on disk, then stand ready; JournalError while the broker is away."""
        while self.waiting:
            self._drain()
        self._thread = Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; what the broker has not taken stays on disk for the next start."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._spool.close()

    # Writing.

    def append(self, topic: str, partition: int, values: Sequence[bytes]) -> int:
        """Write records durably; return the first one's offset, `SPOOLED` where they are on disk."""
        return self.append_many([(topic, partition, values)])[0]

    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        """Write all groups as one durable step, to the broker or behind what waits for it."""
        with self._writing:
            if not self.waiting and self.away_ms is None:
                try:
                    return self._inner.append_many(groups)
                except JournalError as error:
                    self._lost(str(error))
            self._put(msgspec.msgpack.encode([(topic, at, list(values)) for topic, at, values in groups]))
        with self._changed:
            self._changed.notify_all()
        return [SPOOLED] * len(groups)

    def _put(self, value: bytes) -> None:
        with self._spool.lock:
            try:
                self._spool.stage([value])
                self._spool.sync()
            except OSError as error:
                try:
                    self._spool.undo()
                except OSError as again:
                    log.error("spool: an unfinished write stays until the next one: %s", reason_of(again))
                raise JournalError(reason_of(error), path=str(self._folder)) from error
            self._spool.publish()

    # Carrying over.

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self.waiting > 0 or self.away_ms is not None)
                if self._stopping:
                    return
            try:
                self._drain()
            except JournalError as error:
                self._lost(str(error))
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, RETRY_S)

    def _drain(self) -> None:
        """Carry some steps over; the last one is carried while nothing can be written beside it."""
        steps, end = self._next()
        if steps:
            self._inner.append_many(_together(steps))
            self._drained = end
            replace_file(self._folder / MARK, str(end).encode())
            self._spool.drop_before(end)
        elif self.away_ms is not None:
            self._inner.end(COMMAND, 0)  # asks whether it is back
        if self.away_ms is not None:
            log.warning("the broker takes writes again; %d steps wait on disk", self.waiting)
            self.away_ms, self.reason = None, ""
        if not self.waiting:
            self._commit_kept()

    def _next(self) -> tuple[list[list[Group]], int]:
        steps: list[list[Group]] = []
        octets, offset = 0, self._drained
        for record in self._spool.read(offset, DRAIN_RECORDS):
            steps.append(msgspec.msgpack.decode(record.value, type=list[tuple[str, int, list[bytes]]]))
            offset, octets = record.offset + 1, octets + len(record.value)
            if octets >= DRAIN_BYTES:
                break
        return steps, offset

    def _lost(self, reason: str) -> None:
        self.reason = reason
        if self.away_ms is None:
            self.away_ms = self._now_ms()
            log.error("the broker takes nothing, receiving to disk: %s", reason)

    # Places of consumers: kept until the broker is back, since nothing waits for them.

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store a consumer's offset."""
        self.commit_many({group: offset}, topic, partition)

    def commit_many(self, offsets: Mapping[str, int], topic: str, partition: int) -> None:
        """Store the offsets of several consumers of one partition, once the broker can."""
        with self._committing:
            self._commits.setdefault((topic, partition), {}).update(offsets)
        if self.waiting or self.away_ms is not None:
            return
        try:
            self._commit_kept()
        except JournalError as error:
            self._lost(str(error))

    def _commit_kept(self) -> None:
        with self._committing:
            while self._commits:
                (topic, partition), offsets = next(iter(self._commits.items()))
                self._inner.commit_many(offsets, topic, partition)
                del self._commits[topic, partition]

    # Reading is the broker's.

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        return self._inner.partitions(topic)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` records from `offset` on, of those the broker has."""
        return self._inner.read(topic, partition, offset, limit)

    def start(self, topic: str, partition: int) -> int:
        """Return the first offset still kept."""
        return self._inner.start(topic, partition)

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the broker's next record will get."""
        return self._inner.end(topic, partition)

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return a consumer's stored offset, or the start."""
        with self._committing:
            kept = self._commits.get((topic, partition), {}).get(group)
        return self._inner.committed(group, topic, partition) if kept is None else kept


def _together(steps: Sequence[Sequence[Group]]) -> list[Group]:
    """Return many steps as one: each partition's records in their order."""
    found: dict[tuple[str, int], list[bytes]] = {}
    for step in steps:
        for topic, partition, values in step:
            found.setdefault((topic, partition), []).extend(values)
    return [(topic, partition, values) for (topic, partition), values in found.items()]


def _marked(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return 0
    except (OSError, ValueError) as error:
        raise JournalError(f"no mark of a spool: {error}", path=str(path)) from error
