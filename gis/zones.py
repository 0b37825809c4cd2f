"""Zones: which polygons cover each point, by grid first and by shapely only near a boundary.

A zone covers its boundary (shapely ``covers``): a point on a shared border is in both zones, and
who needs one of them takes the lowest key (administrative units do). The answer for a point never
depends on the other points of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cells import Cells, Geometries, Ints, Table, edges_of, touched

_MOST_CELLS = 1 << 21
_MOST_CELLS_OVER = 1 << 14  # of the grid over zones put later, rebuilt at each change
_FOLD_AT = 256  # so many zones put later are folded into one grid with the rest
_E7 = 1e7


@dataclass(frozen=True, slots=True)
class _Grid:
    """Per cell the zones that touch it: entry = 2 * zone + 1 where a boundary passes, 2 * zone inside."""

    cells: Cells
    table: Table


@dataclass(frozen=True, slots=True)
class ZoneIndex:
    """An immutable set of zones; `keys[z]` names zone z, "" where zone z was taken out.

    `with_zones` and `without` give a new index in which a zone keeps its number, so memberships
    held as numbers stay valid. An index built anew may number otherwise: store keys, not numbers.
    """

    keys: tuple[str, ...]
    geometries: Geometries
    _base: _Grid | None
    _over: _Grid | None
    _over_zones: frozenset[int] = frozenset()

    @staticmethod
    def of(keys: Sequence[str], geometries: Sequence[Any] | Geometries) -> ZoneIndex:
        """Return the index of WGS-84 polygons (degrees); ValueError where one is no valid polygon."""
        shapes = _shapes(geometries)
        if len(keys) != len(shapes) or len(set(keys)) != len(keys):
            raise ValueError("one different key for each zone")
        numbers = np.arange(len(shapes), dtype=np.int64)
        return ZoneIndex(tuple(keys), shapes, _grid(shapes, numbers, most=_MOST_CELLS), None)

    def __len__(self) -> int:
        return sum(1 for key in self.keys if key)

    def number(self, key: str) -> int:
        """Return a zone's number, -1 where there is none of that key."""
        return self.keys.index(key) if key in self.keys and key else -1

    def inside(self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> tuple[Ints, NDArray[np.int32]]:
        """Return (row, zone) of every zone that covers a row's point, in order of row, then zone."""
        found = [self._inside(grid, lon_e7, lat_e7) for grid in (self._base, self._over) if grid is not None]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int32)
        if len(found) == 1:
            return found[0]
        rows, zones = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.lexsort((zones, rows))
        return rows[order], zones[order]

    def covers(
        self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], *, zones: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """Return for each row whether its point is in `zones[row]` (-1: no zone, so False)."""
        rows = np.flatnonzero(zones >= 0)
        out = np.zeros(len(zones), dtype=np.bool_)
        out[rows] = _exact(self.geometries[zones[rows]], lon_e7[rows], lat_e7[rows])
        return out

    def first(self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return for each row the covering zone with the lowest key, -1 outside all."""
        rows, zones = self.inside(lon_e7, lat_e7)
        out = np.full(len(lon_e7), -1, dtype=np.int32)
        order = np.lexsort((self._rank()[zones], rows))
        rows, zones = rows[order], zones[order]
        lead = np.concatenate([[True], rows[1:] != rows[:-1]]) if len(rows) else np.empty(0, np.bool_)
        out[rows[lead]] = zones[lead]
        return out

    def with_zones(self, zones: Mapping[str, Any]) -> ZoneIndex:
        """Return the index with zones put; a known key keeps its number and gets the new shape."""
        shapes = _shapes([zones[key] for key in sorted(zones)])
        keys, geometries, over = list(self.keys), list(self.geometries), set(self._over_zones)
        for key, shape in zip(sorted(zones), shapes, strict=True):
            if key in keys:
                number = keys.index(key)
                geometries[number] = shape
            else:
                number = len(keys)
                keys.append(key)
                geometries.append(shape)
            over.add(number)
        return self._changed(tuple(keys), _array(geometries), frozenset(over))

    def without(self, keys: Sequence[str]) -> ZoneIndex:
        """Return the index without these zones; the others keep their numbers."""
        gone = {self.number(key) for key in keys} - {-1}
        left = tuple("" if number in gone else key for number, key in enumerate(self.keys))
        geometries = self.geometries.copy()
        geometries[list(gone)] = None
        return self._changed(left, geometries, self._over_zones | gone)

    def _changed(self, keys: tuple[str, ...], geometries: Geometries, over: frozenset[int]) -> ZoneIndex:
        """Zones in `over` are read from the small grid; the large one's entries for them are ignored."""
        live = np.asarray([n for n, shape in enumerate(geometries) if shape is not None], dtype=np.int64)
        if len(over) > _FOLD_AT:
            return ZoneIndex(keys, geometries, _grid(geometries, live, most=_MOST_CELLS), None)
        late = live[np.isin(live, list(over))]
        grid = _grid(geometries, late, most=_MOST_CELLS_OVER)
        return replace(self, keys=keys, geometries=geometries, _over=grid, _over_zones=over)

    def _inside(
        self, grid: _Grid, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]
    ) -> tuple[Ints, NDArray[np.int32]]:
        rows, entry = grid.table.pairs(grid.cells.at(lon_e7, lat_e7))
        zones = entry >> 1
        keep = np.ones(len(rows), dtype=np.bool_)
        if grid is self._base and self._over_zones:
            stale = np.zeros(len(self.keys), dtype=np.bool_)
            stale[list(self._over_zones)] = True
            keep = ~stale[zones]
        near = np.flatnonzero(keep & ((entry & 1) == 1))
        keep[near] = _exact(self.geometries[zones[near]], lon_e7[rows[near]], lat_e7[rows[near]])
        return rows[keep], zones[keep]

    def _rank(self) -> Ints:
        rank = np.empty(len(self.keys), dtype=np.int64)
        rank[sorted(range(len(self.keys)), key=self.keys.__getitem__)] = np.arange(len(self.keys))
        return rank


def _exact(shapes: Geometries, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> NDArray[np.bool_]:
    # A polygon that meets a point covers it; `intersects_xy` builds no point objects.
    return np.asarray(shapely.intersects_xy(shapes, lon_e7 / _E7, lat_e7 / _E7), dtype=np.bool_)


def _array(shapes: Sequence[Any]) -> Geometries:
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def _shapes(geometries: Sequence[Any] | Geometries) -> Geometries:
    """Return prepared copies of polygons; ValueError names the first that is none."""
    shapes = _array(list(geometries))
    kinds = shapely.get_type_id(shapes)
    good = np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    good &= ~shapely.is_empty(shapes) & shapely.is_valid(shapes)
    if not good.all():
        raise ValueError(f"zone {int(np.flatnonzero(~good)[0])} is no valid polygon")
    shapely.prepare(shapes)
    return shapes


def _grid(geometries: Geometries, numbers: Ints, *, most: int) -> _Grid | None:
    """Return the grid of the zones in `numbers` (into `geometries`), None where there is none."""
    if not len(numbers):
        return None
    shapes = geometries[numbers]
    edges = edges_of(shapely.transform(shapes, lambda xy: xy * _E7))
    x_min, y_min, x_max, y_max = shapely.total_bounds(shapes) * _E7
    cells = Cells.over(x_min - 2, y_min - 2, x_max + 2, y_max + 2, most=most)
    item, cell = touched(cells, edges, item=edges.owner, margin=1.0)  # 1e-7 degree: beyond all rounding
    inner_item, inner_cell = _fill(cells, shapes, item, cell)
    entry = np.concatenate([numbers[item] * 2 + 1, numbers[inner_item] * 2])
    return _Grid(cells, Table.of(cells, np.concatenate([cell, inner_cell]), entry))


def _fill(cells: Cells, shapes: Geometries, item: Ints, cell: Ints) -> tuple[Ints, Ints]:
    """Return (item, cell) of the cells wholly inside each shape.

    Between two boundary cells of one row no boundary passes, so one point tells for the whole run.
    """
    row = cell // cells.nx
    run = np.flatnonzero((item[1:] == item[:-1]) & (row[1:] == row[:-1]) & (np.diff(cell) > 1))
    x, y = cells.centre(cell[run] + 1)
    run = run[shapely.contains_xy(shapes[item[run]], x / _E7, y / _E7)]
    length = cell[run + 1] - cell[run] - 1
    which = np.repeat(np.arange(len(run)), length)
    ends = np.cumsum(length)
    step = np.arange(len(which)) - np.repeat(ends - length, length)
    return item[run][which], cell[run][which] + 1 + step
