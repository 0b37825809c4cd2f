"""Plain reading of a journal that the desk with the lease writes: records without the lease's mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops_center.ports import Journal, Record
from ops_center.wire import unleased


@dataclass(frozen=True, slots=True)
class PlainJournal:
    """The reading half of `ports.Journal` over `inner`."""

    inner: Journal

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        return self.inner.partitions(topic)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` records from `offset` on."""
        return plain(self.inner.read(topic, partition, offset, limit))

    def start(self, topic: str, partition: int) -> int:
        """Return the first offset still kept."""
        return self.inner.start(topic, partition)

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        return self.inner.end(topic, partition)


def plain(records: Sequence[Record]) -> Sequence[Record]:
    """Return records without the mark of a lease."""
    return [Record(record.offset, unleased(record.value)) if _marked(record.value) else record for record in records]


def _marked(value: bytes) -> bool:
    return value[:1] == b"J" and b"@" in value[: value.find(b" ")]
