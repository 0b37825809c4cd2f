"""Alarms that follow from a hazard are counted under it, never lost, and given back when it is over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shapely.geometry import Point, shape

from ops_center.desk.alerts import alarming
from ops_center.desk.definitions import definitions_of
from ops_center.desk.views import picture_of
from ops_center.domain import command as kinds
from ops_center.domain.scales import Severity
from playbooks.program import Program
from tests.desk.stage import BOOKS, DAY, FEEDS, QUAKE, FewPlaces, Stage, command, compiled, event, hazard, no_positions
from tests.desk.stage import rule as made

S = 1_000
SENSOR = made("sensor", subject="sensor", follows=("quake",), follows_within_ms=3_600_000, incident_kind="other")
OTHER = made("other-sensor", subject="sensor")
SHAKEN = replace(QUAKE, incident_kind="earthquake", severity=Severity.SEVERE)
CONTENT = definitions_of(
    feeds=FEEDS,
    program=Program(
        version="v1",
        rules=(
            compiled(OTHER),
            compiled(SHAKEN, lambda row: row["hazard.magnitude"] >= 5),
            compiled(SENSOR),
        ),
    ),
    books=BOOKS,
)


class Shaking(FewPlaces):
    """Areas are asked for by shapely."""

    def covers(self, area: object, lon: float, lat: float) -> bool:
        return bool(shape(area).covers(Point(lon, lat)))


def stage() -> Stage:
    return Stage(definitions=CONTENT, places=Shaking())


def quake(at: int, **given: object):
    fields = {"lon_e7": 1_175_000_000, "lat_e7": 365_000_000, "fields": {"magnitude": 6}, "issued_ms": DAY + 60 * S}
    return hazard(at, **{**fields, **given})


def sensor(subject: str, at: int, *, kind: str = "firing", rule: str = "sensor", **given: object):
    return event(kind, rule, subject, at, group=(("sensor", subject),), **given)


def by_subject(desk: Stage, subject: str):
    (found,) = [one for one in desk.desk.state.alerts.values() if one.subject == subject and one.rule != QUAKE.id]
    return found


def shaken(desk: Stage):
    (found,) = [one for one in desk.desk.state.incidents.values() if one.kind == "earthquake"]
    return found


def test_sensors_that_fire_in_the_quakes_area_are_quiet_under_its_incident_and_counted_in_one_line():
    desk = stage()
    desk.play(quake(70 * S), *(sensor(f"s{n}", 80 * S + n) for n in range(40)), until=120 * S)
    held = [by_subject(desk, f"s{n}") for n in range(40)]
    assert {alert.suppressed for alert in held} == {("parent_active",)}
    assert {alert.under for alert in held} == {shaken(desk).id}
    assert not any(alarming(alert) for alert in held)
    assert len(desk.desk.state.incidents) == 1
    picture = picture_of(desk.desk, no_positions())
    assert not picture.flood
    (line,) = [group for group in picture.groups if group.kind == "hazard"]
    assert (line.count, line.calling, line.under) == (40, 0, shaken(desk).id)
    assert set(line.members) == {alert.id for alert in held}


def test_what_fired_before_the_quake_was_known_is_gathered_unless_it_has_an_incident_of_its_own():
    desk = stage()
    desk.play(sensor("s1", 61 * S), sensor("s2", 62 * S, rule="other-sensor"), until=65 * S)
    own = by_subject(desk, "s1").incident
    assert own
    desk.play(command(kinds.DISMISS, own, 66 * S, reason="quake"), until=68 * S)
    desk.play(command(kinds.UNLINK, own, 69 * S, alert=by_subject(desk, "s1").id), quake(180 * S), until=200 * S)
    assert by_subject(desk, "s1").suppressed == ("parent_active",)
    assert by_subject(desk, "s2").suppressed == ()  # its rule follows from nothing
    linked = stage()
    linked.play(sensor("s1", 61 * S), quake(180 * S), until=200 * S)
    assert by_subject(linked, "s1").suppressed == ()


@pytest.mark.parametrize(
    "given",
    [
        {"lon_e7": 1_200_000_000},  # outside the felt area
        {"facts": {"severity": "extreme"}},  # never quiet
        {"rule": "other-sensor"},  # its rule says nothing of quakes
        {"lon_e7": None, "lat_e7": None},  # nowhere
    ],
)
def test_an_independent_emergency_calls_as_ever(given):
    desk = stage()
    desk.play(quake(70 * S), until=75 * S)
    told = sensor("s1", 80 * S, rule=given.pop("rule", "sensor"), facts=given.pop("facts", {}))
    desk.play(replace(told, **given), until=90 * S)
    alert = by_subject(desk, "s1")
    assert alarming(alert)
    assert any(group.members == (alert.id,) for group in picture_of(desk.desk, no_positions()).groups)


def test_an_alarm_long_after_the_quake_or_before_it_is_not_the_quakes():
    desk = stage()
    desk.play(sensor("before", 20 * S), quake(70 * S), until=75 * S)
    desk.play(sensor("late", 60 * S + 3_600_001), until=3_700 * S)
    assert by_subject(desk, "before").hazard == by_subject(desk, "late").hazard == ""


def test_they_come_back_when_the_parent_is_closed_and_a_persons_own_reason_stays():
    desk = stage()
    desk.play(quake(70 * S), sensor("s1", 80 * S), sensor("s2", 81 * S), until=90 * S)
    kept = by_subject(desk, "s2").id
    desk.play(command(kinds.SUPPRESS, kept, 91 * S, reason="maintenance"), until=95 * S)
    desk.play(command(kinds.CLOSE, shaken(desk).id, 96 * S, disposition="no damage"), until=100 * S)
    assert alarming(by_subject(desk, "s1"))
    assert by_subject(desk, "s1").hazard
    assert by_subject(desk, "s2").suppressed == ("maintenance",)


def test_a_quake_that_is_called_off_gives_back_what_was_counted_under_it():
    desk = stage()
    desk.play(quake(70 * S), sensor("s1", 80 * S), until=90 * S)
    desk.play(quake(100 * S, issued_ms=DAY + 61 * S, action="cancel"), until=110 * S)
    alert = by_subject(desk, "s1")
    assert (alert.hazard, alert.suppressed) == ("", ())
    assert alarming(alert)


def test_one_that_grows_extreme_under_the_quake_calls_again():
    desk = stage()
    desk.play(quake(70 * S), sensor("s1", 80 * S), until=90 * S)
    desk.play(sensor("s1", 95 * S, facts={"severity": "extreme"}), until=100 * S)
    assert alarming(by_subject(desk, "s1"))


def test_opening_its_own_incident_takes_it_out_from_under_the_quake():
    desk = stage()
    desk.play(quake(70 * S), sensor("s1", 80 * S), until=90 * S)
    desk.play(command(kinds.OPEN_INCIDENT, by_subject(desk, "s1").id, 91 * S, kind="other"), until=95 * S)
    alert = by_subject(desk, "s1")
    assert (alert.suppressed, alert.under) == ((), "")
    assert desk.desk.state.incidents[alert.incident].kind == "other"


def test_officers_may_put_an_alarm_under_an_open_incident_by_hand_and_under_no_other():
    desk = stage()
    desk.play(quake(70 * S), sensor("s1", 80 * S, rule="other-sensor"), until=90 * S)
    alert, parent = by_subject(desk, "s1").id, shaken(desk).id
    desk.play(command(kinds.SUPPRESS, alert, 91 * S, reason="parent_active"), until=94 * S)
    assert (desk.result["accepted"], desk.result["field"]) == (False, "incident")
    desk.play(command(kinds.SUPPRESS, alert, 95 * S, reason="parent_active", incident=parent), until=98 * S)
    assert by_subject(desk, "s1").under == parent
    desk.play(command(kinds.DISMISS, parent, 99 * S, reason="false"), until=103 * S)
    assert by_subject(desk, "s1").suppressed == ()


def test_what_is_shown_on_receipt_is_quiet_at_once_and_equals_what_is_decided():
    desk = stage()
    desk.play(quake(70 * S), until=75 * S)
    desk.tell(sensor("s1", 80 * S))
    desk.settle()
    (early,) = [one for one in desk.desk.shown().values() if one.subject == "s1"]
    assert early.suppressed == ("parent_active",)
    desk.reach(90 * S)
    assert by_subject(desk, "s1") == early
