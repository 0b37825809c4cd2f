"""Incidents and their playbook runs, from alarm or telephone to closure and back."""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk.definitions import definitions_of
from ops_center.desk.incidents import nested
from ops_center.domain import command as kinds
from ops_center.domain.incident import Incident, IncidentState
from ops_center.domain.run import RunState, TaskState
from ops_center.domain.scales import Status
from playbooks.program import Program
from tests.desk.stage import BOOKS, DAY, FEEDS, LEAK, OTHER, STOP, Stage, command, compiled, event


def only(stage: Stage) -> Incident:
    (found,) = stage.desk.state.incidents.values()
    return found


def leaking() -> Stage:
    stage = Stage()
    facts = {"vehicle.plate": "测A0001", "cargo.un_number": "1017", "road.name": "G20 青银高速"}
    stage.play(event("firing", "leak", "a", 8 * 3_600_000, facts=facts), until=8 * 3_600_000 + 10_000)
    return stage


T = 8 * 3_600_000 + 10_000


def test_a_rule_with_an_incident_kind_opens_one_numbered_incident_and_suggests_its_playbook():
    stage = leaking()
    incident = only(stage)
    assert incident.number == "370102-20190811-001"
    assert (incident.kind, incident.jurisdiction) == ("hazmat_leak", "370102")
    assert incident.alerts == (stage.alert("leak").id,)
    assert stage.alert("leak").incident == incident.id
    assert incident.fields["cargo.un_number"] == "1017"
    (run,) = stage.desk.state.runs.values()
    assert (run.playbook, run.state, run.tasks) == ("hazmat-tanker-leak", RunState.SUGGESTED, ())


def test_a_second_occurrence_is_logged_in_the_open_incident_and_opens_no_other():
    stage = leaking()
    stage.play(event("resolved", "leak", "a", T), event("firing", "leak", "a", T + 1_000), until=T + 10_000)
    assert [entry.text.en for entry in only(stage).log] == ["Opened from an alarm", "Alarm again"]


def test_after_closing_a_new_occurrence_opens_a_new_incident_with_the_next_number():
    stage = leaking()
    stage.play(command(kinds.CLOSE, only(stage).id, T, disposition="transferred"), until=T + 10_000)
    stage.play(event("resolved", "leak", "a", T + 11_000), event("firing", "leak", "a", T + 12_000), until=T + 30_000)
    assert sorted(i.number for i in stage.desk.state.incidents.values()) == [
        "370102-20190811-001",
        "370102-20190811-002",
    ]


def test_numbers_count_by_jurisdiction_and_by_local_day():
    stage = Stage()
    evening = 24 * 3_600_000 - 5_000
    stage.reach(0)
    stage.tell(command(kinds.OPEN_INCIDENT, "", evening, kind="other", adcode="370102"))
    stage.tell(command(kinds.OPEN_INCIDENT, "", evening + 1, kind="other", adcode="370102"))
    stage.tell(command(kinds.OPEN_INCIDENT, "", evening + 2, kind="other", adcode="370202"))
    stage.tell(command(kinds.OPEN_INCIDENT, "", evening + 5_000, kind="other", adcode="370102"))
    stage.reach(evening + 20_000)
    assert sorted(i.number for i in stage.desk.state.incidents.values()) == [
        "370102-20190811-001",
        "370102-20190811-002",
        "370102-20190812-001",
        "370202-20190811-001",
    ]


def test_a_refused_intake_uses_no_number_up():
    stage = Stage()
    stage.play(command(kinds.OPEN_INCIDENT, "", 1_000, kind="other", lon="east"), until=10_000)
    assert stage.result["field"] == "lon"
    stage.play(command(kinds.OPEN_INCIDENT, "", 11_000, kind="other", lon="117.1", lat=36.6), until=20_000)
    assert only(stage).number == "370102-20190811-001"
    assert only(stage).place.lon_e7 == 1_171_000_000


def test_verify_then_verify_again_names_the_first():
    stage = leaking()
    incident = only(stage).id
    stage.tell(command(kinds.VERIFY, incident, T, fields={"leaking": True}))
    stage.tell(command(kinds.VERIFY, incident, T + 1, actor=OTHER))
    stage.reach(T + 10_000)
    assert only(stage).state is IncidentState.VERIFIED
    assert only(stage).fields["leaking"] is True
    assert stage.result["reason"] == "already verified by li"


def test_links_hold_both_ways_and_never_join_an_exercise_to_something_real():
    stage = leaking()
    incident = only(stage).id
    stage.tell(event("firing", "stop", "a", T))
    stage.tell(event("firing", "stop", "b", T, status=Status.EXERCISE))
    stage.reach(T + 10_000)
    real, drill = sorted((a for a in stage.desk.state.alerts.values() if a.rule == "stop"), key=lambda a: a.subject)
    stage.play(command(kinds.LINK, incident, T + 11_000, alert=drill.id), until=T + 20_000)
    assert stage.result["reason"] == "exercise and actual are never linked"
    stage.play(command(kinds.LINK, incident, T + 21_000, alert=real.id), until=T + 30_000)
    assert real.id in only(stage).alerts
    assert stage.desk.state.alerts[real.id].incident == incident
    stage.play(command(kinds.UNLINK, incident, T + 31_000, alert=real.id), until=T + 40_000)
    assert real.id not in only(stage).alerts
    assert stage.desk.state.alerts[real.id].incident == ""


def test_an_exercise_alarm_opens_an_exercise_incident_with_an_exercise_run():
    stage = Stage()
    stage.play(event("firing", "leak", "a", 0, status=Status.EXERCISE), until=10_000)
    (run,) = stage.desk.state.runs.values()
    assert (only(stage).status, run.status) == (Status.EXERCISE, Status.EXERCISE)
    stage.play(command(kinds.START_RUN, run.id, 11_000), until=20_000)
    (run,) = stage.desk.state.runs.values()
    assert {task.status for task in run.tasks} == {Status.EXERCISE}


def test_dismissed_needs_a_reason_and_reopening_is_explicit():
    stage = leaking()
    incident = only(stage).id
    stage.play(command(kinds.DISMISS, incident, T, reason=" "), until=T + 10_000)
    assert "reason" in stage.result["reason"]
    stage.play(command(kinds.DISMISS, incident, T + 11_000, reason="sensor fault"), until=T + 20_000)
    assert only(stage).state is IncidentState.DISMISSED
    stage.play(command(kinds.VERIFY, incident, T + 21_000), until=T + 30_000)
    assert stage.result["reason"] == "cannot be verified: it was dismissed by li"
    stage.play(command(kinds.REOPEN, incident, T + 31_000, reason="second call"), until=T + 40_000)
    assert only(stage).state is IncidentState.OPEN
    assert [entry.text.en for entry in only(stage).log][-1] == "Reopened: {reason}"


def test_an_alarm_without_incident_kind_is_opened_by_hand_once():
    stage = Stage()
    stage.play(event("firing", "stop", "a", 0), until=10_000)
    alert = stage.alert("stop").id
    assert stage.desk.state.incidents == {}
    stage.tell(command(kinds.OPEN_INCIDENT, alert, 11_000, kind="missing_tanker"))
    stage.tell(command(kinds.OPEN_INCIDENT, alert, 11_500, kind="missing_tanker", actor=OTHER))
    stage.reach(20_000)
    assert stage.result["reason"] == f"incident {only(stage).number} is open already"
    assert [run.playbook for run in stage.desk.state.runs.values()] == ["missing-tanker"]


def test_a_run_is_started_worked_and_its_deadline_escalates():
    stage = leaking()
    (run,) = stage.desk.state.runs.values()
    stage.play(command(kinds.START_RUN, run.id, T), until=T + 10_000)
    verify = next(t for t in stage.desk.state.runs[run.id].tasks if t.step == "verify")
    assert verify.state is TaskState.READY
    stage.reach(T + 120_000 + 2_001)
    verify = next(t for t in stage.desk.state.runs[run.id].tasks if t.step == "verify")
    assert (verify.late, verify.escalated_to) == (("acknowledge",), ("shift_leader",))
    done = command(kinds.TASK_DONE, verify.id, T + 130_000, answers={"leaking": "yes", "casualties": "0"})
    stage.play(done, until=T + 140_000)
    run_now = stage.desk.state.runs[run.id]
    steps = {t.step: t for t in run_now.tasks}
    assert steps["verify"].answers == {"leaking": True, "casualties": 0}
    assert steps["assess/tell/teams"].deliveries == (("hazmat_team", "intended"), ("fire_brigade", "intended"))
    assert steps["assess/tell/teams"].message.render("en").startswith("370102-20190811-001: tanker leak at G20")
    assert steps["assess/ambulances"].state is TaskState.SKIPPED
    sent = command(kinds.DELIVERY, steps["assess/tell/teams"].id, T + 141_000, recipient="hazmat_team", status="sent")
    stage.play(sent, until=T + 150_000)
    steps = {t.step: t for t in stage.desk.state.runs[run.id].tasks}
    assert steps["assess/tell/teams"].deliveries[0] == ("hazmat_team", "sent")


def test_a_task_of_a_playbook_nobody_started_is_refused_and_closing_stands_the_run_down():
    stage = leaking()
    (run,) = stage.desk.state.runs.values()
    stage.play(command(kinds.START_RUN, run.id, T), until=T + 10_000)
    stage.play(command(kinds.CLOSE, only(stage).id, T + 11_000, disposition="done"), until=T + 20_000)
    (run,) = stage.desk.state.runs.values()
    assert run.state is RunState.STOOD_DOWN
    assert run.finished_ms == DAY + T + 11_000
    assert {t.state for t in run.tasks} == {TaskState.CANCELLED}
    assert [e.text.en for e in only(stage).log][-2:] == ["Closed: {disposition}", "Playbook {playbook} stood down"]


def test_dotted_facts_become_nested_maps_and_a_map_wins_over_a_value():
    assert nested({"a": 1, "a.b": 2, "c.d.e": 3}) == {"a": {"b": 2}, "c": {"d": {"e": 3}}}


def test_a_rule_on_trial_opens_no_incident():
    trial = replace(LEAK, shadow=True)
    program = Program(version="t", rules=(compiled(trial), compiled(STOP)))
    stage = Stage(definitions=definitions_of(feeds=FEEDS, program=program, books=BOOKS))
    stage.play(event("firing", "leak", "a", 0), until=10_000)
    assert stage.alert("leak").shadow
    assert stage.desk.state.incidents == {}
