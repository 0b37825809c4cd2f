"""Zone membership against shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, box

from gis.zones import ZoneIndex
from ops_center.columns import NULL_I32


def e7(values: list[float]) -> np.ndarray:
    return np.rint(np.array(values) * 1e7).astype(np.int32)


def pairs(index: ZoneIndex, lon: np.ndarray, lat: np.ndarray) -> list[tuple[int, str]]:
    rows, zones = index.inside(lon, lat)
    return [(int(r), index.keys[z]) for r, z in zip(rows, zones, strict=True)]


def star(lon: float, lat: float, radius: float, points: int, hole: bool) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 2 * points + 1)[:-1]
    reach = np.where(np.arange(2 * points) % 2, radius * 0.45, radius)
    ring = np.column_stack([lon + reach * np.cos(angle), lat + reach * np.sin(angle)])
    inner = [np.column_stack([lon + radius * 0.2 * np.cos(angle), lat + radius * 0.2 * np.sin(angle)])] if hole else []
    return Polygon(ring, inner)


def test_points_inside_outside_and_in_a_hole() -> None:
    ring = Polygon(box(117, 36, 118, 37).exterior.coords, [box(117.4, 36.4, 117.6, 36.6).exterior.coords])
    index = ZoneIndex.of(["ring", "square"], [ring, box(117.5, 36.5, 119, 38)])
    lon, lat = e7([117.1, 117.5, 117.55, 118.5, 120.0, 117.7]), e7([36.1, 36.45, 36.55, 37.5, 36.0, 36.7])
    assert pairs(index, lon, lat) == [(0, "ring"), (2, "square"), (3, "square"), (5, "ring"), (5, "square")]


def test_a_shared_border_belongs_to_both_and_first_takes_the_lowest_key() -> None:
    index = ZoneIndex.of(["370102", "370101"], [box(117, 36, 118, 37), box(118, 36, 119, 37)])
    lon, lat = e7([118.0, 117.0, 117.5]), e7([36.5, 36.0, 36.5])
    assert pairs(index, lon, lat) == [(0, "370102"), (0, "370101"), (1, "370102"), (2, "370102")]
    assert [index.keys[z] for z in index.first(lon, lat)] == ["370101", "370102", "370102"]


def test_null_positions_and_far_points_are_in_no_zone() -> None:
    index = ZoneIndex.of(["a"], [box(117, 36, 118, 37)])
    lon = np.array([NULL_I32, 2**31 - 1, -(2**31) + 1], np.int32)
    lat = np.array([NULL_I32, 0, 0], np.int32)
    assert pairs(index, lon, lat) == []
    assert index.first(lon, lat).tolist() == [-1, -1, -1]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_membership_equals_shapely(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    shapes = [
        star(
            chance.uniform(116, 118),
            chance.uniform(35, 37),
            10 ** chance.uniform(-3, 0),
            int(chance.integers(3, 30)),
            bool(chance.integers(2)),
        )
        for _ in range(count)
    ]
    index = ZoneIndex.of([f"z{i}" for i in range(count)], shapes)
    lon, lat = e7(chance.uniform(115.5, 118.5, 300).tolist()), e7(chance.uniform(34.5, 37.5, 300).tolist())
    # Vertices and edge middles are the hard points.
    xy = shapely.get_coordinates(shapes)[:200]
    lon, lat = np.concatenate([lon, e7(xy[:, 0].tolist())]), np.concatenate([lat, e7(xy[:, 1].tolist())])
    want = [
        (row, zone)
        for row, point in enumerate(map(Point, lon / 1e7, lat / 1e7))
        for zone in range(count)
        if shapely.covers(shapes[zone], point)
    ]
    rows, zones = index.inside(lon, lat)
    assert list(zip(rows.tolist(), zones.tolist(), strict=True)) == want


def test_membership_does_not_depend_on_the_batch() -> None:
    chance = np.random.default_rng(2)
    index = ZoneIndex.of(
        [str(i) for i in range(200)],
        [star(chance.uniform(116, 118), chance.uniform(35, 37), 0.1, 9, True) for _ in range(200)],
    )
    lon, lat = e7(chance.uniform(116, 118, 3000).tolist()), e7(chance.uniform(35, 37, 3000).tolist())
    whole = pairs(index, lon, lat)
    for size in (1, 7, 1000):
        parts = [
            (i + row, key)
            for i in range(0, 3000, size)
            for row, key in pairs(index, lon[i : i + size], lat[i : i + size])
        ]
        assert parts == whole


def test_a_changed_index_equals_one_built_anew_and_the_old_one_is_untouched() -> None:
    old = ZoneIndex.of(["a", "b", "c"], [box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 1)])
    new = old.with_zones({"b": box(0.5, 0, 1.5, 1), "d": box(0, 0, 3, 3)}).without(["a"])
    anew = ZoneIndex.of(["b", "c", "d"], [box(0.5, 0, 1.5, 1), box(2, 0, 3, 1), box(0, 0, 3, 3)])
    chance = np.random.default_rng(3)
    lon, lat = e7(chance.uniform(-1, 4, 2000).tolist()), e7(chance.uniform(-1, 4, 2000).tolist())
    assert sorted(pairs(new, lon, lat)) == sorted(pairs(anew, lon, lat))
    assert (new.number("b"), new.number("c"), new.number("a")) == (1, 2, -1)
    assert len(new) == 3
    assert pairs(old, e7([0.2]), e7([0.5])) == [(0, "a")]


def test_many_changes_fold_and_keep_their_numbers() -> None:
    index = ZoneIndex.of(["base"], [box(0, 0, 1, 1)])
    for i in range(300):
        index = index.with_zones({f"k{i:03d}": box(i % 20, i // 20, i % 20 + 1, i // 20 + 1)})
    assert index.number("k299") == 300
    assert pairs(index, e7([19.5]), e7([14.5])) == [(0, "k299")]
    assert pairs(index, e7([0.5]), e7([0.5])) == [(0, "base"), (0, "k000")]


def test_covers_answers_pair_by_pair() -> None:
    index = ZoneIndex.of(["a", "b"], [box(0, 0, 1, 1), box(1, 0, 2, 1)])
    got = index.covers(e7([0.5, 0.5, 1.0, 1.5]), e7([0.5] * 4), zones=np.array([0, 1, 1, -1], np.int32))
    assert got.tolist() == [True, False, True, False]


def test_an_invalid_polygon_and_a_doubled_key_are_refused() -> None:
    with pytest.raises(ValueError, match="zone 1 is no valid polygon"):
        ZoneIndex.of(["a", "b"], [box(0, 0, 1, 1), Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])])
    with pytest.raises(ValueError, match="one different key"):
        ZoneIndex.of(["a", "a"], [box(0, 0, 1, 1), box(0, 0, 1, 1)])


def test_an_empty_index_finds_nothing_and_can_grow() -> None:
    index = ZoneIndex.of([], [])
    assert pairs(index, e7([0.5]), e7([0.5])) == []
    assert pairs(index.with_zones({"a": box(0, 0, 1, 1)}), e7([0.5]), e7([0.5])) == [(0, "a")]
