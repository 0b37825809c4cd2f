"""Places of the shipped layers at which the rules are shown."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

from layers.loader import load_layer
from layers.model import LayerData, plain
from ops_center.content import built_in, read_document

Place = tuple[float, float]  # lon, lat
FAR: Place = (120.9, 38.6)  # the open sea: no road, no county


@cache
def layer(name: str) -> LayerData:
    """Return a shipped layer."""
    return load_layer(read_document(built_in().path / "layers" / "catalog" / f"{name}.yml"))


def value(name: str, row: int, field: str) -> object:
    """Return one field of one feature."""
    return plain(layer(name).columns[field], row)


def middle(shape: shapely.Geometry) -> Place:
    """Return the point half way along a line, or a point in a polygon."""
    if shape.geom_type.endswith("LineString"):
        line = shape if shape.geom_type == "LineString" else max(shape.geoms, key=lambda part: part.length)
        point = line.interpolate(0.5, normalized=True)
    else:
        point = shapely.point_on_surface(shape)
    return float(point.x), float(point.y)


def roads(kind: str, *, least_kph: float | None = None) -> list[Place]:
    """Return points on roads of a class, the longest first: without a sign, or with one of at least so much."""
    data = layer("roads")

    def fits(row: int) -> bool:
        limit = value("roads", row, "limit_kph")
        if value("roads", row, "class") != kind:
            return False
        return limit is None if least_kph is None else limit is not None and float(str(limit)) >= least_kph

    rows = sorted(filter(fits, range(len(data))), key=lambda row: -float(shapely.length(data.geometries[row])))
    return [middle(data.geometries[row]) for row in rows[:400]]


@cache
def county_of(place: Place) -> str:
    """Return the code of the county at a place."""
    counties = layer("counties")
    return str(counties.keys[int(np.flatnonzero(shapely.covers(counties.geometries, shapely.Point(place)))[0])])


def in_counties(places: list[Place], number: int) -> list[Place]:
    """Return the first places that lie in counties of their own."""
    found: dict[str, Place] = {}
    for place in places:
        if shapely.covers(layer("counties").geometries, shapely.Point(place)).any():
            found.setdefault(county_of(place), place)
    return list(found.values())[:number]


def first(name: str, *, where: str = "", above: float | None = None, below: float | None = None) -> Place:
    """Return a place in the first feature of a layer whose field lies within bounds."""
    data = layer(name)
    for row in range(len(data)):
        if where:
            found = float(str(value(name, row, where)))
            if (above is not None and found <= above) or (below is not None and found > below):
                continue
        return middle(data.geometries[row])
    raise LookupError(f"{name}: nothing fits")
