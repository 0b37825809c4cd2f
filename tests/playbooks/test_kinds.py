"""Step kinds beyond people's own: approvals, dispatches, warnings, actions, for_each, call, stand-down with undo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from ops_center.content import parse_document
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused, ContentError
from ops_center.domain.run import PlaybookRun, RunState, TaskState, task_id
from ops_center.domain.text import Text
from playbooks.actions import action, verbs
from playbooks.book import Playbook, Wording
from playbooks.book_read import read_playbook, schema_of
from playbooks.engine import Happening, Setting, advance, suggested
from playbooks.engine_judge import judge
from playbooks.engine_stage import Stage
from playbooks.kinds import KINDS, Intent
from tests.playbooks.test_engine import FORMS, HEAD, MINUTE, TEXTS, T

WORDS = {**TEXTS, "clear": Wording(id="clear", version=1, text=Text("解除", "All clear"))}
ZONES = "zones: {hot: {buffer: incident.position, radius: erg.isolate_m}, near: {buffer: incident.position, radius: 500 m}}\n"
HERE = {"lon": 117.0, "lat": 36.6}


def book(steps: str, *, more: str = "") -> Playbook:
    return read_playbook(parse_document(ZONES + more + HEAD + steps), forms=FORMS, texts=WORDS)


class Play:
    """One run on a stage, saved and restored after every happening."""

    def __init__(self, playbook: Playbook, *, stage: Stage | None = None, **incident: Any) -> None:
        self.playbook, self.stage = playbook, stage or Stage()
        self.incident = {"number": "N-1", "closed": False, "fields": {}, "position": HERE, **incident}
        self.run = suggested(playbook, deployment="370000", incident="incident-1", cause="c", at_ms=T)
        self.intents: list[Intent] = []

    def go(self, kind: str, at: int = 0, step: str = "", *, by: str = "li", **args: Any) -> PlaybookRun:
        mark = Mark(by=by, post="desk-1", at_ms=T + at)
        self._go(Happening(kind=kind, at_ms=T + at, mark=mark, task=task_id(self.run.id, step), args=args))
        return self.run

    def _go(self, happening: Happening) -> None:
        context = {"incident": self.incident, **self.stage.context()}
        run, intents = advance(self.run, happening, Setting(playbook=self.playbook, context=context, judge=judge))
        self.run = msgspec.json.decode(msgspec.json.encode(run), type=PlaybookRun)
        for intent in intents:
            self.intents.append(intent)
            told = self.stage.carry(intent)
            if told is not None:
                self._go(replace(happening, kind="carried", task=intent.task, args=told))

    def world(self, at: int = 0, **line: Any) -> PlaybookRun:
        self.stage.tell(line, self.run)
        return self.go("changed", at)

    def approve(self, step: str, by: str, *, role: str = "commander", decision: str = "approve", **more: Any) -> Any:
        self.go("approve", 0, step, by=by, role=role, decision=decision, **more)
        return self.task(step)

    def task(self, step: str) -> Any:
        return next(task for task in self.run.tasks if task.step == step)

    def kinds(self) -> list[str]:
        return [intent.kind for intent in self.intents]


def started(steps: str, *, more: str = "", stage: Stage | None = None, **incident: Any) -> Play:
    play = Play(book(steps, more=more), stage=stage, **incident)
    play.go("start")
    return play


TWO = """
- {id: plan, task: {do: {zh: 拟定, en: Draft}}}
- {id: release, needs: [plan], approve: {by: commander, count: 2}}
- {id: close, needs: [release], act: {do: close_road, zone: near}}
- {id: after, needs: [close], task: {do: {zh: 后续, en: After}}}
"""


def test_two_different_commanders_approve_and_only_then_it_goes_on():
    play = started(TWO)
    play.go("done", 0, "plan", by="li")
    with pytest.raises(CommandRefused, match="only a commander"):
        play.approve("release", "wang", role="duty_officer")
    assert play.approve("release", "li").state is TaskState.ACKNOWLEDGED  # who drafted it may be one of two
    with pytest.raises(CommandRefused, match="li has approved it already") as refused:
        play.approve("release", "li")
    assert (refused.value.by, refused.value.at_ms) == ("li", T)
    assert play.kinds() == []
    assert play.approve("release", "zhao").state is TaskState.DONE
    assert play.task("release").answers == {"approved": True}
    assert [one.by for one in play.task("release").approvals] == ["li", "zhao"]
    assert play.kinds() == ["announce"]


def test_who_drafted_it_cannot_approve_it_alone():
    play = started(TWO.replace("count: 2", "count: 1"))
    play.go("done", 0, "plan", by="li")
    with pytest.raises(CommandRefused, match="cannot approve it alone"):
        play.approve("release", "li")
    assert play.approve("release", "zhao").state is TaskState.DONE


def test_a_refusal_needs_a_reason_and_stops_all_that_rests_on_it():
    play = started(TWO)
    play.go("done", 0, "plan")
    with pytest.raises(CommandRefused, match="needs a reason"):
        play.approve("release", "zhao", decision="refuse")
    with pytest.raises(CommandRefused, match="neither approve nor refuse"):
        play.approve("release", "zhao", decision="maybe")
    play.approve("release", "zhao", decision="refuse", reason="too early")
    states = {task.step: (task.state, task.reason) for task in play.run.tasks}
    assert states["release"] == states["close"] == states["after"] == (TaskState.SKIPPED, "too early")
    assert (play.kinds(), play.run.state) == ([], RunState.FINISHED)


def test_an_approval_beside_a_step_is_had_before_the_step_does_anything():
    play = started("- {id: tell, notify: {to: a, text: t}, approve: {by: shift_leader}}")
    assert (play.kinds(), play.task("tell").deliveries) == ([], ())
    with pytest.raises(CommandRefused, match="approved first"):
        play.go("done", 0, "tell", answers={"by_hand": "x"})
    play.go("changed")
    assert play.task("tell").state is TaskState.READY
    play.approve("tell", "zhao")
    assert (play.kinds(), play.task("tell").deliveries) == (["notify"], (("a", "intended"),))
    with pytest.raises(CommandRefused, match="needs no approval"):
        play.approve("tell", "wang")


SEND = "- {id: send, dispatch: {capability: hazmat_team, count: 2, to: incident.position}}"


def test_a_dispatch_asks_for_units_and_ends_when_enough_are_on_the_scene():
    play = started(SEND)
    (asked,) = play.intents
    assert (asked.args["capability"], asked.args["amount"], asked.args["to"]) == ("hazmat_team", 2, [117.0, 36.6])
    play.world(1, unit="send", n=1, state="on_scene")
    assert play.task("send").state is TaskState.READY
    play.world(2, unit="send", n=2, state="released")  # it was there, and has left
    assert play.task("send").state is TaskState.DONE
    assert len(play.intents) == 1


def test_a_unit_that_declines_is_replaced_by_another_and_a_cancelled_one_is_not():
    play = started(SEND)
    first = play.task("send").dispatches
    play.world(1, unit="send", n=1, state="declined")
    assert [intent.args["amount"] for intent in play.intents] == [2, 1]
    assert play.intents[1].args["without"] == [play.stage.dispatches[first[0]]["resource"]]
    play.world(2, unit="send", n=2, state="cancelled")
    play.go("changed", 3)
    assert len(play.intents) == 2
    play.world(4, unit="send", n=3, state="on_scene")
    assert play.task("send").state is TaskState.READY  # one of two: the officer sends another or says how it was done
    play.go("done", 5, "send", answers={"by_hand": "a neighbouring county sent one"})
    assert play.task("send").state is TaskState.DONE


def test_units_that_are_not_to_be_had_are_named_and_one_sent_by_hand_counts():
    play = started(SEND, stage=Stage(units={"hazmat_team": 1}))
    assert (play.task("send").short, play.task("send").reason) == (1, "1 not to be had")
    play.stage.dispatches["by-hand"] = {"state": "on_scene", "resource": "unit-9"}
    play.go("carried", 1, "send", dispatches=["by-hand"], short=-1)
    assert (play.task("send").short, play.task("send").reason) == (0, "")
    play.world(2, unit="send", n=1, state="on_scene")
    assert play.task("send").state is TaskState.DONE


def test_a_stock_is_asked_for_by_quantity():
    play = started("- {id: foam, dispatch: {capability: foam, quantity: 3000, until: en_route}}")
    assert (play.intents[0].args["amount"], play.intents[0].args["counted"]) == (3000, False)
    play.world(1, unit="foam", state="en_route")
    assert play.task("foam").state is TaskState.DONE


EACH = """
- id: schools
  for_each: {in: schools, inside: near, as: school, max: 2}
  do:
    - {id: call, notify: {to: school.duty_phone, text: t, receipt: true}, receipt_within: 5 min}
    - {id: heard, needs: [call], ask: {form: f}}
    - {id: note, needs: [heard], when: answers.heard.n > 3, task: {do: {zh: 记, en: Note}}}
- {id: after, needs: [schools], task: {do: {zh: 后续, en: After}}}
"""
SCHOOLS = [{"key": f"sc/{n}", "name": f"school {n}", "duty_phone": f"000{n}"} for n in range(3)]


def test_for_each_expands_its_steps_for_every_feature_and_counts_what_it_left_out():
    play = started(EACH, stage=Stage(places={"schools": SCHOOLS}))
    assert play.task("schools").answers == {"found": 3, "left_out": 1}
    assert play.intents[0].args["area"]["type"] == "Polygon"
    first, second = "schools/@sc~0", "schools/@sc~1"
    assert {task.step for task in play.run.tasks} == {
        "schools", "after", *(f"{item}/{step}" for item in (first, second) for step in ("call", "heard", "note"))
    }  # fmt: skip
    assert play.task(f"{first}/call").deliveries == (("0000", "intended"),)
    assert play.task(f"{first}/call").bound == {"school": SCHOOLS[0]}
    assert play.task(f"{first}/call").done_due_ms == T + 5 * MINUTE
    play.go("delivery", 1, f"{first}/call", recipient="0000", status="receipted")
    assert play.task(f"{first}/heard").state is TaskState.READY
    assert play.task(f"{second}/heard").state is TaskState.WAITING
    play.go("done", 2, f"{first}/heard", answers={"n": 7})
    play.go("skip", 3, f"{second}/call", reason="closed")
    play.go("done", 4, f"{second}/heard", answers={"n": 1})
    assert play.task(f"{first}/note").state is TaskState.READY
    assert play.task(f"{second}/note").state is TaskState.SKIPPED  # its own answer, not the first school's
    assert play.task("after").state is TaskState.WAITING
    play.go("done", 5, f"{first}/note")
    assert play.task("schools").state is TaskState.DONE
    assert play.task("after").state is TaskState.READY


def test_for_each_waits_for_a_place_and_says_so():
    play = started(EACH, stage=Stage(places={"schools": SCHOOLS[:1]}), position=None)
    assert play.task("schools").reason == "the place or size of near is not known yet"
    play.incident["position"] = HERE
    play.go("changed", 1)
    assert (play.task("schools").reason, play.task("schools").answers["found"]) == ("", 1)
    play.go("changed", 2)
    assert play.kinds().count("find") == 1


def test_for_each_over_nothing_is_done_at_once():
    play = started(EACH)
    assert play.task("schools").state is TaskState.DONE
    assert play.task("after").state is TaskState.READY


WARN = "- {id: warn, warn: {template: hazmat_leak, area: hot, colour: orange}, approve: {by: commander, count: 2}}"


def test_a_warning_is_drafted_with_its_area_and_ends_the_step_when_it_is_published():
    play = started(WARN, fields={"cargo": {"un_number": "1017"}})
    (draft,) = play.intents
    assert (draft.args["colour"], draft.args["approvals"], draft.args["approver"]) == ("orange", 2, "commander")
    ring = draft.args["area"]["coordinates"][0]
    assert round(max(y for _, y in ring) - 36.6, 4) == round(600 / 110_960, 4)  # chlorine tank truck: 600 m
    play.world(1, warning="warn", status="approved")
    assert play.task("warn").state is TaskState.READY
    play.world(2, warning="warn", status="published")
    assert play.task("warn").state is TaskState.DONE


def test_a_discarded_warning_skips_its_step_with_the_reason():
    play = started(WARN)
    play.world(1, warning="warn", status="discarded", reason="false alarm")
    assert (play.task("warn").state, play.task("warn").reason) == (TaskState.SKIPPED, "false alarm")


def test_a_called_playbook_is_waited_for_and_stood_down_with_its_caller():
    play = started("- {id: sub, call: {playbook: other}}", more="stand_down: {when: incident.closed, do: undo_all}\n")
    child = play.task("sub").child
    play.go("changed", 1)
    assert play.task("sub").state is TaskState.READY
    play.go("stand_down", 2, reason="over")
    assert play.intents[-1].args == {"what": "run", "ids": [child]}
    other = started("- {id: sub, call: {playbook: other}}")
    other.world(1, child="sub", status="finished")
    assert other.run.state is RunState.FINISHED


UNDO = """
- {id: close, act: {do: close_road, zone: near}}
- {id: siren, act: {do: sound_siren, to: siren, text: t, all_clear: clear}}
- {id: keep, act: {do: close_road, zone: near, responders: stop}, undo: keep}
- {id: tell, notify: {to: [a, b], text: t}, undo: {text: clear}}
- {id: send, dispatch: {capability: fire}}
- {id: warn, warn: {template: hazmat_leak, area: near, colour: red}}
- {id: later, needs: [warn], act: {do: close_road, zone: near}}
"""
ALL = "stand_down: {when: incident.closed, do: undo_all}\n"


def test_a_stand_down_takes_back_all_that_was_done_once_and_the_last_first():
    play = started(UNDO, more=ALL)
    before = len(play.intents)
    play.incident["closed"] = True
    play.go("changed", 1)
    undone = play.intents[before:]
    what = [one.args.get("what") for one in undone if one.kind == "undo"]
    assert what == ["warning", "dispatches", "zones"]
    assert sorted(one.recipient for one in undone if one.kind == "notify") == ["a", "b", "siren"]
    assert {task.step for task in play.run.tasks if task.undone} == {"close", "siren", "tell", "send", "warn"}
    assert play.task("stand_down/tell").message.render("en") == "All clear"
    assert play.task("stand_down/siren").deliveries == (("siren", "intended"),)
    play.go("delivery", 2, "stand_down/tell", recipient="a", status="sent")
    assert play.task("stand_down/tell").deliveries == (("a", "sent"), ("b", "intended"))
    play.go("changed", 3)
    assert len(play.intents) == before + len(undone)
    assert len({one.id for one in play.intents}) == len(play.intents)


def test_a_run_that_had_finished_is_still_taken_back_when_the_incident_closes():
    play = started("- {id: close, act: {do: close_road, zone: near}}", more=ALL)
    assert play.run.state is RunState.FINISHED
    play.go("changed", 1)
    assert play.kinds() == ["announce"]
    play.incident["closed"] = True
    play.go("changed", 2)
    assert (play.kinds(), play.run.state) == (["announce", "undo"], RunState.FINISHED)
    play.go("changed", 3)
    assert play.kinds() == ["announce", "undo"]


def test_without_undo_all_what_was_done_stays():
    play = started(UNDO)
    before = len(play.intents)
    play.go("stand_down", 1, reason="over")
    assert len(play.intents) == before
    assert all(task.undone is None for task in play.run.tasks)


def test_the_level_is_suggested_and_follows_the_answers():
    more = "response: {suggest: IV, when: answers.ask.n > 3, then_suggest: II}\n"
    play = started("- {id: ask, ask: {form: f}}\n- {id: b, task: {}}", more=more)
    assert play.run.level == "IV"
    play.go("done", 1, "ask", answers={"n": 5})
    assert play.run.level == "II"


@pytest.mark.parametrize(
    ("steps", "field", "reason", "suggestion"),
    [
        ("- {act: {do: close_rode, zone: near}}", "act.do", "no action 'close_rode'", "close_road"),
        ("- {act: {do: close_road, zon: near}}", "act.zon", "no parameter 'zon'", "zone"),
        ("- {act: {do: close_road}}", "act", "close_road needs 'zone'", ""),
        ("- {act: {do: close_road, zone: nere}}", "act.zone", "no zone 'nere'", "near"),
        ("- {act: {do: close_road, zone: near, responders: fly}}", "act.responders", "", ""),
        ("- {act: {do: sound_siren, to: x, text: tt, all_clear: t}}", "act.text", "no text 'tt'", ""),
        ("- {for_each: {in: schools, inside: hott, as: s}, do: {task: {}}}", "for_each.inside", "no zone", "hot"),
        ("- {for_each: {in: schools, inside: hot, as: s}}", "steps.0", "do", ""),
        ("- {warn: {template: x, area: nowhere, colour: red}}", "warn.area", "no zone and no code", ""),
        ("- {warn: {template: x, area: hot, colour: pink}}", "warn.colour", "", ""),
        ("- {call: {playbook: book}}", "call.playbook", "cannot call itself", ""),
        ("- {dispatch: {capability: fire, count: 1, quantity: 3}}", "dispatch", "", ""),
        ("- {task: {}, approve: {by: viewer}}", "approve.by", "", ""),
        ("- {task: {}, undo: {text: nn}}", "undo.text", "no text 'nn'", ""),
        (
            "- {id: e, for_each: {in: x, inside: hot, as: s}, do: {id: a, task: {}}}\n- {task: {}, needs: [e/@/a]}",
            "needs",
            "once for each item",
            "",
        ),
    ],
)
def test_a_mistake_in_the_new_kinds_is_refused_where_it_stands(steps: str, field: str, reason: str, suggestion: str):
    with pytest.raises(ContentError) as error:
        book(steps)
    assert field in error.value.field
    assert reason in str(error.value)
    assert suggestion in error.value.suggestion


def test_steps_without_an_id_are_named_by_their_kind():
    steps = book("- {task: {}}\n- {wait: {for: 1 min}}\n- {task: {}}\n- {id: x, parallel: [{task: {}}]}").walk()
    assert [step.id for step in steps] == ["task", "wait", "task_2", "x", "x/task"]


def test_every_kind_is_in_the_schema_and_every_action_declares_its_parameters():
    properties = schema_of("playbook")["$defs"]["step"]["properties"]
    assert set(KINDS) <= set(properties)
    for verb in verbs():
        found = action(verb)
        assert set(found.REQUIRED) <= set(found.PARAMS)
        assert found.TITLE.zh != found.TITLE.en
        assert found.act.__doc__
