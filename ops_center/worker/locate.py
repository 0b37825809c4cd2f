"""Columns by dotted name, joined only where something asks: registry, place, road, values, features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, Codes, Column
from ops_center.domain.feed import Feed
from ops_center.domain.rule import Join
from ops_center.worker import features as feature
from ops_center.worker.items import Items
from ops_center.worker.layer import RoadLayer
from ops_center.worker.state import State, null_of
from ops_center.worker.world import World

I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs of an item and a feature of a layer; -1 is no feature (optional joins only)."""

    item: I64
    feature: I64
    distance_mm: I64


class Names(Mapping[str, Column]):
    """The columns of the items; each is worked out when first asked for."""

    def __init__(
        self, items: Items, *, feed: Feed, world: World, state: State, features: feature.Features | None = None
    ) -> None:
        self.lines, self.feed, self.world, self.state = items, feed, world, state
        self._features = features
        self._columns: dict[str, Column | None] = {}
        self._found: dict[tuple[str, str, int], Found] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = self._column(name)
        column = self._columns[name]
        if column is None:
            raise KeyError(name)
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def pairs(self, join: Join) -> Found:
        """Return which features a join finds for the items, nearest or inside, optional ones not filled in."""
        key = (join.mode, join.layer, join.within_mm)
        if key not in self._found:
            self._found[key] = self._nearest(join) if join.mode == "nearest" else self._inside(join.layer)
        return self._found[key]

    def _nearest(self, join: Join) -> Found:
        points = self.world.points.get(join.layer)
        at = self._placed
        if points is None or not len(at):
            return _nothing()
        found, distance = points.index.within(self.lines.lon_e7[at], self.lines.lat_e7[at], join.within_mm)
        hit = np.asarray(found) >= 0
        return Found(at[hit], np.asarray(found, np.int64)[hit], np.asarray(distance, np.int64)[hit])

    def _inside(self, name: str) -> Found:
        layer = self.world.layer(name)
        at = self._placed
        if layer is None or not len(at):
            return _nothing()
        items = self.lines
        rows, zones = layer.inside(items.lon_e7[at], items.lat_e7[at], items.t[at])
        return Found(at[rows], zones, np.zeros(len(rows), np.int64))

    @cached_property
    def _placed(self) -> I64:
        return np.flatnonzero(self.lines.lon_e7 != NULL_I32)

    def _column(self, name: str) -> Column | None:
        items = self.lines
        if name == "subject":
            return Codes(items.slot.astype(np.int32), self.state.subjects)
        if name == "feed":
            return Codes(np.zeros(len(items), np.int32), (self.feed.id,))
        if name in ("lon", "lat"):
            raw = items.lon_e7 if name == "lon" else items.lat_e7
            return np.where(raw == NULL_I32, np.nan, raw / 1e7)
        if name in feature.NAMES:
            return self._feature(name)
        column = items.column(name, self.state)
        if column is not None:
            return column
        if name == "off_route_m":
            return self._off_route()
        if name.startswith("road."):
            return self._road(name.removeprefix("road."))
        if name.startswith("admin."):
            return self._admin(name.removeprefix("admin."))
        if name in self.world.values:
            return self._value(name)
        return self._registered(name)

    def _feature(self, name: str) -> Column:
        items = self.lines
        out = np.full(len(items), np.nan)
        carried = items.source < 0
        if carried.any():
            out[carried] = feature.kept_seconds(name, self.state, items.slot[carried])
        if self._features is not None and not carried.all():
            good = self._good_row
            values = feature.seconds(name, self._features, items.rows.event[good])
            out[~carried] = values[np.searchsorted(good, items.source[~carried])]
        return out

    @cached_property
    def _good_row(self) -> I64:
        """Accepted rows, which the features are of."""
        return np.unique(self.lines.source[self.lines.source >= 0])

    def _off_route(self) -> Column | None:
        routes = self.get("route.id")
        if self.world.routes is None or not isinstance(routes, Codes):
            return None
        items = self.lines
        mm = self.world.routes.distance_mm(routes, items.lon_e7, items.lat_e7)
        return np.where((mm < 0) | (items.lon_e7 == NULL_I32), np.nan, mm / 1000.0)

    def _road(self, name: str) -> Column | None:
        roads = self.world.roads
        if roads is None:
            return None
        edge, distance = self._snapped(roads)
        if name == "distance_m":
            return np.where(edge < 0, np.nan, distance / 1000.0)
        if name == "key":
            return Codes(edge.astype(np.int32), roads.keys)
        return at_rows(roads.fields[name], edge) if name in roads.fields else None

    def _snapped(self, roads: RoadLayer) -> tuple[I64, I64]:
        if ("road", "", 0) not in self._found:
            at = self._placed
            edge = np.full(len(self.lines), -1, dtype=np.int64)
            distance = np.zeros(len(self.lines), dtype=np.int64)
            if len(at):
                lon, lat = self.lines.lon_e7[at], self.lines.lat_e7[at]
                edge[at], distance[at] = roads.index.snap(lon, lat, roads.radius_mm)[:2]
            self._found["road", "", 0] = Found(np.arange(len(edge)), edge, distance)
        found = self._found["road", "", 0]
        return found.feature, found.distance_mm

    def _admin(self, name: str) -> Column | None:
        admin = self.world.admin
        if admin is None:
            return None
        if name == "county":
            return Codes(self._county.astype(np.int32), admin.counties.keys)
        if name == "city":
            # GB/T 2260: the first four digits are the city's.
            cities = list(dict.fromkeys(f"{key[:4]}00" for key in admin.counties.keys))
            table = np.asarray([*(cities.index(f"{key[:4]}00") for key in admin.counties.keys), -1], dtype=np.int32)
            return Codes(table[self._county], tuple(cities))
        return at_rows(admin.counties.fields[name], self._county) if name in admin.counties.fields else None

    @cached_property
    def _county(self) -> I64:
        county = np.full(len(self.lines), -1, dtype=np.int64)
        admin, at = self.world.admin, self._placed
        if admin is not None and len(at):
            rows, zones = admin.counties.inside(self.lines.lon_e7[at], self.lines.lat_e7[at], self.lines.t[at])
            lead = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]])) if len(rows) else rows
            county[at[rows[lead]]] = zones[lead]  # on a border: the lowest code
        return county

    def _value(self, name: str) -> Column | None:
        county = self.get("admin.county")
        if not isinstance(county, Codes):
            return None
        values = self.world.values[name]
        return values.column("value", values.rows(county, self.lines.t))

    def _registered(self, name: str) -> Column | None:
        registry = self.world.registry.get(self.feed.registry)
        if registry is None or name not in registry.columns:
            return None
        return registry.column(name, self._registry_rows)

    @cached_property
    def _registry_rows(self) -> I64:
        return self.world.registry[self.feed.registry].rows(cast(Codes, self["subject"]), self.lines.t)


class Joined(Mapping[str, Column]):
    """The columns of pairs: those of their items, and of the features that a rule's joins bind."""

    def __init__(self, names: Names, item: I64, joins: Mapping[str, tuple[Join, I64, I64]]) -> None:
        self.names, self.item, self.joins = names, item, joins
        self._columns: dict[str, Column | None] = {}

    def __getitem__(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = self._column(name)
        column = self._columns[name]
        if column is None:
            raise KeyError(name)
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def _column(self, name: str) -> Column | None:
        head, _, field = name.partition(".")
        if head in self.joins:
            return self._bound(*self.joins[head], field)
        column = self.names.get(name)
        if column is None:
            return None
        return column.take(self.item) if isinstance(column, Codes) else column[self.item]

    def _bound(self, join: Join, found: I64, distance_mm: I64, field: str) -> Column | None:
        keys, fields = features_of(self.names.world, join)
        if field == "distance_m":
            return np.where(found < 0, np.nan, distance_mm / 1000.0)
        if field == "key":
            return Codes(found.astype(np.int32), keys)
        return at_rows(fields[field], found) if field in fields else None


def features_of(world: World, join: Join) -> tuple[tuple[str, ...], Mapping[str, Column]]:
    """Return the keys and fields of a join's layer."""
    if join.mode == "nearest":
        points = world.points.get(join.layer)
        return (points.keys, points.fields) if points is not None else ((), {})
    layer = world.layer(join.layer)
    return (layer.keys, layer.fields) if layer is not None else ((), {})


def at_rows(column: Column, rows: I64) -> Column:
    """Return a feature column at these features, null where the feature is -1."""
    if isinstance(column, Codes):
        if not len(column):
            return Codes(np.full(len(rows), -1, np.int32), ())
        return Codes(np.where(rows >= 0, column.codes[rows], -1).astype(np.int32), column.values)
    if not len(column):
        return np.full(len(rows), np.nan)
    null = NULL_I32 if column.dtype == np.int32 else null_of(column.dtype)
    return np.where(rows >= 0, column[rows], null).astype(column.dtype)


def _nothing() -> Found:
    none = np.empty(0, np.int64)
    return Found(none, none, none)
