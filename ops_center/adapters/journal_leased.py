"""Journal of the desk that holds the lease: everything it writes names the lease's epoch (ORDER 25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops_center.adapters.journal_plain import PlainJournal
from ops_center.wire import leased


@dataclass(frozen=True, slots=True)
class LeasedJournal(PlainJournal):
    """Implements `ports.Journal` over `inner`; readers see records without the mark."""

    epoch: int

    def append(self, topic: str, partition: int, values: Sequence[bytes]) -> int:
        """Write records under the lease; return the first one's offset."""
        return self.inner.append(topic, partition, [leased(value, self.epoch) for value in values])

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store a consumer's offset."""
        self.inner.commit(group, topic, partition, offset)

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return a consumer's stored offset, or the start."""
        return self.inner.committed(group, topic, partition)
