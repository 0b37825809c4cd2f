"""Shifts: an empty post, hand-over with what is owed, sign-off, remarks, and who came first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops_center.content import built_in, load_tree
from ops_center.desk.handover import Held, hand_over
from ops_center.domain.command import Actor
from ops_center.domain.scales import Role
from ops_center.domain.shift import Shift, ShiftState
from playbooks.book_read import load_posts
from tests.desk.stage import CONTENT, DAY, OFFICER, OTHER, SLACK_MS, Stage, command, event

POSTS = load_posts(load_tree([built_in()])[0])
BOSS = Actor(name="sun", post="command", role=Role.COMMANDER, jurisdiction="370000")
COUNTY = Actor(name="zhou", post="duty-3", role=Role.DUTY_OFFICER, jurisdiction="370100")


class Room(Stage):
    """A stage with posts, where every command comes a second after the last decision."""

    def __init__(self) -> None:
        super().__init__(definitions=replace(CONTENT, posts=POSTS))
        self.at, self.sent = 10_000, 0

    def give(self, verb: str, target: str = "", *, actor: Actor = OFFICER, **args: Any) -> Any:
        self.at += SLACK_MS + 1_000
        self.sent += 1
        told = command(verb, target, self.at, actor=actor, name=f"c{self.sent}", **args)
        self.play(told, until=self.at + SLACK_MS + 1)
        return self.result

    def fire(self, rule: str) -> None:
        self.at += SLACK_MS + 1_000
        self.play(event("firing", rule, "v1", self.at), until=self.at + SLACK_MS + 1)

    def on(self, post: str) -> Shift:
        (found,) = [
            one for one in self.desk.state.shifts.values() if one.post == post and one.state is ShiftState.ON_DUTY
        ]
        return found

    @property
    def held(self) -> Held:
        state = self.desk.state
        return Held(alerts=state.alerts.values(), incidents=state.incidents.values(), runs=state.runs.values())


def test_an_empty_post_is_taken_and_what_is_done_there_bears_its_name() -> None:
    room = Room()
    assert room.give("shift.sign_on", post="duty-1")["accepted"]
    assert room.on("duty-1").person == "li"
    room.fire("leak")
    alert = room.alert("leak")
    room.give("alert.acknowledge", alert.id)
    assert room.alert("leak").last.acknowledged.post == "duty-1"
    assert OFFICER.post == "desk-1"


def test_before_sign_on_a_person_sits_at_their_accounts_post() -> None:
    room = Room()
    room.give("incident.open", kind="other", adcode="370102")
    (incident,) = room.desk.state.incidents.values()
    assert incident.log[0].post == "desk-1"


@pytest.mark.parametrize(
    ("actor", "post", "reason"),
    [
        (OFFICER, "duty-9", "post: no 'duty-9'; did you mean duty-"),
        (OFFICER, "command", "post: command is for a commander, not a duty_officer"),
        (replace(OFFICER, post=""), "", "post: is needed"),
    ],
)
def test_a_post_that_is_not_there_or_not_theirs_is_refused(actor: Actor, post: str, reason: str) -> None:
    room = Room()
    result = room.give("shift.sign_on", actor=actor, post=post)
    assert result["reason"].startswith(reason)
    assert result["field"] == "post"
    assert not room.desk.state.shifts


def test_a_commander_may_hold_a_duty_officers_post() -> None:
    room = Room()
    assert room.give("shift.sign_on", actor=BOSS, post="duty-1")["accepted"]


def test_two_on_one_empty_post_the_second_is_told_who_holds_it_since_when() -> None:
    room = Room()
    room.give("shift.sign_on", post="duty-1")
    result = room.give("shift.sign_on", actor=OTHER, post="duty-1")
    assert (result["by"], result["changed_ms"]) == ("li", room.on("duty-1").began.at_ms)
    assert "take it over" in result["reason"]


def test_a_hand_over_writes_down_what_is_owed_and_binds_both_shifts() -> None:
    room = Room()
    room.give("shift.sign_on", post="duty-1")
    first = room.on("duty-1")
    room.fire("leak")
    room.give("incident.open", kind="other", adcode="370102")
    assert room.give("shift.sign_on", first.id, actor=OTHER, remarks="已接 3 台电话")["accepted"]
    before, after = room.desk.state.shifts[first.id], room.on("duty-1")
    assert (before.state, before.handed_to, after.taken_over_from) == (ShiftState.HANDED_OVER, after.id, before.id)
    assert before.ended == after.began
    opened = set(room.desk.state.incidents)
    assert set(before.owed) == {room.alert("leak").id, *opened}
    assert after.log[0].message.render("zh") == "已接 3 台电话"
    assert before.log[-1].by == "system"
    assert before.log[-1].message.render("en").startswith("This shift: 1 alarms, 0 acknowledged, 2 incidents opened")


def test_two_take_one_shift_over_and_the_second_is_told_who_did() -> None:
    room = Room()
    room.give("shift.sign_on", post="duty-1")
    first = room.on("duty-1")
    room.give("shift.sign_on", first.id, actor=OTHER)
    result = room.give("shift.sign_on", first.id, actor=BOSS)
    assert not result["accepted"]
    assert (result["by"], result["changed_ms"]) == ("wang", room.desk.state.shifts[first.id].ended.at_ms)
    assert len(room.desk.state.shifts) == 2


def test_nobody_takes_over_from_themselves() -> None:
    room = Room()
    room.give("shift.sign_on", post="duty-1")
    assert "holds this post already" in room.give("shift.sign_on", room.on("duty-1").id)["reason"]
    assert room.give("shift.sign_on", room.on("duty-1").id, post="duty-2")["reason"] == "post: the shift holds duty-1"


def test_a_shift_is_ended_by_its_person_or_a_commander_once() -> None:
    room = Room()
    room.give("shift.sign_on", post="duty-1")
    shift = room.on("duty-1")
    refused = room.give("shift.sign_off", shift.id, actor=OTHER)
    assert (refused["reason"], refused["by"]) == ("li holds this post", "li")
    assert room.give("shift.sign_off", shift.id, actor=BOSS, remarks="忘记签退")["accepted"]
    ended = room.desk.state.shifts[shift.id]
    assert (ended.state, ended.remarks, ended.ended.by) == (ShiftState.SIGNED_OFF, "忘记签退", "sun")
    assert "signed_off, by sun" in room.give("shift.sign_off", shift.id)["reason"]


def test_remarks_are_kept_in_order_and_never_changed() -> None:
    room = Room()
    room.give("shift.sign_on", post="duty-1")
    shift = room.on("duty-1")
    room.give("shift.note", shift.id, text="  G2 现场来电 ")
    room.give("shift.note", shift.id, text="已转消防")
    assert [line.message.render("zh") for line in room.on("duty-1").log] == ["G2 现场来电", "已转消防"]
    assert room.give("shift.note", shift.id, text=" ")["field"] == "text"
    assert "at most 2000" in room.give("shift.note", shift.id, text="x" * 2_001)["reason"]
    assert "no such incident" in room.give("shift.note", shift.id, text="x", incident="incident-9")["reason"]
    room.give("shift.sign_off", shift.id)
    assert "signed_off" in room.give("shift.note", shift.id, text="spät")["reason"]


def test_a_county_hands_over_only_what_is_its_own() -> None:
    room = Room()
    room.give("shift.sign_on", actor=COUNTY, post="duty-3")
    room.give("incident.open", kind="other", adcode="370102")
    room.give("incident.open", kind="other", adcode="370202")
    shift = room.on("duty-3")
    room.give("shift.sign_off", shift.id, actor=COUNTY)
    (owed,) = room.desk.state.shifts[shift.id].owed
    assert room.desk.state.incidents[owed].jurisdiction == "370102"


def test_the_hand_over_view_tells_what_changed_since_the_shift_began_and_what_is_owed_late_first() -> None:
    room = Room()
    room.give("incident.open", kind="other", adcode="370102")
    room.give("shift.sign_on", post="duty-1")
    room.fire("stop")
    alert = room.alert("stop")
    room.give("alert.acknowledge", alert.id)
    room.give("alert.shelve", alert.id, for_ms=3_600_000, reason="carrier called")
    shift = room.on("duty-1")
    room.give("shift.note", shift.id, text="一切正常")
    view = hand_over(room.on("duty-1"), room.held, at_ms=DAY + room.at)
    assert [(one.kind, one.message.render("zh")) for one in view.changed] == [
        ("alarm", "告警触发"),
        ("alarm", "告警签收"),
        ("remark", "一切正常"),
    ]
    assert [one.kind for one in view.owed] == ["shelf", "incident"]
    assert view.owed[0].due_ms == alert_shelf(room)
    assert view.counts["alarms"] == 1
    assert view.counts["incidents_opened"] == 0


def alert_shelf(room: Room) -> int:
    return room.alert("stop").shelf.until_ms


def test_a_shift_that_ended_leaves_memory_after_a_day() -> None:
    room = Room()
    room.give("shift.sign_on", post="duty-1")
    shift = room.on("duty-1")
    room.give("shift.sign_off", shift.id)
    room.reach(20 * 3_600_000)
    assert shift.id in room.desk.state.shifts
    room.reach(27 * 3_600_000)
    assert shift.id not in room.desk.state.shifts
