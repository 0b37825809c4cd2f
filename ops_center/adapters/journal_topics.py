"""What every journal of topics with a fixed number of partitions has: they are known by name, one group is a write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from ops_center.domain.errors import JournalError
from ops_center.ports import Group


class TopicJournal(ABC):
    """Half of `ports.GroupJournal`; a journal gives `append_many` and the rest."""

    _partitions: Mapping[str, int]

    def partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic."""
        if topic not in self._partitions:
            raise JournalError(f"no topic {topic!r}; there are {', '.join(sorted(self._partitions))}")
        return self._partitions[topic]

    def append(self, topic: str, partition: int, values: Sequence[bytes]) -> int:
        """Write records durably; return the first one's offset."""
        return self.append_many([(topic, partition, values)])[0]

    @abstractmethod
    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        """Write groups in one step; return the first offset of each."""


class OpenJournal(TopicJournal):
    """One that holds something open until it is closed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of it; everything acknowledged is durable."""
