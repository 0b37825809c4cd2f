"""Intake: where a caller says it is, and what may be the same thing told before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_center.desk import alerts as transitions
from ops_center.desk.intake import duplicates_of, place_of, stake_m
from ops_center.domain import command as kinds
from ops_center.domain.command import Actor
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident, IncidentState, Place
from ops_center.domain.scales import Role, Status
from ops_center.domain.text import Text
from tests.desk.known_places import NAMES, POSTS, Known
from tests.desk.stage import DAY, KINDS, LEAK, SPEED, STOP, Stage, command, event

MIN, HOUR = 60_000, 3_600_000


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("K123+400", 123_400),
        ("k123", 123_000),
        ("123+4", 123_004),
        ("K0+050", 50),
        ("K 12", None),
        ("123.4", 123_400),
        ("G2", None),
        ("", None),
        ("K99999", None),
    ],
)
def test_a_stake_number_is_metres_from_the_roads_zero(text: str, metres: int | None):
    assert stake_m(text) == metres


@given(st.integers(0, 9_999_999))
def test_every_metre_is_read_as_it_is_written(metre: int):
    assert stake_m(f"K{metre // 1000}+{metre % 1000:03d}") == metre


@pytest.mark.parametrize(
    ("args", "place"),
    [
        ({"lon": 117.2, "lat": 36.6}, Place(lon_e7=1_172_000_000, lat_e7=366_000_000, adcode="370102")),
        ({"adcode": "370202"}, Place(adcode="370202")),
        ({"county": "历下"}, Place(adcode="370102")),
        ({"county": "lixia district"}, Place(adcode="370102")),
        (
            {"place": "姚家"},
            Place(lon_e7=1_171_000_000, lat_e7=366_500_000, adcode="370102", text="姚家"),
        ),
        ({"place": "places/3"}, Place(lon_e7=1_210_000_000, lat_e7=370_000_000, adcode="370202", text="店子")),
        ({"place": "店子"}, Place(text="店子")),  # two of them: nobody guesses
        ({"place": "no such village"}, Place(text="no such village")),
        (
            {"road": "g2", "stake": "K123+500"},
            Place(lon_e7=1_170_050_000, lat_e7=366_000_000, adcode="370102", road="g2", stake="K123+500"),
        ),
        (
            {"place": "G2 K123+500"},
            Place(lon_e7=1_170_050_000, lat_e7=366_000_000, adcode="370102", road="G2", stake="K123+500"),
        ),
        (
            {"place": "G2 K123+500 northbound, second lane"},
            Place(
                lon_e7=1_170_050_000,
                lat_e7=366_000_000,
                adcode="370102",
                road="G2",
                stake="K123+500",
                text="northbound, second lane",
            ),
        ),
        ({"place": "117.2, 36.6"}, Place(lon_e7=1_172_000_000, lat_e7=366_000_000, adcode="370102")),
        ({"place": "117.2，36.6"}, Place(lon_e7=1_172_000_000, lat_e7=366_000_000, adcode="370102")),
        (
            {"road": "G2", "stake": "K150+000", "text": "northbound"},
            Place(road="G2", stake="K150+000", text="northbound"),
        ),
        ({"road": "S29", "stake": "K1"}, Place(road="S29", stake="K1")),
        ({}, Place()),
    ],
)
def test_a_place_is_found_where_it_can_be_and_kept_as_text_where_not(args: dict[str, Any], place: Place):
    assert place_of(args, Known()) == place


@pytest.mark.parametrize(
    ("args", "field"),
    [
        ({"lon": 117.2}, "lat"),
        ({"place": "190, 36"}, "lon"),
        ({"lon": 190, "lat": 36}, "lon"),
        ({"lon": float("nan"), "lat": 36}, "lon"),
        ({"lon": "east", "lat": 36}, "lon"),
        ({"adcode": "37"}, "adcode"),
        ({"county": "Atlantis"}, "county"),
        ({"road": "G2", "stake": "near the bridge"}, "stake"),
        ({"place": 7}, "place"),
        ({"text": "x" * 501}, "text"),
    ],
)
def test_a_place_that_cannot_be_is_refused_with_its_field(args: dict[str, Any], field: str):
    with pytest.raises(CommandRefused) as refused:
        place_of(args, Known())
    assert refused.value.field == field


def test_an_officer_opens_nothing_outside_the_own_jurisdiction_whatever_the_place_is_told_by():
    county = Actor(name="sun", post="county", role=Role.DUTY_OFFICER, jurisdiction="370102")
    stage = Stage(places=Known())
    for n, told in enumerate(({"lon": 120.0, "lat": 36}, {"county": "市南"}, {"place": "places/3"})):
        at = (n + 1) * 60_000
        stage.play(command(kinds.OPEN_INCIDENT, "", at, actor=county, kind="other", **told), until=at + 5_000)
        assert (stage.result["accepted"], stage.result["field"]) == (False, "place")
    assert stage.desk.state.incidents == {}
    stage.play(command(kinds.OPEN_INCIDENT, "", 300_000, actor=county, kind="other"), until=310_000)
    (opened,) = stage.desk.state.incidents.values()
    assert opened.jurisdiction == "370102"  # where nothing is told, it is the officer's own


def incident(identity: str, kind: str, place: Place, opened: int = 0, **given: Any) -> Incident:
    title = Text(identity, identity)
    return Incident(
        id=identity,
        number=identity,
        kind=kind,
        title=title,
        place=place,
        opened_ms=DAY + opened,
        opened_by="x",
        **given,
    )


def at(lon: float, lat: float = 36.6, adcode: str = "370102") -> Place:
    return Place(lon_e7=round(lon * 1e7), lat_e7=round(lat * 1e7), adcode=adcode)


def offered(incidents: list[Incident], alerts: Sequence[Any] = ()):
    return duplicates_of(
        kind=KINDS["hazmat_leak"],
        place=at(117.0),
        at_ms=DAY + HOUR,
        status=Status.ACTUAL,
        incidents=incidents,
        alerts=alerts,
        kinds_of_rules={"leak": "hazmat_leak"},
    )


def test_duplicates_are_open_incidents_of_related_kinds_near_in_place_and_time_nearest_first():
    found = offered(
        [
            incident("far", "hazmat_leak", at(117.05)),  # 4.5 km
            incident("near", "hazmat_leak", at(117.02)),  # 1.8 km
            incident("nearer-related", "hazmat_accident", at(117.001)),
            incident("unrelated", "typhoon", at(117.0)),
            incident("other", "other", at(117.0)),
            incident("over", "hazmat_leak", at(117.0), state=IncidentState.CLOSED),
            incident("old", "hazmat_leak", at(117.0), opened=-3 * HOUR),
            incident("exercise", "hazmat_leak", at(117.0), status=Status.EXERCISE),
            incident("county-only", "hazmat_leak", Place(adcode="370102")),
        ]
    )
    assert [one.id for one in found] == ["near", "county-only", "other", "nearer-related"]
    assert found[0].distance_m == pytest.approx(1_785, abs=10)
    assert found[1].distance_m is None


def test_alarms_near_are_offered_too_after_incidents_and_never_those_that_have_one():
    def fired(name: str, of: Any, lon: float, began: int = 0) -> Any:
        told = event("firing", of.id, name, began)
        alert = transitions.fire(None, told, of, deployment="370000")
        return replace(alert, lon_e7=round(lon * 1e7))

    near, leak = fired("a", STOP, 117.0), fired("b", LEAK, 117.01)
    taken = replace(fired("c", LEAK, 117.0), incident="incident-9")
    notice = fired("d", SPEED, 117.0)
    far = fired("e", STOP, 118.0)
    found = offered([incident("one", "hazmat_leak", at(117.0))], [near, leak, taken, notice, far])
    assert [one.id for one in found] == ["one", leak.id, near.id]


def test_the_gazetteer_puts_the_same_name_first_then_without_its_ending_then_beginnings():
    assert [one.id for one in NAMES.search("历下", limit=5)] == ["counties/370102"]
    assert [one.id for one in NAMES.search("店子", limit=5)] == ["places/2", "places/3"]
    assert [one.id for one in NAMES.search("G2", limit=5)] == ["roads/G2 京沪高速"]
    assert NAMES.search("  ", limit=5) == []
    assert NAMES.one("店子") is None


def test_stakes_lie_between_neighbouring_posts_and_nowhere_else():
    assert POSTS.at("g2", 123_250) == (117.0025, 36.6)
    assert POSTS.at("G2", 124_000) == POSTS.at("G2 京沪高速", 124_000) == (117.01, 36.6)
    assert POSTS.at("G20", 124_000) is None
    for metre in (122_999, 124_001, 180_001):  # before, in a gap of 56 km, behind
        assert POSTS.at("G2", metre) is None
