"""Cells: a uniform grid over integer coordinates with the table of what lies in each cell.

The unit is whatever the caller's integers are (1e-7 degrees or millimetres). A cell's side is a
power of two, so that the cell of a point is two shifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Geometries = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns `nx` and rows `ny` of cells with side 2**shift from (x0, y0); cell = row * nx + column."""

    x0: int
    y0: int
    shift: int
    nx: int
    ny: int

    @staticmethod
    def over(x_min: float, y_min: float, x_max: float, y_max: float, *, most: int, finest: int = 1) -> Cells:
        """Return the finest grid over a box that has at most `most` cells, none below `finest` wide."""
        x0, y0 = int(np.floor(x_min)), int(np.floor(y_min))
        wide, high = int(np.ceil(x_max)) - x0, int(np.ceil(y_max)) - y0
        shift = max(finest - 1, 0).bit_length()
        while ((wide >> shift) + 1) * ((high >> shift) + 1) > most:
            shift += 1
        return Cells(x0, y0, shift, (wide >> shift) + 1, (high >> shift) + 1)

    @property
    def count(self) -> int:
        """Number of cells; also the number that stands for "outside"."""
        return self.nx * self.ny

    @property
    def side(self) -> int:
        """Side of a cell in the unit of the coordinates."""
        return 1 << self.shift

    def at(self, x: NDArray[Any], y: NDArray[Any]) -> Ints:
        """Return each point's cell, `count` outside the grid (nulls are outside)."""
        column = (x.astype(np.int64) - self.x0) >> self.shift
        row = (y.astype(np.int64) - self.y0) >> self.shift
        inside = (column >= 0) & (column < self.nx) & (row >= 0) & (row < self.ny)
        return np.where(inside, row * self.nx + column, self.count)

    def centre(self, cell: Ints) -> tuple[Floats, Floats]:
        """Return the middle of cells."""
        column, row = (cell % self.nx).astype(np.float64), (cell // self.nx).astype(np.float64)
        return self.x0 + (column + 0.5) * self.side, self.y0 + (row + 0.5) * self.side


@dataclass(frozen=True, slots=True)
class Table:
    """What lies in each cell (CSR); the last cell stands for "outside" and is empty."""

    start: NDArray[np.int32]
    entry: NDArray[np.int32]

    @staticmethod
    def of(cells: Cells, cell: Ints, entry: NDArray[Any]) -> Table:
        """Return the table of (cell, entry) pairs, entries of a cell in rising order."""
        order = np.lexsort((entry, cell))
        start = np.zeros(cells.count + 2, dtype=np.int32)
        np.cumsum(np.bincount(cell, minlength=cells.count + 1), out=start[1:])
        return Table(start, entry[order].astype(np.int32))

    def pairs(self, cell: Ints) -> tuple[Ints, NDArray[np.int32]]:
        """Return (row, entry) of every entry of each row's cell, in order of row, then entry."""
        first = self.start[cell]
        count = self.start[cell + 1] - first
        hit = np.flatnonzero(count)
        if not len(hit):
            return np.empty(0, np.int64), np.empty(0, np.int32)
        count, first = count[hit], first[hit]
        ends = np.cumsum(count, dtype=np.int64)
        at = np.arange(ends[-1]) + np.repeat(first - (ends - count), count)
        return np.repeat(hit, count), self.entry[at]


@dataclass(frozen=True, slots=True)
class Edges:
    """Straight edges with the geometry each belongs to; a point is an edge of no length."""

    owner: Ints
    x1: Floats
    y1: Floats
    x2: Floats
    y2: Floats

    def __len__(self) -> int:
        return len(self.owner)


def edges_of(geometries: Geometries) -> Edges:
    """Return every edge of points, lines and polygon rings, in order of geometry."""
    parts, part_owner = shapely.get_parts(geometries, return_index=True)
    polygonal = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, ring_part = shapely.get_rings(parts[polygonal], return_index=True)
    pieces = np.concatenate([parts[~polygonal], rings])
    owner = np.concatenate([part_owner[~polygonal], part_owner[polygonal][ring_part]])
    xy, piece = shapely.get_coordinates(pieces, return_index=True)
    joined = np.flatnonzero(piece[1:] == piece[:-1])
    single = np.flatnonzero(np.bincount(piece, minlength=len(pieces))[piece] == 1)
    tail, head = np.concatenate([joined, single]), np.concatenate([joined + 1, single])
    order = np.argsort(owner[piece[tail]], kind="stable")
    tail, head = tail[order], head[order]
    return Edges(owner[piece[tail]].astype(np.int64), xy[tail, 0], xy[tail, 1], xy[head, 0], xy[head, 1])


def touched(cells: Cells, edges: Edges, *, item: Ints, margin: float) -> tuple[Ints, Ints]:
    """Return unique (item, cell), sorted, of every cell that lies within `margin` of an edge.

    Conservative: an edge is cut in pieces no longer than a cell or the margin, and each piece takes
    the cells of its box grown by the margin, so a cell too many is possible, a missing one is not.
    """
    dx, dy = edges.x2 - edges.x1, edges.y2 - edges.y1
    pieces = np.maximum(np.ceil(np.maximum(np.abs(dx), np.abs(dy)) / max(cells.side, margin)), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(edges)), pieces)
    number = _ramp(pieces)
    t1, t2 = number / pieces[edge], (number + 1) / pieces[edge]
    ax, bx = edges.x1[edge] + t1 * dx[edge], edges.x1[edge] + t2 * dx[edge]
    ay, by = edges.y1[edge] + t1 * dy[edge], edges.y1[edge] + t2 * dy[edge]
    columns = _span(np.minimum(ax, bx) - margin, np.maximum(ax, bx) + margin, cells.x0, cells.shift, cells.nx)
    rows = _span(np.minimum(ay, by) - margin, np.maximum(ay, by) + margin, cells.y0, cells.shift, cells.ny)
    wide, high = columns[1] - columns[0] + 1, rows[1] - rows[0] + 1
    size = np.where((wide > 0) & (high > 0), wide * high, 0)
    piece = np.repeat(np.arange(len(edge)), size)
    inner = _ramp(size)
    cell = (rows[0][piece] + inner // wide[piece]) * cells.nx + columns[0][piece] + inner % wide[piece]
    both = np.unique(item[edge[piece]] * np.int64(cells.count) + cell)
    return both // cells.count, both % cells.count


def _span(low: Floats, high: Floats, origin: int, shift: int, n: int) -> tuple[Ints, Ints]:
    side = float(1 << shift)
    first = np.clip(np.floor((low - origin) / side), 0, n).astype(np.int64)
    last = np.clip(np.floor((high - origin) / side), -1, n - 1).astype(np.int64)
    return first, last


def _ramp(counts: Ints) -> Ints:
    """Return 0..c-1 for each count, one after another."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) - np.repeat(ends - counts, counts), dtype=np.int64)
