"""Journal of two layers: reads a recorded one up to given ends, writes to another from there on.

Replay is this: inputs come from the record, capped at the instant wanted; derived records are
made anew in memory, and the record is never written to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.ports import DERIVED_TOPICS, Group, GroupJournal, Journal, Record


class LayeredJournal:
    """Implements `ports.GroupJournal` over a `recorded` journal that is only read.

    `ends` says per (topic, partition) where the record stops for this reader and new records begin.
    Where it says nothing: a derived topic is empty from its start on, an input ends where it ends now.
    A snapshot's replay gives the ends its derived topics had, so that offsets go on from there.
    """

    def __init__(
        self, recorded: Journal, topics: Sequence[str], *, ends: Mapping[tuple[str, int], int] | None = None
    ) -> None:
        self._recorded = recorded
        partitions = {topic: recorded.partitions(topic) for topic in topics}
        given = ends or {}
        self._ends = {
            (topic, partition): given.get((topic, partition), self._usual(topic, partition))
            for topic, number in partitions.items()
            for partition in range(number)
        }
        self._committed: dict[tuple[str, str, int], int] = {}
        self._new: GroupJournal = MemoryJournal(partitions, starts=self._ends)

    def _usual(self, topic: str, partition: int) -> int:
        if topic in DERIVED_TOPICS:
            return self._recorded.start(topic, partition)
        return self._recorded.end(topic, partition)

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        return self._new.partitions(topic)

    def append(self, topic: str, partition: int, values: Sequence[bytes]) -> int:
        """Keep records in the new layer; return the first one's offset."""
        return self._new.append(topic, partition, values)

    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        """Keep all groups in the new layer; return the first offset of each."""
        return self._new.append_many(groups)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Return records from the layer `offset` lies in; empty at the end."""
        end = self._new.start(topic, partition)
        if offset < end:
            return self._recorded.read(topic, partition, offset, min(limit, end - offset))
        return self._new.read(topic, partition, offset, limit)

    def start(self, topic: str, partition: int) -> int:
        """Return the first offset still kept."""
        return min(self._recorded.start(topic, partition), self._new.start(topic, partition))

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        return self._new.end(topic, partition)

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store a consumer's offset; the record's own consumers are others."""
        self.commit_many({group: offset}, topic, partition)

    def commit_many(self, offsets: Mapping[str, int], topic: str, partition: int) -> None:
        """Store the offsets of several consumers of one partition."""
        self._committed.update({(group, topic, partition): at for group, at in offsets.items()})

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return a consumer's offset as stored here, or the start."""
        return self._committed.get((group, topic, partition), self.start(topic, partition))
