"""Scenario (d) computed plainly with shapely and pyproj in EPSG:32650: off route, beside the road.

Nothing of the product is imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

EPSG = 32650


@dataclass(frozen=True)
class Turn:
    """A firing of a rule or its end, with the distance that was measured at it (None at a timer)."""

    at_ms: int
    subject: str
    fires: bool


def plane_points(lon_e7: NDArray[np.int64], lat_e7: NDArray[np.int64]) -> NDArray[Any]:
    """Return points in the plane."""
    x, y = Transformer.from_crs(4326, EPSG, always_xy=True).transform(lon_e7 / 1e7, lat_e7 / 1e7)
    return np.asarray(shapely.points(x, y))


def to_line_m(points: NDArray[Any], line: BaseGeometry) -> NDArray[np.float64]:
    """Return the distance of each point to a line."""
    return np.asarray(shapely.distance(points, line))


def to_roads_m(points: NDArray[Any], roads: Iterable[BaseGeometry]) -> NDArray[np.float64]:
    """Return the distance of each point to the nearest of all roads (given in degrees)."""
    transformer = Transformer.from_crs(4326, EPSG, always_xy=True)

    def forward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    lines = shapely.transform(np.array(list(roads)), forward)
    tree = shapely.STRtree(lines)
    return np.asarray([lines[tree.nearest(point)].distance(point) for point in points])


def held(subject: str, times: Sequence[int], holds: Sequence[bool], *, for_ms: int, end_ms: int) -> list[Turn]:
    """Return when a condition had held for `for_ms`, and when it ended, row by row."""
    found: list[Turn] = []
    since: int | None = None
    firing = False
    for at, true in zip(times, holds, strict=True):
        if since is not None and not firing and at >= since + for_ms:
            found.append(Turn(since + for_ms, subject, True))
            firing = True
        if true:
            since = at if since is None else since
            if for_ms == 0 and not firing:
                found.append(Turn(at, subject, True))
                firing = True
        else:
            if firing:
                found.append(Turn(at, subject, False))
            since, firing = None, False
    if since is not None and not firing and end_ms >= since + for_ms:
        found.append(Turn(since + for_ms, subject, True))
    return found
