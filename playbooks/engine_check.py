"""Run the tests a playbook carries: plain, or with the run saved and restored after every step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.quantity import duration_ms
from ops_center.domain.run import PlaybookRun, task_id
from ops_center.domain.text import Json
from playbooks.book import Playbook
from playbooks.engine import Happening, Setting, advance, next_due, suggested
from playbooks.engine_judge import judge
from playbooks.engine_stage import Stage
from playbooks.kinds import Intent

START_MS = 1_565_500_000_000  # any instant will do; the tests state times from the start
_CODEC = msgspec.json.Decoder(PlaybookRun)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """Where a test's story led: the run, and every intent in order."""

    run: PlaybookRun
    intents: tuple[Intent, ...]


def run_tests(playbook: Playbook, *, save_restore: bool = False) -> tuple[str, ...]:
    """Return what is not as the playbook's own tests expect, empty where all is well."""
    failures: list[str] = []
    for test in playbook.tests:
        try:
            played = play(playbook, test, save_restore=save_restore)
        except (CommandRefused, ValueError) as error:
            failures.append(f"{playbook.id}: {test['title']}: {error}")
            continue
        failures += [f"{playbook.id}: {test['title']}: {one}" for one in _compare(played, test["expect"])]
    return tuple(failures)


def play(playbook: Playbook, test: Mapping[str, Json], *, save_restore: bool = False) -> Played:
    """Return where the story of a test leads; timers due on the way fire at their own time."""
    incident: Mapping[str, Json] = {"closed": False, "verified": False, "fields": {}, **test.get("incident", {})}
    run = suggested(playbook, deployment="test", incident="incident-test", cause="test", at_ms=START_MS)
    stage = Stage(places=test.get("places", {}), units=dict(test.get("units", {})))
    intents: list[Intent] = []

    def go(run: PlaybookRun, happening: Happening) -> PlaybookRun:
        setting = Setting(playbook=playbook, context={"incident": incident, **stage.context()}, judge=judge)
        run, more = advance(run, happening, setting)
        run = _CODEC.decode(msgspec.json.encode(run)) if save_restore else run
        for intent in more:
            intents.append(intent)
            carried = stage.carry(intent)
            if carried is not None:
                run = go(run, Happening(kind="carried", at_ms=happening.at_ms, task=intent.task, args=carried))
        return run

    for line in test["given"]:
        at_ms = START_MS + duration_ms(line["at"])
        while (due := next_due(run)) is not None and due <= at_ms:
            run = go(run, Happening(kind="time", at_ms=due))
        incident = {**incident, **line.get("incident", {})}
        told = stage.tell(line, run)
        happening = Happening(kind="changed", at_ms=at_ms) if told else _happening(line, run, at_ms)
        try:
            after = go(run, happening)
        except CommandRefused:
            if not line.get("refused"):
                raise
            continue
        if line.get("refused"):
            raise ValueError(f"{line} should have been refused")
        run = after
    return Played(run=run, intents=tuple(intents))


def _happening(line: Mapping[str, Json], run: PlaybookRun, at_ms: int) -> Happening:
    mark = Mark(by=line.get("by", "officer"), post="desk-1", at_ms=at_ms)
    for kind in ("acknowledge", "done", "skip", "delivery", "approve"):
        if kind in line:
            args = {"answers": line.get("answers"), "reason": line.get("reason")}
            if kind == "delivery":
                args = {"recipient": line.get("to"), "status": line.get("status")}
            if kind == "approve":
                args = {"role": line.get("role", "commander"), "decision": line.get("decision", "approve")}
                args["reason"] = line.get("reason")
            return Happening(kind=kind, at_ms=at_ms, mark=mark, task=task_id(run.id, line[kind]), args=args)
    for kind in ("start", "stand_down"):
        if kind in line:
            return Happening(kind=kind, at_ms=at_ms, mark=mark, args={"reason": line.get("reason", "")})
    return Happening(kind="changed" if "incident" in line else "time", at_ms=at_ms)


def _compare(played: Played, expect: Mapping[str, Json]) -> list[str]:
    run = played.run
    tasks = {task.step: task for task in run.tasks}
    steps = {task.id: task.step for task in run.tasks}
    wrong: list[str] = []
    if "state" in expect and run.state != expect["state"]:
        wrong.append(f"the run is {run.state}, not {expect['state']}")
    for step, state in expect.get("tasks", {}).items():
        now = tasks[step].state if step in tasks else "absent"
        if now != state:
            wrong.append(f"{step} is {now}, not {state}")
    wrong += [f"{step} should not have begun" for step in expect.get("absent", ()) if step in tasks]
    if "late" in expect:
        late = sorted(f"{task.step}:{deadline}" for task in run.tasks for deadline in task.late)
        if late != sorted(expect["late"]):
            wrong.append(f"late are {late}, not {sorted(expect['late'])}")
    for step, role in expect.get("escalated", {}).items():
        if role not in tasks[step].escalated_to:
            wrong.append(f"{step} went to {tasks[step].escalated_to}, not {role}")
    for step, n in expect.get("found", {}).items():
        if tasks[step].answers.get("found") != n:
            wrong.append(f"{step} found {tasks[step].answers.get('found')}, not {n}")
    if "level" in expect and run.level != expect["level"]:
        wrong.append(f"the level suggested is {run.level}, not {expect['level']}")
    if "undone" in expect:
        undone = sorted(task.step for task in run.tasks if task.undone is not None)
        if undone != sorted(expect["undone"]):
            wrong.append(f"undone were {undone}, not {sorted(expect['undone'])}")
    for key, kind, say in _SAID:
        if key in expect:
            did = [f"{steps[one.task]}:{say(one)}" for one in played.intents if one.kind == kind]
            if sorted(did) != sorted(expect[key]):
                wrong.append(f"{key} were {sorted(did)}, not {sorted(expect[key])}")
    if len({intent.id for intent in played.intents}) < len(played.intents):
        wrong.append("an intent was given twice")
    return wrong


_SAID: tuple[tuple[str, str, Callable[[Intent], str]], ...] = (
    ("notified", "notify", lambda one: one.recipient),
    ("asked", "dispatch", lambda one: f"{one.args['capability']}:{one.args['amount']}"),
    ("warned", "warn", lambda one: f"{one.args['template']}:{one.args['colour']}"),
    ("announced", "announce", lambda one: str(one.args["layer"])),
    ("called", "call", lambda one: str(one.args["playbook"])),
)
