"""Segments: the road edge a point lies on, exact within its radius.

Lengths are measured in the plane of the deployment's metric CRS, in millimetres; ties go to the
lowest edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.cells import Edges, Floats, Geometries, Ints
from gis.crs import Metric
from gis.near import Near
from gis.nearest import planar_edges


@dataclass(frozen=True, slots=True)
class SegmentIndex:
    """Lines that may bend; edge e is the e-th line given."""

    metric: Metric
    _edges: Edges  # straight pieces in millimetres, in order of line
    _before: Floats  # length of the line before each piece, mm
    _length: Floats  # of each piece, mm
    _total: Floats  # of each line, mm
    _by_radius: dict[int, Near] = field(default_factory=dict, repr=False, compare=False)  # built when first asked

    @staticmethod
    def of(lines: Sequence[Any] | Geometries, *, metric: Metric) -> SegmentIndex:
        """Return the index of WGS-84 lines (degrees)."""
        shapes = np.empty(len(lines), dtype=object)
        shapes[:] = list(lines)
        edges = planar_edges(shapes, metric)
        length = np.sqrt((edges.x2 - edges.x1) ** 2 + (edges.y2 - edges.y1) ** 2)
        ends = np.cumsum(length)
        total = np.bincount(edges.owner, weights=length, minlength=len(shapes)).astype(np.float64)
        lead = np.searchsorted(edges.owner, np.arange(len(shapes)))
        begin = np.concatenate([[0.0], ends])[lead]
        return SegmentIndex(metric, edges, ends - length - begin[edges.owner], length, total)

    def snap(
        self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], radius_mm: int
    ) -> tuple[NDArray[np.int32], Ints, Floats]:
        """Return per row (edge or -1, distance in mm or null, share 0..1 along it or NaN)."""
        return self.snap_plane(*self.metric.forward(lon_e7, lat_e7), radius_mm)

    def snap_plane(self, x_mm: Ints, y_mm: Ints, radius_mm: int) -> tuple[NDArray[np.int32], Ints, Floats]:
        """Return what `snap` does, for points already projected by the same `Metric`."""
        near = self._by_radius.get(radius_mm)
        if near is None:
            near = self._by_radius.setdefault(radius_mm, Near.of(self._edges, radius_mm=radius_mm))
        piece, distance, share = near.nearest(x_mm, y_mm)
        edge = np.full(len(piece), -1, dtype=np.int32)
        hit = np.flatnonzero(piece >= 0)
        found = piece[hit]
        edge[hit] = self._edges.owner[found]
        along = self._before[found] + share[hit] * self._length[found]
        total = self._total[self._edges.owner[found]]
        share[hit] = np.clip(along / np.where(total > 0, total, 1.0), 0.0, 1.0)
        return edge, distance, share
