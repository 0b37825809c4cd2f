"""Two incidents of the fake picture with their runs, and what commands change of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.desk import handling as transitions
from ops_center.desk.intake import place_of
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident, IncidentState, LogEntry, Place
from ops_center.domain.jurisdiction import covers
from ops_center.domain.run import PlaybookRun, RunState, Task, TaskState
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Message, Text
from tests.desk.known_places import Known
from tests.wall.fake_clock import HOUR_MS, NOW_MS
from tests.wall.fake_people import mark_of
from tests.wall.fake_steps import known_of_leak, steps_at
from tests.wall.fake_vehicles import plate

TASKS = (
    ("verify", "ask", Text("电话核实", "Verify by telephone"), "duty_officer", "hazmat_intake"),
    ("first_report", "task", Text("报送首报", "Send the first report"), "duty_officer", "first_report"),
    ("tell", "notify", Text("通知专业救援队", "Alert the hazmat teams"), "duty_officer", ""),
    ("cordon", "task", Text("设置警戒区", "Set the cordon"), "commander", ""),
    ("settle", "wait", Text("观察 30 分钟", "Watch for 30 minutes"), "commander", ""),
)


def cases_at(at_ms: int) -> tuple[dict[str, Incident], dict[str, PlaybookRun]]:
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
        opened_by="command-0", state=IncidentState.VERIFIED, verified=mark_of("李敏", NOW_MS - 3 * HOUR_MS + 240_000),
    )  # fmt: skip
    incidents = {one.id: one for one in (leak, storm) if one.opened_ms <= at_ms}
    tasks = tuple(_task(n, opened) for n in range(len(TASKS)))
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


def _task(n: int, opened: int) -> Task:
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
    command: Command,
    at_ms: int,
    alerts: dict[str, Alert],
    incidents: dict[str, Incident],
    runs: dict[str, PlaybookRun],
) -> Mapping[str, Json]:
    """Carry a command out on the picture's things."""
    mark = Mark(by=command.actor.name, post=command.actor.post, at_ms=at_ms)
    reason = field = ""
    try:
        if command.kind == "alert.acknowledge":
            alerts[command.target] = transitions.acknowledge(alerts[command.target], mark)
        elif command.kind == "alert.claim":
            alerts[command.target] = transitions.claim(alerts[command.target], mark)
        elif command.kind == "incident.verify":
            incidents[command.target] = replace(incidents[command.target], state=IncidentState.VERIFIED, verified=mark)
        elif command.kind == "incident.open" and not command.target:
            place = place_of(command.args, Known())
            if place.adcode and not covers(command.actor.jurisdiction, place.adcode):
                outside = f"{place.adcode} lies outside {command.actor.jurisdiction}"
                raise CommandRefused(outside, field="place")
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
        reason, field = str(refused), refused.field
    return {
        "command": command.id,
        "kind": command.kind,
        "target": command.target,
        "accepted": not reason,
        "reason": reason,
        "field": field,
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
