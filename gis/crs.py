"""Coordinate systems: the Chinese datums to and from WGS-84, and the metric CRS of a deployment.

All angles are degrees, longitude first. GCJ-02 is the published obfuscation polynomial over the
Krasovsky 1940 ellipsoid; BD-09 is Baidu's rotation on top of it. Both are undone by fixed-point
iteration to below 1e-9 degrees (0.1 mm). GCJ-02 leaves points outside its box as they are, so it
is not injective within 1 km of the box's edge, which is far outside China's land border.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from ops_center.columns import NULL_I32, NULL_I64
from ops_center.domain.errors import SetupError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Pair = tuple[Floats, Floats]

DATUMS = ("wgs84", "gcj02", "bd09")

# Krasovsky 1940: semi-major axis in metres, first eccentricity squared.
_A_M = 6_378_245.0
_E2 = 0.00669342162296594323
# The box in which GCJ-02 is applied, degrees.
_LON_MIN, _LON_MAX, _LAT_MIN, _LAT_MAX = 72.004, 137.8347, 0.8293, 55.8271
# The shift changes by less than 0.01 degree per degree, so each step gains two digits or more.
_STEPS = 8


def in_china_box(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return where GCJ-02 differs from WGS-84 (degrees)."""
    return np.asarray((lon >= _LON_MIN) & (lon <= _LON_MAX) & (lat >= _LAT_MIN) & (lat <= _LAT_MAX))


def wgs84_to_gcj02(lon: Floats, lat: Floats) -> Pair:
    """Return GCJ-02 degrees of WGS-84 degrees; outside the box they are the same."""
    lon, lat = _floats(lon), _floats(lat)
    d_lon, d_lat = _shift(lon, lat)
    inside = in_china_box(lon, lat)
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def gcj02_to_wgs84(lon: Floats, lat: Floats) -> Pair:
    """Return WGS-84 degrees of GCJ-02 degrees: the exact inverse of `wgs84_to_gcj02`."""
    lon, lat = _floats(lon), _floats(lat)
    w_lon, w_lat = lon.copy(), lat.copy()
    for _ in range(_STEPS):
        d_lon, d_lat = _shift(w_lon, w_lat)
        w_lon, w_lat = lon - d_lon, lat - d_lat
    inside = in_china_box(w_lon, w_lat)
    return np.where(inside, w_lon, lon), np.where(inside, w_lat, lat)


def gcj02_to_bd09(lon: Floats, lat: Floats) -> Pair:
    """Return BD-09 degrees of GCJ-02 degrees."""
    lon, lat = _floats(lon), _floats(lat)
    turn = np.pi * 3000.0 / 180.0
    radius = np.sqrt(lon * lon + lat * lat) + 2e-5 * np.sin(lat * turn)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * turn)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: Floats, lat: Floats) -> Pair:
    """Return GCJ-02 degrees of BD-09 degrees: the exact inverse of `gcj02_to_bd09`."""
    lon, lat = _floats(lon), _floats(lat)
    g_lon, g_lat = lon - 0.0065, lat - 0.006
    for _ in range(_STEPS):
        b_lon, b_lat = gcj02_to_bd09(g_lon, g_lat)
        g_lon, g_lat = g_lon + (lon - b_lon), g_lat + (lat - b_lat)
    return g_lon, g_lat


def bd09_to_wgs84(lon: Floats, lat: Floats) -> Pair:
    """Return WGS-84 degrees of BD-09 degrees."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def wgs84_to_bd09(lon: Floats, lat: Floats) -> Pair:
    """Return BD-09 degrees of WGS-84 degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def to_wgs84(datum: str) -> Callable[[Floats, Floats], Pair]:
    """Return the conversion from a datum to WGS-84; SetupError for an unknown one."""
    found = {"wgs84": _same, "gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}.get(datum)
    if found is None:
        raise SetupError(f"unknown datum {datum!r}", setting="datum", suggestion=", ".join(DATUMS))
    return found


def e7(degrees: Floats) -> NDArray[np.int32]:
    """Return degrees as int32 1e-7 degrees, NaN as the null of columns."""
    known = ~np.isnan(degrees)
    return np.where(known, np.rint(np.where(known, degrees, 0.0) * 1e7), NULL_I32).astype(np.int32)


def degrees(values_e7: NDArray[np.int32]) -> Floats:
    """Return int32 1e-7 degrees as degrees, null as NaN."""
    return np.where(values_e7 == NULL_I32, np.nan, values_e7 / 1e7)


@dataclass(frozen=True, slots=True)
class Metric:
    """The metric CRS of a deployment; every length is measured in its plane, in millimetres."""

    epsg: int
    _there: Transformer = field(repr=False, compare=False)
    _back: Transformer = field(repr=False, compare=False)

    @staticmethod
    def of(epsg: int) -> Metric:
        """Return the CRS of an EPSG code; SetupError unless it is projected, in metres."""
        crs = CRS.from_epsg(epsg)
        if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info):
            raise SetupError(f"EPSG:{epsg} is no plane in metres", setting="metric_epsg", suggestion="32650")
        return Metric(
            epsg,
            Transformer.from_crs(4326, epsg, always_xy=True),
            Transformer.from_crs(epsg, 4326, always_xy=True),
        )

    def forward(self, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> tuple[Integers, Integers]:
        """Return x, y in millimetres of WGS-84 1e-7 degrees; null stays null, row by row."""
        return self.forward_degrees(degrees(lon_e7), degrees(lat_e7))

    def forward_degrees(self, lon: Floats, lat: Floats) -> tuple[Integers, Integers]:
        """Return x, y in millimetres of WGS-84 degrees; NaN and what has no image become null."""
        x, y = self._there.transform(lon, lat)
        known = np.isfinite(x) & np.isfinite(y)
        return _millimetres(x, known), _millimetres(y, known)

    def forward_m(self, lon: Floats, lat: Floats) -> Pair:
        """Return x, y in metres of WGS-84 degrees."""
        x, y = self._there.transform(lon, lat)
        return np.asarray(x, np.float64), np.asarray(y, np.float64)

    def back(self, x_mm: Integers, y_mm: Integers) -> Pair:
        """Return WGS-84 degrees of millimetres in the plane."""
        lon, lat = self._back.transform(x_mm / 1000.0, y_mm / 1000.0)
        return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def _millimetres(metres: Floats, known: NDArray[np.bool_]) -> Integers:
    return np.where(known, np.rint(np.where(known, metres, 0.0) * 1000.0), NULL_I64).astype(np.int64)


def _floats(values: Floats) -> Floats:
    # One layout for all: the vector loops of numpy then give the same bits whatever the batch.
    return np.ascontiguousarray(values, dtype=np.float64)


def _same(lon: Floats, lat: Floats) -> Pair:
    return _floats(lon), _floats(lat)


def _shift(lon: Floats, lat: Floats) -> Pair:
    """Return the GCJ-02 shift in degrees at WGS-84 degrees."""
    x, y, pi = lon - 105.0, lat - 35.0, np.pi
    root = np.sqrt(np.abs(x))
    waves = (20.0 * np.sin(6.0 * pi * x) + 20.0 * np.sin(2.0 * pi * x)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20.0 * np.sin(pi * x) + 40.0 * np.sin(pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(pi / 12.0 * x) + 300.0 * np.sin(pi / 30.0 * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20.0 * np.sin(pi * y) + 40.0 * np.sin(pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(pi / 12.0 * y) + 320.0 * np.sin(pi / 30.0 * y)) * 2.0 / 3.0
    phi = np.radians(lat)
    w2 = 1.0 - _E2 * np.sin(phi) ** 2
    w = np.sqrt(w2)
    d_lat = np.degrees(north / (_A_M * (1.0 - _E2) / (w2 * w)))
    d_lon = np.degrees(east / (_A_M / w * np.cos(phi)))
    return d_lon, d_lat
