"""The fleet of the exercise: vehicles that cannot exist, their papers, and their fixes in time.

Plates carry the letter I and terminals begin with 00, neither of which is ever assigned
(GA 36-2018 excludes I and O from plate numbers; no Chinese mobile number begins with 0).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops_center.demo.itinerary import Roads, Track, Trees, largest_component, plan_track, plan_trees
from ops_center.domain.text import Json

REPORT_MS = 30_000
TIRELESS_EVERY = 600  # one driver in so many breaks the four-hour rule
CITY_LETTERS = "ABCDEFGHJKLMNPQR"  # Shandong's plate letters by city
CARGOES: tuple[tuple[str, str, str, float], ...] = (
    # UN number, class, name, share: an invented mix
    ("1203", "3", "汽油", 0.30),
    ("1202", "3", "柴油", 0.22),
    ("1075", "2.1", "液化石油气", 0.12),
    ("1971", "2.1", "压缩天然气", 0.06),
    ("1017", "2.3", "氯", 0.02),
    ("1005", "2.3", "氨", 0.04),
    ("1830", "8", "硫酸", 0.09),
    ("1824", "8", "氢氧化钠溶液", 0.06),
    ("1230", "3", "甲醇", 0.05),
    ("1090", "3", "丙酮", 0.02),
    ("0336", "1.4", "烟花", 0.01),
    ("1547", "6.1", "苯胺", 0.01),
)

ROUTED = ("1.4", "6.1")  # classes that travel by an approved route


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One vehicle with its papers and track; `silent` are spans without a report."""

    terminal: str
    papers: Mapping[str, Json]
    track: Track
    phase_ms: int
    silent: tuple[tuple[int, int], ...] = ()
    emergency: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """Fixes in order of time: vehicle row, UTC ms, EPSG:4326 degrees, km/h, degrees, 808 words."""

    vehicle: NDArray[np.int64]
    event_ms: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    speed_kph: NDArray[np.float64]
    heading_deg: NDArray[np.float64]
    alarm_bits: NDArray[np.int64]
    status_bits: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fleet:
    """All vehicles of the exercise."""

    vehicles: tuple[Vehicle, ...]
    by_terminal: Mapping[str, int] = field(default_factory=dict)

    def with_vehicle(self, row: int, **changes: object) -> Fleet:
        """Return the fleet with one vehicle changed."""
        changed = replace(self.vehicles[row], **changes)  # type: ignore[arg-type]
        return replace(self, vehicles=(*self.vehicles[:row], changed, *self.vehicles[row + 1 :]))

    def fixes(self, *, from_ms: int, to_ms: int) -> Fixes:
        """Return every fix with event time in [from_ms, to_ms)."""
        parts: list[tuple[NDArray[Any], ...]] = []
        rows: list[NDArray[np.int64]] = []
        for row, vehicle in enumerate(self.vehicles):
            times = _report_times(vehicle, from_ms, to_ms)
            if len(times):
                rows.append(np.full(len(times), row))
                parts.append((times, *vehicle.track.at(times), _spans(vehicle.emergency, times)))
        if not rows:
            none = np.empty(0, np.int64)
            nothing = np.empty(0)
            return Fixes(
                vehicle=none,
                event_ms=none,
                lon=nothing,
                lat=nothing,
                speed_kph=nothing,
                heading_deg=nothing,
                alarm_bits=none,
                status_bits=none,
            )
        event, lon, lat, speed, heading, alarm = (np.concatenate(column) for column in zip(*parts, strict=True))
        vehicle_rows = np.concatenate(rows)
        order = np.lexsort((vehicle_rows, event))
        return Fixes(
            vehicle=vehicle_rows[order],
            event_ms=event[order].astype(np.int64),
            lon=lon[order],
            lat=lat[order],
            speed_kph=speed[order],
            heading_deg=heading[order],
            alarm_bits=alarm[order].astype(np.int64),  # bit 0: emergency button (JT/T 808 table 24)
            status_bits=np.full(len(order), 0b11),  # ACC on, positioned (JT/T 808 table 25)
        )


def make_fleet(roads: Roads, *, size: int, seed: int, depots: int, start_ms: int, until_ms: int) -> tuple[Fleet, Trees]:
    """Return a fleet drawn from `seed`; the same arguments give the same fleet."""
    chance = np.random.default_rng(seed)
    nodes = largest_component(roads)
    trees = plan_trees(roads, depots=chance.choice(nodes, depots, replace=False))
    vehicles = tuple(
        Vehicle(
            terminal=f"00{seed % 10_000:04d}{row:06d}",
            papers=_papers(row, chance),
            track=plan_track(
                trees,
                chance=chance,
                start_ms=start_ms,
                until_ms=until_ms,
                rests=(row + 1) % TIRELESS_EVERY > 0,
            ),
            phase_ms=int(chance.integers(REPORT_MS)) // 1000 * 1000,
        )
        for row in range(size)
    )
    return Fleet(vehicles, {v.terminal: row for row, v in enumerate(vehicles)}), trees


def _papers(row: int, chance: np.random.Generator) -> dict[str, Json]:
    un_number, hazard_class, name, _ = CARGOES[int(chance.choice(len(CARGOES), p=[c[3] for c in CARGOES]))]
    letter = CITY_LETTERS[row % len(CITY_LETTERS)]
    carrier = int(chance.integers(1, 121))
    route = {"route.id": f"SIM-R{row:04d}"} if hazard_class in ROUTED else {}
    return {
        **route,
        "vehicle.plate": f"鲁{letter}I{row:04d}",
        "vehicle.plate_colour": "yellow",
        "vehicle.kind": "tanker" if hazard_class not in ("1.4", "6.1") else "van",
        "cargo.un_number": un_number,
        "cargo.hazard_class": hazard_class,
        "cargo.name": name,
        "carrier.name": f"模拟承运人{carrier:03d}",
        "driver.name": f"模拟驾驶员{row:04d}",
        "waybill.number": f"SIM{row:06d}",
    }


def _report_times(vehicle: Vehicle, from_ms: int, to_ms: int) -> NDArray[np.int64]:
    first = from_ms + (vehicle.phase_ms - from_ms) % REPORT_MS
    times = np.arange(first, to_ms, REPORT_MS, dtype=np.int64)
    return times[_spans(vehicle.silent, times) == 0] if vehicle.silent else times


def _spans(spans: tuple[tuple[int, int], ...], times: NDArray[np.int64]) -> NDArray[np.float64]:
    inside = np.zeros(len(times))
    for start, end in spans:
        inside[(times >= start) & (times < end)] = 1.0
    return inside


def minutes(from_ms: int, to_ms: int, *, step_ms: int = 60_000) -> Iterator[tuple[int, int]]:
    """Return [start, end) spans of `step_ms` that cover [from_ms, to_ms)."""
    for start in range(from_ms, to_ms, step_ms):
        yield start, min(start + step_ms, to_ms)
