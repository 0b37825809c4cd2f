"""Two officers, one command: for every kind the first is carried out and the second told who and when.

A kind of command that is new needs a scene here: what stands before, what both ask for. What adds
rather than changes (a note, a figure of another source) keeps the input of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ops_center.content import built_in, load_tree
from ops_center.desk.commands import HANDLERS
from ops_center.domain import command as kinds
from ops_center.domain.command import Actor, Command
from ops_center.domain.digest import plain
from ops_center.domain.scales import Role
from playbooks.warning_template import load_templates
from tests.desk.stage import CONTENT, DAY, Stage, event
from tests.desk.test_dispatches import RESOURCES, Roads

S = 1_000
LI = Actor(name="li", post="desk-1", role=Role.COMMANDER, jurisdiction="370000")
WANG = Actor(name="wang", post="desk-2", role=Role.COMMANDER, jurisdiction="370000")
CHIEF = Actor(name="zhao", post="chief", role=Role.COMMANDER, jurisdiction="370000")
KNOWING = replace(CONTENT, resources=RESOURCES, warnings=load_templates(load_tree([built_in()])[0])[0])


@dataclass
class Scene:
    """A desk where one command can be given; commands so far were the chief's."""

    stage: Stage = field(default_factory=lambda: Stage(definitions=KNOWING, places=Roads()))
    at: int = 60 * S
    n: int = 0

    def give(self, kind: str, target: str, actor: Actor = CHIEF, /, **args: Any) -> Mapping[str, Any]:
        self.at += 3 * S
        self.n += 1
        one = Command(id=f"c{self.n}", kind=kind, target=target, actor=actor, stamp_ms=DAY + self.at, args=args)
        self.stage.play(one, until=self.at + 3 * S)
        return self.stage.result

    def must(self, kind: str, target: str, /, **args: Any) -> Scene:
        result = self.give(kind, target, **args)
        assert result["accepted"], result
        return self

    def fire(self, rule: str = "stop", subject: str = "a") -> str:
        self.at += 3 * S
        self.stage.play(event("firing", rule, subject, self.at), until=self.at + 3 * S)
        return next(i for i, a in self.state.alerts.items() if (a.rule, a.subject) == (rule, subject))

    def call(self, kind: str = "other") -> str:
        before = set(self.state.incidents)
        self.must(kinds.OPEN_INCIDENT, "", kind=kind, lon=117.1, lat=36.6)
        (new,) = set(self.state.incidents) - before
        return new

    @property
    def state(self) -> Any:
        return self.stage.desk.state

    def run(self) -> str:
        self.fire("leak")
        (run,) = self.state.runs
        return str(run)

    def task(self, kind: str = "ask") -> str:
        run = self.run()
        self.must(kinds.START_RUN, run)
        return str(next(one.id for one in self.state.runs[run].tasks if one.kind == kind))

    def dispatched(self, *moves: str) -> str:
        self.must(kinds.DISPATCH, self.call(), resource="teams/near")
        (dispatch,) = self.state.dispatches
        for move in moves:
            self.must(move, dispatch)
        return str(dispatch)

    def drafted(self, *steps: str) -> str:
        self.must(kinds.WARNING_DRAFT, self.call(), template="hazmat_leak", colour="yellow")
        (warning,) = self.state.warnings
        for step in steps:
            if step == kinds.WARNING_APPROVE:
                self.n += 1
                one = Actor(name="sun", post="x", role=Role.COMMANDER, jurisdiction="370000")
                assert self.give(step, warning, one, edits=0)["accepted"]
            else:
                self.must(step, warning, issuer=ISSUER)
        return str(warning)

    def known(self) -> Any:
        """Everything the desk has decided, without its list of results."""
        state = self.state
        things = ("alerts", "incidents", "runs", "resources", "dispatches", "warnings", "shifts", "sequences", "given")
        return {name: plain(dict(sorted(getattr(state, name).items()))) for name in things}


ISSUER = {"zh": "省应急指挥中心", "en": "Provincial emergency centre"}
SHA = {"sha256": "ab" * 32, "name": "a.jpg", "media_type": "image/jpeg", "size": 10}
Asked = tuple[str, dict[str, Any]]
PUBLISHED = (kinds.WARNING_APPROVE, kinds.WARNING_PUBLISH)


def aside(scene: Scene, kind: str, **args: Any) -> str:
    alert = scene.fire()
    scene.must(kind, alert, **args)
    return alert


def over(scene: Scene) -> str:
    incident = scene.call()
    scene.must(kinds.CLOSE, incident, disposition="done")
    return incident


def responding(scene: Scene) -> str:
    incident = scene.call()
    scene.must(kinds.RESPOND, incident, level="IV")
    return incident


def linked(scene: Scene) -> Asked:
    incident, alert = scene.call(), scene.fire()
    scene.must(kinds.LINK, incident, alert=alert)
    return incident, {"alert": alert}


def pair(scene: Scene, name: str) -> Asked:
    one, other = scene.call(), scene.call()
    return one, {name: other}


def out(scene: Scene) -> str:
    scene.must(kinds.RESOURCE_OUT, "teams/near", reason="repair")
    return "teams/near"


def claimed_by_both(scene: Scene) -> Asked:
    """The holder gives it away twice, from two windows: the second finds it gone."""
    alert = scene.fire()
    assert scene.give(kinds.CLAIM, alert, LI)["accepted"]
    return alert, {"to": {"by": "sun", "post": "desk-9"}}


def on_duty(scene: Scene) -> str:
    assert scene.give(kinds.SIGN_ON, "", CHIEF, post="duty-1")["accepted"]
    (shift,) = scene.state.shifts
    return str(shift)


SCENES: Mapping[str, Callable[[Scene], Asked]] = {
    kinds.ACKNOWLEDGE: lambda s: (s.fire(), {}),
    kinds.CLAIM: lambda s: (s.fire(), {}),
    kinds.HAND_OVER: claimed_by_both,
    kinds.SHELVE: lambda s: (s.fire(), {"for_ms": 600 * S, "reason": "known"}),
    kinds.UNSHELVE: lambda s: (aside(s, kinds.SHELVE, for_ms=3_600 * S, reason="known"), {}),
    kinds.SUPPRESS: lambda s: (s.fire(), {"reason": "maintenance"}),
    kinds.RELEASE: lambda s: (aside(s, kinds.SUPPRESS, reason="maintenance"), {"reason": "maintenance"}),
    kinds.OUT_OF_SERVICE: lambda s: (s.fire(), {"reason": "sensor exchanged"}),
    kinds.RETURN_TO_SERVICE: lambda s: (aside(s, kinds.OUT_OF_SERVICE, reason="x"), {}),
    kinds.CLOSE_ALERT: lambda s: (s.fire(), {"disposition": "driver called"}),
    kinds.OPEN_INCIDENT: lambda s: (s.fire(), {"kind": "other"}),
    kinds.VERIFY: lambda s: (s.call(), {}),
    kinds.UPDATE: lambda s: (s.call(), {"reporter": "police"}),
    kinds.NOTE: lambda s: (s.call(), {"text": "ambulance called"}),
    kinds.GRADE: lambda s: (s.call(), {"grade": "IV", "reason": "two injured"}),
    kinds.RESPOND: lambda s: (s.call(), {"level": "IV"}),
    kinds.END_RESPONSE: lambda s: (responding(s), {}),
    kinds.COMMAND_LEVEL: lambda s: (s.call(), {"level": "city", "reason": "grade III"}),
    kinds.STATE_CLAIM: lambda s: (s.call(), {"what": "deaths", "value": 1, "source": "hospital"}),
    kinds.REPORT: lambda s: (s.call("hazmat_accident"), {"report": "first", "text": "...", "reported_to": "city"}),
    kinds.ATTACH: lambda s: (s.call(), SHA),
    kinds.SET_PARENT: lambda s: pair(s, "parent"),
    kinds.LINK: lambda s: (s.call(), {"alert": s.fire()}),
    kinds.UNLINK: linked,
    kinds.MERGE: lambda s: pair(s, "into"),
    kinds.DISMISS: lambda s: (s.call(), {"reason": "hoax"}),
    kinds.CLOSE: lambda s: (s.call(), {"disposition": "done"}),
    kinds.REOPEN: lambda s: (over(s), {"reason": "second call"}),
    kinds.START_RUN: lambda s: (s.run(), {}),
    kinds.STAND_DOWN: lambda s: (s.must(kinds.START_RUN, s.run()).stage.desk.state.runs.popitem()[0], {"reason": "x"}),
    kinds.TASK_ACKNOWLEDGE: lambda s: (s.task(), {}),
    kinds.TASK_DONE: lambda s: (s.task(), {"answers": {"leaking": False}}),
    kinds.TASK_SKIP: lambda s: (s.task(), {"reason": "known already"}),
    kinds.DISPATCH: lambda s: (s.call(), {"resource": "teams/near"}),
    kinds.DISPATCH_ACCEPT: lambda s: (s.dispatched(), {}),
    kinds.DISPATCH_EN_ROUTE: lambda s: (s.dispatched(kinds.DISPATCH_ACCEPT), {}),
    kinds.DISPATCH_ON_SCENE: lambda s: (s.dispatched(kinds.DISPATCH_ACCEPT, kinds.DISPATCH_EN_ROUTE), {}),
    kinds.DISPATCH_RELEASE: lambda s: (
        s.dispatched(kinds.DISPATCH_ACCEPT, kinds.DISPATCH_EN_ROUTE, kinds.DISPATCH_ON_SCENE),
        {},
    ),
    kinds.DISPATCH_DECLINE: lambda s: (s.dispatched(), {"reason": "no crew"}),
    kinds.DISPATCH_CANCEL: lambda s: (s.dispatched(), {"reason": "not needed"}),
    kinds.RESOURCE_OUT: lambda s: ("teams/near", {"reason": "repair"}),
    kinds.RESOURCE_BACK: lambda s: (out(s), {}),
    kinds.WARNING_EDIT: lambda s: (s.drafted(), {"colour": "orange"}),
    kinds.WARNING_PUBLISH: lambda s: (s.drafted(kinds.WARNING_APPROVE), {"issuer": ISSUER}),
    kinds.WARNING_APPROVE: lambda s: (s.drafted(), {"edits": 0}),
    kinds.WARNING_DISCARD: lambda s: (s.drafted(), {"reason": "not needed"}),
    kinds.WARNING_UPDATE: lambda s: (s.drafted(*PUBLISHED), {"colour": "orange"}),
    kinds.WARNING_CANCEL: lambda s: (s.drafted(*PUBLISHED), {"reason": "over", "issuer": ISSUER}),
    kinds.SIGN_ON: lambda s: ("", {"post": "duty-1"}),
    kinds.SIGN_OFF: lambda s: (on_duty(s), {}),
}
# Both inputs are kept; nobody's is lost. The arguments are the second officer's own.
ADDING: Mapping[str, dict[str, Any]] = {
    kinds.NOTE: {"text": "fire brigade called"},
    kinds.STATE_CLAIM: {"what": "deaths", "value": 2, "source": "police"},
    kinds.ATTACH: {**SHA, "sha256": "cd" * 32, "name": "b.jpg"},
    kinds.UPDATE: {"fields": {"people": 30}},
}
# One person's or the system's own: nobody races another for them. `task.approve` asks for two people by design,
# a second draft or remark is another one, and a shift's remarks are its holder's.
ALONE = {
    kinds.TASK_APPROVE: "as many people as the step asks approve it; tested in tests/playbooks",
    kinds.WARNING_DRAFT: "a second draft is another warning",
    kinds.SHIFT_NOTE: "only who holds the shift notes in it",
    kinds.LOAD_CONTENT: "the administrator's",
    kinds.DELIVERY: "the notifier's",
    kinds.RECEIPT: "the recipient's word, the same whoever heard it",
}


def test_every_kind_has_its_scene_or_says_why_nobody_races_for_it():
    assert set(SCENES) | set(ALONE) == set(HANDLERS)
    assert not set(SCENES) & set(ALONE)
    assert set(ADDING) <= set(SCENES)


def set_up(kind: str) -> tuple[Scene, str, dict[str, Any]]:
    scene = Scene()
    target, args = SCENES[kind](scene)
    if kind == kinds.STAND_DOWN:  # the scene took it out to read its id
        scene = Scene()
        target = scene.run()
        scene.must(kinds.START_RUN, target)
    return scene, target, args


@pytest.mark.parametrize("kind", sorted(SCENES))
@pytest.mark.parametrize(("first", "second"), [(LI, WANG), (WANG, LI)], ids=["li first", "wang first"])
def test_of_two_officers_one_is_carried_out_and_the_other_told_who_and_when(kind: str, first: Actor, second: Actor):
    if kind in (kinds.HAND_OVER, kinds.SIGN_OFF):
        second = first = LI if kind == kinds.HAND_OVER else CHIEF  # only its holder can, from two windows
    scene, target, args = set_up(kind)
    done = scene.give(kind, target, first, **args)
    assert done["accepted"], done
    after = scene.known()
    if kind in (kinds.DISPATCH, kinds.RESOURCE_OUT) or kind.startswith(("task.", "run.")):
        scene.stage.settle()
    refused = scene.give(kind, target, second, **args)
    if kind == kinds.NOTE:
        assert refused["accepted"]
        return
    assert not refused["accepted"], kind
    assert refused["reason"]
    assert refused["field"] == ""
    who = "sun" if kind == kinds.HAND_OVER else first.name
    assert refused["by"] == who, refused
    assert refused["changed_ms"] == done["at_ms"], refused
    assert scene.known() == after


@pytest.mark.parametrize("kind", sorted(set(SCENES) - set(ADDING)))
def test_two_commands_stamped_in_one_millisecond_are_still_one_result(kind: str):
    one, two = (LI, LI) if kind == kinds.HAND_OVER else (CHIEF, CHIEF) if kind == kinds.SIGN_OFF else (LI, WANG)
    results = []
    for order in (1, -1):
        scene, target, args = set_up(kind)
        at = scene.at + 10 * S
        both = [
            Command(id=f"race-{name}", kind=kind, target=target, actor=actor, stamp_ms=DAY + at, args=args)
            for name, actor in (("a", one), ("b", two))
        ]
        scene.stage.play(*both[::order], until=at + 5 * S)
        noted = {one["command"]: one["accepted"] for one in scene.state.results[-2:]}
        results.append((noted, scene.known()))
    assert results[0] == results[1]  # whichever arrived first
    assert sorted(results[0][0].values()) == [False, True]


@pytest.mark.parametrize("kind", sorted(ADDING))
def test_what_adds_keeps_the_input_of_both(kind: str):
    scene, target, args = set_up(kind)
    seen = DAY + scene.at
    extra = {"seen_ms": seen} if kind == kinds.UPDATE else {}
    assert scene.give(kind, target, LI, **args, **extra)["accepted"]
    assert scene.give(kind, target, WANG, **ADDING[kind], **extra)["accepted"]
    text = str(plain(scene.state.incidents[target]))
    for given in (args, ADDING[kind]):
        for value in given.values():
            assert str(value).strip("{}") in text


@pytest.mark.parametrize("kind", sorted(set(SCENES) - {kinds.SIGN_ON, kinds.OPEN_INCIDENT}))
def test_a_target_that_is_not_there_is_refused_and_changes_nothing(kind: str):
    scene, _, args = set_up(kind)
    before = scene.known()
    at = scene.at + 10 * S
    lost = Command(id="lost", kind=kind, target="nothing", actor=LI, stamp_ms=DAY + at, args=args)
    scene.stage.play(lost, until=at + 10 * S)  # it waits two seconds for its target (ORDER 23)
    assert scene.stage.result["command"] == "lost"
    assert scene.stage.result["reason"].startswith("no such")
    assert scene.known() == before
