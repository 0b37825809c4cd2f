"""Telling: what the desk writes to WORLD for its workers, each change once, and the progress it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ops_center import wire
from ops_center.domain.world import WorldChange
from ops_center.ports import WORLD, Journal
from ops_center.wire import Progress

READ = 4_096  # records taken in one read


@dataclass(slots=True)
class Telling:
    """One desk's word on WORLD; `at` is the place from which a restart must recall what was announced."""

    journal: Journal
    at: int
    changed: int = field(init=False)  # behind the last change
    told_ms: int | None = field(default=None, init=False)
    quiet_told_ms: int | None = field(default=None, init=False)
    _end: int = field(init=False)  # behind what is known to be written
    _announced: set[str] = field(default_factory=set, init=False)
    _recalled: bool = field(default=False, init=False)
    _recalled_ms: int = field(default=0, init=False)  # from when the last thing recalled holds

    def __post_init__(self) -> None:
        self.changed = self._end = self.at

    def recall(self) -> None:
        """Read once what this desk wrote after its snapshot, so that nothing is announced twice."""
        if self._recalled:
            return
        self._recalled = True
        last, at = None, self.at
        while records := self.journal.read(WORLD, 0, at, READ):
            for record in records:
                if record.value.startswith(b"Jprogress "):
                    last = record.value
                elif record.value.startswith(b"Jchange "):
                    change = wire.decode(record.value)
                    if isinstance(change, WorldChange):
                        self._announced.add(change.id)
                        self._recalled_ms = max(self._recalled_ms, change.at_ms)
                        self.changed = record.offset + 1
            at = records[-1].offset + 1
        if last is not None:
            told = wire.decode(last)
            self.told_ms = told.at_ms if isinstance(told, Progress) else None
        self._end = at
        if not self._announced:
            self.at = at

    def fresh(self, changes: Sequence[WorldChange]) -> list[WorldChange]:
        """Return those of the changes just decided that are not on WORLD already."""
        fresh = [change for change in changes if change.id not in self._announced]
        self._announced.difference_update(change.id for change in changes)
        return fresh

    def write(self, changes: Sequence[WorldChange], *, progress_ms: int | None, quiet_ms: int | None) -> None:
        """Write changes and then the progress they belong to, where either says something new."""
        told = [wire.encode(change) for change in changes]
        further = progress_ms is not None and (self.told_ms is None or progress_ms > self.told_ms)
        if progress_ms is not None and (further or quiet_ms is not None):
            told.append(wire.encode(Progress(source="desk", at_ms=progress_ms, quiet_ms=quiet_ms)))
            self.told_ms = max(progress_ms, self.told_ms or progress_ms)
            self.quiet_told_ms = quiet_ms or self.quiet_told_ms
        if told:
            first = self.journal.append(WORLD, 0, told)
            self.changed = first + len(changes) if changes else self.changed
            self._end = first + len(told)
        if progress_ms is not None and progress_ms > self._recalled_ms:
            self._announced.clear()  # what was not decided again by the time it holds never will be
        if not self._announced:
            # Until then a snapshot names the place from which what was announced is still to be recalled.
            self.at = self._end
