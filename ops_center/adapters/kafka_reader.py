"""Reading partitions by offset: one consumer fetches ahead, readers take from what it has brought."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from threading import RLock
from typing import Any

from kafka import TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, OffsetOutOfRangeError

from ops_center.adapters.clocks import monotonic_s
from ops_center.adapters.kafka_client import KafkaSettings, Questions
from ops_center.domain.errors import JournalError
from ops_center.ports import Record

WINDOW_OCTETS = 16 << 20  # kept of one partition, read and unread
POLL_S = 0.002  # at the end of a partition the consumer is asked no more often
ALIVE_S = 1.0  # how old a proof that the broker answers may be
IDLE_S = 60.0  # a partition nobody reads is let go
_RECORDS = 10_000
_offset = attrgetter("offset")


@dataclass(slots=True)
class _Window:
    """Records of one partition from somewhere up to `following`, which is fetched next."""

    following: int
    known_end: int
    used_s: float
    records: list[Record] = field(default_factory=list)
    octets: int = 0
    paused: bool = False

    def covers(self, offset: int) -> bool:
        """Return True where reading on from here reaches `offset`."""
        return (self.records[0].offset if self.records else self.following) <= offset <= self.following

    def take(self, offset: int, limit: int) -> list[Record]:
        """Return records from `offset` on; what lies before it is kept only while there is room."""
        at = bisect_left(self.records, offset, key=_offset)
        found = self.records[at : at + limit]
        if self.octets > WINDOW_OCTETS and at:
            self.octets -= sum(len(record.value) for record in self.records[:at])
            del self.records[:at]
        return found


class Reader:
    """Any thread may read; a read at the end of a partition costs no question to the broker."""

    def __init__(self, settings: KafkaSettings, questions: Questions) -> None:
        self._settings, self._questions = settings, questions
        self._lock = RLock()
        self._consumer: Any = None
        self._windows: dict[TopicPartition, _Window] = {}
        self._polled_s = self._alive_s = 0.0

    def read(self, place: TopicPartition, offset: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` records from `offset` on; empty at the end."""
        if limit <= 0:
            return []
        until_s = monotonic_s() + self._settings.wait_s
        with self._lock:
            window = self._at(place, offset)
            while window is not None:
                window.used_s = monotonic_s()
                found = window.take(offset, limit)
                if window.paused and window.octets <= WINDOW_OCTETS:
                    self._consumer.resume(place)
                    window.paused = False
                if found:
                    return found
                if offset < window.known_end:
                    self._poll(0.05)
                    if monotonic_s() > until_s and offset >= window.following:
                        raise self._failed(KafkaError("it does not deliver what it has"), offset)
                elif monotonic_s() - self._polled_s >= POLL_S:
                    self._poll(0.0)
                    if not window.records or window.records[-1].offset < offset:
                        self._check_alive(place)
                        if offset >= window.known_end:
                            return []
                else:
                    return []
        return []

    def wait(self, seconds: float) -> None:
        """Return as soon as something more was fetched of what is being read, after `seconds` at the latest."""
        with self._lock:
            if self._windows:
                self._poll(seconds)
                return
        time.sleep(seconds)

    def ends(self, place: TopicPartition) -> tuple[int, int]:
        """Return the first offset kept and the one the next record gets, asked of the broker."""

        def question(admin: Any) -> tuple[int, int]:
            start = admin.list_partition_offsets({place: OffsetSpec.EARLIEST})[place].offset
            return start, admin.list_partition_offsets({place: OffsetSpec.LATEST})[place].offset

        return self._questions.ask(question)

    def end(self, place: TopicPartition) -> int:
        """Return the offset the next record gets, asked of the broker."""
        end = self._questions.ask(
            lambda admin: int(admin.list_partition_offsets({place: OffsetSpec.LATEST})[place].offset)
        )
        self.written(place, end)
        return end

    def written(self, place: TopicPartition, end: int) -> None:
        """Note where a partition ends as the broker has just said, so that it is read to there at once."""
        with self._lock:
            self._alive_s = monotonic_s()
            if (window := self._windows.get(place)) is not None:
                window.known_end = max(window.known_end, end)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._drop()

    def _at(self, place: TopicPartition, offset: int) -> _Window | None:
        """Return a window from which `offset` can be read; None where it lies past the end."""
        window = self._windows.get(place)
        if window is not None and window.covers(offset):
            return window
        start, end = self.ends(place)
        if offset < start:
            raise JournalError(f"records before {start} were cut by retention", path=place.topic, offset=offset)
        if offset > end:
            return None
        now_s = monotonic_s()
        self._windows = {p: w for p, w in self._windows.items() if now_s - w.used_s < IDLE_S and p != place}
        window = self._windows[place] = _Window(offset, end, now_s)
        try:
            self._open().assign(list(self._windows))
            self._consumer.resume(place)
            self._consumer.seek(place, offset)
        except KafkaError as error:
            raise self._failed(error, offset) from error
        return window

    def _poll(self, wait_s: float) -> None:
        """Take what has been fetched into the windows; have more fetched."""
        try:
            fetched = self._consumer.poll(int(wait_s * 1000), max_records=_RECORDS)
        except OffsetOutOfRangeError as error:
            raise self._failed(KafkaError("records were cut by retention while they were read")) from error
        except KafkaError as error:
            raise self._failed(error) from error
        self._polled_s = monotonic_s()
        for place, records in fetched.items():
            window = self._windows[place]
            window.records.extend(Record(record.offset, record.value or b"") for record in records)
            window.octets += sum(len(record.value or b"") for record in records)
            window.following = records[-1].offset + 1
            self._alive_s = self._polled_s
            if window.octets > 2 * WINDOW_OCTETS:
                self._consumer.pause(place)
                window.paused = True

    def _check_alive(self, place: TopicPartition) -> None:
        """Now and then ask the broker where the end is: silence must not look like the end."""
        if monotonic_s() - self._alive_s >= ALIVE_S:
            self.end(place)

    def _open(self) -> Any:
        if self._consumer is None:
            self._consumer = self._settings.consumer(
                auto_offset_reset="none", fetch_max_wait_ms=500, max_partition_fetch_bytes=WINDOW_OCTETS // 2,
                fetch_max_bytes=2 * WINDOW_OCTETS,
            )  # fmt: skip
        return self._consumer

    def _failed(self, error: KafkaError, offset: int | None = None) -> JournalError:
        self._drop()
        return self._settings.error(error, offset=offset)

    def _drop(self) -> None:
        """Close the consumer; a later read opens another."""
        consumer, self._consumer = self._consumer, None
        self._windows.clear()
        if consumer is not None:
            consumer.close()
