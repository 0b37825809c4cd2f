"""State: everything the desk knows, as a value that a snapshot keeps and a restart takes up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.alert import Alert, Mark
from ops_center.domain.command import Command
from ops_center.domain.event import Event
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.rule import Rule
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.text import Json
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import HazardRevision
from ops_center.picture import Moving
from playbooks.book import Playbook

KEPT = 200  # newest results and dead letters in a picture

# (due, kind, id): shelf | run | window | hazard | parked | content | hour | report | warning | flood
Timer = tuple[int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One subject's match of a rule that counts: from its begin to its end, None = it goes on."""

    subject: str
    from_ms: int
    to_ms: int | None
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The matches of one rule and group that still count."""

    rule: str
    matches: tuple[Match, ...]
    firing: bool = False
    due_ms: int | None = None  # when its timer goes off: a match leaves it then


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedWatch:
    """What the ticks said of one feed (ORDER 24); times are stamps."""

    since_ms: int  # first tick that could have spoken of it
    last_ms: int | None = None
    silent: bool = False


@dataclass(slots=True)
class State:
    """Immutable values by id; every iteration that reaches an output is sorted."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    runs: dict[str, PlaybookRun] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)  # those that ever changed; the rest as defined
    dispatches: dict[str, Dispatch] = field(default_factory=dict)
    warnings: dict[str, PublicWarning] = field(default_factory=dict)
    shifts: dict[str, Shift] = field(default_factory=dict)
    hazards: dict[str, tuple[HazardRevision, ...]] = field(default_factory=dict)
    hazard_alerts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # hazard -> alerts it raised
    zones: dict[str, Moving] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)
    values: dict[str, Json] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)  # incident numbers, by jurisdiction and day
    timers: list[Timer] = field(default_factory=list)  # a heap
    parked: dict[str, tuple[Command, ...]] = field(default_factory=dict)  # by target not yet decided
    given: dict[str, Mark] = field(default_factory=dict)  # "target kind" -> who last gave that command, for a day
    results: tuple[Mapping[str, Json], ...] = ()
    dead: tuple[Event, ...] = ()
    content: str = ""  # version in force
    retired: dict[str, Rule] = field(default_factory=dict)  # rules no longer in force
    start_ms: int | None = None  # progress first claimed, from the first tick
    changes: int = 0  # grows with every decision that changed something
    books: dict[str, Playbook] = field(default_factory=dict)  # "id@version" of every run that is not over
    task_run: dict[str, str] = field(default_factory=dict)  # task -> run
    jumps: dict[str, int] = field(default_factory=dict)  # refused fixes by feed
