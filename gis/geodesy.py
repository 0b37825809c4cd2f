"""Geodesy: lengths between fixes, circles on the ellipsoid, and wind areas of a typhoon.

Positions are WGS-84 degrees or 1e-7 degrees. Wind areas are derived, not observed: whoever shows
them labels them so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod
from shapely.geometry import Polygon

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_EARTH_MM = 6_371_008_800.0  # mean radius R1 of GRS 80 (Moritz 2000), mm
_GEOD = Geod(ellps="WGS84")
_AIR_KG_M3 = 1.15  # surface air density used with Holland's profile (Holland 1980, Mon. Wea. Rev. 108)
_AMBIENT_HPA = 1010.0  # environmental pressure of the western North Pacific (Knaff and Zehr 2007)
_EARTH_RAD_S = 7.292e-5
# Share of the storm's motion that adds to the surface wind, and its turn to the left of the motion
# (Lin and Chavas 2012, J. Geophys. Res. 117, D09120).
_MOTION_SHARE, _MOTION_TURN_DEG = 0.55, 20.0
_FURTHEST_M = 1_500_000.0


def distance_mm(
    lon1_e7: NDArray[np.int32],
    lat1_e7: NDArray[np.int32],
    lon2_e7: NDArray[np.int32],
    lat2_e7: NDArray[np.int32],
) -> Integers:
    """Return great-circle millimetres between pairs of points, within 0.6 % of the ellipsoid."""
    to_rad = np.pi / 180e7
    phi1, phi2 = lat1_e7 * to_rad, lat2_e7 * to_rad
    d_phi = (lat2_e7.astype(np.int64) - lat1_e7) * to_rad
    d_lambda = (lon2_e7.astype(np.int64) - lon1_e7) * to_rad
    half = np.sin(d_phi / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(d_lambda / 2) ** 2
    arc = 2.0 * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return np.asarray(np.rint(_EARTH_MM * arc), dtype=np.int64)


def speed_kph(distance: Integers, elapsed_ms: Integers) -> Floats:
    """Return km/h of millimetres in milliseconds (mm/ms = m/s); infinite where no time went by."""
    moved = np.where(distance == 0, 0.0, np.inf)
    return np.where(elapsed_ms > 0, distance / np.maximum(elapsed_ms, 1) * 3.6, moved)


def circle(lon: float, lat: float, *, radius_m: float, points: int = 72) -> Polygon:
    """Return a geodesic circle (WGS-84 degrees)."""
    return _around(lon, lat, np.full(points, float(radius_m)))


def quadrants(lon: float, lat: float, *, radii_m: Sequence[float], per_quadrant: int = 18) -> Polygon:
    """Return the area of wind radii published by quadrant, in the order NE, SE, SW, NW."""
    if len(radii_m) != 4:
        raise ValueError("four radii: NE, SE, SW, NW")
    bearing = np.concatenate([np.linspace(90.0 * q, 90.0 * (q + 1), per_quadrant + 1) for q in range(4)])
    return _around(lon, lat, np.repeat(np.asarray(radii_m, dtype=np.float64), per_quadrant + 1), bearing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cyclone:
    """What an agency states of a cyclone: centre (degrees), greatest wind, pressure, motion."""

    lon: float
    lat: float
    wind_ms: float
    pressure_hpa: float
    motion_ms: float = 0.0
    motion_deg: float = 0.0  # towards, clockwise from north


def wind_area(cyclone: Cyclone, *, wind_ms: float, points: int = 72) -> Polygon | None:
    """Return the area with surface wind of at least `wind_ms`, None where the cyclone has none.

    Holland (1980) profile with its B from greatest wind and pressure deficit, radius of greatest
    wind by Willoughby, Darling and Rahn (2006, eq. 7a), asymmetry by Lin and Chavas (2012).
    Derived: a symmetric model of one cyclone over open water, no observation.
    """
    turn = np.radians(_MOTION_TURN_DEG) * (1 if cyclone.lat >= 0 else -1)
    towards = np.radians(cyclone.motion_deg) - turn
    drift_e, drift_n = (_MOTION_SHARE * cyclone.motion_ms * part for part in (np.sin(towards), np.cos(towards)))
    # The stated greatest wind holds the drift; the profile is what is left without it.
    peak = cyclone.wind_ms - _MOTION_SHARE * cyclone.motion_ms
    if peak <= 0 or cyclone.wind_ms < wind_ms:
        return None
    bearing = np.arange(points) * (2 * np.pi / points)
    spin = -1.0 if cyclone.lat >= 0 else 1.0  # anticlockwise in the northern hemisphere
    east, north = spin * np.cos(bearing), -spin * np.sin(bearing)

    def enough(radius_m: Floats) -> NDArray[np.bool_]:
        v = _holland_ms(cyclone, peak, radius_m)
        return np.asarray(np.hypot(v * east + drift_e, v * north + drift_n) >= wind_ms)

    low, high = np.full(points, peak_radius_m(cyclone)), np.full(points, _FURTHEST_M)
    low = np.where(enough(low), low, 0.0)
    for _ in range(40):  # halving 1,500 km forty times: below a millimetre
        middle = (low + high) / 2
        inside = enough(middle) & (low > 0)
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    if not (low > 0).any():
        return None
    return _around(cyclone.lon, cyclone.lat, np.maximum(low, 1_000.0), np.degrees(bearing))


def peak_radius_m(cyclone: Cyclone) -> float:
    """Return the radius of greatest wind (Willoughby, Darling and Rahn 2006, eq. 7a)."""
    return float(46_400.0 * np.exp(-0.0155 * cyclone.wind_ms + 0.0169 * abs(cyclone.lat)))


def _holland_ms(cyclone: Cyclone, peak_ms: float, radius_m: Floats) -> Floats:
    """Return the gradient wind of Holland (1980, eq. 5 and 7), scaled to `peak_ms`."""
    deficit_pa = max(_AMBIENT_HPA - cyclone.pressure_hpa, 1.0) * 100.0
    # B = V^2 rho e / dp, held to Holland's range of 1 to 2.5.
    b = float(np.clip(peak_ms**2 * _AIR_KG_M3 * np.e / deficit_pa, 1.0, 2.5))
    ratio = (peak_radius_m(cyclone) / np.maximum(radius_m, 1.0)) ** b
    half_f = _EARTH_RAD_S * abs(np.sin(np.radians(cyclone.lat))) * radius_m
    swirl = peak_ms**2 * ratio * np.exp(1.0 - ratio)  # B dp / (rho e) = peak^2 by the choice of B
    return np.asarray(np.sqrt(swirl + half_f**2) - half_f)


def _around(lon: float, lat: float, radius_m: Floats, bearing_deg: Floats | None = None) -> Polygon:
    n = len(radius_m)
    bearing = np.arange(n) * (360.0 / n) if bearing_deg is None else bearing_deg
    lons, lats, _ = _GEOD.fwd(np.full(n, lon), np.full(n, lat), bearing, radius_m)
    return Polygon(np.round(np.column_stack([lons, lats]), 7))
