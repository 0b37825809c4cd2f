"""Planned routes: how far each point lies from the route of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import Metric
from ops_center.columns import NULL_I64, Codes

UNKNOWN_MM = np.int64(-1)


@dataclass(frozen=True)
class PlannedRoutes:
    """Approved routes as lines in the metric plane, by key (implements worker.layer.RouteFinder)."""

    keys: tuple[str, ...]
    lines: NDArray[Any]
    metric: Metric

    @staticmethod
    def of(keys: Sequence[str], lines: NDArray[Any], metric: Metric) -> PlannedRoutes:
        """Return the routes of WGS-84 lines."""
        plane = shapely.transform(lines, lambda xy: np.column_stack(metric.forward_m(xy[:, 0], xy[:, 1])))
        shapely.prepare(plane)
        return PlannedRoutes(tuple(keys), np.asarray(plane, dtype=object), metric)

    @cached_property
    def _number(self) -> Mapping[str, int]:
        return {key: number for number, key in enumerate(self.keys)}

    def distance_mm(self, routes: Codes, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return each point's distance to its route, -1 where route or position is unknown."""
        table = np.asarray([*(self._number.get(text, -1) for text in routes.values), -1], dtype=np.int64)
        route = table[routes.codes]
        x, y = self.metric.forward(lon_e7, lat_e7)
        rows = np.flatnonzero((route >= 0) & (x != NULL_I64))
        found = np.full(len(routes), UNKNOWN_MM)
        points = shapely.points(x[rows] / 1000.0, y[rows] / 1000.0)
        found[rows] = np.rint(shapely.distance(self.lines[route[rows]], points) * 1000).astype(np.int64)
        return found
