"""Journal in memory: for replay, back-tests and tests, with the same contract as the file one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock

from ops_center.adapters.journal_topics import TopicJournal
from ops_center.domain.errors import JournalError
from ops_center.ports import Group, Record

_RECORD: Callable[[tuple[int, bytes]], Record] = partial(tuple.__new__, Record)  # no call of ours for each of many


class MemoryJournal(TopicJournal):
    """Implements `ports.GroupJournal`; `starts` lets a partition begin at an offset other than 0."""

    def __init__(self, partitions: Mapping[str, int], *, starts: Mapping[tuple[str, int], int] | None = None) -> None:
        self._partitions = dict(partitions)
        self._starts = {
            (topic, partition): (starts or {}).get((topic, partition), 0)
            for topic, number in self._partitions.items()
            for partition in range(number)
        }
        self._values: dict[tuple[str, int], list[bytes]] = {place: [] for place in self._starts}
        self._committed: dict[tuple[str, str, int], int] = {}
        self._lock = Lock()

    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        """Keep all groups; return the first offset of each."""
        places = [self._place(topic, partition) for topic, partition, _ in groups]
        firsts = []
        with self._lock:
            for place, (_, _, values) in zip(places, groups, strict=True):
                kept = self._values[place]
                firsts.append(self._starts[place] + len(kept))
                kept.extend(values)
        return firsts

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` records from `offset` on; empty at the end."""
        place = self._place(topic, partition)
        first = self._starts[place]
        if offset < first:
            raise JournalError(f"records before {first} were cut by retention", path=topic, offset=offset)
        values = self._values[place][offset - first : offset - first + max(limit, 0)]
        return list(map(_RECORD, enumerate(values, offset)))

    def start(self, topic: str, partition: int) -> int:
        """Return the first offset still kept."""
        return self._starts[self._place(topic, partition)]

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        place = self._place(topic, partition)
        return self._starts[place] + len(self._values[place])

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store a consumer's offset."""
        self.commit_many({group: offset}, topic, partition)

    def commit_many(self, offsets: Mapping[str, int], topic: str, partition: int) -> None:
        """Store the offsets of several consumers of one partition."""
        self._place(topic, partition)
        with self._lock:
            self._committed.update({(group, topic, partition): at for group, at in offsets.items()})

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return a consumer's stored offset, or the start."""
        stored = self._committed.get((group, topic, partition))
        return self.start(topic, partition) if stored is None else stored

    def _place(self, topic: str, partition: int) -> tuple[str, int]:
        if not 0 <= partition < self.partitions(topic):
            raise JournalError(f"no partition {partition} of {topic!r}; it has {self.partitions(topic)}")
        return topic, partition
