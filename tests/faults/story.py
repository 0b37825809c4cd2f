"""A scenario with everything a kill could spoil: alarms, incidents, a playbook that notifies, sends units and warns.

The vehicles of the Jinan slice leave their routes; each alarm opens an incident and suggests a
playbook of the scenario's own. Officers answer by rule, from what the desk shows after each step: what
they then said is part of the script, with their stamps, so every run hears the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from shapely import Point

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap import Setup, make_loop, topics
from ops_center.desk.state import State
from ops_center.desk.views import picture_of
from ops_center.domain import command as kinds
from ops_center.domain.command import Actor, Command
from ops_center.domain.incident import IncidentState
from ops_center.domain.resource import DispatchState
from ops_center.domain.run import RunState, Task, TaskState
from ops_center.domain.scales import Role
from ops_center.domain.warning import WarningState
from ops_center.pipeline.loop import Loop
from ops_center.pipeline.tracks import NOWHERE
from ops_center.ports import Journal
from streams.gateway import Gateway
from tests.production.script import steps_of
from tests.production.scripted_gateway import ScriptClock, Step
from tests.scenarios import jinan
from tests.scenarios.content import PLACES, Scenario, put, put_layer, put_rule, text
from tests.scenarios.living import messages_of, setup_of

PARTITIONS = 4
VEHICLES = 20  # of which four stray
NEAR_M = 6.0  # GPS wanders so far every few fixes: so the desk has something to write in every step
TEAMS = {f"team-{n}": (117.0 + n / 100, 36.66) for n in range(1, 6)}
SILENT = "2 min"  # several times what a vehicle waits between two fixes: a few lost ones would show
KIND, BOOK = "hazmat_leak", "stray-tanker"
PLACES.update(playbook="playbooks/books", text="playbooks/texts")
AFTER_MS = 60 * 60_000
ANSWER_MS, ANSWERS = 60_000, 12  # steps behind the last message in which people still answer
SPREAD_MS = 5  # between the commands of one step
LEADERS = ("zhao", "qian")  # who may approve: never the officer who did the work
MOVES = {
    DispatchState.REQUESTED: kinds.DISPATCH_ACCEPT,
    DispatchState.ACCEPTED: kinds.DISPATCH_EN_ROUTE,
    DispatchState.EN_ROUTE: kinds.DISPATCH_ON_SCENE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A scenario, its script, and the journal of one process that nobody disturbed."""

    scenario: Scenario
    setup: Setup
    steps: Sequence[Step]
    journal: Journal
    shown: Mapping[str, str]  # alert -> last occurrence, as a wall lists them at the end
    receipts_ms: int  # when the recipients begin to answer: what they answer must have been sent by then

    @property
    def end_ms(self) -> int:
        """Until when a desk can decide."""
        return self.steps[-1].tick_ms - self.setup.slack_ms


def write(folder: Path, data: Path, *, messages_a_step: int) -> Story:
    """Write the scenario below `folder` and play it once in this process."""
    scenario = jinan.write(folder, jinan.build(data, vehicles=VEHICLES))
    _content(scenario.folder)
    setup = setup_of(scenario)
    messages = messages_of(scenario, setup)
    receipts_ms = messages[-1].stamp_ms + 1
    *bare, end = steps_of(messages, each=messages_a_step, after_ms=AFTER_MS)
    answering = [Step([], [], messages[-1].stamp_ms + n * ANSWER_MS) for n in range(1, ANSWERS + 1)]
    steps, loop = _played(setup, [*bare, *answering, end], Officers(receipts_ms))
    shown = {alert.id: alert.last.id for alert in picture_of(loop.desk, NOWHERE, early=False).alerts}
    return Story(
        scenario=scenario, setup=setup, steps=steps, journal=loop.journal, shown=shown, receipts_ms=receipts_ms
    )


def _content(folder: Path) -> None:
    _rules(folder)
    put_layer(
        folder,
        "teams",
        {key: Point(at) for key, at in TEAMS.items()},
        draw={"as": "point", "colour": "team", "label": "name"},
        fields={"name": {key: key for key in TEAMS}, "capability": dict.fromkeys(TEAMS, "hazmat_team")},
        resource={"kind": "team", "capability": "capability"},
    )
    put(folder, "text", {"id": "stray", "version": 1, "text": text("{incident.number} off its route")})
    _book(folder)


def _rules(folder: Path) -> None:
    put_rule(
        folder,
        "off-route",
        applies_to={"subject": "vehicle", "feed": "dg-vehicles"},
        when=f"off_route_m > {jinan.FAR_M}",
        for_="60 s",
        group_by=["vehicle"],
        class_="alarm",
        severity="severe",
        rationale={"response": text("Call the carrier")},
        incident_kind=KIND,
        playbook=BOOK,
    )
    put_rule(
        folder,
        "beside-road",
        applies_to={"subject": "vehicle", "feed": "dg-vehicles"},
        when=f"road.distance_m > {NEAR_M}",
        group_by=["vehicle"],
    )
    put_rule(
        folder,
        "silent",
        applies_to={"subject": "vehicle", "feed": "dg-vehicles"},
        when="true",
        absent_for=SILENT,
        group_by=["vehicle"],
        class_="notice",
    )


def _book(folder: Path) -> None:
    notify = {"to": ["hazmat_team", "fire_brigade"], "text": "stray", "receipt": True}
    put(
        folder,
        "playbook",
        {
            "id": BOOK,
            "version": 1,
            "title": text("Stray tanker"),
            "plan": {**text("Stray tanker"), "edition": "1"},
            "starts": {"incident_kind": KIND, "mode": "suggest"},
            "steps": [
                {"id": "call", "title": text("Call"), "task": {"do": text("Call the carrier")}, "owner": "duty_officer",
                 "ack_within": "2 min", "done_within": "10 min", "on_late": {"escalate": "shift_leader"}},
                {"id": "tell", "title": text("Tell"), "needs": ["call"], "notify": notify, "receipt_within": "3 min",
                 "on_late": {"escalate": "shift_leader"}},
                {"id": "send", "title": text("Send"), "needs": ["call"], "owner": "commander",
                 "dispatch": {"capability": "hazmat_team", "count": 1, "to": "incident.position"}},
                {"id": "warn", "title": text("Warn"), "needs": ["call"],
                 "warn": {"template": KIND, "area": ["370102"], "colour": "orange"}},
                {"id": "watch", "title": text("Watch"), "needs": ["tell"], "wait": {"for": "5 min"}},
                {"id": "clear", "title": text("Clear"), "needs": ["watch"], "owner": "commander",
                 "task": {"do": text("Say that it is over")}},
            ],
            "stand_down": {"when": "incident.closed"},
            "tests": [{
                "title": "the carrier is called first",
                "incident": {"kind": KIND},
                "given": [{"at": "0 s", "start": True}, {"at": "1 min", "done": "call"}],
                "expect": {"tasks": {"call": "done"}},
            }],
        },
    )  # fmt: skip


def _played(setup: Setup, bare: Sequence[Step], officers: Officers) -> tuple[list[Step], Loop]:
    """Play the script; officers answer what they see. Return the steps with what they said, and what played them."""
    journal, clock = MemoryJournal(topics(PARTITIONS)), ScriptClock()
    gateway = Gateway(journal, setup.content.feeds, clock)
    loop = make_loop(setup, journal, hold=True)
    steps: list[Step] = []
    for step in bare:
        said = list(officers.answer(loop.desk.state, clock.at_ms)) if steps else []
        fits = [(at, command) for at, command in said if at <= step.tick_ms]
        officers.said.difference_update(command.id for at, command in said if at > step.tick_ms)
        steps.append(replace_commands(step, fits))
        for stamp_ms, feed, content in step.messages:
            clock.at_ms = stamp_ms
            gateway.receive(feed, content)
        for stamp_ms, command in fits:
            clock.at_ms = stamp_ms
            assert gateway.submit(command).accepted
        clock.at_ms = step.tick_ms
        gateway.flush(tick=True)
        loop.run()
    refused = [one for one in loop.desk.state.results if not one["accepted"]]
    assert not refused, refused
    return steps, loop


def replace_commands(step: Step, commands: Sequence[tuple[int, Command]]) -> Step:
    """Return the step with commands in it."""
    return Step(step.messages, [(at, msgspec.json.encode(one)) for at, one in commands], step.tick_ms)


@dataclass(slots=True)
class Officers:
    """Answer each thing once, in order of ids, a few milliseconds apart."""

    receipts_ms: int
    said: set[str] = field(default_factory=set)

    def answer(self, state: State, now_ms: int) -> Iterator[tuple[int, Command]]:
        """Yield what is said now, with its stamps."""
        at_ms = now_ms
        for kind, target, by, args in self._wanted(state, now_ms):
            identity = f"command-{kind}-{target}-{by}-{'-'.join(str(value) for value in args.values())}"
            if identity in self.said:
                continue
            self.said.add(identity)
            at_ms += SPREAD_MS
            role = Role.COMMANDER if by in LEADERS else Role.DUTY_OFFICER
            actor = Actor(name=by, post="desk-1", role=role, jurisdiction="370000")
            yield at_ms, Command(id=identity, kind=kind, target=target, actor=actor, args=args)

    def _wanted(self, state: State, now_ms: int) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
        for _, alert in sorted(state.alerts.items()):
            if alert.rule == "off-route" and alert.last.acknowledged is None:
                yield kinds.ACKNOWLEDGE, alert.id, "li", {}
        for _, incident in sorted(state.incidents.items()):
            if incident.state is IncidentState.OPEN:
                yield kinds.VERIFY, incident.id, "li", {}
        free = [f"teams/{key}" for key in TEAMS if f"teams/{key}" not in state.resources]
        for _, run in sorted(state.runs.items()):
            if run.state is RunState.SUGGESTED:
                yield kinds.START_RUN, run.id, "li", {}
            for task in run.tasks:
                yield from self._for_task(task, now_ms)
            sends = [task for task in run.tasks if task.kind == "dispatch" and not task.dispatches]
            for task in (one for one in sends if one.state is TaskState.READY and free):
                args = {"resource": free.pop(0), "capability": "hazmat_team", "task": task.id}
                yield kinds.DISPATCH, run.incident, "li", args
        for _, dispatch in sorted(state.dispatches.items()):
            if dispatch.state in MOVES:
                yield MOVES[dispatch.state], dispatch.id, "li", {}
        for _, warning in sorted(state.warnings.items()):
            if warning.last.state is WarningState.DRAFT:
                for leader in LEADERS[: warning.approvals_needed]:
                    yield kinds.WARNING_APPROVE, warning.id, leader, {"edits": warning.last.edits}
            if warning.last.state is WarningState.APPROVED:
                yield kinds.WARNING_PUBLISH, warning.id, "zhao", {}
            if warning.last.state is WarningState.PUBLISHED and now_ms >= self.receipts_ms:
                for recipient, fate in warning.last.deliveries:
                    if fate == "intended":
                        yield kinds.RECEIPT, warning.id, "li", {"recipient": recipient}

    def _for_task(self, task: Task, now_ms: int) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
        if task.kind == "task" and task.state is TaskState.READY and task.step == "call":
            yield kinds.TASK_ACKNOWLEDGE, task.id, "li", {}
        elif task.kind == "task" and task.state in (TaskState.READY, TaskState.ACKNOWLEDGED):
            yield kinds.TASK_DONE, task.id, "li", {}
        if now_ms >= self.receipts_ms:
            for recipient, fate in task.deliveries:
                if fate == "intended":
                    yield kinds.RECEIPT, task.id, "li", {"recipient": recipient}
