"""How far a desk has told that it decided, read from WORLD as that grows."""

from __future__ import annotations

from dataclasses import dataclass

from ops_center.ports import WORLD, Journal
from ops_center.wire import Progress, decode


@dataclass(slots=True)
class Decided:
    """The newest progress that was read."""

    ms: int = 0
    at: int = 0

    def read(self, journal: Journal) -> int:
        """Return the desk time before which everything is decided, by what is written by now."""
        while records := journal.read(WORLD, 0, self.at, 4_096):
            for record in records:
                thing = decode(record.value)
                if isinstance(thing, Progress):
                    self.ms = max(self.ms, thing.at_ms)
            self.at = records[-1].offset + 1
        return self.ms
