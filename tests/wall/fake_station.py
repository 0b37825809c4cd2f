"""A station with a lively picture for the wall: vehicles, alarms, incidents, feeds, all functions of time."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops_center.desk.flood import flooded, groups_of
from ops_center.desk.kpis import kpis_of
from ops_center.domain.alert import Condition
from ops_center.domain.command import Command
from ops_center.domain.scales import AlertClass, Status
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision
from ops_center.picture import Moving, Picture
from ops_center.ports import Receipt
from tests.wall.fake_alarms import RULES, alert_of
from tests.wall.fake_cases import cases_at, decide
from tests.wall.fake_clock import HOUR_MS, NOW_MS, FakeClock
from tests.wall.fake_feeds import feeds_at
from tests.wall.fake_layers import circle
from tests.wall.fake_public import shifts_at, warnings_at
from tests.wall.fake_units import dispatches_at, resources_at
from tests.wall.fake_vehicles import VEHICLES, positions_at


@dataclass(slots=True)
class FakeStation:
    """Implements picture.Station; commands change later pictures, as the desk's decisions would."""

    clock: FakeClock = field(default_factory=FakeClock)
    alarms: int = 26
    vehicles: int = VEHICLES
    stepping: bool = True  # each look moves the clock by a second, so that tests need no other one
    version: int = 1
    commands: list[tuple[int, Command]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    rebuilt: list[int] = field(default_factory=list)

    def live(self) -> Picture:
        """Return the picture of now."""
        with self.lock:
            if self.stepping:
                self.clock.ms += 250
                self.version += 1
            return self.picture(self.clock.ms, replay=False)

    def at(self, at_ms: int) -> Picture:
        """Return the picture of then."""
        self.rebuilt.append(at_ms)
        return self.picture(at_ms, replay=True)

    def span(self) -> tuple[int, int]:
        """Return six hours and what has passed since."""
        return NOW_MS - 6 * HOUR_MS, self.clock.ms

    def starts(self) -> list[tuple[int, int]]:
        """Return (number, start) of every alert."""
        return [(n, NOW_MS - 120_000 - n * n * 30_000 if n else NOW_MS - 400_000) for n in range(self.alarms)]

    def histogram(self, from_ms: int, to_ms: int, bins: int) -> tuple[tuple[int, ...], ...]:
        """Return starts by severity, with a busy night before."""
        counts = [[0, 0, 0, 0] for _ in range(bins)]
        width = (to_ms - from_ms) // bins
        for number, started in self.starts():
            if from_ms <= started < to_ms:
                counts[(started - from_ms) // width][RULES[number % len(RULES)][1].rank] += 1
        for n in range(bins):
            if from_ms + n * width >= NOW_MS - 6 * HOUR_MS and from_ms + n * width < NOW_MS:
                counts[n][0] += n * 7 % 5
                counts[n][1] += n * 11 % 3
        return tuple(tuple(row) for row in counts)

    def submit(self, command: Command) -> Receipt:
        """Take a command; it is decided in the next picture."""
        with self.lock:
            self.commands.append((self.clock.ms, command))
            self.version += 1
        return Receipt(True, command.id)

    def why(self, thing_id: str) -> Mapping[str, Json]:
        """Return a chain."""
        alert = next((one for one in self.picture(self.clock.ms, replay=False).alerts if one.id == thing_id), None)
        if alert is None:
            return {
                "kind": "incident",
                "id": thing_id,
                "number": "370126-20190811-001",
                "caused_by": [self.why("alert-0000")],
            }
        return {
            "kind": "alert", "id": alert.id, "rule": alert.rule, "rule_version": "2", "when": 'cargo.hazard_class in ["3"] && speed_kph < 5.0',
            "source": {"zh": "危险货物道路运输安全管理办法", "en": "Rules for road transport of dangerous goods"},
            "started_ms": alert.last.started_ms, "event": alert.last.caused_by, "facts": dict(alert.last.why), "subject": alert.subject,
        }  # fmt: skip

    def recommend(self, picture: Picture, incident: str, capability: str) -> Sequence[Mapping[str, Json]]:
        """Return every free resource of the capability, in the order of ids."""
        able = [one for one in picture.resources if capability in one.capability]
        return [{"resource": one.id, "rank": n, "travel_s": 60.0 * n} for n, one in enumerate(able, start=1)]

    def why_not(self, rule: str, subject: str, at_ms: int) -> Mapping[str, Json]:
        """Return one condition."""
        return {"rule": rule, "subject": subject, "result": "unknown", "missing": ["cargo.hazard_class"]}

    def picture(self, at_ms: int, *, replay: bool) -> Picture:
        """Return the picture of an instant."""
        alerts = {f"alert-{n:04d}": alert_of(n, started_ms=s, at_ms=at_ms) for n, s in self.starts() if s <= at_ms}
        incidents, runs = cases_at(at_ms)
        results: list[Mapping[str, Json]] = []
        for when, command in self.commands:
            if when <= at_ms:
                results.insert(0, decide(command, when, alerts, incidents, runs))
        positions = positions_at(at_ms, n=self.vehicles)
        for alert in alerts.values():
            row = positions.subjects.index(alert.subject) if alert.subject in positions.subjects else -1
            if row >= 0 and alert.alert_class is AlertClass.ALARM and alert.last.condition is Condition.FIRING:
                positions.style[row] = 3 + alert.severity.rank
        feeds = feeds_at(at_ms)
        shown = tuple(alerts[key] for key in sorted(alerts))
        kpis = kpis_of(
            at_ms=at_ms,
            alerts=shown,
            incidents=incidents.values(),
            runs=runs.values(),
            feeds=feeds,
            positions=positions,
            officers=2,
        )
        age_h = (at_ms - (NOW_MS - 6 * HOUR_MS)) / HOUR_MS
        lon, lat = 120.6 - age_h * 0.02, 34.2 + age_h * 0.22
        return Picture(
            at_ms=at_ms, replay=replay, status=Status.EXERCISE, version=self.version, alerts=shown,
            incidents=tuple(incidents.values()), runs=tuple(runs.values()),
            hazards=(
                HazardRevision(id="typhoon-lekima", revision=f"r{int(age_h)}", kind="typhoon", title={"zh": "台风利奇马", "en": "Typhoon Lekima"},
                               issued_ms=at_ms - at_ms % HOUR_MS, status=Status.EXERCISE, lon_e7=round(lon * 1e7), lat_e7=round(lat * 1e7), fields={"wind_ms": 28}),
            ),
            zones=(
                Moving(layer="typhoon-circles", key="gale", geometry=circle(lon, lat, 1.3), fields={"name": "七级风圈", "kind": "typhoon"}, from_ms=at_ms - at_ms % HOUR_MS, status=Status.EXERCISE),
                Moving(layer="typhoon-circles", key="storm", geometry=circle(lon, lat, 0.6), fields={"name": "十级风圈", "kind": "typhoon"}, from_ms=at_ms - at_ms % HOUR_MS, status=Status.EXERCISE),
                Moving(layer="warning-areas", key="370725", geometry=circle(118.8, 36.7, 0.35), fields={"name": "昌乐暴雨橙色预警", "colour": "orange"}, from_ms=NOW_MS - HOUR_MS, status=Status.EXERCISE),
            ),
            feeds=feeds, kpis=kpis, positions=positions,
            dead_letters=tuple({"feed": "jt808", "reason": ("checksum is 0x3f, should be 0x1c", "latitude 119.2 is outside -90..90")[n % 2], "field": ("checksum", "lat")[n % 2], "bytes": "7e0200003c013912345678007d0000", "at_ms": at_ms - n * 61_000} for n in range(5)),
            notices=3, results=tuple(results), flood=flooded(shown, at_ms=at_ms), groups=groups_of(shown, hazards={}), warnings=warnings_at(at_ms), resources=resources_at(at_ms), dispatches=dispatches_at(at_ms), shifts=shifts_at(at_ms),
        )  # fmt: skip
