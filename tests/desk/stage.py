"""A desk on a journal in memory, with events and commands that tests write by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from ops_center import wire
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.columns import Positions
from ops_center.content import built_in, load_tree
from ops_center.desk.definitions import Definitions, definitions_of
from ops_center.desk.desk import Desk
from ops_center.desk.places import NoPlaces
from ops_center.domain.command import Actor, Command
from ops_center.domain.digest import plain
from ops_center.domain.event import Event, EventKind, event_id
from ops_center.domain.feed import Feed
from ops_center.domain.rule import Counting, Join, Rule
from ops_center.domain.scales import AlertClass, Role, Severity, Status
from ops_center.domain.text import Text
from ops_center.domain.world import HazardRevision
from ops_center.ports import COMMAND, DEAD, EVENT, OUTPUT, WORLD
from ops_center.wire import Progress, Tick
from playbooks.book import bookcase_of
from playbooks.book_read import load_kinds, load_playbooks
from playbooks.program import CompiledRule, Program
from playbooks.rules_read import group_columns

SLACK_MS, LEAD_MS = 2_000, 3_000
# 2019-08-11 00:00 in Shandong, so that story times read as times of that day.
DAY = 1_565_452_800_000
TREE = load_tree([built_in()])[0]
BOOKS = bookcase_of(load_playbooks(TREE)[0])
KINDS = load_kinds(TREE)[0]


SQUARE = {
    "type": "Polygon",
    "coordinates": [[[117.0, 36.0], [118.0, 36.0], [118.0, 37.0], [117.0, 37.0], [117.0, 36.0]]],
}


class FewPlaces(NoPlaces):
    """One hazard source, two counties, one wind circle."""

    def near(self, layer: str, lon: float, lat: float, within_m: float) -> Any:
        return [{"key": "tank-farm", "name": "储罐区", "distance_m": 1200}] if layer == "hazard-sources" else []

    def covered(self, layer: str, adcodes: Sequence[str]) -> Any:
        counties = ({"key": "370102", "name": "历下区"}, {"key": "370202", "name": "市南区"})
        return [c for c in counties if any(c["key"].startswith(code.rstrip("0")) for code in adcodes)]

    def touching(self, layer: str, area: Any) -> Any:
        return [{"key": "370202", "name": "市南区"}]

    def counties(self, adcodes: Sequence[str]) -> Any:
        return SQUARE

    def county_at(self, lon: float, lat: float) -> str:
        return "370102"

    def wind_circles(self, revision: HazardRevision) -> Any:
        return [("30kt", SQUARE, {"wind_kt": 30})]

    def felt_area(self, revision: HazardRevision) -> Any:
        return SQUARE


@dataclass(frozen=True)
class Told:
    """A condition given as a Python function of the row."""

    test: Callable[[Mapping[str, Any]], bool]
    names: tuple[str, ...] = ()

    def masks(self, namespace: Any, n: int) -> Any:
        raise AssertionError("a desk judges one row at a time, by explain")

    def explain(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {"result": self.test(values), "parts": [], "missing": []}


def rule(identity: str, **given: Any) -> Rule:
    text = Text(identity, identity)
    values: dict[str, Any] = {
        "version": "1",
        "title": text,
        "alert_class": AlertClass.ALARM,
        "severity": Severity.MODERATE,
        "subject": "vehicle",
        "message": Text("{vehicle.plate} 停留", "{vehicle.plate} stopped"),
        "source": text,
    }
    return Rule(id=identity, **{**values, **given})


def compiled(one: Rule, test: Callable[[Mapping[str, Any]], bool] = lambda row: True) -> CompiledRule:
    return CompiledRule(
        rule=one, when=Told(test), then=None, clear=None, calendar=None, names=(), group=group_columns(one)
    )


STOP = rule("stop")
LEAK = rule("leak", incident_kind="hazmat_leak", playbook="hazmat-tanker-leak", severity=Severity.EXTREME)
SPEED = rule("speed", alert_class=AlertClass.NOTICE)
CHATTER = rule("chatter", once_within_ms=600_000)
JAM = rule(
    "jam",
    subject="loop",
    one_subject=False,
    count=Counting(of="subjects", at_least=3, within_ms=60_000),
    group_by=("road",),
)
QUAKE = rule(
    "quake-near-hazard-source",
    subject="hazard",
    one_subject=False,
    joins=(Join(name="site", mode="nearest", layer="hazard-sources", within_mm=100_000_000),),
    group_by=("hazard",),
    message=Text(
        "{hazard.magnitude} 级地震距 {site.name} {site.distance_m} 米", "M{hazard.magnitude} near {site.name}"
    ),
)
WARNING = rule(
    "warning-county",
    subject="hazard",
    one_subject=False,
    joins=(Join(name="county", mode="inside", layer="counties"),),
    group_by=("hazard", "county"),
)
RULES = (
    compiled(CHATTER),
    compiled(JAM),
    compiled(LEAK),
    compiled(QUAKE, lambda row: row["hazard.kind"] == "quake" and row["hazard.magnitude"] >= 5),
    compiled(SPEED),
    compiled(STOP),
    compiled(WARNING, lambda row: row["hazard.kind"] == "warning" and row["hazard.colour"] in ("orange", "red")),
)


def feed(identity: str, **given: Any) -> Feed:
    title, owner = Text(identity, identity), Text("", "")
    return Feed(id=identity, title=title, owner=owner, decoder="json_rows", jurisdiction="370000", **given)


FEEDS = {"gps": feed("gps", silent_after_ms=60_000), "usgs": feed("usgs")}
CONTENT = definitions_of(
    feeds=FEEDS,
    program=Program(version="v1", rules=RULES),
    books=BOOKS,
    kinds=KINDS,
)
OFFICER = Actor(name="li", post="desk-1", role=Role.DUTY_OFFICER, jurisdiction="370000")
OTHER = Actor(name="wang", post="desk-2", role=Role.DUTY_OFFICER, jurisdiction="370000")


def event(kind: str, rule_id: str, subject: str, at: int, *, stamp: int | None = None, **given: Any) -> Event:
    """Return an event `at` ms of the day; its group is its subject unless one is given."""
    event_ms, stamp_ms = DAY + at, DAY + (at if stamp is None else stamp)
    group = given.pop("group", (("vehicle", subject),))
    facts = {"vehicle.plate": f"测{subject}", "admin.county": "370102", **given.pop("facts", {})}
    zone = "/".join(value for _, value in group)
    return Event(
        id=event_id(rule=rule_id, kind=kind, subject=subject, zone=zone, event_ms=event_ms),
        kind=EventKind(kind),
        feed=given.pop("feed", "gps"),
        subject=subject,
        rule=rule_id,
        rule_version="1",
        group=group,
        event_ms=event_ms,
        stamp_ms=stamp_ms,
        desk_ms=max(event_ms, stamp_ms - SLACK_MS),
        lon_e7=1_170_000_000,
        lat_e7=366_000_000,
        facts=facts,
        **given,
    )


def hazard(at: int, **given: Any) -> Event:
    values: dict[str, Any] = {"id": "quake-1", "revision": f"r{at}", "kind": "quake", "issued_ms": DAY + at}
    revision = HazardRevision(**{**values, **given})
    made = event("hazard", "", revision.id, at, feed="usgs", group=())
    identity = event_id(rule="", kind="hazard", subject=revision.id, zone=revision.revision, event_ms=DAY + at)
    return replace(made, id=identity, facts=plain(revision))


def command(verb: str, target: str, at: int, /, *, actor: Actor = OFFICER, name: str = "", **args: Any) -> Command:
    return Command(
        id=name or f"command-{verb}-{target}-{at}", kind=verb, target=target, actor=actor, stamp_ms=DAY + at, args=args
    )


class Stage:
    """A desk and the journal around it; times are ms of the day."""

    def __init__(
        self, *, partitions: int = 1, definitions: Definitions = CONTENT, places: Any = None, journal: Any = None
    ) -> None:
        self.partitions, self.definitions, self.places = partitions, definitions, places
        topics = {EVENT: partitions, COMMAND: 1, WORLD: 1, OUTPUT: 1, DEAD: 1}
        self.journal = journal or MemoryJournal(topics)
        self.desk = self.new_desk()

    def new_desk(self) -> Desk:
        return Desk(
            deployment="370000",
            definitions=self.definitions,
            journal=self.journal,
            slack_ms=SLACK_MS,
            lead_ms=LEAD_MS,
            zone=ZoneInfo("Asia/Shanghai"),
            status=Status.ACTUAL,
            places=self.places or FewPlaces(),
        )

    def tell(self, *things: Event | Command, partition: int = 0) -> None:
        for thing in things:
            topic, at = (COMMAND, 0) if isinstance(thing, Command) else (EVENT, partition)
            self.journal.append(topic, at, [wire.encode(thing)])

    def reach(self, at: int, feeds: Mapping[str, tuple[int, int]] | None = None, *, unheard: int | None = None) -> None:
        """Bring every partition and the command topic to `at`, and decide; nobody was heard since `unheard`."""
        for partition in range(self.partitions):
            progress = Progress(source=f"worker/{partition}", at_ms=DAY + at)
            self.journal.append(EVENT, partition, [wire.encode(progress)])
        heard = {name: (DAY + a, DAY + b) for name, (a, b) in (feeds or {}).items()}
        since = None if unheard is None else DAY + unheard
        self.journal.append(
            COMMAND, 0, [wire.encode(Tick(gateway="g", stamp_ms=DAY + at, feeds=heard, unheard_ms=since))]
        )
        self.settle()

    def settle(self) -> None:
        while self.desk.step():
            pass

    def play(self, *things: Event | Command, until: int) -> None:
        self.tell(*things)
        self.reach(until)

    def read(self, topic: str) -> list[Any]:
        records: Sequence[Any] = self.journal.read(topic, 0, 0, 1_000_000)
        return [wire.decode(record.value) for record in records]

    @property
    def result(self) -> Mapping[str, Any]:
        """The newest result of a command."""
        return self.desk.state.results[-1]

    def alert(self, rule_id: str) -> Any:
        (found,) = [alert for alert in self.desk.state.alerts.values() if alert.rule == rule_id]
        return found


def no_positions() -> Positions:
    empty = np.empty(0)
    return Positions(
        subjects=(),
        lon=empty,
        lat=empty,
        heading_deg=empty,
        speed_kph=empty,
        event_ms=np.empty(0, np.int64),
        style=np.empty(0, np.uint8),
    )
