"""The world as announced so far: the WORLD topic read once for all workers of a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center import wire
from ops_center.domain.errors import BadInput
from ops_center.domain.event import Event, EventKind
from ops_center.domain.ids import make_id
from ops_center.domain.world import WorldChange
from ops_center.ports import WORLD, Journal
from ops_center.wire import Progress
from ops_center.worker.world import World
from playbooks.program import Program

HELD = 4_096  # records read at a time


class Announced:
    """Applies each announcement once; a worker remembers how many of `times_ms` it has taken in.

    A worker may see an announcement before its turn: a change never holds before what the desk let
    pass (ORDER 16, 17), so one World answers for every worker's rows. The topic is never cut.
    """

    def __init__(self, first: World, journal: Journal, *, programs: Mapping[str, Program] | None = None) -> None:
        self._programs: Mapping[str, Program] = {} if programs is None else programs
        self._journal = journal
        self._ids = set[str]()
        self.world = replace(first, program_of=self._program)
        self.times_ms: list[int] = []  # from when each applied change holds
        self.refused: list[Event] = []
        self.desk_ms: int | None = None
        self.quiet_ms: int | None = None  # the desk decides nothing before it
        self.offset = journal.start(WORLD, 0)

    def read(self) -> None:
        """Apply what is new."""
        while records := self._journal.read(WORLD, 0, self.offset, HELD):
            for record in records:
                thing = wire.decode(record.value)
                if isinstance(thing, Progress):
                    self.desk_ms = max(thing.at_ms, self.desk_ms or thing.at_ms)
                    self.quiet_ms = max(thing.quiet_ms or thing.at_ms, self.quiet_ms or thing.at_ms)
                elif isinstance(thing, WorldChange) and thing.id not in self._ids:
                    self._ids.add(thing.id)  # the first record of an id wins (ORDER 17)
                    self._apply(thing)
            self.offset = records[-1].offset + 1

    def fork(self, journal: Journal) -> Announced:
        """Return the same, to read on in a journal that begins with what was read here."""
        other = Announced(self.world, journal, programs=self._programs)
        other._ids = set(self._ids)
        other.times_ms, other.refused = list(self.times_ms), list(self.refused)
        other.desk_ms, other.quiet_ms, other.offset = self.desk_ms, self.quiet_ms, self.offset
        return other

    def _apply(self, change: WorldChange) -> None:
        try:
            self.world = self.world.apply(change)
        except BadInput as error:
            self.refused.append(_refused(change, error))
        else:
            self.times_ms.append(change.at_ms)

    def _program(self, version: str) -> Program:
        if version not in self._programs:
            raise BadInput(f"content version {version!r} is not loaded", field="version")
        return self._programs[version]


def _refused(change: WorldChange, error: BadInput) -> Event:
    return Event(
        id=make_id("event", EventKind.DEAD, change.id, error.reason),
        kind=EventKind.DEAD,
        feed="",
        event_ms=change.at_ms,
        stamp_ms=change.at_ms,
        desk_ms=change.at_ms,
        status=change.status,
        facts={"reason": error.reason, "field": error.field, "bytes": "", "at_ms": change.at_ms},
    )
