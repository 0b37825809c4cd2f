"""Playbooks' own stories told to a desk: each line of a test becomes the command that people would give.

`record` plays a story on a desk in memory, where the ids it needs are known as it goes; what it
wrote down can then be read by any other desk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ops_center import wire
from ops_center.content import built_in, load_tree
from ops_center.desk.definitions import Definitions
from ops_center.domain import command as kinds
from ops_center.domain.command import Actor, Command
from ops_center.domain.quantity import duration_ms
from ops_center.domain.resource import Resource, ResourceKind
from ops_center.domain.run import PlaybookRun, RunState, Task, task_id
from ops_center.domain.scales import Role
from ops_center.domain.text import Text
from ops_center.ports import COMMAND, EVENT
from playbooks.book import Playbook, bookcase_of
from playbooks.book_read import load_playbooks
from playbooks.kinds import KINDS
from playbooks.warning_template import load_templates
from tests.desk.stage import CONTENT, DAY, SLACK_MS, FewPlaces, Stage

TREE = load_tree([built_in()])[0]
BOOKS = load_playbooks(TREE)[0]
STORIES = tuple((book.id, n) for book in BOOKS for n in range(len(book.tests)))
UNITS = 12  # of each capability
WHERE = {"lon": 117.5, "lat": 36.6}
STATES = {
    "accepted": kinds.DISPATCH_ACCEPT,
    "en_route": kinds.DISPATCH_EN_ROUTE,
    "on_scene": kinds.DISPATCH_ON_SCENE,
    "released": kinds.DISPATCH_RELEASE,
    "declined": kinds.DISPATCH_DECLINE,
    "cancelled": kinds.DISPATCH_CANCEL,
}


class StoryPlaces(FewPlaces):
    """Features as the story states them, and a road from everywhere at 60 km/h."""

    def __init__(self, places: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self.places = places

    def touching(self, layer: str, area: Any) -> Any:
        return list(self.places.get(layer, ())) or (super().touching(layer, area) if layer == "counties" else [])

    def travel(self, origins: Any, to: Any, closed: Any) -> Any:
        return [(round(abs(to[0] - lon) * 5_400, 1), 1.0) for lon, _ in origins]

    def route(self, origin: Any, to: Any, closed: Any) -> Any:
        return [(*origin, 0.0), (*to, round(abs(to[0] - origin[0]) * 5_400, 1))]


def resources_of(book: Playbook, test: Mapping[str, Any]) -> dict[str, Resource]:
    """Return units and stocks of every capability the playbooks name, as few as the test says."""
    few = test.get("units", {})
    found: dict[str, Resource] = {}
    steps = {(s.params["capability"], "quantity" in s.params) for b in BOOKS for s in b.walk() if s.kind == "dispatch"}
    for capability, stock in sorted(steps):
        for n in range(1 if stock else few.get(capability, UNITS)):
            one = Resource(
                id=f"{'stocks' if stock else 'units'}/{capability}-{n:02d}",
                kind=ResourceKind.STOCK if stock else ResourceKind.VEHICLE,
                name=Text(f"{capability} {n}", f"{capability} {n}"),
                capability=(capability,),
                jurisdiction="370102",
                lon_e7=1_174_000_000 - n * 500_000,
                lat_e7=366_000_000,
                quantity=few.get(capability, 50_000) if stock else None,
                unit="L" if stock else "",
            )
            found[one.id] = one
    return found


@cache
def definitions_for(book: str, number: int) -> Definitions:
    test = book_of(book).tests[number]
    return replace(
        CONTENT,
        books=bookcase_of(BOOKS),
        warnings=load_templates(TREE)[0],
        resources=resources_of(book_of(book), test),
    )


def book_of(name: str) -> Playbook:
    return next(book for book in BOOKS if book.id == name)


def places_for(book: str, number: int) -> StoryPlaces:
    return StoryPlaces(book_of(book).tests[number].get("places", {}))


@dataclass(slots=True)
class Teller:
    """Tells one story to a desk, line by line."""

    book: Playbook
    test: Mapping[str, Any]
    stage: Stage
    sent: int = 0
    incident: str = ""
    run: str = ""

    def give(self, verb: str, target: str, at: int, *, by: str = "officer", role: Role = Role.COMMANDER, **args: Any) -> bool:  # fmt: skip
        """Give a command and let the desk decide it; return whether it was accepted."""
        self.sent += 1
        actor = Actor(name=by, post="desk-1", role=role, jurisdiction="370000")
        command = Command(id=f"c-{self.sent}", kind=verb, target=target, actor=actor, stamp_ms=DAY + at, args=args)
        self.stage.tell(command)
        self.stage.reach(at + SLACK_MS + 1)
        result = next(one for one in reversed(self.stage.desk.state.results) if one["command"] == command.id)
        return bool(result["accepted"])

    def task(self, step: str) -> Task:
        run = self.stage.desk.state.runs[self.run]
        return next(task for task in run.tasks if task.step == step)

    def tell(self) -> None:
        """Tell everything."""
        stated = self.test.get("incident", {})
        assert self.give(
            kinds.OPEN_INCIDENT, "", 1_000, kind=stated.get("kind", "other"), adcode="370102", text="测试路段",
            fields=flat(stated.get("fields", {})), **(WHERE if stated.get("position") else {}),
        )  # fmt: skip
        (self.incident,) = self.stage.desk.state.incidents
        for line in self.test["given"]:
            at = 10_000 + duration_ms(line["at"])
            accepted = self.line(line, at + self.sent)  # a moment apart, in the order of the story
            assert accepted is not bool(line.get("refused")), (line, self.stage.result)

    def line(self, line: Mapping[str, Any], at: int) -> bool:
        by = line.get("by", "officer")
        match line:
            case {"start": True}:
                waiting = [run for run in self.stage.desk.state.runs.values() if run.playbook == self.book.id]
                told = self.give(
                    kinds.START_RUN, waiting[0].id if waiting else self.incident, at, playbook=self.book.id
                )
                (self.run,) = [r.id for r in self.stage.desk.state.runs.values() if r.playbook == self.book.id]
                return told
            case {"stand_down": True}:
                return self.give(kinds.STAND_DOWN, self.run, at, reason="story")
            case {"acknowledge": step}:
                return self.give(kinds.TASK_ACKNOWLEDGE, task_id(self.run, step), at, by=by)
            case {"done": step}:
                return self.give(kinds.TASK_DONE, task_id(self.run, step), at, by=by, answers=line.get("answers"))
            case {"skip": step}:
                return self.give(kinds.TASK_SKIP, task_id(self.run, step), at, by=by, reason=line.get("reason"))
            case {"approve": step}:
                role = Role(line.get("role", "commander"))
                decision, reason = line.get("decision", "approve"), line.get("reason")
                return self.give(
                    kinds.TASK_APPROVE, task_id(self.run, step), at, by=by, role=role, decision=decision, reason=reason
                )
            case {"delivery": step}:
                args = {"recipient": line["to"], "status": line["status"]}
                return self.give(kinds.DELIVERY, task_id(self.run, step), at, role=Role.ADMINISTRATOR, **args)
            case {"unit": step}:
                return self.units(step, line, at)
            case {"warning": step}:
                return self.warning(self.task(step).warning, line, at)
            case {"child": step}:
                return self.give(kinds.STAND_DOWN, self.task(step).child, at, reason="its work is done")
            case {"incident": stated}:
                return self.happens(stated, at)
        raise ValueError(f"nothing to tell of {line}")

    def units(self, step: str, line: Mapping[str, Any], at: int) -> bool:
        sent = self.task(step).dispatches
        chosen = sent if "n" not in line else sent[line["n"] - 1 : line["n"]]
        state = self.stage.desk.state
        moving = [one for one in chosen if not state.dispatches[one].over]
        return all(self.give(STATES[line["state"]], one, at + n, reason="story") for n, one in enumerate(moving))

    def warning(self, warning: str, line: Mapping[str, Any], at: int) -> bool:
        if line["status"] == "discarded":
            return self.give(kinds.WARNING_DISCARD, warning, at, reason=line["reason"])
        needed = self.stage.desk.state.warnings[warning].approvals_needed
        said = [self.give(kinds.WARNING_APPROVE, warning, at + n, by=f"c{n}", edits=0) for n in range(needed)]
        return all(said) and self.give(
            kinds.WARNING_PUBLISH, warning, at + needed, issuer={"zh": "中心", "en": "Centre"}
        )

    def happens(self, stated: Mapping[str, Any], at: int) -> bool:
        if stated.get("closed"):
            if any(one.sent is None for one in self.stage.desk.state.incidents[self.incident].reports):
                self.give(kinds.REPORT, self.incident, at, report="first", text="首报", reported_to="市局", receipt="R")
            return self.give(kinds.CLOSE, self.incident, at + 1, disposition="over")
        if stated.get("verified"):
            return self.give(kinds.VERIFY, self.incident, at)
        return self.give(kinds.UPDATE, self.incident, at, fields=flat(stated["fields"]))


def flat(fields: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return nested fields by dotted names."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        found |= flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {above + name: value}
    return found


@dataclass(frozen=True, slots=True)
class Recorded:
    """A story as it lies in a journal, the instants at which something was told, and the run it made."""

    records: Mapping[str, Sequence[bytes]]
    instants: tuple[int, ...]
    run: PlaybookRun


def record(book: str, number: int) -> Recorded:
    """Play a story once."""
    stage = Stage(definitions=definitions_for(book, number), places=places_for(book, number))
    teller = Teller(book_of(book), book_of(book).tests[number], stage)
    teller.tell()
    records = {topic: [r.value for r in stage.journal.read(topic, 0, 0, 1_000_000)] for topic in (EVENT, COMMAND)}
    commands = [wire.decode(value) for value in records[COMMAND]]
    instants = sorted({one.stamp_ms for one in commands if isinstance(one, Command)})
    return Recorded(records, tuple(instants), stage.desk.state.runs[teller.run])


def differences(book: str, number: int, run: PlaybookRun) -> list[str]:
    """Return where the run at the desk is not as the playbook's own test says."""
    expect = book_of(book).tests[number]["expect"]
    tasks, wrong = {task.step: task for task in run.tasks}, []
    if run.state is not RunState(expect.get("state", run.state)):
        wrong.append(f"the run is {run.state}")
    wrong += [f"{s} is {tasks[s].state}" for s, want in expect.get("tasks", {}).items() if tasks[s].state != want]
    wrong += [f"{step} has begun" for step in expect.get("absent", ()) if step in tasks]
    late = sorted(f"{task.step}:{deadline}" for task in run.tasks for deadline in task.late)
    if "late" in expect and late != sorted(expect["late"]):
        wrong.append(f"late are {late}")
    undone = sorted(task.step for task in run.tasks if task.undone is not None)
    if "undone" in expect and undone != sorted(expect["undone"]):
        wrong.append(f"undone are {undone}")
    if "level" in expect and run.level != expect["level"]:
        wrong.append(f"the level is {run.level}")
    told = sorted(f"{task.step}:{to}" for task in run.tasks for to, _ in task.deliveries)
    if "notified" in expect and told != sorted(expect["notified"]):
        wrong.append(f"notified are {told}")
    assert {task.kind for task in run.tasks} <= set(KINDS)
    return wrong
