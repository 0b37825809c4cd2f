"""Journal of a follower: reads another one as it grows, and lets nothing be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops_center.adapters.journal_plain import PlainJournal


@dataclass(frozen=True, slots=True)
class SilentJournal(PlainJournal):
    """Implements `ports.Journal` over `inner`; what a desk or worker would write is dropped.

    A desk is a function of what it reads, so one over this journal decides the same as the one
    that writes, and can stand beside it anywhere.
    """

    def append(self, topic: str, partition: int, values: Sequence[bytes]) -> int:
        """Drop records; nobody reads them, so their place is 0."""
        return 0

    def commit(self, group: str, topic: str, partition: int, offset: int) -> None:
        """Store nothing: a follower's place is in nobody's way."""

    def committed(self, group: str, topic: str, partition: int) -> int:
        """Return the start: a follower keeps its place itself."""
        return self.inner.start(topic, partition)
