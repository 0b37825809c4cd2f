"""Nearest feature and snapping against shapely on the same plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from gis.crs import Metric
from gis.nearest import NearestIndex
from gis.segments import SegmentIndex
from ops_center.columns import NULL_I32, NULL_I64

METRIC = Metric.of(32650)


def e7(values: np.ndarray | list[float]) -> np.ndarray:
    return np.rint(np.asarray(values) * 1e7).astype(np.int32)


def points(x: np.ndarray, y: np.ndarray) -> list[Any]:
    return [Point(p) for p in zip(x.astype(float), y.astype(float), strict=True)]


def planar(shapes: list[Any]) -> np.ndarray:
    def project(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(METRIC.forward_degrees(xy[:, 0], xy[:, 1])).astype(float)

    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return shapely.transform(out, project)


def oracle(
    keys: list[str], shapes: list[Any], lon: np.ndarray, lat: np.ndarray, within_mm: int
) -> list[tuple[str, int]]:
    plane = planar(shapes)
    x, y = METRIC.forward(lon, lat)
    out = []
    for point in points(x, y):
        found = sorted((int(np.rint(d)), key) for d, key in zip(shapely.distance(plane, point), keys, strict=True))
        out.append((found[0][1], found[0][0]) if found and found[0][0] <= within_mm else ("", NULL_I64))
    return out


def got(index: NearestIndex, lon: np.ndarray, lat: np.ndarray, within_mm: int) -> list[tuple[str, int]]:
    feature, distance = index.within(lon, lat, within_mm)
    return [(index.keys[f] if f >= 0 else "", int(d)) for f, d in zip(feature, distance, strict=True)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.sampled_from([1, 50_000, 500_000, 40_000_000]))
def test_nearest_points_equal_shapely(seed: int, count: int, within_mm: int) -> None:
    chance = np.random.default_rng(seed)
    keys = [f"k{n}" for n in chance.permutation(count)]
    lon, lat = chance.uniform(117, 117.3, count).round(3), chance.uniform(36.5, 36.7, count).round(3)
    index = NearestIndex.of_points(keys, lon, lat, metric=METRIC)
    at = e7(chance.uniform(116.9, 117.4, 80).round(3)), e7(chance.uniform(36.4, 36.8, 80).round(3))
    assert got(index, *at, within_mm) == oracle(keys, [Point(p) for p in zip(lon, lat, strict=True)], *at, within_mm)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25), st.sampled_from([30_000, 3_000_000]))
def test_nearest_lines_equal_shapely_to_the_millimetre(seed: int, count: int, within_mm: int) -> None:
    chance = np.random.default_rng(seed)
    keys = [f"k{n:02d}" for n in range(count)]
    shapes = [
        LineString(np.column_stack([chance.uniform(117, 117.3, 4), chance.uniform(36.5, 36.7, 4)]))
        for _ in range(count)
    ]
    at = e7(chance.uniform(116.95, 117.35, 120)), e7(chance.uniform(36.45, 36.75, 120))
    for mine, true in zip(
        got(NearestIndex.of(keys, shapes, metric=METRIC), *at, within_mm),
        oracle(keys, shapes, *at, within_mm),
        strict=True,
    ):
        assert mine == true or abs(mine[1] - true[1]) <= 1  # two formulas for one distance differ in the last bit


def test_ties_go_to_the_lowest_key_whatever_the_order_given() -> None:
    for keys in (["b", "a"], ["a", "b"]):
        index = NearestIndex.of_points(keys, np.array([117.0, 117.0]), np.array([36.0, 36.0]), metric=METRIC)
        assert got(index, e7([117.0]), e7([36.0]), 1000) == [("a", 0)]


def test_inside_a_polygon_the_distance_is_nought_and_outside_it_is_to_the_border() -> None:
    index = NearestIndex.of(
        ["lake", "pond"], [box(117, 36, 117.1, 36.1), box(117.05, 36.05, 117.2, 36.2)], metric=METRIC
    )
    lon, lat = e7([117.05, 117.15, 116.999, 110.0]), e7([36.05, 36.15, 36.05, 36.05])
    found = got(index, lon, lat, 200_000)
    assert found[:2] == [("lake", 0), ("pond", 0)]
    assert found[2][0] == "lake"
    assert 89_000 < found[2][1] < 91_000  # 0.001 degree of longitude at 36 N
    assert found[3] == ("", NULL_I64)


def test_null_positions_and_empty_layers_find_nothing() -> None:
    null = np.array([NULL_I32], np.int32)
    some = NearestIndex.of_points(["a"], np.array([117.0]), np.array([36.0]), metric=METRIC)
    none = NearestIndex.of([], [], metric=METRIC)
    assert got(some, null, null, 1000) == [("", NULL_I64)]
    assert got(none, e7([117.0]), e7([36.0]), 1000) == [("", NULL_I64)]


def test_nearest_does_not_depend_on_the_batch() -> None:
    chance = np.random.default_rng(4)
    index = NearestIndex.of_points(
        [f"{n:04d}" for n in range(500)], chance.uniform(117, 118, 500), chance.uniform(36, 37, 500), metric=METRIC
    )
    lon, lat = e7(chance.uniform(117, 118, 2000)), e7(chance.uniform(36, 37, 2000))
    whole = got(index, lon, lat, 2_000_000)
    for size in (1, 7, 1000):
        parts = [got(index, lon[i : i + size], lat[i : i + size], 2_000_000) for i in range(0, 2000, size)]
        assert [pair for part in parts for pair in part] == whole


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([20_000, 200_000]))
def test_snapping_equals_shapely(seed: int, radius_mm: int) -> None:
    chance = np.random.default_rng(seed)
    lines = []
    for _ in range(30):
        steps = chance.uniform(-0.01, 0.01, (int(chance.integers(2, 6)), 2)).cumsum(axis=0)
        lines.append(LineString(steps + np.array([117.1, 36.6])))
    index = SegmentIndex.of(lines, metric=METRIC)
    lon, lat = e7(chance.uniform(117.08, 117.12, 150)), e7(chance.uniform(36.58, 36.62, 150))
    edge, distance, share = index.snap(lon, lat, radius_mm)
    plane = planar(lines)
    x, y = METRIC.forward(lon, lat)
    for row, point in enumerate(points(x, y)):
        true = shapely.distance(plane, point)
        if edge[row] < 0:
            assert true.min() > radius_mm - 1
            continue
        assert abs(distance[row] - true.min()) <= 1
        assert true[edge[row]] - true.min() <= 1
        along = shapely.line_interpolate_point(plane[edge[row]], share[row], normalized=True)
        assert abs(shapely.distance(along, point) - distance[row]) <= 2


def test_equal_distance_snaps_to_the_lowest_edge() -> None:
    line = LineString([(117.0, 36.0), (117.01, 36.0)])
    index = SegmentIndex.of([LineString([(118, 37), (118.1, 37)]), line, line], metric=METRIC)
    edge, distance, share = index.snap(e7([117.0025]), e7([36.0]), 10_000)
    assert edge.tolist() == [1]
    assert distance[0] < 100  # a chord of 900 m sags by millimetres in the plane
    assert abs(share[0] - 0.25) < 1e-4
