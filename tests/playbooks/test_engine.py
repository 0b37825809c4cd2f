"""The playbook engine: one happening at a time, on literal playbooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center.content import parse_document
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.run import PlaybookRun, RunState, TaskState, task_id
from ops_center.domain.text import Text
from playbooks.book import Form, FormField, Playbook, Wording, bookcase_of
from playbooks.book_read import read_playbook
from playbooks.engine import Happening, Setting, advance, next_due, suggested
from playbooks.engine_judge import judge

T = 1_565_500_000_000
MINUTE = 60_000
LI = Mark(by="li", post="desk-1", at_ms=T)
FORMS = {
    "f": Form(
        id="f",
        version="1",
        title=Text("f", "f"),
        fields=(FormField(name="n", kind="integer", label=Text("n", "n"), required=True, minimum=0, maximum=9),),
    )
}
TEXTS = {"t": Wording(id="t", version=3, text=Text("{incident.number} {answers.ask.n}", "{incident.number}"))}
HEAD = """
id: book
version: 1
title: {zh: 书, en: Book}
plan: {zh: 预案}
starts: {incident_kind: other}
tests: [{title: t, given: [{at: 0 s, start: true}], expect: {}}]
steps:
"""
STORY = (
    HEAD
    + """
- {id: ask, ask: {form: f}, ack_within: 2 min, done_within: 5 min, on_late: {escalate: shift_leader}}
- id: pick
  needs: [ask]
  branch:
    - {name: many, when: answers.ask.n > 3, steps: [{id: tell, notify: {to: [a, b], text: t}}]}
    - {steps: [{id: rest, wait: {for: 10 min, until: incident.fields.over}}]}
- {id: after, needs: [pick/tell], task: {do: {zh: 做, en: Do}}}
"""
)


def book(text: str = STORY) -> Playbook:
    return read_playbook(parse_document(text), forms=FORMS, texts=TEXTS)


class Play:
    """One run, with happenings in short."""

    def __init__(self, playbook: Playbook, **incident: Any) -> None:
        self.playbook, self.intents = playbook, []
        self.incident = {"number": "N-1", "closed": False, "fields": {}, **incident}
        self.run = suggested(playbook, deployment="370000", incident="incident-1", cause="c", at_ms=T)

    def go(self, kind: str, at: int, step: str = "", **args: Any) -> PlaybookRun:
        happening = Happening(
            kind=kind, at_ms=T + at, mark=replace(LI, at_ms=T + at), task=task_id(self.run.id, step), args=args
        )
        setting = Setting(playbook=self.playbook, context={"incident": self.incident}, judge=judge)
        self.run, intents = advance(self.run, happening, setting)
        self.intents += intents
        return self.run

    def task(self, step: str) -> Any:
        return next(task for task in self.run.tasks if task.step == step)


def test_a_start_offers_what_needs_nothing_with_its_deadlines():
    play = Play(book())
    play.go("start", 0)
    assert {task.step: task.state for task in play.run.tasks} == {
        "ask": TaskState.READY,
        "pick": TaskState.WAITING,
        "after": TaskState.WAITING,
    }
    assert (play.task("ask").ack_due_ms, play.task("ask").done_due_ms) == (T + 2 * MINUTE, T + 5 * MINUTE)
    assert next_due(play.run) == T + 2 * MINUTE


def test_late_is_a_fact_that_escalates_once_and_the_task_goes_on():
    play = Play(book())
    play.go("start", 0)
    play.go("time", 2 * MINUTE)
    assert (play.task("ask").late, play.task("ask").state) == (("acknowledge",), TaskState.READY)
    assert next_due(play.run) == T + 5 * MINUTE
    play.go("time", 5 * MINUTE)
    assert play.task("ask").late == ("acknowledge", "done")
    assert play.task("ask").escalated_to == ("shift_leader",)
    assert next_due(play.run) is None
    play.go("done", 6 * MINUTE, "ask", answers={"n": 1})
    assert play.task("ask").state is TaskState.DONE


def test_an_acknowledged_task_is_not_late_to_be_acknowledged():
    play = Play(book())
    play.go("start", 0)
    play.go("acknowledge", MINUTE, "ask")
    play.go("time", 2 * MINUTE)
    assert play.task("ask").late == ()


def test_a_branch_opens_its_first_true_arm_and_sends_each_recipient_one_intent():
    play = Play(book())
    play.go("start", 0)
    play.go("done", MINUTE, "ask", answers={"n": "7"})
    assert play.task("pick").chosen == "many"
    assert [intent.recipient for intent in play.intents] == ["a", "b"]
    assert play.task("pick/tell").message.render("zh") == "N-1 7"
    assert play.task("pick/tell").message.version == 3
    play.go("delivery", 2 * MINUTE, "pick/tell", recipient="a", status="delivered")
    play.go("delivery", 2 * MINUTE, "pick/tell", recipient="a", status="sent")
    assert play.task("pick/tell").deliveries == (("a", "delivered"), ("b", "intended"))
    play.go("delivery", 3 * MINUTE, "pick/tell", recipient="b", status="failed")
    assert play.task("pick").state is TaskState.READY
    play.go("delivery", 4 * MINUTE, "pick/tell", recipient="b", status="sent")
    assert play.task("pick").state is TaskState.DONE
    assert play.task("after").state is TaskState.READY
    assert len(play.intents) == 2


def test_a_step_that_needs_one_in_an_arm_not_taken_begins_when_the_branch_is_over():
    play = Play(book())
    play.go("start", 0)
    play.go("done", MINUTE, "ask", answers={"n": 2})
    assert play.task("pick").chosen == "otherwise"
    assert play.task("after").state is TaskState.WAITING
    play.incident["fields"] = {"over": True}
    play.go("changed", 3 * MINUTE)
    assert play.task("pick/rest").state is TaskState.DONE
    assert play.task("after").state is TaskState.READY


def test_a_wait_ends_by_itself_at_its_time():
    play = Play(book())
    play.go("start", 0)
    play.go("done", MINUTE, "ask", answers={"n": 2})
    assert next_due(play.run) == T + 11 * MINUTE
    play.go("time", 11 * MINUTE)
    assert play.task("pick/rest").finished.by == "system"
    play.go("done", 12 * MINUTE, "after")
    assert play.run.state is RunState.FINISHED


def test_skipping_a_branch_skips_what_lies_inside_and_needs_a_reason():
    play = Play(book())
    play.go("start", 0)
    play.go("done", MINUTE, "ask", answers={"n": 7})
    with pytest.raises(CommandRefused, match="reason"):
        play.go("skip", MINUTE, "pick", reason=" ")
    play.go("skip", MINUTE, "pick", reason="told by radio")
    assert play.task("pick/tell").state is TaskState.SKIPPED
    assert play.task("after").state is TaskState.READY


def test_a_refusal_says_who_was_first_and_leaves_the_run_as_it_was():
    play = Play(book())
    play.go("start", 0)
    before = play.go("acknowledge", MINUTE, "ask")
    with pytest.raises(CommandRefused, match="by li") as refused:
        play.go("acknowledge", 2 * MINUTE, "ask")
    assert refused.value.at_ms == T + MINUTE
    with pytest.raises(CommandRefused, match=r"f\.n: 12 is above 9"):
        play.go("done", 2 * MINUTE, "ask", answers={"n": 12})
    with pytest.raises(CommandRefused, match="ends by itself"):
        waiting().go("done", 2 * MINUTE, "pick/rest")
    assert play.run == before


def waiting() -> Play:
    play = Play(book())
    play.go("start", 0)
    play.go("done", MINUTE, "ask", answers={"n": 2})
    return play


def test_a_stand_down_cancels_what_is_owed_and_a_receipt_after_it_is_still_noted():
    play = Play(book())
    play.go("start", 0)
    play.go("done", MINUTE, "ask", answers={"n": 7})
    play.go("stand_down", 2 * MINUTE, reason="false alarm")
    assert play.run.state is RunState.STOOD_DOWN
    assert play.task("ask").state is TaskState.DONE
    assert play.task("pick/tell").state is TaskState.CANCELLED
    play.go("delivery", 3 * MINUTE, "pick/tell", recipient="a", status="receipted")
    assert play.task("pick/tell").deliveries[0] == ("a", "receipted")
    with pytest.raises(CommandRefused, match="already stood_down"):
        play.go("stand_down", 4 * MINUTE)


def test_a_run_keeps_its_version_when_a_newer_one_is_in_force():
    old, new = book(), replace(book(), version="2")
    case = bookcase_of((old,)).joined((new,))
    assert case.newest["book"].version == "2"
    assert case.get("book", "1") == old
    play = Play(old)
    play.playbook = new
    with pytest.raises(ValueError, match="keeps version 1"):
        play.go("start", 0)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["acknowledge", "done", "skip", "delivery", "time", "changed", "stand_down"]),
        st.sampled_from(["ask", "pick", "pick/tell", "pick/rest", "after"]),
        st.integers(0, 9),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(MOVES)
def test_whatever_is_done_to_a_run_its_tasks_only_go_forward_and_nothing_is_sent_twice(
    moves: list[tuple[str, str, int]],
):
    rank = {state: n for n, state in enumerate([TaskState.WAITING, TaskState.READY, TaskState.ACKNOWLEDGED])}
    play = Play(book())
    play.go("start", 0)
    for n, (kind, step, number) in enumerate(moves, start=1):
        before = {task.id: task.state for task in play.run.tasks}
        args = {"answers": {"n": number, "by_hand": "x"} if number % 2 else {"n": number}, "reason": "r" * (number % 3)}
        args |= {"recipient": "ab"[number % 2], "status": ["sent", "delivered", "failed"][number % 3]}
        try:
            play.go(kind, n * 90_000, step, **args)
        except CommandRefused:
            assert before == {task.id: task.state for task in play.run.tasks}
        for task in play.run.tasks:
            was = before.get(task.id, TaskState.WAITING)
            assert rank.get(task.state, 9) >= rank.get(was, 9)
        owed = [t for t in play.run.tasks if t.state not in (TaskState.DONE, TaskState.SKIPPED, TaskState.CANCELLED)]
        assert bool(owed) == (play.run.state is RunState.RUNNING)
    assert len({intent.id for intent in play.intents}) == len(play.intents)
