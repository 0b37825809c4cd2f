"""Intake by road and stake with the shipped posts: a caller's "G2 K123+400" is a point; nothing real is placed by it."""

from __future__ import annotations

import pytest

from gis.crs import Metric
from layers.catalog import load_catalog
from ops_center.bootstrap.geography import Atlas
from ops_center.content import built_in, load_tree
from ops_center.desk.intake import place_of

METRIC = Metric.of(32650)
TREE = load_tree([built_in()])[0]
CATALOG = load_catalog({name: TREE.of("layer")[name] for name in ("counties", "stakes")})
ATLAS = Atlas(CATALOG, METRIC)


@pytest.mark.parametrize("told", ["G2 K123+400", "g2 k123+400 northbound", "G2 京沪高速 K123.4", "G2K123+400"])
def test_a_road_and_a_stake_are_a_point_of_the_shipped_posts(told: str) -> None:
    place = place_of({"place": told}, ATLAS)
    assert place.lon_e7 is not None
    assert place.lat_e7 is not None
    before, after = (ATLAS.stake("G2", metre) for metre in (123_000, 124_000))
    assert before is not None
    assert after is not None
    assert min(before[0], after[0]) <= place.lon_e7 / 1e7 <= max(before[0], after[0])
    assert place.adcode.startswith("3701")  # behind Jinan
    assert place.stake.upper().startswith("K123")


def test_a_stake_beyond_the_posts_stays_text() -> None:
    place = place_of({"place": "G2 K9000"}, ATLAS)
    assert (place.lon_e7, place.road, place.stake) == (None, "G2", "K9000")


def test_the_posts_are_an_exercises_and_place_nothing_real() -> None:
    assert ATLAS.invented("stakes")
    assert Atlas(CATALOG, METRIC, real=True).stake("G2", 123_400) is None


def test_neighbouring_posts_are_a_kilometre_apart_along_the_road() -> None:
    found = CATALOG.layers["stakes"]
    metres = [found.values(row)["metre"] for row in range(len(found.keys)) if found.values(row)["road"] == "G2"]
    assert sorted(metres) == list(range(0, 1000 * len(metres), 1000))


def test_a_numbered_road_is_offered_by_its_number_and_by_its_name() -> None:
    assert "G2 京沪高速" in [one["name"] for one in ATLAS.named("g2", limit=5)]
    assert [one["name_en"] for one in ATLAS.named("京沪", limit=5)] == ["G2 Beijing–Shanghai expressway"]
