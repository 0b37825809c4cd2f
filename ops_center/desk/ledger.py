"""Ledger: the one way decisions reach the state, collecting what must be written out."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from ops_center.desk import alerts
from ops_center.desk.definitions import Definitions
from ops_center.desk.places import NoPlaces, Places
from ops_center.desk.state import KEPT, State
from ops_center.domain.alert import Alert
from ops_center.domain.command import Command
from ops_center.domain.event import Event
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.rule import Rule
from ops_center.domain.run import PlaybookRun
from ops_center.domain.scales import Status
from ops_center.domain.shift import Shift
from ops_center.domain.text import Json
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import WorldChange
from ops_center.ports import Thing

Foreseen = tuple[Event, Alert | None, Rule, Alert | None]  # an event, its alert before, its rule, its alert after


@dataclass(slots=True, kw_only=True)
class Ledger:
    """State, definitions and the outputs of the decisions taken since they were last written."""

    deployment: str
    status: Status
    zone: ZoneInfo
    lead_ms: int
    definitions: Definitions
    contents: Mapping[str, Definitions] = field(default_factory=dict)  # further content versions, by version
    places: Places = field(default_factory=NoPlaces)
    state: State = field(default_factory=State)
    records: list[Thing] = field(default_factory=list)
    changes: list[WorldChange] = field(default_factory=list)
    dead: list[Event] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)  # incidents changed by the decision being taken
    foreseen: dict[str, Foreseen] = field(default_factory=dict)  # by event, until it is decided

    def rule(self, identity: str) -> Rule | None:
        """Return a rule in force, or one that was: its last events may still be on their way."""
        return self.definitions.rule(identity) or self.state.retired.get(identity)

    def foresee(self, alert: Alert | None, event: Event, rule: Rule) -> Alert | None:
        """Return what an event makes of an alert, and keep it for when the event is decided."""
        after = self.applied(alert, event, rule)
        self.foreseen[event.id] = (event, alert, rule, after)
        return after

    def applied(self, alert: Alert | None, event: Event, rule: Rule) -> Alert | None:
        """Return what an event makes of an alert; not worked out again where just that was foreseen."""
        known = self.foreseen.get(event.id)
        if known is not None and known[0] is event and known[1] is alert and known[2] is rule:
            return known[3]
        return alerts.apply(alert, event, rule, deployment=self.deployment)

    def put(self, thing: Thing) -> None:
        """Keep a changed thing and write it out; the same value again is nothing."""
        kept = self._kept(thing)
        if kept.get(thing.id) == thing:
            return
        kept[thing.id] = thing
        match thing:
            case Incident():
                self.touched.add(thing.id)
            case PlaybookRun():
                self.state.task_run.update((task.id, thing.id) for task in thing.tasks)
            case Dispatch() | PublicWarning():
                self.touched.add(thing.incident)  # the run whose step asked for it may go on
        self.state.changes += 1
        self.records.append(thing)

    def _kept(self, thing: Thing) -> dict[str, Any]:
        state = self.state
        match thing:
            case Alert():
                return state.alerts
            case Incident():
                return state.incidents
            case PlaybookRun():
                return state.runs
            case Resource():
                return state.resources
            case Dispatch():
                return state.dispatches
            case PublicWarning():
                return state.warnings
            case Shift():
                return state.shifts

    def resource(self, identity: str) -> Resource | None:
        """Return a resource as it is now: as it last changed, else as its layer lists it."""
        return self.state.resources.get(identity) or self.definitions.resources.get(identity)

    def resources(self) -> Iterator[Resource]:
        """Yield every resource the content lists as it is now, by id."""
        for identity in sorted(self.definitions.resources):
            yield self.state.resources.get(identity) or self.definitions.resources[identity]

    def announce(self, change: WorldChange) -> None:
        """Write a world change out."""
        self.state.changes += 1
        self.changes.append(change)

    def holds_from(self, cause_ms: int, stated_ms: int | None = None) -> int:
        """Return when a change caused at desk time `cause_ms` holds: max(stated, cause + lead) (ORDER 17)."""
        return max(stated_ms or 0, cause_ms + self.lead_ms)

    def set_timer(self, due_ms: int, kind: str, identity: str) -> None:
        """Have `identity` looked at again at `due_ms`; one that is out of date does nothing."""
        heapq.heappush(self.state.timers, (due_ms, kind, identity))

    def result(
        self,
        command: Command,
        *,
        at_ms: int,
        reason: str = "",
        by: str = "",
        changed_ms: int | None = None,
        field: str = "",
    ) -> None:
        """Note what became of a command, for whoever gave it; `reason` "" is accepted."""
        noted: dict[str, Json] = {
            "command": command.id,
            "kind": command.kind,
            "target": command.target,
            "actor": command.actor.name,
            "accepted": not reason,
            "reason": reason,
            "by": by,
            "changed_ms": changed_ms,
            "field": field,
            "at_ms": at_ms,
        }
        self.state.results = (*self.state.results, noted)[-KEPT:]
        self.state.changes += 1

    def bury(self, event: Event) -> None:
        """Put an event on the dead-letter list."""
        self.state.dead = (*self.state.dead, event)[-KEPT:]
        self.state.changes += 1
        self.dead.append(event)
