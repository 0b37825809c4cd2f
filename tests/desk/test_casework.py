"""What officers note of an incident: facts, claims, grades, responses, papers, parents, merging."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops_center.domain import command as kinds
from ops_center.domain.command import Actor
from ops_center.domain.incident import Incident, IncidentState
from ops_center.domain.scales import Role
from tests.desk.stage import DAY, OTHER, Stage, command, event

S = 1_000
CHIEF = Actor(name="zhao", post="chief", role=Role.COMMANDER, jurisdiction="370000")
SHA = "ab" * 32


class Case:
    """One incident by telephone, and commands one after another."""

    def __init__(self, kind: str = "hazmat_accident", **given: object) -> None:
        self.stage = Stage()
        self.at = 60 * S
        self.give(kinds.OPEN_INCIDENT, "", kind=kind, adcode="370102", reporter="driver", **given)
        (self.id,) = self.stage.desk.state.incidents

    def give(self, kind: str, target: str | None = None, /, *, by: Actor = CHIEF, **args: object) -> bool:
        self.at += 3 * S
        one = replace(command(kind, self.id if target is None else target, self.at, actor=by), args=args)
        self.stage.play(one, until=self.at + 3 * S)
        return bool(self.stage.result["accepted"])

    def wait(self, ms: int) -> None:
        self.at += ms
        self.stage.reach(self.at)

    @property
    def now(self) -> Incident:
        return self.stage.desk.state.incidents[self.id]

    @property
    def refused(self) -> tuple[str, str, int | None]:
        result = self.stage.result
        assert not result["accepted"]
        return result["reason"], result["by"], result["changed_ms"]


def test_the_callers_casualties_are_claims_and_the_remarks_the_first_line():
    case = Case(casualties={"deaths": 1, "trapped": 2}, remarks="tanker on its side")
    assert {(one.what, one.value, one.source) for one in case.now.claims} == {
        ("deaths", 1, "driver"),
        ("trapped", 2, "driver"),
    }
    assert [dict(entry.params) for entry in case.now.log] == [{}, {"words": "tanker on its side"}]


@pytest.mark.parametrize("casualties", [{"dead": 1}, {"deaths": -1}, {"deaths": "two"}, {"deaths": True}, [1]])
def test_casualties_that_cannot_be_counted_are_refused_with_their_field(casualties: object):
    stage = Stage()
    stage.play(command(kinds.OPEN_INCIDENT, "", 60 * S, kind="other", casualties=casualties), until=70 * S)
    assert stage.desk.state.incidents == {}
    assert stage.result["field"].startswith("casualties")


def test_two_officers_edit_one_fact_and_the_one_who_had_not_seen_the_other_is_refused():
    case = Case()
    seen = DAY + case.at
    assert case.give(kinds.UPDATE, reporter="police", seen_ms=seen)
    assert not case.give(kinds.UPDATE, by=OTHER, reporter="fire brigade", seen_ms=seen)
    reason, by, at_ms = case.refused
    assert (reason, by) == ("reporter was changed by zhao", "zhao")
    assert at_ms == case.now.edits["reporter"].at_ms
    assert case.now.reporter == "police"
    assert case.give(kinds.UPDATE, by=OTHER, fields={"people": 40}, seen_ms=seen)  # another fact
    assert case.now.fields["people"] == 40


def test_an_update_moves_the_place_and_its_jurisdiction_and_only_inside_the_officers_own():
    case = Case()
    county = Actor(name="sun", post="county", role=Role.COMMANDER, jurisdiction="370102")
    assert case.give(kinds.UPDATE, adcode="370202")
    assert (case.now.place.adcode, case.now.jurisdiction) == ("370202", "370202")
    assert not case.give(kinds.UPDATE, by=county, adcode="370302")
    assert case.stage.result["field"] == "place"


def test_a_grade_is_a_persons_and_earlier_ones_stay():
    case = Case(casualties={"deaths": 3})
    assert case.now.grade is None
    assert case.give(kinds.GRADE, grade="IV", reason="two confirmed")
    assert case.give(kinds.GRADE, grade="III", reason="three confirmed")
    assert [one.grade for one in case.now.grades] == ["IV", "III"]
    assert not case.give(kinds.GRADE, by=replace(CHIEF, name="qian"), grade="III", reason="same")
    assert case.refused[1] == "zhao"
    assert not case.give(kinds.GRADE, grade="V", reason="x")
    assert case.stage.result["field"] == "grade"


def test_several_responses_run_at_once_and_another_level_replaces_its_own():
    case = Case()
    assert case.give(kinds.RESPOND, level="IV", jurisdiction="370102")
    assert case.give(kinds.RESPOND, level="III", jurisdiction="370000")
    assert case.give(kinds.RESPOND, level="III", jurisdiction="370102")
    running = {(one.jurisdiction, one.level) for one in case.now.responses if one.ended is None}
    assert running == {("370102", "III"), ("370000", "III")}
    assert len(case.now.responses) == 3
    assert not case.give(kinds.RESPOND, level="III", jurisdiction="370102")
    assert not case.give(kinds.RESPOND, level="III", jurisdiction="320000")
    assert case.stage.result["field"] == "jurisdiction"


def test_closing_waits_for_responses_and_for_reports_that_are_owed():
    case = Case()
    assert case.give(kinds.RESPOND, level="IV")
    assert not case.give(kinds.CLOSE, disposition="done")
    assert case.refused[:2] == ("the level IV response of 370000 has not ended", "zhao")
    assert not case.give(kinds.DISMISS, reason="false")
    assert case.give(kinds.END_RESPONSE)
    assert not case.give(kinds.END_RESPONSE)
    assert case.refused[1] == "zhao"
    assert not case.give(kinds.CLOSE, disposition="done")
    assert case.refused[0] == "the first report is owed"
    assert case.give(kinds.REPORT, report="first", text="...", reported_to="city")
    assert case.give(kinds.CLOSE, disposition="done")
    assert case.now.state is IncidentState.CLOSED
    assert case.give(kinds.NOTE, text="file goes to the archive")
    assert case.give(kinds.REPORT, report="final", text="...", reported_to="city")


def test_the_first_report_falls_due_two_hours_after_the_call_and_late_is_a_fact():
    case = Case()
    (owed,) = case.now.reports
    assert owed.due_ms == case.now.opened_ms + 2 * 3_600_000
    assert "第十一条" in owed.basis.zh
    case.wait(2 * 3_600_000 - 20 * S)
    assert not case.now.reports[0].late
    case.wait(30 * S)
    assert case.now.reports[0].late
    assert case.now.log[-1].text.en == "First report is late"
    assert case.give(kinds.REPORT, report="first", text="sent at last", reported_to="city", receipt="no. 7")
    (sent,) = case.now.reports
    assert (sent.late, sent.receipt, sent.sent.by) == (True, "no. 7", "zhao")
    assert not case.give(kinds.REPORT, by=OTHER, report="first", text="again", reported_to="city")
    assert case.refused[1] == "zhao"


def test_an_alarms_incident_owes_its_report_from_when_a_person_verified_it():
    stage = Stage()
    stage.play(event("firing", "leak", "a", 60 * S), until=70 * S)
    (incident,) = stage.desk.state.incidents.values()
    assert incident.reports == ()
    stage.play(command(kinds.VERIFY, incident.id, 600 * S), until=610 * S)
    (owed,) = stage.desk.state.incidents[incident.id].reports
    assert owed.due_ms == DAY + 600 * S + 2 * 3_600_000


def test_kinds_without_a_law_owe_nothing():
    assert Case(kind="congestion").now.reports == ()


def test_changed_casualties_after_the_first_report_owe_a_follow_up_for_seven_days_on_a_road():
    case = Case()
    assert case.give(kinds.STATE_CLAIM, what="deaths", value=1, source="fire brigade")
    assert len(case.now.reports) == 1
    assert case.give(kinds.REPORT, report="first", text="one dead", reported_to="city")
    assert case.give(kinds.STATE_CLAIM, what="deaths", value=2, source="fire brigade")
    assert case.give(kinds.STATE_CLAIM, what="deaths", value=3, source="hospital")
    assert [(one.kind, one.number, one.due_ms) for one in case.now.reports[1:]] == [("follow_up", 1, None)]
    assert case.give(kinds.REPORT, report="follow_up", text="three dead", reported_to="city")
    assert case.give(kinds.STATE_CLAIM, what="evacuated", value=30, source="police")
    assert len(case.now.reports) == 2
    case.wait(7 * 24 * 3_600_000)
    assert case.give(kinds.STATE_CLAIM, what="deaths", value=4, source="hospital")
    assert len(case.now.reports) == 2


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"what": "sheep", "value": 1, "source": "x"}, "what"),
        ({"what": "deaths", "value": -1, "source": "x"}, "value"),
        ({"what": "deaths", "value": 1.5, "source": "x"}, "value"),
        ({"what": "deaths", "value": True, "source": "x"}, "value"),
        ({"what": "deaths", "value": 1, "source": " "}, "source"),
        ({"what": "deaths", "source": "x"}, "value"),
    ],
)
def test_a_claim_that_cannot_be_is_refused_with_its_field(args: dict[str, object], field: str):
    case = Case()
    before = case.now
    assert not case.give(kinds.STATE_CLAIM, **args)
    assert case.stage.result["field"] == field
    assert case.now == before


def test_an_attachment_is_kept_by_its_hash_once():
    case = Case()
    paper = {"sha256": SHA, "name": "scene.jpg", "media_type": "image/jpeg", "size": 20_000}
    assert case.give(kinds.ATTACH, **paper)
    assert not case.give(kinds.ATTACH, by=OTHER, **paper)
    assert case.refused[1] == "zhao"
    assert not case.give(kinds.ATTACH, **{**paper, "sha256": "xyz"})
    assert [one.name for one in case.now.attachments] == ["scene.jpg"]


def another(case: Case, **given: object) -> str:
    before = set(case.stage.desk.state.incidents)
    given = {"kind": "hazmat_accident", "adcode": "370102", **given}
    assert case.give(kinds.OPEN_INCIDENT, "", **given)
    (new,) = set(case.stage.desk.state.incidents) - before
    return new


def test_parents_make_no_circle():
    case = Case(kind="typhoon")
    child = another(case)
    grandchild = another(case)
    assert case.give(kinds.SET_PARENT, child, parent=case.id)
    assert case.give(kinds.SET_PARENT, grandchild, parent=child)
    assert not case.give(kinds.SET_PARENT, case.id, parent=grandchild)
    assert case.stage.result["field"] == "parent"
    assert not case.give(kinds.SET_PARENT, case.id, parent=case.id)
    assert not case.give(kinds.SET_PARENT, case.id, parent="incident-none")
    assert case.give(kinds.SET_PARENT, child, parent="")
    assert case.stage.desk.state.incidents[child].parent == ""


def test_merging_takes_everything_along_and_the_other_points_to_where_it_went():
    case = Case(casualties={"deaths": 1}, remarks="first call")
    other = another(case, casualties={"deaths": 2}, reporter="police", remarks="second call")
    child = another(case, parent=other)
    case.stage.play(event("firing", "leak", "a", case.at + S), until=case.at + 4 * S)
    alert = case.stage.alert("leak").id
    leak = case.stage.alert("leak").incident
    (run,) = [one.id for one in case.stage.desk.state.runs.values() if one.incident == leak]
    case.at += 3 * S
    assert case.give(kinds.START_RUN, run)
    assert case.give(kinds.RESPOND, leak, level="III")
    assert case.give(kinds.MERGE, leak, into=other)
    assert case.give(kinds.MERGE, other, into=case.id)
    state = case.stage.desk.state
    assert (state.incidents[other].state, state.incidents[other].merged_into) == (IncidentState.MERGED, case.id)
    assert state.incidents[child].parent == case.id
    assert state.alerts[alert].incident == case.id
    assert case.now.alerts == (alert,)
    assert state.runs[run].incident == case.id
    assert state.runs[run].state == "running"
    assert {(one.value, one.source) for one in case.now.claims} == {(1, "driver"), (2, "police")}
    said = [entry.params.get("words") for entry in case.now.log]
    assert {"first call", "second call"} <= set(said)
    assert [one.level for one in case.now.responses if one.ended is None] == ["III"]
    assert len(case.now.reports) == 1  # both owed their first; one is owed now
    assert not case.give(kinds.MERGE, other, into=case.id)
    assert case.refused[1] == "zhao"
    assert not case.give(kinds.MERGE, case.id, into=other)
    assert not case.give(kinds.MERGE, case.id, into=case.id)


def test_who_commands_is_set_with_a_reason_and_only_to_a_level_there_is():
    case = Case()
    assert case.give(kinds.COMMAND_LEVEL, level="city", reason="grade III")
    assert case.now.command_level == "city"
    assert not case.give(kinds.COMMAND_LEVEL, by=replace(CHIEF, name="qian"), level="city", reason="same")
    assert case.refused[1] == "zhao"
    assert not case.give(kinds.COMMAND_LEVEL, level="village", reason="x")
    assert case.stage.result["field"] == "level"


def test_a_dismissed_incident_owes_no_report_and_a_reopened_one_does_again():
    case = Case()
    assert case.give(kinds.DISMISS, reason="hoax")
    assert case.now.reports == ()
    assert case.give(kinds.REOPEN, reason="second call")
    (owed,) = case.now.reports
    assert owed.due_ms == DAY + case.at + 2 * 3_600_000
