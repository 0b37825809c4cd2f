"""Weather of the exercise: Lekima's real track interpolated, and the values invented around it.

The track is RSMC Tokyo's (content/lekima.csv); between its six-hourly points positions are
linear. Visibility and the wording of warnings are invented and marked as exercise.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ops_center.domain.quantity import parse_iso

KNOT_MS = 0.514444  # m/s per knot (SI brochure, 9th ed., table 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """The storm at one instant: EPSG:4326 degrees, m/s (10-minute mean), hPa."""

    at_ms: int
    lon: float
    lat: float
    wind_ms: float
    pressure_hpa: float


@dataclass(frozen=True, slots=True)
class StormTrack:
    """The best track; columns time (ms), lon, lat, knots, hPa."""

    points: NDArray[np.float64]

    def at(self, at_ms: int) -> Storm:
        """Return the storm interpolated linearly at `at_ms`; its ends beyond the track."""
        lon, lat, wind, pressure = (
            float(np.interp(at_ms, self.points[:, 0], self.points[:, column])) for column in range(1, 5)
        )
        return Storm(
            at_ms=at_ms,
            lon=round(lon, 4),
            lat=round(lat, 4),
            wind_ms=round(wind * KNOT_MS, 1),
            pressure_hpa=round(pressure),
        )


def lekima() -> StormTrack:
    """Return Lekima's track near Shandong."""
    text = files("ops_center.demo").joinpath("content/lekima.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return StormTrack(
        np.asarray(
            [
                [
                    parse_iso(r["time"]),
                    float(r["lon"]),
                    float(r["lat"]),
                    float(r["wind_kt"]),
                    float(r["pressure_hpa"]),
                ]
                for r in rows
            ]
        )
    )


def visibility_m(storm: Storm, *, lon: float, lat: float) -> int:
    """Return an invented visibility at a place: 30 km in the clear, 400 m in the core of the rain."""
    km = float(np.hypot((lon - storm.lon) * 91.3, (lat - storm.lat) * 111.0))
    return int(np.interp(km, [0, 60, 150, 300, 500], [400, 700, 2_500, 9_000, 30_000]))
