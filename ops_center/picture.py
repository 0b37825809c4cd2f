"""Picture: everything the screens show at one instant, live or at the replay cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ops_center.columns import Positions
from ops_center.domain.alert import Alert
from ops_center.domain.command import Command
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.scales import Severity, Status
from ops_center.domain.shift import Shift
from ops_center.domain.text import Json, Text
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import HazardRevision
from ops_center.ports import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """One feed as the wall shows it; `last_ms` None = never heard."""

    id: str
    title: Text
    status: Status
    jurisdiction: str = ""
    last_ms: int | None
    messages: int
    late: int
    refused: int
    dead: int
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One tile: `value` with its definition, unit and window; `list` names what it opens."""

    id: str
    title: Text
    value: float | None
    unit: Text
    definition: Text
    window: Text
    list: str  # alerts | incidents | tasks | feeds | vehicles, with the filter in `filter`
    filter: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One line of the alarm list in a flood: one alarm, or many of one cause and place.

    `kind` and `cause`: an ``alert`` (pinned, by itself), a ``rule`` in one county, a ``hazard`` wherever
    its alarms are. `calling` members sound; `under` is the incident that keeps the others quiet.
    """

    id: str
    kind: str
    cause: str
    place: str  # county; "" where it has many
    title: Text
    status: Status
    severity: Severity  # the worst
    count: int
    calling: int
    unacknowledged: int
    newest_ms: int
    oldest_ms: int
    members: tuple[str, ...]  # alerts, newest first: all of them
    places: tuple[tuple[str, int], ...]  # county, members; most first
    rules: tuple[tuple[str, int], ...]  # rule, members; most first
    under: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A dynamic zone on the map: a wind circle, a warning's area, a closure."""

    layer: str
    key: str
    geometry: Mapping[str, Json]  # GeoJSON, WGS-84
    fields: Mapping[str, Json]
    from_ms: int
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """State at `at_ms` (journal time), in the desk's order; tuples sorted by id unless said."""

    at_ms: int
    replay: bool
    status: Status
    version: int  # grows with every change
    alerts: tuple[Alert, ...]
    incidents: tuple[Incident, ...]
    runs: tuple[PlaybookRun, ...]
    hazards: tuple[HazardRevision, ...]
    zones: tuple[Moving, ...]
    feeds: tuple[FeedHealth, ...]
    kpis: tuple[Kpi, ...]
    positions: Positions
    dead_letters: tuple[Mapping[str, Json], ...] = ()  # the newest 200: feed, reason, field, bytes (hex), at_ms
    notices: int = 0
    decided: tuple[Alert, ...] | None = None  # alerts in the desk's order, where `alerts` has early ones on top
    results: tuple[
        Mapping[str, Json], ...
    ] = ()  # the newest 200 decisions: command, kind, target, accepted, reason, by, at_ms

    resources: tuple[Resource, ...] = ()
    dispatches: tuple[Dispatch, ...] = ()
    warnings: tuple[PublicWarning, ...] = ()
    shifts: tuple[Shift, ...] = ()  # on duty, and those that ended within the last day
    shown_ms: int = 0  # the newest instant that `alerts` show: ahead of `at_ms` where early ones are on top
    flood: bool = False  # more came in ten minutes than an officer can take: lists are grouped
    groups: tuple[Group, ...] = ()  # every open alarm in exactly one, in the order of the list in a flood

    def digest(self) -> str:
        """Return the hash of the logical content of everything the desk decides.

        Early alerts do not count: when they arrive is not a function of the journal (ORDER 20).
        """
        from ops_center.domain.digest import digest_of

        return digest_of(
            self.alerts if self.decided is None else self.decided,
            self.incidents,
            self.runs,
            self.hazards,
            self.zones,
            self.resources,
            self.dispatches,
            self.warnings,
            self.shifts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """One line of a layer's legend: `colour` is #rrggbb, `shape` is point, line or area."""

    title: Text
    colour: str
    shape: str = "point"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerView:
    """A layer as the wall lists it.

    `draw` holds the hints of its catalog file (``as``, ``icon``, ``colour``, ``label``,
    ``min_zoom``). `moving` layers have no file: their shapes come with the picture. `from_ms` and
    `stale_after_ms` let every screen tell the age at its own instant, the replay cursor too.
    """

    id: str
    title: Text
    status: Status = Status.ACTUAL
    from_ms: int | None = None
    stale_after_ms: int | None = None
    stale: bool = False
    moving: bool = False
    shown: bool = True
    draw: Mapping[str, Json] = field(default_factory=dict)
    legend: tuple[LegendEntry, ...] = ()
    note: Text = field(default_factory=lambda: Text("", ""))  # licence, or why it is simulated
    etag: str = ""


class LayerSource(Protocol):
    """The layers of the deployment; `layers/deck.py` makes their GeoJSON."""

    def layers(self) -> Sequence[LayerView]:
        """Return every layer in the order it is drawn, lowest first."""
        ...

    def geojson(self, layer: str) -> tuple[bytes, str] | None:
        """Return (GeoJSON, its content hash), None for a layer that is unknown or moving."""
        ...


class Station(Protocol):
    """What screens and API talk to: pictures out, commands in. `bootstrap` supplies it."""

    def live(self) -> Picture:
        """Return the newest picture."""
        ...

    def at(self, at_ms: int) -> Picture:
        """Return the picture at a past instant, rebuilt by replay from the journal."""
        ...

    def span(self) -> tuple[int, int]:
        """Return (first, last) instant that `at` can show."""
        ...

    def histogram(self, from_ms: int, to_ms: int, bins: int) -> tuple[tuple[int, ...], ...]:
        """Return per bin the number of occurrences that started, by severity (minor..extreme)."""
        ...

    def submit(self, command: Command) -> Receipt:
        """Authorise, journal and stamp a command; the decision shows in later pictures."""
        ...

    def why(self, thing_id: str) -> Mapping[str, Json]:
        """Return the chain of causes of an alert, occurrence, incident, run or task."""
        ...

    def recommend(self, picture: Picture, incident: str, capability: str) -> Sequence[Mapping[str, Json]]:
        """Return which resources of a picture could go to one of its incidents, the soonest there first."""
        ...

    def why_not(self, rule: str, subject: str, at_ms: int) -> Mapping[str, Json]:
        """Return condition by condition why `rule` did not fire for `subject` at that time."""
        ...
