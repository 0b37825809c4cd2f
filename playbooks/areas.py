"""Areas of a playbook's zones: a circle around a place of the context, in metres (WGS-84 GeoJSON)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely

from gis.geodesy import circle
from ops_center.domain.quantity import length_mm
from ops_center.domain.text import Json

GeoJson = Mapping[str, Json]
POINTS = 72


def look_up(context: Mapping[str, Json], dotted: str) -> Json:
    """Return ``context["a"]["b"]`` for ``"a.b"``, None where a part is absent."""
    here: Json = context
    for part in dotted.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return None
        here = here[part]
    return here


def place_of(context: Mapping[str, Json], dotted: str) -> tuple[float, float] | None:
    """Return (lon, lat) of a place of the context, None where it is not known."""
    found = look_up(context, dotted)
    if not isinstance(found, Mapping) or found.get("lon") is None or found.get("lat") is None:
        return None
    return float(found["lon"]), float(found["lat"])


def radius_m(given: str, context: Mapping[str, Json]) -> float | None:
    """Return a length ("500 m") or a name of the context that holds metres, None where it is not known."""
    if given[:1].isdigit():
        return length_mm(given) / 1000
    found = look_up(context, given)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) and found > 0 else None


def area_of(zones: Mapping[str, Json], name: str, context: Mapping[str, Json]) -> GeoJson | None:
    """Return the area of a zone now, None where its place or radius is not known; KeyError for no such zone."""
    zone = zones[name]
    middle, reach_m = place_of(context, zone["buffer"]), radius_m(zone["radius"], context)
    if middle is None or reach_m is None:
        return None
    return around(*middle, reach_m)


def around(lon: float, lat: float, reach_m: float) -> GeoJson:
    """Return a circle, its corners rounded to 1e-7 degrees so that no raw float reaches a digest."""
    ring = shapely.get_coordinates(circle(lon, lat, radius_m=reach_m, points=POINTS).exterior)
    corners: Any = [[round(float(x), 7), round(float(y), 7)] for x, y in ring]
    return {"type": "Polygon", "coordinates": [corners]}
