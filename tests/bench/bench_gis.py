"""Figures of the indices of gis beside shapely one event at a time: ``python -m tests.bench.bench_gis``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import Point

from gis.crs import Metric
from gis.nearest import NearestIndex, planar_edges
from gis.segments import SegmentIndex
from gis.zones import ZoneIndex

POINTS, EVENTS, BATCH = 200_000, 5_000, 8_192
METRIC = Metric.of(32650)
CHANCE = np.random.default_rng(1)


def points(west: float, south: float, east: float, north: float) -> tuple[np.ndarray, np.ndarray]:
    lon, lat = CHANCE.uniform(west, east, POINTS), CHANCE.uniform(south, north, POINTS)
    return (lon * 1e7).astype(np.int32), (lat * 1e7).astype(np.int32)


def batches(what: str, act: Callable[[np.ndarray, np.ndarray], object], lon: np.ndarray, lat: np.ndarray) -> None:
    act(lon[:1], lat[:1])  # the grid of a radius is built at its first use
    start = perf_counter()
    for at in range(0, POINTS, BATCH):
        act(lon[at : at + BATCH], lat[at : at + BATCH])
    print(f"{what}: {(perf_counter() - start) / POINTS * 1e6:.2f} us a point in batches of {BATCH}")


def singly(what: str, act: Callable[[float, float], object], lon: np.ndarray, lat: np.ndarray) -> None:
    start = perf_counter()
    for row in range(EVENTS):
        act(lon[row] / 1e7, lat[row] / 1e7)
    print(f"{what}: {(perf_counter() - start) / EVENTS * 1e6:.2f} us per event")


PROJECT = Transformer.from_crs(4326, 32650, always_xy=True)


def plane_point(lon: float, lat: float) -> Point:
    x, y = PROJECT.transform(lon, lat)
    return Point(x * 1000, y * 1000)


def zones() -> None:
    angle = np.linspace(0, 2 * np.pi, 196)[:-1]
    wave = 1 + 0.2 * np.sin(7 * angle)
    shapes = [
        shapely.Polygon(np.column_stack([x + r * np.cos(angle) * wave, y + 0.8 * r * np.sin(angle) * wave]))
        for x, y, r in zip(
            CHANCE.uniform(116, 120, 5000), CHANCE.uniform(35, 38, 5000), CHANCE.uniform(0.005, 0.03, 5000), strict=True
        )
    ]
    lon, lat = points(116, 35, 120, 38)
    index, tree = ZoneIndex.of([f"z{n}" for n in range(5000)], shapes), shapely.STRtree(shapes)
    batches("5,000 zones", index.inside, lon, lat)
    singly("5,000 zones", lambda x, y: tree.query(Point(x, y), predicate="covered_by"), lon, lat)


def facilities() -> None:
    x, y = CHANCE.uniform(116, 120, 2000), CHANCE.uniform(35, 38, 2000)
    lon, lat = points(116, 35, 120, 38)
    index = NearestIndex.of_points([f"f{n}" for n in range(2000)], x, y, metric=METRIC)
    for metres in (300, 5_000, 20_000):
        batches(f"nearest of 2,000 within {metres} m", partial(index.within, within_mm=metres * 1000), lon, lat)
    px, py = METRIC.forward_degrees(x, y)
    tree = shapely.STRtree([Point(p) for p in zip(px, py, strict=True)])
    singly("nearest of 2,000", lambda a, b: tree.query_nearest(plane_point(a, b), max_distance=5e6), lon, lat)


def roads() -> None:
    n = 49_000
    x, y, turn = CHANCE.uniform(116.8, 117.4, n), CHANCE.uniform(36.5, 36.8, n), CHANCE.uniform(0, 6.28, n)
    step = CHANCE.uniform(0.00025, 0.001, n)
    corners = [(x + k * step * np.cos(turn), y + k * step * np.sin(turn) * (1 + 0.1 * (k == 2))) for k in range(3)]
    lines: Any = shapely.linestrings(np.stack([np.column_stack(c) for c in corners], axis=1))
    lon, lat = points(116.8, 36.5, 117.4, 36.8)
    index = SegmentIndex.of(lines, metric=METRIC)
    for metres in (30, 50, 100):
        batches(f"snap to 49,000 within {metres} m", partial(index.snap, radius_mm=metres * 1000), lon, lat)
    edges = planar_edges(lines, METRIC)
    ends = np.stack([np.column_stack([edges.x1, edges.y1]), np.column_stack([edges.x2, edges.y2])], axis=1)
    pieces: Any = shapely.linestrings(ends)
    tree = shapely.STRtree(pieces)
    singly("snap to 49,000", lambda a, b: tree.query_nearest(plane_point(a, b), max_distance=5e4), lon, lat)


if __name__ == "__main__":
    zones()
    facilities()
    roads()
