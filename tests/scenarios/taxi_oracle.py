"""Scenario (a) computed plainly with pandas and shapely: the independent answer for taxis.

Nothing of the product is imported here. One loop per cab, one shapely call per fix and zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

import pandas as pd
import shapely
from shapely import Polygon

EARTH_M = 6_371_008.8  # mean radius R1 (IUGG 1980)


@dataclass(frozen=True)
class Happening:
    """One expected event; `value` is seconds of dwell for an exit, else None."""

    event_ms: int
    subject: str
    kind: str
    zone: str
    value: float | None = None


@dataclass(frozen=True)
class Limits:
    """Parameters of the scenario."""

    jump_kph: float
    dwell_ms: int
    silent_ms: int
    delay_ms: int


def zones_of_san_francisco(rows: int = 8, columns: int = 8) -> dict[str, Polygon]:
    """Return 64 zones over the peninsula: cut corners, some with holes, some overlapping."""
    west, south, east, north = -122.515, 37.60, -122.36, 37.815
    width, height = (east - west) / columns, (north - south) / rows
    zones = {}
    for r in range(rows):
        for c in range(columns):
            x, y = west + c * width, south + r * height
            grow = 1.15 if (r + c) % 3 == 0 else 0.8
            shell = [
                (x, y + 0.2 * height),
                (x + 0.3 * width, y),
                (x + grow * width, y + 0.1 * height),
                (x + 0.9 * width, y + grow * height),
                (x + 0.1 * width, y + 0.85 * height),
            ]
            holes = []
            if (r * columns + c) % 5 == 0:
                cx, cy = x + 0.5 * width, y + 0.5 * height
                holes = [[(cx - 0.1 * width, cy), (cx, cy + 0.1 * height), (cx + 0.1 * width, cy - 0.05 * height)]]
            zones[f"sf-{r}{c}"] = Polygon(shell, holes)
    return zones


def expect(frame: pd.DataFrame, zones: Mapping[str, Polygon], *, limits: Limits, end_ms: int) -> list[Happening]:
    """Return every happening of `frame` (cab, t_ms, lon, lat in order of receipt), in any order."""
    found: list[Happening] = []
    keys, shapes = list(zones), list(zones.values())
    tree = shapely.STRtree(shapes)
    for cab, rows in frame.groupby("cab", sort=True):
        fixes = list(_accepted(rows, limits.jump_kph, found, str(cab)))
        found += _silences([t for t, _, _ in fixes], str(cab), limits, end_ms)
        inside: dict[str, int] = {}
        told: set[str] = set()
        for t, lon, lat in fixes:
            point = shapely.Point(lon, lat)
            now = {keys[i] for i in tree.query(point) if shapes[i].covers(point)}
            for zone in sorted(inside):
                if zone not in told and t >= inside[zone] + limits.dwell_ms:
                    found.append(Happening(inside[zone] + limits.dwell_ms, str(cab), "dwell", zone))
                    told.add(zone)
                if zone not in now:
                    found.append(Happening(t, str(cab), "exit", zone, (t - inside[zone]) / 1000))
            inside = {zone: inside.get(zone, t) for zone in sorted(now)}
            found += [Happening(t, str(cab), "enter", zone) for zone in sorted(now) if inside[zone] == t]
            told &= now
        for zone, since in inside.items():
            due = since + limits.dwell_ms
            if zone not in told and end_ms >= due + limits.delay_ms:
                found.append(Happening(due, str(cab), "dwell", zone))
    return found


def _accepted(
    rows: pd.DataFrame, jump_kph: float, found: list[Happening], cab: str
) -> Iterator[tuple[int, float, float]]:
    last: tuple[int, float, float] | None = None
    seen: set[tuple[int, float, float]] = set()
    for t, lon, lat in zip(rows.t_ms.tolist(), rows.lon.tolist(), rows.lat.tolist(), strict=True):
        if last is not None and (t < last[0] or (t, lon, lat) in seen):
            continue
        if last is not None and _kph(last, (t, lon, lat)) > jump_kph:
            found.append(Happening(t, cab, "jump", ""))
            continue
        if last is None or t > last[0]:
            seen = set()
        seen.add((t, lon, lat))
        last = (t, lon, lat)
        yield last


def _kph(a: tuple[int, float, float], b: tuple[int, float, float]) -> float:
    phi, psi = radians(a[2]), radians(b[2])
    half = sin((psi - phi) / 2) ** 2 + cos(phi) * cos(psi) * sin(radians(b[1] - a[1]) / 2) ** 2
    metres = 2 * EARTH_M * asin(sqrt(half))
    if b[0] == a[0]:
        return float("inf") if metres > 0 else 0.0
    return metres / (b[0] - a[0]) * 3600


def _silences(times: Sequence[int], cab: str, limits: Limits, end_ms: int) -> list[Happening]:
    silent = limits.silent_ms
    gaps = [a + silent for a, b in pairwise(times) if b >= a + silent]
    if times and end_ms >= times[-1] + silent + limits.delay_ms:
        gaps.append(times[-1] + silent)
    return [Happening(t, cab, "silent", "") for t in gaps]
