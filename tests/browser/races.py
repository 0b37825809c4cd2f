"""What two officers can race for from the screen: how it comes to stand there, what both press, what both type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops_center.adapters.access import User
from ops_center.domain import command as kinds
from ops_center.domain.command import Command
from ops_center.domain.ids import make_id
from ops_center.domain.scales import Role
from tests.browser.desk import Desk
from tests.browser.windows import until

CHIEF, FIRST, SECOND = "赵刚", "李敏", "周强"
PEOPLE = tuple(
    User(name=name, post="command", role=Role.COMMANDER, jurisdiction="370000") for name in (CHIEF, FIRST, SECOND)
)
DETECTORS = 12
PLACE = {"lon": 117.1, "lat": 36.6}
ISSUER = {"zh": "演练指挥部", "en": "Exercise command"}
SAID = "两人同时写下的话"
Shown = tuple[str, str]  # what a refusal stands beside, and the script that brings it on the screen


@dataclass
class Cast:
    """Gives commands to the desk as a third officer, and waits for each decision."""

    desk: Desk
    given: int = 0
    alarms: list[str] = field(default_factory=list)

    @property
    def picture(self) -> Any:
        return self.desk.service.station.live()

    def give(self, kind: str, target: str = "", /, by: str = CHIEF, **args: Any) -> None:
        self.given += 1
        actor = self.desk.service.accounts.users[by].actor
        identity = make_id("command", "cast", str(self.given), json.dumps(args, sort_keys=True))
        command = Command(id=identity, kind=kind, target=target, actor=actor, args=args)
        receipt = self.desk.service.station.submit(command)
        assert receipt.accepted, receipt
        result = until(lambda: self.result_of(identity), f"decided: {kind}")
        assert result["accepted"], result

    def result_of(self, identity: str) -> Mapping[str, Any] | None:
        return next((one for one in self.picture.results if one["command"] == identity), None)

    def fired(self) -> str:
        """Return an alarm that nobody has touched."""
        if not self.alarms:
            self.desk.gas(*range(1, DETECTORS + 1))
            until(lambda: len(self.picture.alerts) >= DETECTORS, "the detectors' alarms")
            self.alarms = sorted(one.id for one in self.picture.alerts if one.rule == "gas-h2s-high")
        return self.alarms.pop()

    def loose(self) -> str:
        """Return an alarm that belongs to no incident."""
        alarm = self.fired()
        until(lambda: self.alarm(alarm).incident, "its incident")
        self.give(kinds.UNLINK, self.alarm(alarm).incident, alert=alarm)
        return alarm

    def alarm(self, identity: str) -> Any:
        return next(one for one in self.picture.alerts if one.id == identity)

    def call(self, kind: str = "other") -> str:
        before = {one.id for one in self.picture.incidents}
        self.give(kinds.OPEN_INCIDENT, kind=kind, **PLACE)
        (found,) = until(lambda: {one.id for one in self.picture.incidents} - before, "the incident")
        return str(found)

    def run(self, kind: str = "hazmat_leak", playbook: str = "hazmat-tanker-leak", *, started: bool = True) -> Any:
        incident = self.call(kind)
        if started:
            self.give(kinds.START_RUN, incident, playbook=playbook)
        return until(lambda: self.run_of(incident, started), "the run")

    def run_of(self, incident: str, started: bool) -> Any:
        wanted = "running" if started else "suggested"
        return next((one for one in self.picture.runs if (one.incident, one.state.value) == (incident, wanted)), None)

    def task(self, step: str, kind: str = "hazmat_leak", playbook: str = "hazmat-tanker-leak") -> Any:
        run = self.run(kind, playbook)
        return next(one for one in run.tasks if one.step == step)

    def dispatched(self, *moves: str) -> Any:
        incident = self.call()
        free = next(r for r in self.picture.resources if r.kind.value == "team" and r.state.value == "available")
        self.give(kinds.DISPATCH, incident, resource=free.id)
        sent = next(one for one in self.picture.dispatches if one.incident == incident)
        for move in moves:
            self.give(move, sent.id)
        return sent

    def drafted(self, *steps: str) -> Any:
        incident = self.call()
        self.give(kinds.WARNING_DRAFT, incident, template="hazmat_leak", colour="yellow")
        warning = next(one for one in self.picture.warnings if one.incident == incident)
        for step in steps:
            self.give(step, warning.id, **({"edits": 0} if step == kinds.WARNING_APPROVE else {"issuer": ISSUER}))
        return warning

    def on_duty(self) -> list[Any]:
        return [one for one in self.picture.shifts if one.ended is None]

    def shift(self, post: str, by: str) -> str:
        """Let one person alone be on duty."""
        self.nobody_on_duty()
        self.give(kinds.SIGN_ON, by=by, post=post)
        return str(self.on_duty()[0].id)

    def nobody_on_duty(self) -> None:
        for one in self.on_duty():
            self.give(kinds.SIGN_OFF, one.id, by=one.person)


@dataclass(frozen=True, kw_only=True)
class Race:
    """One command: `scene` sets it up; both press `button` (the key of its words) and fill in `typed`.

    `same`: only its holder can, so it is one person in two windows. `told`: who the second hears of,
    where that is not who was first.
    """

    scene: Callable[[Cast], Shown]
    button: str
    typed: Mapping[str, str] = field(default_factory=dict)
    same: bool = False
    told: str = ""
    within: str = ".drawer"  # where the button stands; "{beside}" is the thing's id


def alarm(identity: str) -> Shown:
    return identity, f"opsWall.open('alert', '{identity}', {{ stay: true }})"


def case(identity: str, part: str = "overview", *, beside: str = "") -> Shown:
    opening = f"opsWall.open('incident', '{identity}', {{ stay: true }}); opsWall.openTo('{part}')"
    return beside or identity, opening


def aside(cast: Cast, kind: str, **args: Any) -> Shown:
    found = cast.fired()
    cast.give(kind, found, **args)
    return alarm(found)


def held(cast: Cast) -> Shown:
    cast.shift("command", SECOND)
    found = cast.fired()
    cast.give(kinds.CLAIM, found, by=FIRST)
    return alarm(found)


def having(cast: Cast, kind: str, /, **args: Any) -> Shown:
    incident = cast.call()
    cast.give(kind, incident, **args)
    return case(incident)


def linked(cast: Cast) -> Shown:
    incident = cast.call()
    cast.give(kinds.LINK, incident, alert=cast.loose())
    return case(incident)


def task_of(found: Any) -> Shown:
    return case(found.incident, "tasks", beside=found.id)


def unit_of(found: Any) -> Shown:
    return case(found.incident, "units", beside=found.id)


def warning_of(found: Any) -> Shown:
    return case(found.incident, "warnings", beside=found.id)


def approving(cast: Cast) -> Shown:
    """A step that asks for two approvals has one; two officers give the second."""
    found = cast.task("close", "typhoon", "typhoon-red-warning")
    confirm = next(one for one in cast.run_of(found.incident, True).tasks if one.step == "confirm")
    cast.give(kinds.TASK_DONE, confirm.id)
    cast.give(kinds.TASK_APPROVE, found.id, decision="approve")
    return task_of(found)


def suggested(cast: Cast) -> Shown:
    run = cast.run(started=False)
    return case(run.incident, "tasks", beside=run.id)


def standing(cast: Cast) -> Shown:
    run = cast.run()
    return case(run.incident, "tasks", beside=run.id)


SHIFT = "opsWall.setUi({ drawer: { kind: 'shift' }, dialog: null })"


def signed_on(cast: Cast) -> Shown:
    return cast.shift("duty-2", FIRST), SHIFT


def off_duty(cast: Cast) -> Shown:
    cast.nobody_on_duty()
    return "", SHIFT


def unit_asked(cast: Cast) -> Shown:
    return case(cast.call(), "units")


EN_ROUTE = (kinds.DISPATCH_ACCEPT, kinds.DISPATCH_EN_ROUTE)
PUBLISHED = (kinds.WARNING_APPROVE, kinds.WARNING_PUBLISH)
REASON = {"reason": SAID}
TASK = '[data-task="{beside}"]'

RACES: Mapping[str, Race] = {
    kinds.ACKNOWLEDGE: Race(scene=lambda c: alarm(c.fired()), button="alarm.acknowledge"),
    kinds.CLAIM: Race(scene=lambda c: alarm(c.fired()), button="alarm.claim"),
    kinds.HAND_OVER: Race(scene=held, button="alarm.hand_over", typed={"to": SECOND}, same=True, told=SECOND),
    kinds.SHELVE: Race(scene=lambda c: alarm(c.fired()), button="alarm.shelve", typed=REASON),
    kinds.UNSHELVE: Race(scene=lambda c: aside(c, kinds.SHELVE, for_ms=3_600_000, reason="x"), button="alarm.unshelve"),
    kinds.SUPPRESS: Race(scene=lambda c: alarm(c.fired()), button="alarm.suppress", typed={"reason": "检修"}),
    kinds.RELEASE: Race(scene=lambda c: aside(c, kinds.SUPPRESS, reason="nuisance"), button="alarm.release"),
    kinds.OUT_OF_SERVICE: Race(scene=lambda c: alarm(c.fired()), button="alarm.take_out", typed=REASON),
    kinds.RETURN_TO_SERVICE: Race(
        scene=lambda c: aside(c, kinds.OUT_OF_SERVICE, reason="x"), button="alarm.bring_back"
    ),
    kinds.CLOSE_ALERT: Race(
        scene=lambda c: alarm(c.fired()), button="alarm.close", typed={"disposition": "其他", "remarks": SAID}
    ),
    kinds.OPEN_INCIDENT: Race(scene=lambda c: alarm(c.loose()), button="alarm.escalate", typed={"kind": "其他"}),
    kinds.LINK: Race(scene=lambda c: (c.call(), alarm(c.loose())[1]), button="alarm.link", typed={"incident": "其他"}),
    kinds.UNLINK: Race(scene=linked, button="incident.unlink"),
    kinds.VERIFY: Race(scene=lambda c: case(c.call()), button="incident.verify"),
    kinds.UPDATE: Race(scene=lambda c: case(c.call()), button="incident.update", typed={"reporter": SAID}),
    kinds.GRADE: Race(scene=lambda c: case(c.call()), button="incident.grade", typed={"grade": "IV", **REASON}),
    kinds.RESPOND: Race(scene=lambda c: case(c.call()), button="incident.respond", typed={"level": "IV"}),
    kinds.END_RESPONSE: Race(scene=lambda c: having(c, kinds.RESPOND, level="IV"), button="response.end"),
    kinds.COMMAND_LEVEL: Race(
        scene=lambda c: case(c.call()), button="incident.command", typed={"level": "市", **REASON}
    ),
    kinds.REPORT: Race(
        scene=lambda c: case(c.call("hazmat_leak"), "reports"), button="report.first", typed={"reported_to": SAID}
    ),
    kinds.SET_PARENT: Race(
        scene=lambda c: case((c.call(), c.call())[1]), button="incident.parent", typed={"parent": "其他"}
    ),
    kinds.MERGE: Race(scene=lambda c: case((c.call(), c.call())[1]), button="incident.merge", typed={"into": "其他"}),
    kinds.DISMISS: Race(scene=lambda c: case(c.call()), button="incident.dismiss", typed=REASON),
    kinds.CLOSE: Race(
        scene=lambda c: case(c.call()), button="incident.close", typed={"disposition": "其他", "remarks": SAID}
    ),
    kinds.REOPEN: Race(
        scene=lambda c: having(c, kinds.CLOSE, disposition="handled"), button="incident.reopen", typed=REASON
    ),
    kinds.START_RUN: Race(scene=suggested, button="run.start", within=".run-card.suggested"),
    kinds.STAND_DOWN: Race(scene=standing, button="run.stand_down", typed=REASON),
    kinds.TASK_ACKNOWLEDGE: Race(scene=lambda c: task_of(c.task("verify")), button="task.acknowledge", within=TASK),
    kinds.TASK_DONE: Race(
        scene=lambda c: task_of(c.task("first_report")),
        button="task.fill",
        within=TASK,
        typed={"summary": SAID, "deaths": "0", "injured": "1", "measures": "x", "reported_to": "y", "receipt": "z"},
    ),
    kinds.TASK_SKIP: Race(
        scene=lambda c: task_of(c.task("first_report")), button="task.skip", within=TASK, typed=REASON
    ),
    kinds.TASK_APPROVE: Race(scene=approving, button="task.approve", within=TASK),
    kinds.DISPATCH: Race(scene=unit_asked, button="unit.send"),
    kinds.DISPATCH_ACCEPT: Race(scene=lambda c: unit_of(c.dispatched()), button="unit.accept"),
    kinds.DISPATCH_EN_ROUTE: Race(scene=lambda c: unit_of(c.dispatched(*EN_ROUTE[:1])), button="unit.en_route"),
    kinds.DISPATCH_ON_SCENE: Race(scene=lambda c: unit_of(c.dispatched(*EN_ROUTE)), button="unit.on_scene"),
    kinds.DISPATCH_RELEASE: Race(
        scene=lambda c: unit_of(c.dispatched(*EN_ROUTE, kinds.DISPATCH_ON_SCENE)), button="unit.release"
    ),
    kinds.DISPATCH_DECLINE: Race(scene=lambda c: unit_of(c.dispatched()), button="unit.decline", typed=REASON),
    kinds.DISPATCH_CANCEL: Race(scene=lambda c: unit_of(c.dispatched()), button="unit.cancel", typed=REASON),
    kinds.WARNING_EDIT: Race(
        scene=lambda c: warning_of(c.drafted()), button="warning.edit", typed={"headline_zh": SAID}
    ),
    kinds.WARNING_APPROVE: Race(scene=lambda c: warning_of(c.drafted()), button="warning.approve"),
    kinds.WARNING_DISCARD: Race(scene=lambda c: warning_of(c.drafted()), button="warning.discard", typed=REASON),
    kinds.WARNING_PUBLISH: Race(scene=lambda c: warning_of(c.drafted(kinds.WARNING_APPROVE)), button="warning.publish"),
    kinds.WARNING_UPDATE: Race(
        scene=lambda c: warning_of(c.drafted(*PUBLISHED)), button="warning.update", typed={"headline_zh": SAID}
    ),
    kinds.WARNING_CANCEL: Race(
        scene=lambda c: warning_of(c.drafted(*PUBLISHED)), button="warning.cancel", typed=REASON
    ),
    kinds.SIGN_ON: Race(
        scene=off_duty,
        button="shift.sign_on",
        typed={"post": "1", "remarks": SAID},
    ),
    kinds.SIGN_OFF: Race(scene=signed_on, button="shift.sign_off", typed={"remarks": SAID}, same=True),
}
# What only adds keeps both inputs; the desk's own races (tests/desk/test_races.py) have them all.
ADDING = {kinds.NOTE, kinds.STATE_CLAIM, kinds.ATTACH, kinds.WARNING_DRAFT, kinds.SHIFT_NOTE, kinds.RECEIPT}
