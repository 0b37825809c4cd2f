"""Rules that count subjects within a window, and rules over hazards."""

from __future__ import annotations

from ops_center.domain.alert import Condition
from ops_center.domain.world import WorldChange
from ops_center.ports import DEAD, WORLD
from tests.desk.stage import DAY, LEAD_MS, Stage, event, hazard

G20 = (("road", "G20"),)


def fact(subject: str, at: int, **given: object):
    return event("fact", "jam", subject, at, group=G20, **given)


def changes(stage: Stage) -> list[WorldChange]:
    return [one for one in stage.read(WORLD) if isinstance(one, WorldChange)]


def test_three_subjects_within_a_minute_fire_and_one_subject_three_times_does_not():
    stage = Stage()
    stage.play(fact("a", 1_000), fact("a", 2_000), fact("a", 3_000), until=10_000)
    assert stage.desk.state.alerts == {}
    stage.play(fact("b", 11_000), fact("c", 61_000), until=70_000)
    alert = stage.alert("jam")
    assert alert.last.started_ms == DAY + 61_000
    assert alert.last.why["subjects"] == ["a", "b", "c"]


def test_a_match_counts_up_to_the_window_and_not_a_millisecond_longer():
    stage = Stage()
    stage.play(fact("a", 1_000), fact("b", 2_000), fact("c", 61_001), until=70_000)
    assert [a.rule for a in stage.desk.state.alerts.values() if a.rule == "jam"] == []


def test_the_alert_resolves_when_matches_leave_the_window():
    stage = Stage()
    stage.play(fact("a", 1_000), fact("b", 2_000), fact("c", 3_000), until=10_000)
    stage.reach(90_000)
    last = stage.alert("jam").last
    assert (last.condition, last.resolved_ms) == (Condition.RESOLVED, DAY + 61_001)


def test_a_match_that_goes_on_counts_until_its_end():
    stage = Stage()
    for n, subject in enumerate("abc"):
        stage.tell(event("firing", "jam", subject, 1_000 + n, group=G20))
    stage.reach(500_000)
    assert stage.alert("jam").last.condition is Condition.FIRING
    stage.play(event("resolved", "jam", "a", 510_000, group=G20), until=600_000)
    assert stage.alert("jam").last.resolved_ms == DAY + 570_001


def quake(at: int, magnitude: float, **given: object):
    return hazard(at, fields={"magnitude": magnitude}, lon_e7=1_170_000_000, lat_e7=366_000_000, **given)


def test_a_quake_near_a_hazard_source_fires_once_over_its_revisions():
    stage = Stage()
    stage.play(quake(1_000, 5.6), until=10_000)
    alert = stage.alert("quake-near-hazard-source")
    assert alert.message.render("en") == "M5.6 near 储罐区"
    stage.play(quake(20_000, 5.8), until=30_000)
    assert len(stage.alert("quake-near-hazard-source").occurrences) == 1
    assert [r.fields["magnitude"] for r in stage.desk.state.hazards["quake-1"]] == [5.6, 5.8]


def test_a_revision_below_the_threshold_resolves_and_a_cancellation_too():
    stage = Stage()
    stage.play(quake(1_000, 5.6), until=10_000)
    stage.play(quake(20_000, 4.2), until=30_000)
    assert stage.alert("quake-near-hazard-source").last.resolution == "cleared"
    stage.play(quake(40_000, 5.2), until=50_000)
    stage.play(quake(60_000, 5.2, action="cancel"), until=70_000)
    assert stage.alert("quake-near-hazard-source").last.condition is Condition.RESOLVED
    assert stage.desk.state.zones == {}


def test_an_older_revision_that_comes_late_is_kept_and_changes_nothing():
    stage = Stage()
    stage.play(quake(20_000, 5.6), until=30_000)
    stage.play(quake(40_000, 3.0, issued_ms=DAY + 10_000, revision="older"), until=50_000)
    assert stage.alert("quake-near-hazard-source").last.condition is Condition.FIRING
    assert [r.revision for r in stage.desk.state.hazards["quake-1"]] == ["older", "r20000"]


def test_a_warning_alarms_each_county_its_codes_cover_and_ends_at_its_expiry():
    stage = Stage()
    warning = hazard(1_000, id="w1", kind="warning", colour="orange", adcodes=("370000",), expires_ms=DAY + 600_000)
    stage.play(warning, until=10_000)
    counties = sorted(dict(a.group)["county"] for a in stage.desk.state.alerts.values() if a.rule == "warning-county")
    assert counties == ["370102", "370202"]
    assert {a.jurisdiction for a in stage.desk.state.alerts.values() if a.rule == "warning-county"} == set(counties)
    stage.reach(700_000)
    ended = {
        (a.last.resolution, a.last.resolved_ms) for a in stage.desk.state.alerts.values() if a.rule != "feed-silent"
    }
    assert ended == {("expired", DAY + 600_000)}
    put, removed = changes(stage)
    assert (put.layer, put.key, put.at_ms) == ("warnings", "w1", DAY + 1_000 + LEAD_MS)
    assert put.body is not None
    assert put.body["adcodes"] == ["370000"]
    assert (removed.body, removed.at_ms) == (None, DAY + 600_000)


def test_a_warning_for_another_province_is_nobodys_alarm_here():
    stage = Stage()
    stage.play(hazard(1_000, id="w2", kind="warning", colour="red", adcodes=("110000",)), until=10_000)
    assert stage.desk.state.alerts == {}
    assert set(stage.desk.state.hazards) == {"w2"}


def test_an_extended_warning_does_not_end_at_its_first_expiry():
    stage = Stage()
    first = hazard(1_000, id="w1", kind="warning", colour="red", adcodes=("370102",), expires_ms=DAY + 60_000)
    longer = hazard(30_000, id="w1", kind="warning", colour="red", adcodes=("370102",), expires_ms=DAY + 900_000)
    stage.play(first, until=10_000)
    stage.play(longer, until=40_000)
    stage.reach(200_000)
    assert stage.alert("warning-county").last.condition is Condition.FIRING
    assert set(stage.desk.state.zones) == {"warnings/w1"}


def test_a_quake_that_was_over_before_it_was_heard_of_is_history_and_nobodys_alarm():
    stage = Stage()
    stage.play(quake(1_000, 6.4, issued_ms=DAY - 7 * 3_600_000), until=10_000)
    assert stage.desk.state.alerts == {}
    assert changes(stage) == []
    assert set(stage.desk.state.hazards) == {"quake-1"}


def test_a_warning_that_states_no_end_leaves_the_map_after_a_day():
    stage = Stage()
    stage.play(hazard(1_000, id="w1", kind="warning", colour="red", adcodes=("370102",)), until=10_000)
    stage.reach(24 * 3_600_000 + 60_000)
    put, removed = changes(stage)
    assert (put.body is None, removed.body, removed.at_ms) == (False, None, DAY + 1_000 + 24 * 3_600_000)
    assert stage.desk.state.zones == {}


def test_a_typhoon_announces_its_wind_circles_ahead_with_rounded_coordinates():
    stage = Stage()
    stage.play(hazard(1_000, id="lekima", kind="typhoon", fields={"wind_ms": 50}), until=10_000)
    (change,) = changes(stage)
    assert (change.layer, change.key) == ("wind-circles", "lekima/30kt")
    assert change.at_ms == DAY + 1_000 + LEAD_MS
    assert change.body is not None
    assert change.body["fields"]["wind_kt"] == 30


def test_a_hazard_event_that_is_none_goes_to_dead_letters():
    stage = Stage()
    stage.play(event("hazard", "", "x", 1_000, facts={"kind": 7}), until=10_000)
    (dead,) = stage.read(DEAD)
    assert "no hazard revision" in dead.facts["reason"]
