"""Layers as the fast plane joins to them: an index, stable keys, one column a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from ops_center.columns import NULL_I64, Codes, Column
from ops_center.domain.text import Json

I64 = NDArray[np.int64]
FOREVER_MS = 2**62
LONGEST_KEPT_MS = 24 * 3_600_000  # an ended zone is remembered this long for rows that come late


class ZoneFinder(Protocol):
    """Point in polygon; EPSG:4326 in 1e-7 degrees."""

    def inside(self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return (rows, zones): every pair of a point and a zone that contains it."""
        ...


class NearestFinder(Protocol):
    """Nearest point feature; EPSG:4326 in 1e-7 degrees."""

    def within(
        self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], within_mm: int
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return (feature or -1, distance_mm) for each point."""
        ...


class SegmentFinder(Protocol):
    """Nearest road edge; EPSG:4326 in 1e-7 degrees."""

    def snap(
        self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], radius_mm: int
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return (edge or -1, distance_mm, fraction along it) for each point."""
        ...


class RouteFinder(Protocol):
    """Distance to a named route; EPSG:4326 in 1e-7 degrees."""

    def distance_mm(self, routes: Codes, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> I64:
        """Return the distance of each point to its own route, -1 where the route is unknown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLayer:
    """Point features (schools, hospitals): `keys[i]` and `fields[name][i]` belong to feature i."""

    index: NearestFinder
    keys: tuple[str, ...]
    fields: Mapping[str, Column]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadLayer:
    """Road edges, snapped within `radius_mm`; fields such as class and limit_kph."""

    index: SegmentFinder
    keys: tuple[str, ...]
    fields: Mapping[str, Column]
    radius_mm: int = 50_000


@dataclass(frozen=True, kw_only=True)
class ZoneLayer:
    """Polygons, each valid in [from_ms, to_ms): one key may have many versions, never two at once."""

    index: ZoneFinder
    keys: tuple[str, ...]
    fields: Mapping[str, Column] = field(default_factory=dict)
    from_ms: I64 | None = None  # None: all always valid
    to_ms: I64 | None = None

    def inside(self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32], t_ms: I64) -> tuple[I64, I64]:
        """Return (rows, zones) of the zones valid at each row's own time, in order of row and key."""
        rows, zones = (np.asarray(part, dtype=np.int64) for part in self.index.inside(lon_e7, lat_e7))
        if self.from_ms is not None and self.to_ms is not None:
            t = t_ms[rows]
            valid = (self.from_ms[zones] <= t) & (t < self.to_ms[zones])
            rows, zones = rows[valid], zones[valid]
        order = np.argsort(rows * np.int64(len(self.keys) + 1) + self.rank[zones], kind="stable")
        return rows[order], zones[order]

    @cached_property
    def rank(self) -> I64:
        """Return each feature's place in the order of keys."""
        order = sorted(range(len(self.keys)), key=self.keys.__getitem__)
        rank = np.empty(len(self.keys), dtype=np.int64)
        rank[order] = np.arange(len(self.keys))
        return rank


class ShapelyZones:
    """A zone index over few polygons by shapely's tree: for zones that come and go."""

    def __init__(self, shapes: Sequence[shapely.Geometry]) -> None:
        self._shapes = np.asarray(shapes, dtype=object)
        if len(shapes):
            shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)

    def inside(self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return (rows, zones): every pair of a point and a zone that covers it (border included)."""
        if not len(self._shapes) or not len(lon_e7):
            return np.empty(0, np.int64), np.empty(0, np.int64)
        points = np.asarray(shapely.points(lon_e7 / 1e7, lat_e7 / 1e7), dtype=object)
        rows, zones = self._tree.query(points)
        found = shapely.covers(self._shapes[zones], points[rows])  # the shapes are prepared, a query's are not
        return rows[found], zones[found]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneVersion:
    """One version of a dynamic zone."""

    key: str
    shape: shapely.Geometry
    fields: Mapping[str, Json]
    from_ms: int
    to_ms: int = FOREVER_MS


@dataclass(frozen=True)
class DynamicZones:
    """The versions of one layer of announced zones (wind circles, warnings, plumes)."""

    versions: tuple[ZoneVersion, ...] = ()

    def put(self, version: ZoneVersion) -> DynamicZones:
        """Return with a zone that holds from its time, in place of an older one of its key."""
        return DynamicZones((*self.remove(version.key, version.from_ms).versions, version))

    def remove(self, key: str, at_ms: int) -> DynamicZones:
        """Return with the zone ended at a time; what ended long ago is forgotten."""
        kept = []
        for old in self.versions:
            now = replace(old, to_ms=min(old.to_ms, at_ms)) if old.key == key else old
            if now.from_ms < now.to_ms and now.to_ms > at_ms - LONGEST_KEPT_MS:
                kept.append(now)
        return DynamicZones(tuple(kept))

    def edges(self) -> set[int]:
        """Return the instants at which a zone begins or ends."""
        times = {v.from_ms for v in self.versions} | {v.to_ms for v in self.versions}
        return times - {FOREVER_MS}

    @cached_property
    def layer(self) -> ZoneLayer:
        """Return the layer to join to."""
        names = sorted({name for v in self.versions for name in v.fields})
        return ZoneLayer(
            index=ShapelyZones([v.shape for v in self.versions]),
            keys=tuple(v.key for v in self.versions),
            fields={name: column_of([v.fields.get(name) for v in self.versions]) for name in names},
            from_ms=np.asarray([v.from_ms for v in self.versions], dtype=np.int64),
            to_ms=np.asarray([v.to_ms for v in self.versions], dtype=np.int64),
        )


def column_of(values: Sequence[Json]) -> Column:
    """Return JSON values as a column: text, booleans, integers or numbers; None is null."""
    given = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in given) and given:
        return np.asarray([-1 if value is None else int(value) for value in values], dtype=np.int8)
    if all(isinstance(value, int) for value in given) and given:
        return np.asarray([NULL_I64 if value is None else value for value in values], dtype=np.int64)
    if all(isinstance(value, int | float) for value in given):
        return np.asarray([np.nan if value is None else value for value in values], dtype=np.float64)
    return Codes.of([None if value is None else str(value) for value in values])
