"""Distance on the ground, plainly: the haversine and a look at every point."""

from __future__ import annotations

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt


def metres(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Return the great-circle distance (haversine, mean radius R1 of IUGG 1980)."""
    phi, psi = radians(lat_a), radians(lat_b)
    half = sin((psi - phi) / 2) ** 2 + cos(phi) * cos(psi) * sin(radians(lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(half))


def nearest(points: Sequence[tuple[str, float, float]], lon: float, lat: float) -> tuple[str, int] | None:
    """Return (key, mm) of the nearest point."""
    found = [(round(metres(lon, lat, x, y) * 1000), key) for key, x, y in points]
    best = min(found, default=None)
    return None if best is None else (best[1], best[0])
