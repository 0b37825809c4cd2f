"""Scenario (c) computed plainly with shapely, pyproj and scipy: which county was alerted when.

Nothing of the product is imported here. The wind radii restate the published formulas: gradient wind
of Holland (1980, Mon. Wea. Rev. 108, 1212) eq. 5 with B of its eq. 7 between 1 and 2.5 for an air
density of 1.15 kg/m3 and an ambient pressure of 1010 hPa; radius of greatest wind of Willoughby,
Darling and Rahn (2006, Mon. Wea. Rev. 134, 1102) eq. 7a. The areas are drawn with 72 corners.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import e, exp, log, radians, sin, sqrt

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from scipy.optimize import brentq
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

OMEGA_RAD_S = 7.292e-5
MS_PER_KNOT = 1852 / 3600
CORNERS = 72
HOUR_MS = 3_600_000
BEAUFORT_7_MS = 13.9  # lower bound of force 7 (GB/T 28591-2012, table 1)
STANDS_MS = {"typhoon": 24 * HOUR_MS, "quake": 6 * HOUR_MS}  # where a message states no end


@dataclass(frozen=True)
class Revision:
    """One message about a hazard and the counties it touches (none where it is called off)."""

    hazard: str
    at_ms: int
    ends_ms: int
    counties: frozenset[str]


@dataclass(frozen=True)
class Span:
    """A county alerted for a hazard; `to_ms` None while it lasts."""

    hazard: str
    county: str
    from_ms: int
    to_ms: int | None


def spans(revisions: Iterable[Revision], *, end_ms: int) -> set[Span]:
    """Return when each county was alerted: a later revision amends, each ends by itself."""
    found: set[Span] = set()
    by_hazard: dict[str, list[Revision]] = {}
    for revision in sorted(revisions, key=lambda r: (r.at_ms, r.hazard)):
        by_hazard.setdefault(revision.hazard, []).append(revision)
    for hazard, mine in by_hazard.items():
        since: dict[str, int] = {}
        for now, following in zip(mine, [*mine[1:], None], strict=True):
            for county in sorted(since.keys() - now.counties):
                found.add(Span(hazard, county, since.pop(county), now.at_ms))
            for county in sorted(now.counties - since.keys()):
                since[county] = now.at_ms
            until = end_ms if following is None else following.at_ms
            if now.ends_ms <= until:
                found |= {Span(hazard, county, at, now.ends_ms) for county, at in since.items()}
                since = {}
        found |= {Span(hazard, county, at, None) for county, at in since.items()}
    return found


def windy_radius_m(*, lat: float, peak_ms: float, pressure_hpa: float, wind_ms: float) -> float | None:
    """Return how far out the wind is at least `wind_ms`."""
    if peak_ms < wind_ms:
        return None
    radius_max = 46_400.0 * exp(-0.0155 * peak_ms + 0.0169 * abs(lat))
    b = min(max(peak_ms**2 * 1.15 * e / (max(1010.0 - pressure_hpa, 1.0) * 100), 1.0), 2.5)
    f = 2 * OMEGA_RAD_S * sin(radians(abs(lat)))

    def excess(log_r: float) -> float:
        r = exp(log_r)
        x = (radius_max / r) ** b
        return sqrt(peak_ms**2 * x * exp(1 - x) + (r * f / 2) ** 2) - r * f / 2 - wind_ms

    if excess(log(radius_max)) < 0:
        return None
    return exp(brentq(excess, log(radius_max), log(1_500_000.0), xtol=1e-12, rtol=1e-14))


def windy_area(*, lon: float, lat: float, peak_ms: float, pressure_hpa: float, wind_ms: float) -> Polygon | None:
    """Return the area of at least that wind."""
    radius = windy_radius_m(lat=lat, peak_ms=peak_ms, pressure_hpa=pressure_hpa, wind_ms=wind_ms)
    if radius is None:
        return None
    geod = Geod(ellps="WGS84")
    corners = [geod.fwd(lon, lat, n * 360 / CORNERS, radius)[:2] for n in range(CORNERS)]
    return Polygon([(round(x, 7), round(y, 7)) for x, y in corners])


def touched(counties: Mapping[str, BaseGeometry], area: BaseGeometry | None) -> frozenset[str]:
    """Return the counties an area touches."""
    if area is None:
        return frozenset()
    return frozenset(key for key, shape in counties.items() if shape.intersects(area))


def covered(counties: Mapping[str, BaseGeometry], codes: Sequence[str]) -> frozenset[str]:
    """Return the counties of administrative codes: a city's code covers its counties (GB/T 2260)."""
    return frozenset(
        key for key in counties for code in codes if key == code or (code.endswith("00") and key[:4] == code[:4])
    )


def within(counties: Mapping[str, BaseGeometry], lon: float, lat: float, *, metres: float, epsg: int) -> frozenset[str]:
    """Return the counties within a distance in the plane of a CRS."""
    point = shapely.Point(*Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat))
    return frozenset(key for key, shape in plane(counties, epsg).items() if shape.distance(point) <= metres)


_PLANES: dict[int, dict[str, BaseGeometry]] = {}


def plane(counties: Mapping[str, BaseGeometry], epsg: int) -> dict[str, BaseGeometry]:
    """Return the counties in the plane of a CRS."""
    transformer = Transformer.from_crs(4326, epsg, always_xy=True)

    def forward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    if epsg not in _PLANES:
        _PLANES[epsg] = {key: shapely.transform(shape, forward) for key, shape in counties.items()}
    return _PLANES[epsg]
