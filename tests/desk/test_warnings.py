"""Warnings to the public: drafted, approved by enough different people, published, updated, cancelled, expired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops_center.content import built_in, load_tree
from ops_center.desk.drafting import draft_warning
from ops_center.domain.alert import Mark
from ops_center.domain.command import Actor
from ops_center.domain.scales import Role, Status
from ops_center.domain.warning import PublicWarning, WarningAction, WarningState, delivery_intent
from playbooks.warning_template import load_templates
from tests.desk.stage import CONTENT, DAY, OFFICER, SLACK_MS, Stage, command

TEMPLATES = load_templates(load_tree([built_in()])[0])[0]
WITH_TEMPLATES = replace(CONTENT, warnings=TEMPLATES)
SUN = Actor(name="sun", post="desk-1", role=Role.COMMANDER, jurisdiction="370000")
ZHAO = Actor(name="zhao", post="desk-3", role=Role.COMMANDER, jurisdiction="370000")
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[117.0, 36.0], [117.1, 36.0], [117.1, 36.1], [117.0, 36.1], [117.0, 36.0]]],
}
ISSUER = {"zh": "省应急指挥中心", "en": "Provincial emergency centre"}


class Case(Stage):
    """A stage with one incident, and a clock that moves with every command."""

    def __init__(self, **place: Any) -> None:
        super().__init__(definitions=WITH_TEMPLATES)
        where = {"lon": 117.05, "lat": 36.05, "adcode": "370102", "text": "经十路某处", **place}
        self.at = 1_000
        self.play(command("incident.open", "", self.at, kind="other", **where), until=self.at + SLACK_MS + 1)
        (self.incident,) = self.desk.state.incidents
        self.sent = 0

    def give(self, verb: str, target: str = "", *, actor: Actor = OFFICER, **args: Any) -> Any:
        """Give a command a second after the last; return its result."""
        self.at += SLACK_MS + 1_000
        self.sent += 1
        told = command(verb, target or self.warning.id, self.at, actor=actor, name=f"c{self.sent}", **args)
        self.play(told, until=self.at + SLACK_MS + 1)
        return self.result

    def draft(self, **args: Any) -> Any:
        return self.give("warning.draft", self.incident, **{"template": "hazmat_leak", "colour": "yellow", **args})

    @property
    def warning(self) -> PublicWarning:
        (found,) = self.desk.state.warnings.values()
        return found

    def published(self, **args: Any) -> PublicWarning:
        assert self.draft(**args)["accepted"]
        self.give("warning.approve", actor=SUN, edits=0)
        assert self.give("warning.publish", issuer=ISSUER)["accepted"]
        return self.warning


def test_a_draft_says_what_the_law_asks_for_in_both_languages():
    case = Case()
    assert case.draft()["accepted"]
    last = case.warning.last
    assert last.state is WarningState.DRAFT
    assert last.headline.zh == "经十路某处危险化学品泄漏黄色预警"
    assert last.headline.en == "Yellow warning: hazardous materials release at 经十路某处"
    assert "8月11日00时00分起" in last.description.zh
    assert "事发地周边1公里（市南区）" in last.description.zh
    assert "In force until 06:00 on 11 August" in last.description.en
    assert last.expires_ms - last.onset_ms == 6 * 3_600_000
    assert [measure.law[-7:] for measure in last.measures] == ["六十六条第二项", "六十六条第五项"]
    assert last.adcodes == ("370202",)
    assert len(last.area["coordinates"][0]) == 49


def test_red_calls_for_measures_of_article_67_and_two_people():
    case = Case()
    case.draft(colour="red")
    assert case.warning.approvals_needed == 2
    assert any("第六十七条第六项" in measure.law for measure in case.warning.last.measures)


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({"template": "flood"}, "template: no 'flood'"),
        ({"colour": "green"}, "colour: 'green' is none of"),
        ({"colour": None}, "colour: is needed"),
        ({"template": "road_closure", "colour": "red"}, "colour: road_closure has no red"),
        ({"buffer_m": 10}, "buffer_m: 10 is not between"),
        ({"buffer_m": True}, "buffer_m: True is no number"),
        ({"buffer_m": 1000, "adcodes": ["370102"]}, "buffer_m: give one of"),
        ({"adcodes": ["999999"]}, "adcodes: '999999' is no administrative unit"),
        ({"adcodes": "370102"}, "adcodes: a list"),
        ({"area": {"type": "Point", "coordinates": [1, 2]}}, "area: 'Point' is no Polygon"),
        ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}, "crosses itself"),
        ({"area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0]]]}}, "not closed"),
        (
            {"area": {"type": "Polygon", "coordinates": [[[36, 117], [36, 118], [37, 118], [36, 117]]]}},
            "outside the Earth",
        ),
        ({"onset_ms": "soon"}, "onset_ms: 'soon'"),
        ({"texts": {"headline": {"zh": "只有中文"}}}, "texts.headline: zh and en"),
        ({"texts": {"title": {"zh": "a", "en": "b"}}}, "texts.title: unknown"),
        ({"texts": {"headline": {"zh": "响\x07铃", "en": "bell"}}}, "texts.headline.zh: holds a control character"),
    ],
)
def test_a_wrong_draft_is_refused_with_field_and_reason_and_leaves_nothing(args: dict[str, Any], reason: str):
    case = Case()
    result = case.draft(**args)
    assert not result["accepted"]
    assert reason in result["reason"]
    assert not case.desk.state.warnings


def test_holes_are_dropped_so_that_nobody_inside_goes_unwarned():
    case = Case()
    hole = [[117.02, 36.02], [117.04, 36.02], [117.04, 36.04], [117.02, 36.02]]
    case.draft(area={"type": "Polygon", "coordinates": [SQUARE["coordinates"][0], hole]})
    assert case.warning.last.area == SQUARE


def test_whole_units_are_said_by_their_codes_alone():
    case = Case()
    case.draft(adcodes=["370100"])
    assert case.warning.last.area is None
    assert case.warning.last.adcodes == ("370100",)
    assert case.warning.last.area_text.zh == "历下区"


def test_a_text_that_could_not_be_filled_is_shown_and_keeps_it_from_being_approved():
    case = Case(text="")
    case.draft(
        template="typhoon", colour="blue", texts={"instruction": {"zh": "带好{incident.fields.mask}", "en": "x"}}
    )
    result = case.give("warning.approve", actor=SUN, edits=0)
    assert result["reason"] == "instruction.zh: {incident.fields.mask} is still to be filled"
    case.give("warning.edit", texts={"instruction": {"zh": "带好口罩", "en": "Wear a mask"}})
    assert case.give("warning.approve", actor=SUN, edits=1)["accepted"]


def test_texts_follow_an_edit_of_the_colour_but_not_where_a_person_wrote_them():
    case = Case()
    case.draft(texts={"instruction": {"zh": "待在室内", "en": "Stay in"}})
    assert case.give("warning.edit", colour="orange", for_ms=3_600_000)["accepted"]
    last = case.warning.last
    assert "橙色预警" in last.headline.zh
    assert last.instruction.zh == "待在室内"
    assert case.warning.approvals_needed == 2
    assert any("第六十七条" in measure.law for measure in last.measures)
    assert last.edits == 1


def test_an_edit_that_changes_nothing_is_told():
    case = Case()
    case.draft()
    assert case.give("warning.edit")["reason"] == "nothing would change"


def test_nobody_approves_what_they_have_not_read():
    case = Case()
    case.draft()
    case.give("warning.edit", colour="blue")
    result = case.give("warning.approve", actor=SUN, edits=0)
    assert (result["accepted"], result["by"]) == (False, OFFICER.name)
    assert "was changed by li: read it again" in result["reason"]
    assert "edits: say which" in case.give("warning.approve", actor=SUN)["reason"]


def test_an_edit_takes_back_the_approvals():
    case = Case()
    case.draft()
    case.give("warning.approve", actor=SUN, edits=0)
    assert case.warning.last.state is WarningState.APPROVED
    case.give("warning.edit", colour="blue")
    assert case.warning.last.state is WarningState.DRAFT
    assert case.warning.last.approvals == ()


def test_two_different_people_approve_a_red_warning_and_the_drafter_alone_never_does():
    case = Case()
    drafter = replace(SUN, name="drafter")
    case.give("warning.draft", case.incident, actor=drafter, template="hazmat_leak", colour="red")
    case.give("warning.approve", actor=drafter, edits=0)
    again = case.give("warning.approve", actor=drafter, edits=0)
    assert again["reason"] == "drafter has approved it already; another person must"
    refused = case.give("warning.publish")
    assert "1 more approval(s) needed" in refused["reason"]
    case.give("warning.approve", actor=ZHAO, edits=0)
    assert case.give("warning.publish", issuer=ISSUER)["accepted"]
    assert [mark.by for mark in case.warning.last.approvals] == ["drafter", "zhao"]


def test_only_the_role_the_template_names_approves():
    case = Case()
    case.draft()
    assert "a commander approves this warning" in case.give("warning.approve", edits=0)["reason"]
    other = Case()
    other.draft(template="road_closure", colour="blue")
    assert other.give("warning.approve", edits=0)["accepted"]


def test_publishing_gives_the_message_its_identity_and_says_who_is_told_before_anybody_is():
    case = Case()
    last = case.published().last
    assert last.state is WarningState.PUBLISHED
    assert last.action is WarningAction.ALERT
    assert last.issuer.zh == "省应急指挥中心"
    assert last.sender == "370000.ops-center"
    assert last.identifier == f"370000.ops-center.{case.warning.id[8:24]}.1"
    assert last.sent == "2019-08-11T00:00:10+08:00"
    assert last.references == ""
    assert last.deliveries == (("broadcasters", "intended"), ("schools", "intended"), ("health_commission", "intended"))


def test_an_update_supersedes_and_names_what_it_replaces_and_rewrites_nothing():
    case = Case()
    first = case.published().last
    assert case.give("warning.update", colour="blue")["accepted"]
    assert case.warning.in_force == first
    case.give("warning.approve", actor=SUN, edits=1)
    case.give("warning.publish", issuer=ISSUER)
    old, new = case.warning.revisions
    assert (old.state, new.state, new.action) == (WarningState.SUPERSEDED, WarningState.PUBLISHED, WarningAction.UPDATE)
    assert replace(old, state=first.state, ended=None) == first
    assert new.references == f"{first.sender},{first.identifier},{first.sent}"
    assert new.identifier.endswith(".2")
    assert case.warning.in_force == new


def test_a_cancellation_is_a_revision_of_its_own_and_gives_a_draft_beside_it_up():
    case = Case()
    first = case.published().last
    case.give("warning.update", colour="blue")
    assert "reason: is needed" in case.give("warning.cancel", actor=SUN)["reason"]
    assert case.give("warning.cancel", actor=SUN, reason="泄漏已堵住", issuer=ISSUER)["accepted"]
    old, draft, notice = case.warning.revisions
    assert (old.state, draft.state) == (WarningState.CANCELLED, WarningState.DISCARDED)
    assert (notice.state, notice.action) == (WarningState.CANCELLED, WarningAction.CANCEL)
    assert notice.references == f"{first.sender},{first.identifier},{first.sent}"
    assert notice.headline.zh == "解除：" + first.headline.zh
    assert case.warning.in_force is None
    again = case.give("warning.cancel", actor=SUN, reason="x")
    assert again["reason"] == "nothing is in force that could be cancelled"


def test_a_warning_expires_by_itself_at_its_time():
    case = Case()
    case.published(for_ms=60_000)
    case.reach(case.warning.last.expires_ms - DAY)
    assert case.warning.in_force is not None
    case.reach(case.warning.last.expires_ms - DAY + 3_000)
    assert case.warning.last.state is WarningState.EXPIRED
    case.at = case.warning.last.expires_ms - DAY + 3_000
    assert "nothing is in force" in case.give("warning.update")["reason"]


def test_what_runs_out_before_it_is_approved_is_never_published():
    case = Case()
    case.draft(for_ms=6_000)
    case.give("warning.approve", actor=SUN, edits=0)
    case.reach(60_000)
    case.at = 60_000
    assert "expires_ms" in case.give("warning.publish")["reason"]


def test_a_warning_outside_the_authoritys_own_area_is_refused_naming_the_unit():
    case = Case()
    case.draft()  # the area touches 370202
    jinan = replace(SUN, jurisdiction="370100")
    result = case.give("warning.approve", actor=jinan, edits=0)
    assert result["reason"] == "adcodes: 370202 lies outside 370100; a wider authority must warn there"


def test_the_second_of_two_is_told_who_came_first():
    case = Case()
    case.published()
    result = case.give("warning.publish", actor=ZHAO)
    assert (result["by"], result["changed_ms"]) == ("li", case.warning.last.published.at_ms)
    assert "was published by li" in result["reason"]


def test_a_delivery_goes_up_and_never_back_and_a_receipt_by_telephone_counts():
    case = Case()
    case.published()
    to = {"recipient": "schools", "revision": 1}
    case.give("notify.delivery", status="failed", **to)
    case.give("notify.delivery", status="sent", **to)
    case.give("notify.receipt", **to)
    case.give("notify.delivery", status="delivered", **to)
    assert dict(case.warning.last.deliveries)["schools"] == "receipted"
    assert "is no recipient" in case.give("notify.receipt", recipient="moon")["reason"]
    assert delivery_intent(case.warning.id, 1, "schools") != delivery_intent(case.warning.id, 2, "schools")


def test_a_playbook_drafts_one_warning_per_task_however_often_it_asks():
    case = Case()
    ledger = case.desk._ledger
    incident = case.desk.state.incidents[case.incident]
    args = {"template": "hazmat_leak", "colour": "red"}
    system = Mark(by="system", post="system", at_ms=DAY + 9_000)
    one = draft_warning(ledger, incident, args, system, cause="task-1", task="task-1")
    two = draft_warning(ledger, incident, args, system, cause="task-1", task="task-1")
    assert one == two
    assert one.task == "task-1"
    assert len(case.desk.state.warnings) == 1


def test_the_incident_log_tells_the_story_of_its_warning():
    case = Case()
    case.published()
    case.give("warning.cancel", actor=SUN, reason="解除")
    said = [line.text.zh for line in case.desk.state.incidents[case.incident].log]
    assert [text.split("：")[0] for text in said[-4:]] == ["预警草拟", "预警审批", "预警发布", "预警发布"]


def test_the_status_of_the_incident_is_the_warnings():
    case = Case()
    case.draft()
    assert case.warning.status is Status.ACTUAL
    assert case.warning.jurisdiction == "370102"
