"""Geometries kept, repaired or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, Polygon, box

from gis.crs import wgs84_to_gcj02
from layers.mending import Mended, mend

BOW_TIE = Polygon([(117, 36), (118, 37), (118, 36), (117, 37)])


def mended(shapes: list[Any], kind: str, **more: Any) -> Mended:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return mend(array, keys=[f"k{n}" for n in range(len(shapes))], kind=kind, **more)


def said(findings: Any) -> list[tuple[str, str]]:
    return [(f.key, f.reason) for f in findings]


def test_right_shapes_pass_unchanged() -> None:
    shapes = [Point(117, 36), Point(118, 36)]
    got = mended(shapes, "point")
    assert list(got.geometries) == shapes
    assert (got.repaired, got.refused) == ((), ())


def test_missing_endless_and_null_island_coordinates_are_refused() -> None:
    got = mended([None, Point(), Point(np.inf, 36), Point(0, 0), Point(200, 36), Point(15610380000, 36.7)], "point")
    assert said(got.refused) == [
        ("k0", "no coordinates"),
        ("k1", "no coordinates"),
        ("k2", "a coordinate is not a number"),
        ("k4", "outside ±180 and ±90 degrees"),
        ("k5", "outside ±180 and ±90 degrees"),
        ("k3", "at 0, 0"),
    ]
    assert all(shape is None for shape in got.geometries)


def test_a_swapped_pair_is_turned_and_reported() -> None:
    got = mended([Point(36.65, 117.12)], "point")
    assert got.geometries[0] == Point(117.12, 36.65)
    assert said(got.repaired) == [("k0", "longitude and latitude were swapped")]


def test_bounds_refuse_what_lies_outside_and_turn_what_was_swapped() -> None:
    bounds = (0.0, 40.0, 10.0, 60.0)  # neither coordinate above 90: only the bounds can tell
    got = mended([Point(8, 47), Point(47, 8), Point(20, 20)], "point", bounds=bounds)
    assert got.geometries[1] == Point(8, 47)
    assert said(got.repaired) == [("k1", "longitude and latitude were swapped")]
    assert said(got.refused) == [("k2", "outside the bounds of the layer")]


def test_gcj02_is_converted_and_refused_where_it_does_not_exist() -> None:
    lon, lat = wgs84_to_gcj02(np.array([117.0]), np.array([36.5]))
    got = mended([Point(lon[0], lat[0]), Point(8, 47)], "point", datum="gcj02")
    assert shapely.distance(got.geometries[0], Point(117, 36.5)) < 1e-9
    assert said(got.refused) == [("k1", "outside the area of gcj02")]


def test_an_invalid_polygon_is_made_valid_with_the_same_ground() -> None:
    got = mended([BOW_TIE], "zone")
    assert got.geometries[0].is_valid
    assert got.geometries[0].area == 0.5
    assert said(got.repaired) == [("k0", "invalid geometry: Self-intersection")]


def test_a_polygon_without_area_and_shapes_of_another_kind_are_refused() -> None:
    flat = Polygon([(117, 36), (118, 37), (119, 38)])
    got = mended([flat, LineString([(117, 36), (118, 36)]), box(117, 36, 118, 37)], "zone")
    assert [key for key, _ in said(got.refused)] == ["k0", "k1"]
    assert got.geometries[2] == box(117, 36, 118, 37)


def test_of_a_mixed_collection_the_parts_of_the_kind_are_kept() -> None:
    mixed = GeometryCollection([box(117, 36, 118, 37), LineString([(118, 36.5), (119, 36.5)])])
    assert mended([mixed], "zone").geometries[0].equals(box(117, 36, 118, 37))


def test_several_points_of_one_feature_become_their_middle() -> None:
    got = mended([MultiPoint([(117, 36), (119, 38)]), MultiPoint([(120, 36)])], "point")
    assert list(got.geometries) == [Point(118, 37), Point(120, 36)]
    assert said(got.repaired) == [("k0", "several points taken for their middle")]


def test_heights_are_dropped() -> None:
    assert not mended([Point(117, 36, 12)], "point").geometries[0].has_z
