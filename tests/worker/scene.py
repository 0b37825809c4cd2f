"""A small town for the plane's tests: a feed, zones, facilities, rules with hand-written twins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, Batch, Codes, core_batch
from ops_center.domain.event import Event, EventKind
from ops_center.domain.feed import Feed
from ops_center.domain.rule import Counting, Join, Rule, Validity
from ops_center.domain.scales import AlertClass, Severity
from ops_center.domain.text import Text
from ops_center.domain.world import ChangeKind, WorldChange
from ops_center.worker.content import content_hash
from ops_center.worker.layer import PointLayer, ShapelyZones, ZoneLayer
from ops_center.worker.process import process
from ops_center.worker.state import State, dump, load
from ops_center.worker.world import World, registry_of
from playbooks.cel import compile_condition
from playbooks.program import CompiledRule, Program
from tests.worker.reference import Reference
from tests.worker.reference_ground import metres
from tests.worker.reference_lines import NEVER, Judged, Row, Zone

T0 = 1_700_000_000_000
TEXT = Text("", "")
KINDS = {
    "speed_kph": "number",
    "subject": "text",
    "driving_s": "number",
    "stopped_s": "number",
    "gap_s": "number",
    "cargo.class": "text",
    "zone.key": "text",
    "zone.level": "integer",
    "school.key": "text",
    "school.distance_m": "number",
    "storm.key": "text",
    "storm.wind_ms": "number",
}


@dataclass(frozen=True)
class Windows:
    """A calendar of stated windows."""

    spans: tuple[tuple[int, int], ...]

    def holds(self, times_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        out = np.zeros(len(times_ms), np.bool_)
        for start, end in self.spans:
            out |= (times_ms >= start) & (times_ms < end)
        return out

    def edges(self, from_ms: int, to_ms: int) -> Sequence[int]:
        return sorted(edge for span in self.spans for edge in span if from_ms < edge <= to_ms)


class BruteNearest:
    """The nearest point by trying them all."""

    def __init__(self, points: Sequence[tuple[str, float, float]]) -> None:
        self.points = sorted(points)

    def within(self, lon_e7: Any, lat_e7: Any, within_mm: int) -> tuple[Any, Any]:
        found, distance = np.full(len(lon_e7), -1), np.zeros(len(lon_e7), np.int64)
        for i, (x, y) in enumerate(zip(lon_e7.tolist(), lat_e7.tolist(), strict=True)):
            away = [(round(metres(x / 1e7, y / 1e7, a, b) * 1000), n) for n, (_, a, b) in enumerate(self.points)]
            mm, n = min(away)
            if mm <= within_mm:
                found[i], distance[i] = n, mm
        return found, distance


def rule(identity: str, **more: Any) -> Rule:
    """Return a rule over vehicles."""
    given: dict[str, Any] = {
        "id": identity,
        "version": "1",
        "title": TEXT,
        "alert_class": AlertClass.NOTICE,
        "severity": Severity.MINOR,
        "subject": "vehicle",
        "message": TEXT,
        "source": TEXT,
    }
    return Rule(**{**given, **more})


def compiled(judged: Judged) -> CompiledRule:
    """Return the compiled twin of a judged rule."""
    of = judged.rule
    names = {*KINDS} & {"speed_kph", "subject", *(f"{join.name}.key" for join in of.joins)}
    return CompiledRule(
        rule=of,
        when=compile_condition(of.when, KINDS),
        then=compile_condition(of.then, KINDS) if of.then else None,
        clear=compile_condition(of.clear_when, KINDS) if of.clear_when else None,
        calendar=Windows(judged.windows) if judged.windows is not None else None,
        names=tuple(sorted({*names, *compile_condition(of.when, KINDS).names})),
        group=judged.group,
    )


def box(west: float, south: float, east: float, north: float) -> Any:
    return shapely.box(west, south, east, north)


ZONE = Join(name="zone", mode="inside", layer="zones")
STORM = Join(name="storm", mode="inside", layer="storms")
SCHOOL = Join(name="school", mode="nearest", layer="schools", within_mm=150_000)
BY_ZONE = (("vehicle", "subject"), ("zone", "zone.key"))
BY_STORM = (("vehicle", "subject"), ("storm", "storm.key"))
BY_SCHOOL = (("vehicle", "subject"), ("school", "school.key"))


def number(name: str, test: Callable[[float], bool]) -> Callable[[Mapping[str, Any]], bool | None]:
    """Return a condition on one number, unknown where it is missing."""
    return lambda values: None if values.get(name) is None else test(values[name])


slow = number("speed_kph", lambda v: v < 5.0)
fast = number("speed_kph", lambda v: v > 50.0)
RULES: tuple[Judged, ...] = (
    Judged(rule("fast", when="speed_kph > 50.0"), fast),
    Judged(rule("slow-long", when="speed_kph < 5.0", for_ms=5_000), slow),
    Judged(rule("slow-clear", when="speed_kph < 5.0", for_ms=4_000, clear_when="speed_kph > 50.0"), slow, clear=fast),
    Judged(rule("fast-clear", when="speed_kph > 50.0", clear_when="speed_kph < 5.0"), fast, clear=slow),
    Judged(rule("cool", when="speed_kph > 50.0", once_within_ms=12_000), fast),
    Judged(rule("thrice", when="speed_kph > 50.0", count=Counting(of="firings", at_least=2, within_ms=30_000)), fast),
    Judged(rule("silent", when="true", absent_for_ms=20_000), lambda values: True),
    Judged(rule("silent-slow", when="speed_kph < 5.0", absent_for_ms=15_000), slow),
    Judged(rule("brake", when="speed_kph > 50.0", then="speed_kph < 5.0", then_within_ms=6_000), fast, then=slow),
    Judged(
        rule("brake-long", when="speed_kph > 50.0", for_ms=3_000, then="speed_kph < 5.0", then_within_ms=9_000),
        fast,
        then=slow,
    ),
    Judged(
        rule("dwell", when="true", joins=(ZONE,), for_ms=6_000, group_by=("vehicle", "zone")),
        lambda values: True,
        group=BY_ZONE,
    ),
    Judged(rule("slow-in-zone", when="speed_kph < 5.0", joins=(ZONE,)), slow),
    Judged(
        rule("high-zone", when="zone.level > 1", joins=(ZONE,)), number("zone.level", lambda v: v > 1), group=BY_ZONE
    ),
    Judged(rule("near-school", when="speed_kph < 5.0", joins=(SCHOOL,), for_ms=3_000), slow, group=BY_SCHOOL),
    Judged(rule("in-storm", when="true", joins=(STORM,)), lambda values: True, group=BY_STORM),
    Judged(
        rule("storm-strong", when="storm.wind_ms >= 20.0", joins=(STORM,)),
        number("storm.wind_ms", lambda v: v >= 20.0),
    ),
    Judged(
        rule("night", when="speed_kph > 5.0", for_ms=2_000),
        number("speed_kph", lambda v: v > 5.0),
        windows=((T0 + 10_000, T0 + 40_000), (T0 + 70_000, T0 + 200_000)),
    ),
    Judged(
        rule("valid", when="speed_kph >= 0.0", valid=Validity(from_ms=T0 + 25_000, to_ms=T0 + 90_000)),
        number("speed_kph", lambda v: v >= 0.0),
    ),
    Judged(
        rule("toxic", when='cargo.class == "6.1"'),
        lambda values: None if values.get("cargo.class") is None else values["cargo.class"] == "6.1",
    ),
    Judged(rule("tired", when="driving_s > 15.0"), number("driving_s", lambda v: v > 15.0)),
    Judged(rule("stopped", when="stopped_s >= 8.0"), number("stopped_s", lambda v: v >= 8.0)),
    Judged(rule("gap", when="gap_s > 10.0"), number("gap_s", lambda v: v > 10.0)),
    Judged(
        rule("silent-in-zone", when="true", joins=(ZONE,), absent_for_ms=12_000, once_within_ms=30_000),
        lambda values: True,
        group=BY_ZONE,
    ),
    Judged(rule("old", when="speed_kph > 5.0"), number("speed_kph", lambda v: v > 5.0), force=(-NEVER, T0 + 50_000)),
    Judged(
        rule("new", when="speed_kph > 5.0", for_ms=2_000),
        number("speed_kph", lambda v: v > 5.0),
        force=(T0 + 50_000, NEVER),
    ),
)
SWITCH_MS = T0 + 50_000
ZONES = (
    Zone("a", box(0.0000, 0.0000, 0.0020, 0.0020), fields={"level": 1}),
    Zone("b", box(0.0010, 0.0010, 0.0040, 0.0040), fields={"level": 2}),
    Zone("c", box(0.0030, 0.0000, 0.0060, 0.0015), fields={"level": 3}),
)
# One storm that moves and goes, one that comes once.
STORMS = (
    Zone("s1", box(0.0000, 0.0000, 0.0015, 0.0050), T0 + 15_000, T0 + 45_000, {"wind_ms": 15.0}),
    Zone("s1", box(0.0010, 0.0000, 0.0030, 0.0050), T0 + 45_000, T0 + 80_000, {"wind_ms": 25.0}),
    Zone("s2", box(0.0000, 0.0000, 0.0060, 0.0010), T0 + 30_000, NEVER, {"wind_ms": 20.0}),
)
SCHOOLS = (("high", 0.0005, 0.0005), ("low", 0.0035, 0.0030))
PAPERS = (
    ("v0", T0, T0 + 40_000, {"cargo.class": "3"}),
    ("v0", T0 + 40_000, NEVER, {"cargo.class": "6.1"}),
    ("v1", T0 - 10**9, T0 + 60_000, {"cargo.class": "6.1"}),
)
EDGES = tuple(
    sorted(
        {
            *(T0 + s * 1000 for s in (10, 40, 70, 200, 25, 90, 15, 45, 80, 30)),
            SWITCH_MS,
        }
    )
)


def feed(*, reorder_ms: int = 0, delay_ms: int = 2_000, ahead_ms: int = 1_000) -> Feed:
    """Return the town's feed."""
    return Feed(
        id="town",
        title=TEXT,
        owner=TEXT,
        decoder="json_rows",
        registry="papers",
        reorder_ms=reorder_ms,
        delay_ms=delay_ms,
        ahead_ms=ahead_ms,
    )


def change(
    at_ms: int, key: str, shape: Any | None, fields: Mapping[str, Any] | None = None, cause: str = ""
) -> WorldChange:
    """Return a change of the storms."""
    body = None if shape is None else {"geometry": shapely.geometry.mapping(shape), "fields": dict(fields or {})}
    return WorldChange(id=f"{key}{at_ms}{cause}", kind=ChangeKind.ZONE, layer="storms", key=key, at_ms=at_ms, body=body)


def changes() -> list[WorldChange]:
    """Return what is announced while the town runs, in order of time."""
    content = WorldChange(id="content", kind=ChangeKind.CONTENT, layer="", key="2", at_ms=SWITCH_MS)
    storms = [change(storm.from_ms, storm.key, storm.shape, storm.fields) for storm in STORMS]
    return sorted([*storms, change(T0 + 80_000, "s1", None), content], key=lambda c: (c.at_ms, c.id))


def programs(rules: Sequence[Judged] = RULES) -> tuple[Program, Program]:
    """Return the town's rules before and after they are edited."""
    first = Program(version="1", rules=tuple(compiled(j) for j in rules if j.force[0] < SWITCH_MS))
    second = Program(version="2", rules=tuple(compiled(j) for j in rules if j.force[1] > SWITCH_MS))
    return first, second


def world(of: Feed, rules: Sequence[Judged] = RULES) -> World:
    """Return the town as the plane sees it, all its changes announced."""
    town = before(of, rules)
    for one in changes():
        town = town.apply(one)
    return town


def before(of: Feed, rules: Sequence[Judged] = RULES) -> World:
    """Return the town before anything is announced."""
    keys = tuple(zone.key for zone in ZONES)
    levels = np.asarray([zone.fields["level"] for zone in ZONES], dtype=np.int64)
    points = sorted(SCHOOLS)
    first, second = programs(rules)
    return World(
        feeds={of.id: of},
        zones={"zones": ZoneLayer(index=ShapelyZones([z.shape for z in ZONES]), keys=keys, fields={"level": levels})},
        points={"schools": PointLayer(index=BruteNearest(points), keys=tuple(p[0] for p in points), fields={})},
        registry={
            "papers": registry_of([(key, start, None if end == NEVER else end, of_) for key, start, end, of_ in PAPERS])
        },
        track=frozenset({"zones", "storms"}),
        programs=((-NEVER, first),),
        program_of=lambda version: second,
    )


def reference(of: Feed, rules: Sequence[Judged] = RULES) -> Reference:
    """Return the town as the reference sees it."""
    return Reference(
        feed=of,
        rules=rules,
        zones={"zones": ZONES, "storms": STORMS},
        points={"schools": SCHOOLS},
        registry=PAPERS,
        track=("zones", "storms"),
        edges=EDGES,
    )


def batch_of(rows: Sequence[Row]) -> Batch:
    """Return rows as a batch."""
    given = {
        "subject": Codes.of([row.subject for row in rows]),
        "event_time": np.asarray([row.event for row in rows], dtype=np.int64),
        "stamp": np.asarray([row.stamp for row in rows], dtype=np.int64),
        "message": np.arange(len(rows), dtype=np.int32),
        "lon_e7": _e7([row.lon for row in rows]),
        "lat_e7": _e7([row.lat for row in rows]),
        "speed_kph": np.asarray(
            [np.nan if row.values["speed_kph"] is None else row.values["speed_kph"] for row in rows], dtype=np.float64
        ),
    }
    return core_batch(len(rows), given)


def _e7(values: Sequence[float | None]) -> NDArray[np.int32]:
    return np.asarray([NULL_I32 if v is None else round(v * 1e7) for v in values], dtype=np.int32)


def run(
    rows: Sequence[Row], town: World, cuts: Sequence[int], until: int, *, save: bool = False, behind: int = 0
) -> tuple[list[Event], State]:
    """Return all events of the rows taken in batches of the given sizes (the last one repeats).

    The progress told with each batch may lag `behind` its last stamp.
    """
    state, events, at, n = State("town"), [], 0, 0
    while at < len(rows):
        size = cuts[min(n, len(cuts) - 1)]
        part = rows[at : at + size]
        at, n = at + size, n + 1
        found, state = process(batch_of(part), state, town, until_ms=part[-1].stamp - behind)
        events += found
        if save:
            (state,) = load(dump([state]))
    found, state = process(batch_of([]), state, town, until_ms=until)
    return events + found, state


def told(events: Sequence[Event]) -> list[tuple[Any, ...]]:
    """Return events as the reference tells them."""
    out: list[tuple[Any, ...]] = []
    for event in events:
        what = event.zone or "|".join(value for _, value in event.group[1:])
        if event.rule:
            what = "|".join(value for _, value in event.group[1:])
        more: tuple[Any, ...] = ()
        match event.kind:
            case EventKind.EXIT:
                more = (round(event.facts["dwell_s"] * 1000),)
            case EventKind.DEAD:
                what = "ahead"
            case _:
                pass
        out.append((event.event_ms, event.subject, str(event.kind), event.rule, what, event.stamp_ms, *more))
    return sorted(out)


def with_content(rows: Sequence[Row]) -> list[Row]:
    """Return the rows with the content hash that orders ties."""
    if not rows:
        return []
    hashes = content_hash(batch_of(rows), np.arange(len(rows)))
    return [replace(row, content=int(value)) for row, value in zip(rows, hashes.tolist(), strict=True)]
