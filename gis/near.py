"""Near: the nearest straight edge within a radius, exact, for all points of a batch at once.

Works in the plane of a metric CRS, in integer millimetres. A grid holds per cell the edges that
can be nearest to some point of the cell; the distance to each is rounded to a millimetre before
it is compared, so ties are ties on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gis.cells import Cells, Edges, Floats, Ints, Table, touched
from ops_center.columns import NULL_I64

_MOST_CELLS = 1 << 21
_MOST_ENTRIES = 3_000_000  # before pruning; finer cells answer faster and take longer to build


@dataclass(frozen=True, slots=True)
class Near:
    """Edges in the order that decides ties, and their grid for one radius."""

    edges: Edges
    radius_mm: int
    _cells: Cells
    _table: Table

    @staticmethod
    def of(edges: Edges, *, radius_mm: int) -> Near:
        """Return the index of edges (millimetres) for one radius; an earlier edge wins a tie."""
        if not len(edges):
            cells = Cells(0, 0, 0, 1, 1)
            return Near(edges, radius_mm, cells, Table.of(cells, np.empty(0, np.int64), np.empty(0, np.int64)))
        margin = float(radius_mm) + 1.0
        cells = Cells.over(
            min(edges.x1.min(), edges.x2.min()) - margin,
            min(edges.y1.min(), edges.y2.min()) - margin,
            max(edges.x1.max(), edges.x2.max()) + margin,
            max(edges.y1.max(), edges.y2.max()) + margin,
            most=_MOST_CELLS,
            finest=_finest(edges, radius_mm),
        )
        edge, cell = touched(cells, edges, item=np.arange(len(edges)), margin=margin)
        keep = _can_be_nearest(cells, edges, edge, cell, radius_mm)
        return Near(edges, radius_mm, cells, Table.of(cells, cell[keep], edge[keep]))

    def nearest(self, x_mm: Ints, y_mm: Ints) -> tuple[Ints, Ints, Floats]:
        """Return per row (edge or -1, distance in mm or null, share 0..1 along that edge or NaN)."""
        n = len(x_mm)
        best = np.full(n, -1, dtype=np.int64)
        distance = np.full(n, NULL_I64, dtype=np.int64)
        share = np.full(n, np.nan)
        rows, edge = self._table.pairs(self._cells.at(x_mm, y_mm))
        if not len(rows):
            return best, distance, share
        d, t = _measure(self.edges, edge, x_mm[rows].astype(np.float64), y_mm[rows].astype(np.float64))
        keep = first_least(rows, d)
        keep = keep[d[keep] <= self.radius_mm]
        at = rows[keep]
        best[at], distance[at], share[at] = edge[keep], d[keep].astype(np.int64), t[keep]
        return best, distance, share


def _finest(edges: Edges, radius_mm: int) -> int:
    """Return the side of cells (mm) at which `touched` meets at most about `_MOST_ENTRIES` of them."""
    length = np.sqrt((edges.x2 - edges.x1) ** 2 + (edges.y2 - edges.y1) ** 2)
    # Pieces as long as the radius, each in a box three radii wide; or pieces of one cell in boxes of 3 x 3.
    boxes = 9.0 * radius_mm * float(np.sum(length + radius_mm))
    return max(int((boxes / _MOST_ENTRIES) ** 0.5), int(9.0 * float(length.sum()) / _MOST_ENTRIES), 4_000)


def first_least(rows: Ints, values: Floats) -> Ints:
    """Return the place of the least value of each run of equal rows, the first of equal ones."""
    lead = np.concatenate([[True], rows[1:] != rows[:-1]])
    starts = np.flatnonzero(lead)
    group = np.cumsum(lead) - 1
    least = np.flatnonzero(values == np.minimum.reduceat(values, starts)[group])
    group = group[least]
    return np.asarray(least[np.concatenate([[True], group[1:] != group[:-1]])])


def _measure(edges: Edges, edge: NDArray[Any], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return (distance rounded to whole mm, share along the edge) of points and edges, pair by pair."""
    ux, uy = (edges.x2 - edges.x1)[edge], (edges.y2 - edges.y1)[edge]
    px, py = x - edges.x1[edge], y - edges.y1[edge]
    square = ux * ux + uy * uy
    share = np.clip((px * ux + py * uy) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    dx, dy = px - share * ux, py - share * uy
    return np.rint(np.sqrt(dx * dx + dy * dy)), share


def _can_be_nearest(cells: Cells, edges: Edges, edge: Ints, cell: Ints, radius_mm: int) -> NDArray[np.bool_]:
    """Return which (edge, cell) pairs matter: no point of the cell is surely nearer to another edge."""
    x, y = cells.centre(cell)
    middle, _ = _measure(edges, edge, x, y)
    reach = cells.side * np.sqrt(0.5) + 2.0  # from the centre to a corner, and the rounding of two distances
    best = np.full(cells.count, np.inf)
    np.minimum.at(best, cell, middle)
    return np.asarray(middle - reach <= np.minimum(best[cell] + reach, radius_mm))
