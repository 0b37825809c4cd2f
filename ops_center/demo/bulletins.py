"""Bulletins: every message of the slow feeds of the exercise, in order of time.

A bulletin is what its agency would send at that instant, as a pure function of the script; history
writes it into the journal, the live exercise sends it through the feed's own door.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ops_center.demo.agency import QUAKES, WARNINGS, cap_alert, platform_warning, usgs_feed
from ops_center.demo.fleet import Fleet
from ops_center.demo.script import FLOOD_MS, MINUTE_MS, SEED, STARTS_MS
from ops_center.demo.weather import lekima, visibility_m
from ops_center.domain.quantity import iso
from ops_center.domain.text import Json

STORM_EVERY_MS = 30 * MINUTE_MS
VISIBILITY_EVERY_MS = 10 * MINUTE_MS
LOOPS_EVERY_MS = 5 * MINUTE_MS
GAS_EVERY_MS = MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """One message of one feed, due at an instant."""

    at_ms: int
    feed: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A place that measures: a county's weather station, a loop, a gas detector."""

    key: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenery:
    """Who measures where; drawn from the shipped layers."""

    weather: Sequence[Station]
    loops: Sequence[Station]
    detectors: Sequence[Station]


def bulletins(scenery: Scenery, *, from_ms: int, to_ms: int) -> Iterator[Bulletin]:
    """Yield every bulletin due in [from_ms, to_ms), in order of time, then feed."""
    due = [
        *_storm(from_ms, to_ms),
        *_visibility(scenery.weather, from_ms, to_ms),
        *_loops(scenery.loops, from_ms, to_ms),
        *_gas(scenery.detectors, from_ms, to_ms),
        *_warnings(from_ms, to_ms),
        *_quakes(from_ms, to_ms),
    ]
    yield from sorted(due, key=lambda b: (b.at_ms, b.feed))


def registry_of(fleet: Fleet, *, at_ms: int) -> tuple[Bulletin, ...]:
    """Return the registry's messages that bind every terminal to vehicle, cargo, carrier and driver."""
    rows = [{"terminal": v.terminal, "from": iso(at_ms - 86_400_000), "to": None, **v.papers} for v in fleet.vehicles]
    return tuple(
        Bulletin(at_ms=at_ms, feed="dg-registry", content=_json({"records": rows[start : start + 500]}))
        for start in range(0, len(rows), 500)
    )


def _every(step_ms: int, from_ms: int, to_ms: int) -> range:
    return range(from_ms + (STARTS_MS - from_ms) % step_ms, to_ms, step_ms)


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _storm(from_ms: int, to_ms: int) -> Iterator[Bulletin]:
    track = lekima()
    for at_ms in _every(STORM_EVERY_MS, from_ms, to_ms):
        storm = track.at(at_ms)
        row = {
            "id": "2019214N15134",
            "name": "LEKIMA",
            "agency": "RSMC Tokyo (JMA) via IBTrACS; 插值/interpolated",
            "time": iso(at_ms),
            "lon": storm.lon,
            "lat": storm.lat,
            "wind_ms": storm.wind_ms,
            "pressure_hpa": storm.pressure_hpa,
        }
        yield Bulletin(at_ms=at_ms + 4_000, feed="typhoon-track", content=_json({"fixes": [row]}))


def _visibility(stations: Sequence[Station], from_ms: int, to_ms: int) -> Iterator[Bulletin]:
    track = lekima()
    for at_ms in _every(VISIBILITY_EVERY_MS, from_ms, to_ms):
        storm = track.at(at_ms)
        rows = [
            {"station": s.key, "time": iso(at_ms), "visibility_m": visibility_m(storm, lon=s.lon, lat=s.lat)}
            for s in stations
        ]
        yield Bulletin(at_ms=at_ms + 1_500, feed="visibility", content=_json({"stations": rows}))


def _loops(loops: Sequence[Station], from_ms: int, to_ms: int) -> Iterator[Bulletin]:
    for at_ms in _every(LOOPS_EVERY_MS, from_ms, to_ms):
        chance = np.random.default_rng([SEED, at_ms // 1000])
        speeds = np.rint(chance.normal(88, 5, len(loops)) * 10) / 10
        if FLOOD_MS <= at_ms < FLOOD_MS + 60 * MINUTE_MS:
            speeds[:6] = np.rint(chance.normal(17, 3, len(speeds[:6])) * 10) / 10
        rows = [{"loop": s.key, "time": iso(at_ms), "speed_kph": float(v)} for s, v in zip(loops, speeds, strict=True)]
        yield Bulletin(at_ms=at_ms + 1_000, feed="loop-speeds", content=_json({"loops": rows}))


def _gas(detectors: Sequence[Station], from_ms: int, to_ms: int) -> Iterator[Bulletin]:
    leak_ms = FLOOD_MS + 9 * MINUTE_MS  # after the quake
    for at_ms in _every(GAS_EVERY_MS, from_ms, to_ms):
        rows = []
        for n, station in enumerate(detectors):
            leaking = n < 2 and leak_ms <= at_ms < leak_ms + 30 * MINUTE_MS
            ppm = 38.0 if leaking else 0.4
            rows.append({"deviceCode": station.key, "ts": at_ms, "h2s": ppm, "bat": 87})
        yield Bulletin(at_ms=at_ms + 800, feed="park-gas", content=_json({"data": rows}))


def _warnings(from_ms: int, to_ms: int) -> Iterator[Bulletin]:
    for n, warning in enumerate(WARNINGS):
        at_ms = warning.issued_ms + 2_000
        if from_ms <= at_ms < to_ms:
            if n % 2:
                yield Bulletin(at_ms=at_ms, feed="cap-warnings", content=cap_alert(warning))
            else:
                yield Bulletin(at_ms=at_ms, feed="cn-warnings", content=platform_warning(warning))


def _quakes(from_ms: int, to_ms: int) -> Iterator[Bulletin]:
    for quake in QUAKES:
        at_ms = quake.at_ms + 45_000
        if from_ms <= at_ms < to_ms:
            yield Bulletin(at_ms=at_ms, feed="usgs-quakes", content=usgs_feed(at_ms))
