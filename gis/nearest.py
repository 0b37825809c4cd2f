"""Nearest: the closest feature of a layer within a distance, exact to the millimetre.

Lengths are measured in the plane of the deployment's metric CRS. A point inside a polygon has
distance 0; ties go to the lowest key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cells import Edges, Geometries, Ints, edges_of
from gis.crs import Metric
from gis.near import Near
from gis.zones import ZoneIndex


@dataclass(frozen=True, slots=True)
class NearestIndex:
    """Features of one layer, points, lines or polygons; `keys[f]` names feature f."""

    keys: tuple[str, ...]
    metric: Metric
    _edges: Edges  # in millimetres, in order of key
    _zones: ZoneIndex | None  # of the polygons among the features
    _zone_owner: Ints
    _rank: Ints  # of each feature's key
    _by_radius: dict[int, Near] = field(default_factory=dict, repr=False, compare=False)  # built when first asked

    @staticmethod
    def of(keys: Sequence[str], geometries: Sequence[Any] | Geometries, *, metric: Metric) -> NearestIndex:
        """Return the index of WGS-84 geometries (degrees)."""
        shapes = np.empty(len(keys), dtype=object)
        shapes[:] = list(geometries)
        by_key = np.asarray(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
        rank = np.empty(len(keys), dtype=np.int64)
        rank[by_key] = np.arange(len(keys))
        edges = planar_edges(shapes[by_key], metric)
        edges = Edges(by_key[edges.owner], edges.x1, edges.y1, edges.x2, edges.y2)
        area = by_key[shapely.get_dimensions(shapes[by_key]) == 2]
        zones = ZoneIndex.of([keys[number] for number in area], shapes[area]) if len(area) else None
        return NearestIndex(tuple(keys), metric, edges, zones, area, rank)

    @staticmethod
    def of_points(
        keys: Sequence[str], lon: NDArray[np.float64], lat: NDArray[np.float64], *, metric: Metric
    ) -> NearestIndex:
        """Return the index of points in WGS-84 degrees."""
        points = np.empty(len(keys), dtype=object)
        points[:] = shapely.points(lon, lat)
        return NearestIndex.of(keys, points, metric=metric)

    def within(
        self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], within_mm: int
    ) -> tuple[NDArray[np.int32], Ints]:
        """Return per row (feature or -1, distance in mm or null) of the nearest within `within_mm`."""
        x, y = self.metric.forward(lon_e7, lat_e7)
        return self.within_plane(x, y, lon_e7, lat_e7, within_mm)

    def within_plane(
        self,
        x_mm: Ints,
        y_mm: Ints,
        lon_e7: NDArray[np.int32],
        lat_e7: NDArray[np.int32],
        within_mm: int,
    ) -> tuple[NDArray[np.int32], Ints]:
        """Return what `within` does, for points already projected by the same `Metric`."""
        near = self._by_radius.get(within_mm)
        if near is None:
            near = self._by_radius.setdefault(within_mm, Near.of(self._edges, radius_mm=within_mm))
        edge, distance, _ = near.nearest(x_mm, y_mm)
        feature = np.where(edge >= 0, self._edges.owner[edge] if len(self._edges) else -1, -1).astype(np.int32)
        if self._zones is not None:
            zone = self._zones.first(lon_e7, lat_e7)
            rows = np.flatnonzero(zone >= 0)
            owner = self._zone_owner[zone[rows]]
            better = (distance[rows] != 0) | (self._rank[owner] < self._rank[feature[rows]])
            feature[rows[better]], distance[rows[better]] = owner[better], 0
        return feature, distance


def planar_edges(shapes: Geometries, metric: Metric) -> Edges:
    """Return the edges of WGS-84 geometries in the metric plane, whole millimetres."""

    def project(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = metric.forward_degrees(xy[:, 0], xy[:, 1])
        return np.column_stack([x, y]).astype(np.float64)

    return edges_of(shapely.transform(shapes, project))
