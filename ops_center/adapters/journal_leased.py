"""Journal of the desk that holds the lease: everything it writes names the lease's epoch (ORDER 25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops_center.ports import Journal, Record
from ops_center.wire import leased, unleased


@dataclass(frozen=True, slots=True)
class LeasedJournal:
    """Implements `ports.Journal` over `inner`; readers see records without the mark."""

    inner: Journal
    epoch: int

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        return self.inner.partitions(topic)

    def append(self, topic: str, partition: int, values: Sequence[bytes]) -> int:
        """Write records under the lease; return the first one's offset."""
        return self.inner.append(topic, partition, [leased(value, self.epoch) for value in values])

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Return at most `limit` records from `offset` on."""
        return plain(self.inner.read(topic, partition, offset, limit))

    def start(self, topic: str, partition: int) -> int:
        """Return the first offset still kept."""
        return self.inner.start(topic, partition)

    def end(self, topic: str, partition: int) -> int:
        """Return the offset the next record will get."""
        return self.inner.end(topic, partition)

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store a consumer's offset."""
        self.inner.commit(group, topic, partition, offset)

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return a consumer's stored offset, or the start."""
        return self.inner.committed(group, topic, partition)


def plain(records: Sequence[Record]) -> Sequence[Record]:
    """Return records without the mark of a lease."""
    return [Record(record.offset, unleased(record.value)) if _marked(record.value) else record for record in records]


def _marked(value: bytes) -> bool:
    return value[:1] == b"J" and b"@" in value[: value.find(b" ")]
