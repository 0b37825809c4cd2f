"""A station with a lively picture for the wall: vehicles, alarms, incidents, feeds, all functions of time."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ops_center.columns import Codes, Positions
from ops_center.desk import handling as transitions
from ops_center.desk.flood import flooded, groups_of
from ops_center.desk.kpis import kpis_of
from ops_center.domain.alert import Alert, Condition, Mark, Occurrence, Shelf, Suppression, SuppressionReason
from ops_center.domain.command import Actor, Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident, IncidentState, LogEntry, Place
from ops_center.domain.run import PlaybookRun, RunState, Task, TaskState
from ops_center.domain.scales import AlertClass, Role, Severity, Status
from ops_center.domain.text import Json, Message, Text
from ops_center.domain.world import HazardRevision
from ops_center.picture import FeedHealth, LayerView, LegendEntry, Moving, Picture
from ops_center.ports import Receipt
from tests.wall.fake_public import shifts_at, warnings_at
from tests.wall.fake_steps import known_of_leak, steps_at
from tests.wall.fake_units import dispatches_at, resources_at

DEPLOYMENT = "370000"
NOW_MS = 1_565_474_400_000  # 2019-08-11 06:00 in Shandong
HOUR_MS = 3_600_000
VEHICLES = 2_000
COUNTIES = ("370102", "370202", "370303", "370523", "370634", "370725", "370830", "371122", "371302", "371424")

OFFICER = Actor(name="王磊", post="1 号席", role=Role.DUTY_OFFICER, jurisdiction="370000")
COMMANDER = Actor(name="李敏", post="指挥席", role=Role.COMMANDER, jurisdiction="370000")
VIEWER = Actor(name="赵强", post="观摩席", role=Role.VIEWER, jurisdiction="370000")
COUNTY = Actor(name="孙悦", post="历下席", role=Role.DUTY_OFFICER, jurisdiction="370102")
PEOPLE: Mapping[str, Actor] = {"officer": OFFICER, "commander": COMMANDER, "viewer": VIEWER, "county": COUNTY}

RULES: Sequence[tuple[str, Severity, AlertClass, Text, Text]] = (
    (
        "hazmat-leak",
        Severity.EXTREME,
        AlertClass.ALARM,
        Text("危货罐车泄漏", "Hazmat tanker leak"),
        Text(
            "{vehicle.plate} 在{road.name}报告泄漏，UN {cargo.un_number}",
            "{vehicle.plate} reports a leak on {road.name}, UN {cargo.un_number}",
        ),
    ),
    (
        "near-school",
        Severity.MODERATE,
        AlertClass.ALARM,
        Text("危货车在学校旁停留", "Hazmat vehicle stopped near a school"),
        Text(
            "{vehicle.plate} 在{school.name}旁停留 12 分钟", "{vehicle.plate} stopped near {school.name} for 12 minutes"
        ),
    ),
    (
        "long-tunnel",
        Severity.SEVERE,
        AlertClass.ALARM,
        Text("危货车进入长隧道", "Hazmat vehicle in a long tunnel"),
        Text("{vehicle.plate} 驶入{road.name}隧道", "{vehicle.plate} entered the tunnel on {road.name}"),
    ),
    (
        "four-hours",
        Severity.MODERATE,
        AlertClass.ALARM,
        Text("连续驾驶超过四小时", "More than four hours at the wheel"),
        Text(
            "{vehicle.plate} 已连续驾驶 4 小时 06 分", "{vehicle.plate} has been driven for 4 h 06 min without a break"
        ),
    ),
    (
        "in-wind-circle",
        Severity.SEVERE,
        AlertClass.ALARM,
        Text("危货车进入七级风圈", "Hazmat vehicle inside the gale circle"),
        Text("{vehicle.plate} 在利奇马七级风圈内", "{vehicle.plate} is inside the gale circle of Lekima"),
    ),
    (
        "off-route",
        Severity.MINOR,
        AlertClass.ALARM,
        Text("偏离运单路线", "Off its waybill's route"),
        Text("{vehicle.plate} 偏离路线 2.4 千米", "{vehicle.plate} is 2.4 km off its route"),
    ),
    (
        "speed",
        Severity.MINOR,
        AlertClass.NOTICE,
        Text("超速", "Over the limit"),
        Text("{vehicle.plate} 96 km/h，限速 80", "{vehicle.plate} at 96 km/h, limit 80"),
    ),
)


@dataclass(slots=True)
class FakeClock:
    """Stands still until it is moved."""

    ms: int = NOW_MS

    def now_ms(self) -> int:
        """Return the instant it was set to."""
        return self.ms

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.ms += int(seconds * 1000)


def plate(row: int) -> str:
    """Return a plate that cannot be assigned (the letter O is not used on plates)."""
    return f"鲁O{row:05d}"


def positions_at(at_ms: int, *, n: int = VEHICLES) -> Positions:
    """Return vehicles on slow loops over Shandong; some silent, some with a notice."""
    rows = np.arange(n)
    t = at_ms / 1000.0
    phase = rows * 0.618 * 2 * np.pi
    speed = 0.00012 + (rows % 7) * 0.00002
    centre_lon = 115.6 + (rows * 37 % 100) / 100 * 5.4
    centre_lat = 35.0 + (rows * 61 % 100) / 100 * 2.3
    angle = phase + t * speed
    radius = 0.12 + (rows % 11) * 0.02
    style = np.zeros(n, np.uint8)
    style[rows % 41 == 0] = 1
    style[rows % 67 == 3] = 2
    return Positions(
        subjects=tuple(f"jt808/{13_000_000_000 + row}" for row in range(n)),
        lon=centre_lon + radius * np.cos(angle),
        lat=centre_lat + radius * 0.8 * np.sin(angle),
        heading_deg=(360 - np.degrees(angle)) % 360,
        speed_kph=np.where(style == 1, 0.0, 40.0 + rows % 50),
        event_ms=np.where(style == 1, at_ms - 900_000, at_ms - rows % 8 * 1000),
        style=style,
        labels={
            "vehicle.plate": Codes.of([plate(row) for row in range(n)]),
            "cargo.un_number": Codes.of([("1203", "1017", "1005", "1971")[row % 4] for row in range(n)]),
            "carrier.name": Codes.of([f"测试承运 {row % 9} 队" for row in range(n)]),
            "admin.county": Codes.of([f"county/{COUNTIES[row % len(COUNTIES)]}" for row in range(n)]),
        },
    )


def _mark(by: str, at_ms: int) -> Mark:
    return Mark(by=by, post="1 号席", at_ms=at_ms)


def alert_of(number: int, *, started_ms: int, at_ms: int) -> Alert:
    """Return alert `number` as it stands at an instant; its facts are functions of number and age."""
    rule, severity, kind, title, message = RULES[number % len(RULES)]
    row = number * 13 % VEHICLES
    age = at_ms - started_ms
    acknowledged = _mark("李敏", started_ms + 90_000) if number % 4 == 1 and age > 90_000 else None
    over = number % 5 == 2 and age > 1_800_000
    county = COUNTIES[row % len(COUNTIES)]
    where = positions_at(started_ms, n=row + 1)
    facts: dict[str, Json] = {
        "vehicle.plate": plate(row), "cargo.un_number": "1203", "driver.name": "测试驾驶员", "driver.phone": "10000000000",
        "road.name": "G2 京沪高速", "school.name": "示范小学", "speed_kph": 3.2, "admin.county": f"county/{county}",
    }  # fmt: skip
    identity = f"alert-{number:04d}"
    return Alert(
        id=identity, rule=rule, group=(("vehicle", f"jt808/{13_000_000_000 + row}"),), alert_class=kind, title=title,
        message=Message(template=message, params={name: facts[name] for name in facts if "{" + name + "}" in message.zh}),
        status=Status.EXERCISE, jurisdiction=county, subject=f"jt808/{13_000_000_000 + row}", feed="jt808",
        lon_e7=round(float(where.lon[row]) * 1e7), lat_e7=round(float(where.lat[row]) * 1e7),
        occurrences=tuple(
            Occurrence(
                id=f"{identity}-o{n}", started_ms=started_ms - back, rule_version="2", severities=((started_ms - back, severity),),
                condition=Condition.FIRING if back == 0 and not over else Condition.RESOLVED,
                resolved_ms=None if back == 0 and not over else started_ms + 1_800_000 - back,
                resolution="" if back == 0 and not over else "cleared",
                acknowledged=acknowledged if back == 0 else _mark("李敏", started_ms - back + 60_000), caused_by=f"event-{number}-{n}", why=facts,
            )
            for n, back in enumerate((7_200_000, 0) if number % 6 == 4 else (0,))
        ),
        shelf=Shelf(until_ms=started_ms + 7_200_000, reason="承运人已联系", mark=_mark("王磊", started_ms)) if number % 9 == 8 else None,
        suppressions=(Suppression(reason=SuppressionReason.PARENT_ACTIVE, mark=_mark("李敏", started_ms)),) if number % 11 == 10 else (),
        claimed=_mark("李敏", started_ms + 20_000) if number % 7 == 3 else None,
        incident="incident-1" if number == 0 else "",
    )  # fmt: skip


def feeds_at(at_ms: int) -> tuple[FeedHealth, ...]:
    """Return five feeds, one silent for 14 minutes and one never heard."""
    rows = (
        (
            "jt808",
            Text("危货车辆定位（JT/T 808）", "Hazmat vehicles (JT/T 808)"),
            at_ms - 800,
            1_203_311,
            14,
            21,
            3,
            False,
        ),
        ("warnings", Text("国家突发事件预警", "National warnings"), at_ms - 240_000, 412, 0, 0, 2, False),
        ("quakes", Text("地震速报", "Quakes"), at_ms - 41_000, 96, 0, 0, 0, False),
        ("loops", Text("高速线圈", "Motorway loops"), at_ms - 840_000, 55_310, 102, 4, 0, True),
        ("park-gas", Text("化工园区气体探测器", "Chemical-park gas detectors"), None, 0, 0, 0, 0, False),
    )
    return tuple(
        FeedHealth(
            id=name, title=title, status=Status.EXERCISE, jurisdiction="370126" if name == "park-gas" else "", last_ms=last,
            messages=messages, late=late, refused=refused, dead=dead, stale=stale,
        )
        for name, title, last, messages, late, refused, dead, stale in rows
    )  # fmt: skip


def circle(lon: float, lat: float, radius_deg: float) -> Mapping[str, Json]:
    """Return a GeoJSON polygon of 48 corners."""
    turn = np.linspace(0, 2 * np.pi, 49)
    ring = [
        [round(lon + radius_deg * float(np.cos(a)) * 1.22, 4), round(lat + radius_deg * float(np.sin(a)), 4)]
        for a in turn
    ]
    return {"type": "Polygon", "coordinates": [ring]}


TASKS = (
    ("verify", "ask", Text("电话核实", "Verify by telephone"), "duty_officer", "hazmat_intake"),
    ("first_report", "task", Text("报送首报", "Send the first report"), "duty_officer", "first_report"),
    ("tell", "notify", Text("通知专业救援队", "Alert the hazmat teams"), "duty_officer", ""),
    ("cordon", "task", Text("设置警戒区", "Set the cordon"), "commander", ""),
    ("settle", "wait", Text("观察 30 分钟", "Watch for 30 minutes"), "commander", ""),
)


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
        incidents, runs = self.cases(at_ms)
        results: list[Mapping[str, Json]] = []
        for when, command in self.commands:
            if when <= at_ms:
                results.insert(0, self.decide(command, when, alerts, incidents, runs))
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

    def cases(self, at_ms: int) -> tuple[dict[str, Incident], dict[str, PlaybookRun]]:
        """Return two incidents, the first with a run, where they have begun."""
        opened = NOW_MS - 300_000
        log = (
            LogEntry(
                at_ms=opened,
                by="system",
                post="system",
                text=Text("由告警建立", "Opened from an alarm"),
                caused_by="event-0-0",
            ),
            LogEntry(
                at_ms=opened + 60_000,
                by="李敏",
                post="指挥席",
                text=Text("已派 2 队前往", "Two teams sent"),
                caused_by="command-1",
            ),
        )
        leak = Incident(
            id="incident-1", number="370102-20190811-001", kind="hazmat_leak", title=Text("危货罐车泄漏", "Hazmat tanker leak"), status=Status.EXERCISE,
            place=Place(lon_e7=1_174_500_000, lat_e7=366_200_000, adcode="370102", road="G2 京沪高速", stake="K412+300"), jurisdiction="370102",
            opened_ms=opened, opened_by="event-0-0", reporter="", alerts=("alert-0000",), log=log,
            fields={"vehicle.plate": plate(0), "cargo.un_number": "1203", "carrier.name": "测试承运 0 队", "driver.phone": "10000000000"}, **known_of_leak(opened),
        )  # fmt: skip
        storm = Incident(
            id="incident-2", number="370725-20190811-002", kind="typhoon", title=Text("台风利奇马防御", "Typhoon Lekima response"), status=Status.EXERCISE,
            place=Place(lon_e7=1_188_300_000, lat_e7=367_000_000, adcode="370725"), jurisdiction="370725", opened_ms=NOW_MS - 3 * HOUR_MS,
            opened_by="command-0", state=IncidentState.VERIFIED, verified=_mark("李敏", NOW_MS - 3 * HOUR_MS + 240_000),
        )  # fmt: skip
        incidents = {one.id: one for one in (leak, storm) if one.opened_ms <= at_ms}
        tasks = tuple(self.task(n, opened) for n in range(len(TASKS)))
        run = PlaybookRun(
            id="run-1",
            playbook="hazmat-tanker-leak",
            version="1",
            incident="incident-1",
            title=Text("危货罐车泄漏处置", "Hazmat tanker leak response"),
            status=Status.EXERCISE,
            started_ms=opened,
            started_by="event-0-0",
            tasks=tasks,
        )
        suggested = PlaybookRun(
            id="run-2",
            playbook="typhoon-warning",
            version="1",
            incident="incident-2",
            title=Text("台风预警响应", "Typhoon warning response"),
            state=RunState.SUGGESTED,
            status=Status.EXERCISE,
            started_ms=NOW_MS - 2 * HOUR_MS,
            started_by="event-9",
        )
        steps = steps_at(at_ms, opened)
        return incidents, {one.id: one for one in (run, suggested, steps) if one.started_ms <= at_ms}

    def task(self, n: int, opened: int) -> Task:
        """Return one task of the leak as it begins."""
        step, kind, title, owner, form = TASKS[n]
        return Task(
            id=f"task-{n}", run="run-1", incident="incident-1", step=step, kind=kind, title=title, owner=owner, form=form, status=Status.EXERCISE,
            state=TaskState.READY if n in (0, 1, 2, 3) else TaskState.WAITING, ready_ms=opened,
            ack_due_ms=opened + 120_000 if n == 0 else None, done_due_ms=opened + 3_600_000 if n != 4 else None,
            late=("acknowledge",) if n == 0 else (), escalated_to=("shift_leader",) if n == 0 else (),
            deliveries=(("hazmat_team", "receipted"), ("fire_brigade", "sent")) if kind == "notify" else (),
            message=Message(template=Text("{incident.number} 罐车泄漏，立即前往", "{incident.number}: tanker leak, go at once"), params={"incident.number": "370102-20190811-001"}) if kind == "notify" else None,
        )  # fmt: skip

    def decide(
        self,
        command: Command,
        at_ms: int,
        alerts: dict[str, Alert],
        incidents: dict[str, Incident],
        runs: dict[str, PlaybookRun],
    ) -> Mapping[str, Json]:
        """Carry a command out on the picture's things."""
        mark = Mark(by=command.actor.name, post=command.actor.post, at_ms=at_ms)
        reason = ""
        try:
            if command.kind == "alert.acknowledge":
                alerts[command.target] = transitions.acknowledge(alerts[command.target], mark)
            elif command.kind == "alert.claim":
                alerts[command.target] = transitions.claim(alerts[command.target], mark)
            elif command.kind == "incident.verify":
                incidents[command.target] = replace(
                    incidents[command.target], state=IncidentState.VERIFIED, verified=mark
                )
            elif command.kind == "incident.open" and not command.target:
                incidents[f"opened-{command.id}"] = opened_by(command, mark)
            elif command.kind in ("task.done", "task.acknowledge"):
                state = TaskState.DONE if command.kind == "task.done" else TaskState.ACKNOWLEDGED
                changed = {
                    "state": state,
                    "answers": command.args.get("answers", {}),
                    "finished": mark if state is TaskState.DONE else None,
                }
                run = runs["run-1"]
                runs["run-1"] = replace(
                    run, tasks=tuple(replace(t, **changed) if t.id == command.target else t for t in run.tasks)
                )
        except CommandRefused as refused:
            reason = str(refused)
        return {
            "command": command.id,
            "kind": command.kind,
            "target": command.target,
            "accepted": not reason,
            "reason": reason,
            "by": mark.by,
            "at_ms": at_ms,
        }


def opened_by(command: Command, mark: Mark) -> Incident:
    """Return the incident that a telephone call opened."""
    args = command.args
    place = Place(text=str(args.get("place") or args.get("text") or ""), adcode=str(args.get("adcode") or ""))
    return Incident(
        id=f"opened-{command.id}", number="370000-20190811-009", kind=str(args["kind"]), place=place, status=Status.EXERCISE,
        title=Text("危货泄漏", "Hazmat leak"), jurisdiction="370102", opened_ms=mark.at_ms, opened_by=command.id, reporter=str(args.get("reporter") or ""),
    )  # fmt: skip


def square(lon: float, lat: float, side: float) -> Mapping[str, Json]:
    """Return a GeoJSON square by its lower left corner."""
    return {
        "type": "Polygon",
        "coordinates": [[[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]],
    }


@dataclass(slots=True)
class FakeLayers:
    """Counties as squares, schools as points, two moving layers."""

    def layers(self) -> Sequence[LayerView]:
        """Return the views."""
        day = NOW_MS - 24 * HOUR_MS
        return (
            LayerView(id="counties", title=Text("县级行政区", "Counties"), from_ms=day - 200 * 24 * HOUR_MS, draw={"as": "zone", "colour": "#3c4e70", "label": "label", "filled": False},
                      legend=(LegendEntry(title=Text("县界", "County border"), colour="#3c4e70", shape="area"),)),
            LayerView(id="schools", title=Text("学校（模拟）", "Schools (exercise)"), status=Status.EXERCISE, from_ms=day, stale_after_ms=12 * HOUR_MS, draw={"as": "point", "colour": "#e6c85a", "label": "label", "min_zoom": 9},
                      legend=(LegendEntry(title=Text("学校", "School"), colour="#e6c85a"),)),
            LayerView(id="typhoon-circles", title=Text("台风风圈（推算）", "Wind circles (derived)"), status=Status.EXERCISE, moving=True, legend=(LegendEntry(title=Text("七级、十级", "Gale, storm"), colour="#b07cff", shape="area"),)),
            LayerView(id="warning-areas", title=Text("预警区域", "Warning areas"), status=Status.EXERCISE, moving=True, legend=(LegendEntry(title=Text("橙色预警", "Orange warning"), colour="#ff9a3d", shape="area"),)),
        )  # fmt: skip

    def geojson(self, layer: str) -> tuple[bytes, str] | None:
        """Return the features."""
        features: list[Json] = []
        if layer == "counties":
            features = [
                {
                    "type": "Feature",
                    "geometry": square(115.5 + n % 5 * 1.2, 34.8 + n // 5 * 1.4, 1.2),
                    "properties": {"key": code, "label": f"测试{n}县", "label_en": f"County {n}"},
                }
                for n, code in enumerate(COUNTIES)
            ]
        elif layer == "schools":
            features = [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [117.0 + n * 0.01, 36.6]},
                    "properties": {"key": f"s{n}", "label": f"示范小学{n}"},
                }
                for n in range(30)
            ]
        else:
            return None
        return json.dumps({"type": "FeatureCollection", "features": features}).encode(), f"v1-{layer}"


@dataclass(slots=True)
class FakeContent:
    """Two forms, two kinds, two playbooks."""

    def problems(self) -> Sequence[str]:
        return ()

    def capabilities(self) -> Mapping[str, Text]:
        """Return the capabilities."""
        return {"fire": Text("消防", "Fire brigade"), "hazmat_team": Text("危化品救援", "Hazmat team")}

    def posts(self) -> Mapping[str, Text]:
        """Return the posts."""
        return {
            "duty-1": Text("值班一席", "Duty 1"),
            "duty-2": Text("值班二席", "Duty 2"),
            "command": Text("指挥席", "Command"),
        }

    def warning_templates(self) -> Mapping[str, Mapping[str, Json]]:
        """Return two templates."""
        return {
            "hazmat_leak": {"title": {"zh": "危险化学品泄漏", "en": "Hazardous release"}, "colours": ["yellow", "orange", "red"], "incident_kinds": ["hazmat_leak"], "buffer_m": 3000.0},
            "typhoon": {"title": {"zh": "台风", "en": "Typhoon"}, "colours": ["blue", "yellow", "orange", "red"], "incident_kinds": ["typhoon"], "buffer_m": 0.0},
        }  # fmt: skip

    def forms(self) -> Mapping[str, Mapping[str, Json]]:
        """Return the forms."""
        return {
            "hazmat_intake": {"title": {"zh": "危货罐车事故核实", "en": "Hazmat tanker intake"}, "fields": [
                {"name": "leaking", "kind": "boolean", "required": True, "label": {"zh": "是否泄漏", "en": "Leaking"}},
                {"name": "un_number", "kind": "text", "pattern": "[0-9]{4}", "label": {"zh": "UN 编号", "en": "UN number"}},
                {"name": "casualties", "kind": "integer", "minimum": 0, "label": {"zh": "伤亡人数", "en": "Casualties"}},
                {"name": "wind_from", "kind": "choice", "choices": [["n", {"zh": "北", "en": "North"}], ["s", {"zh": "南", "en": "South"}]], "label": {"zh": "风向", "en": "Wind from"}},
            ]},
            "first_report": {"title": {"zh": "首报", "en": "First report"}, "fields": [
                {"name": "summary", "kind": "text", "required": True, "most": 500, "label": {"zh": "事件概况", "en": "Summary"}},
                {"name": "deaths", "kind": "integer", "required": True, "label": {"zh": "死亡人数", "en": "Deaths"}},
                {"name": "injured", "kind": "integer", "required": True, "label": {"zh": "受伤人数", "en": "Injured"}},
            ]},
        }  # fmt: skip

    def incident_kinds(self) -> Mapping[str, Text]:
        """Return the kinds."""
        return {"hazmat_leak": Text("危货泄漏", "Hazmat leak"), "typhoon": Text("台风", "Typhoon")}

    def playbooks(self) -> Mapping[str, Text]:
        """Return the playbooks."""
        return {
            "hazmat-tanker-leak": Text("危货罐车泄漏处置", "Hazmat tanker leak response"),
            "typhoon-warning": Text("台风预警响应", "Typhoon warning response"),
        }


@dataclass(slots=True)
class FakeDoor:
    """Implements SignIn: the password is the name backwards; tokens are spent once."""

    tokens: dict[str, Actor] = field(
        default_factory=lambda: {f"token-{name}-{n}": actor for name, actor in PEOPLE.items() for n in range(9)}
    )

    def by_password(self, name: str, password: str) -> Actor | None:
        """Return the person."""
        return PEOPLE.get(name) if password == name[::-1] else None

    def by_token(self, token: str) -> Actor | None:
        """Return the person and spend the token."""
        return self.tokens.pop(token, None)
