"""A feed that is silent is one alarm; the silence of its subjects calls only when it outlasts the feed's."""

from __future__ import annotations

from ops_center.desk.definitions import definitions_of
from ops_center.domain.alert import Condition, SuppressionReason
from ops_center.domain.scales import AlertClass
from playbooks.program import Program
from tests.desk.stage import BOOKS, DAY, FEEDS, KINDS, Stage, command, compiled, event, rule

MIN = 60_000
GONE = rule("gone", absent_for_ms=10 * MIN, incident_kind="hazmat_leak")
CONTENT = definitions_of(feeds=FEEDS, program=Program(version="v1", rules=(compiled(GONE),)), books=BOOKS, kinds=KINDS)


def outage(stage: Stage) -> None:
    """The feed falls silent at 0 for 15 minutes, all its vehicles with it; from then on only `back` is heard."""
    stage.reach(0, feeds={"gps": (0, 0)})
    stage.reach(2 * MIN)
    for vehicle in ("back", "gone", *(f"v{n}" for n in range(50))):
        stage.tell(event("firing", "gone", vehicle, 10 * MIN))
    stage.reach(11 * MIN)


def speaking(stage: Stage, *, until: int) -> None:
    stage.tell(event("resolved", "gone", "back", 15 * MIN))
    for at in range(15 * MIN, until + 1, MIN // 2):
        stage.reach(at, feeds={"gps": (at - 1_000, at)})


def calling(stage: Stage) -> list[str]:
    return sorted(
        alert.rule if alert.rule == "feed-silent" else alert.subject
        for alert in stage.desk.state.alerts.values()
        if alert.alert_class is AlertClass.ALARM and alert.last.condition is Condition.FIRING and not alert.put_aside
    )


def test_while_a_feed_is_silent_its_alarm_alone_calls_and_no_incident_is_opened() -> None:
    stage = Stage(definitions=CONTENT)
    outage(stage)
    assert len(stage.desk.state.alerts) == 53
    assert calling(stage) == ["feed-silent"]
    assert not stage.desk.state.incidents
    held = next(one for one in stage.desk.state.alerts.values() if one.subject == "gone")
    assert held.suppressed == (SuppressionReason.FEED_SILENT,)


def test_who_is_silent_a_whole_time_after_the_feed_spoke_again_calls_then() -> None:
    stage = Stage(definitions=CONTENT)
    outage(stage)
    for n in range(50):
        stage.tell(event("resolved", "gone", f"v{n}", 15 * MIN + n * 100))
    speaking(stage, until=24 * MIN)
    assert calling(stage) == []
    for at in (24 * MIN + 30_000, 25 * MIN, 26 * MIN):
        stage.reach(at, feeds={"gps": (at - 1_000, at)})
    assert calling(stage) == ["gone"]
    (incident,) = stage.desk.state.incidents.values()
    assert incident.opened_ms == DAY + 25 * MIN - 1_000
    assert not [one for one in stage.desk.state.alerts.values() if one.suppressions]


def test_a_feed_that_falls_silent_again_meanwhile_stays_the_one_alarm() -> None:
    stage = Stage(definitions=CONTENT)
    outage(stage)
    speaking(stage, until=16 * MIN)
    for at in range(17 * MIN, 30 * MIN, MIN):
        stage.reach(at)
    assert calling(stage) == ["feed-silent"]


def test_a_silence_while_others_of_the_feed_are_heard_calls_at_once() -> None:
    stage = Stage(definitions=CONTENT)
    for at in range(0, 11 * MIN, MIN // 2):
        stage.reach(at, feeds={"gps": (at, at)})
    stage.tell(event("firing", "gone", "one", 10 * MIN + 40_000))
    stage.reach(11 * MIN, feeds={"gps": (11 * MIN, 11 * MIN)})
    stage.reach(12 * MIN, feeds={"gps": (12 * MIN, 12 * MIN)})
    assert calling(stage) == ["one"]


def test_a_person_cannot_say_that_the_feed_is_silent() -> None:
    stage = Stage(definitions=CONTENT)
    stage.reach(0, feeds={"gps": (0, 0)})
    stage.tell(event("firing", "gone", "one", 10_000))
    stage.reach(20_000, feeds={"gps": (20_000, 20_000)})
    target = stage.alert("gone").id
    stage.tell(command("alert.suppress", target, 21_000, reason="feed_silent"))
    stage.reach(40_000, feeds={"gps": (40_000, 40_000)})
    (result,) = [one for one in stage.desk.state.results if one["target"] == target]
    assert (result["accepted"], result["field"]) == (False, "reason")


def test_a_desk_taken_up_from_a_snapshot_meanwhile_comes_to_the_same() -> None:
    whole, cut = Stage(definitions=CONTENT), Stage(definitions=CONTENT)
    for stage in (whole, cut):
        outage(stage)
        if stage is cut:
            kept = stage.desk.snapshot()
            stage.desk = stage.new_desk()
            stage.desk.restore(kept)
        speaking(stage, until=30 * MIN)
    assert "gone" in calling(cut)
    assert cut.desk.state.alerts == whole.desk.state.alerts
