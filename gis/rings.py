"""Rings of polygons given from outside (WGS-84 lon, lat): checked, closed, without holes, rounded to 0.1 m."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import shapely

from gis.geodesy import circle

Ring = list[list[float]]
DIGITS = 6  # degrees: 0.1 m
MOST_VERTICES = 5_000
CIRCLE_POINTS = 48


def circle_ring(lon: float, lat: float, *, radius_m: float) -> Ring:
    """Return the closed ring of a geodesic circle around a point (degrees)."""
    corners = circle(lon, lat, radius_m=radius_m, points=CIRCLE_POINTS).exterior.coords
    return _rounded([(x, y) for x, y in corners])


def outer_rings(geojson: Any) -> list[Ring]:
    """Return the outer rings of a GeoJSON Polygon or MultiPolygon; ValueError says what is wrong.

    Holes are dropped: who stands in a hole of a warned area is warned too. A ring that crosses
    itself is refused, for its inside could be read in two ways.
    """
    if not isinstance(geojson, Mapping) or not isinstance(geojson.get("coordinates"), list | tuple):
        raise ValueError("a GeoJSON Polygon or MultiPolygon is wanted")
    match geojson.get("type"):
        case "Polygon":
            polygons = [geojson["coordinates"]]
        case "MultiPolygon":
            polygons = list(geojson["coordinates"])
        case other:
            raise ValueError(f"{other!r} is no Polygon or MultiPolygon")
    if not polygons or not all(isinstance(polygon, list | tuple) and polygon for polygon in polygons):
        raise ValueError("has no ring")
    rings = [_rounded(_pairs(polygon[0])) for polygon in polygons]
    if sum(len(ring) for ring in rings) > MOST_VERTICES:
        raise ValueError(f"has more than {MOST_VERTICES} corners")
    for ring in rings:
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise ValueError("a ring is not closed by its first corner")
        if not shapely.is_valid(shapely.Polygon(ring)):
            raise ValueError("a ring crosses itself or has no area")
    return rings


def _pairs(ring: Any) -> list[tuple[float, float]]:
    if not isinstance(ring, list | tuple) or len(ring) > MOST_VERTICES:
        raise ValueError(f"a ring is a list of at most {MOST_VERTICES} corners")
    return [_pair(corner) for corner in ring]


def _pair(corner: Any) -> tuple[float, float]:
    if not isinstance(corner, list | tuple) or len(corner) < 2:
        raise ValueError(f"{corner!r} is no [lon, lat]")
    lon, lat = corner[0], corner[1]
    for part in (lon, lat):
        if isinstance(part, bool) or not isinstance(part, int | float) or not math.isfinite(part):
            raise ValueError(f"{corner!r} is no [lon, lat]")
    if abs(lon) > 180 or abs(lat) > 90:
        raise ValueError(f"{corner!r} lies outside the Earth: [lon, lat] is wanted")
    return float(lon), float(lat)


def _rounded(ring: list[tuple[float, float]]) -> Ring:
    """Return the ring at 0.1 m, corners that fall together kept once."""
    found: Ring = []
    for lon, lat in ring:
        corner = [round(lon, DIGITS) + 0.0, round(lat, DIGITS) + 0.0]
        if not found or found[-1] != corner:
            found.append(corner)
    return found
