"""Make the area of an alert: rings, holes and circles to GeoJSON in WGS-84, and administrative codes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree
from shapely import make_valid, union_all
from shapely.geometry import MultiPolygon, Polygon, mapping
from shapely.geometry.base import BaseGeometry

from ops_center.domain.text import Json
from streams.decoders.cap12 import values
from streams.xml_input import child, children, text_in

# IUGG mean Earth radius; a circle of CAP states kilometres, metre accuracy is not claimed.
_EARTH_KM = 6371.0088
_CORNERS = 64
# Germany's weather service sends a hole of the polygon as a geocode of this name.
_HOLE = "EXCLUDE_POLYGON"
# Names under which a Chinese administrative code arrives (GB/T 2260, 6, 9 or 12 digits).
_ADCODE_NAMES = re.compile(r"adcode|cpeas|gb\s*/?\s*t\s*2260|行政区划|国家行政区", re.IGNORECASE)
_ADCODE = re.compile(r"[1-9][0-9]{5}(?:[0-9]{3}|[0-9]{6})?")


@dataclass(frozen=True, slots=True)
class Area:
    """Where an alert holds: GeoJSON or None, its codes, the names, and a point to show it at."""

    geometry: Mapping[str, Json] | None
    adcodes: tuple[str, ...]
    names: tuple[str, ...]
    geocodes: tuple[tuple[str, str], ...]
    lon_e7: int | None
    lat_e7: int | None


def of_infos(infos: Iterable[etree._Element]) -> Area:
    """Return the union of the areas of <info> blocks, in EPSG:4326 (lon, lat)."""
    shapes: list[BaseGeometry] = []
    names: dict[str, None] = {}
    codes: dict[tuple[str, str], None] = {}
    points: list[tuple[float, float]] = []
    for info in infos:
        for area in children(info, "area"):
            names.update({name: None for name in [text_in(child(area, "areaDesc"))] if name})
            pairs = geocodes(area)
            codes.update(dict.fromkeys(pairs))
            shape, centre = _shape(area, pairs)
            if shape is not None:
                shapes.append(shape)
            if centre is not None:
                points.append(centre)
    return _area(shapes, points, tuple(names), tuple(codes))


def geocodes(area: etree._Element) -> list[tuple[str, str]]:
    """Return the (name, value) geocodes of an <area>; CAP 1.0 wrote ``name=value``."""
    found: list[tuple[str, str]] = []
    for element in children(area, "geocode"):
        name, value = text_in(child(element, "valueName")), text_in(child(element, "value"))
        if name is None and value is None and "=" in (element.text or ""):
            name, _, value = (element.text or "").strip().partition("=")
        if name and value:
            found.append((name, value))
    return found


def adcode(text: str) -> str | None:
    """Return a 6-, 9- or 12-digit code, shortened to 6 digits where the rest is zero; None otherwise."""
    if _ADCODE.fullmatch(text) is None:
        return None
    return text[:6] if not text[6:].strip("0") else text


def to_geojson(shape: BaseGeometry) -> dict[str, Json]:
    """Return a polygonal shape as GeoJSON with lists, coordinates at 1e-7 degrees."""

    def plain(part: object) -> Json:
        if isinstance(part, tuple | list):
            return [plain(below) for below in part]
        return round(float(str(part)), 7)

    found = mapping(shape)
    return {"type": found["type"], "coordinates": plain(found["coordinates"])}


def polygonal(rings: Iterable[values.Ring]) -> BaseGeometry | None:
    """Return the valid union of rings; a ring that crosses itself is repaired, a flat one has no area."""
    parts = [_only_polygons(make_valid(Polygon(ring))) for ring in rings]
    whole = union_all([part for part in parts if not part.is_empty])
    return None if whole.is_empty else whole


def circle_ring(lon: float, lat: float, radius_km: float) -> values.Ring:
    """Return a ring of points at `radius_km` along the great circle from (lon, lat), WGS-84 degrees."""
    angle, phi = radius_km / _EARTH_KM, math.radians(lat)
    ring: list[tuple[float, float]] = []
    for corner in range(_CORNERS):
        bearing = 2 * math.pi * corner / _CORNERS
        sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)
        to_lat = math.asin(max(-1.0, min(1.0, sine)))
        east = math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(phi), math.cos(angle) - math.sin(phi) * math.sin(to_lat)
        )
        ring.append((lon + math.degrees(east), math.degrees(to_lat)))
    return (*ring, ring[0])


def _shape(
    area: etree._Element, pairs: list[tuple[str, str]]
) -> tuple[BaseGeometry | None, tuple[float, float] | None]:
    rings = [ring for e in children(area, "polygon") if (ring := values.polygon(text_in(e) or ""))]
    circles = [c for e in children(area, "circle") if (c := values.circle(text_in(e) or ""))]
    holes = [ring for name, text in pairs if name == _HOLE and (ring := values.polygon(text))]
    outer = polygonal([*rings, *(circle_ring(*c) for c in circles if c[2] > 0)])
    inner = polygonal(holes)
    if outer is not None and inner is not None:
        outer = _only_polygons(outer.difference(inner))
    return outer, (circles[0][0], circles[0][1]) if circles else None


def _only_polygons(shape: BaseGeometry) -> BaseGeometry:
    parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon) and part.area > 0]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _area(
    shapes: list[BaseGeometry],
    points: list[tuple[float, float]],
    names: tuple[str, ...],
    codes: tuple[tuple[str, str], ...],
) -> Area:
    whole = _only_polygons(union_all(shapes)) if shapes else None
    if whole is not None and whole.is_empty:
        whole = None
    if not points and whole is not None:
        inside = whole.representative_point()
        points = [(inside.x, inside.y)]
    known = [adcode(text) for name, text in codes if _ADCODE_NAMES.search(name)]
    return Area(
        geometry=to_geojson(whole) if whole is not None else None,
        adcodes=tuple(dict.fromkeys(code for code in known if code)),
        names=names,
        geocodes=tuple(pair for pair in codes if pair[0] != _HOLE),
        lon_e7=round(points[0][0] * 1e7) if points else None,
        lat_e7=round(points[0][1] * 1e7) if points else None,
    )
