"""The script of Exercise Lekima: what happens when, in exercise time.

The shift opens at 14:00 (Asia/Shanghai) on 2019-08-11, six hours before the storm crosses Qingdao;
the six hours before are history. Everything but the storm's track is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ops_center.demo.fleet import Fleet, Vehicle
from ops_center.domain.quantity import parse_iso

OPENS_MS = parse_iso("2019-08-11T14:00:00+08:00")
HISTORY_MS = 6 * 3_600_000
STARTS_MS = OPENS_MS - HISTORY_MS
ENDS_MS = OPENS_MS + 30 * 3_600_000
FLOOD_MS = OPENS_MS + 20 * 60_000
MINUTE_MS = 60_000
SEED = 20190811
ASIDE_DEG, RAMP_MS = 0.022, 10 * MINUTE_MS  # 2.4 km, at 15 km/h: off the route by more than it may be after 2 min
VANISHED_AFTER_MS = 6 * MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One thing a vehicle does out of the ordinary."""

    kind: str  # emergency | silent | halt | vanish (leaves its route, then falls silent)
    at_ms: int
    for_ms: int
    cargo: str = ""  # UN number of the vehicle that plays it; "" = any


SCENES: tuple[Scene, ...] = (
    Scene(kind="emergency", at_ms=OPENS_MS - 285 * MINUTE_MS, for_ms=90_000, cargo="1203"),
    Scene(kind="silent", at_ms=OPENS_MS - 225 * MINUTE_MS, for_ms=45 * MINUTE_MS, cargo="1075"),
    Scene(kind="vanish", at_ms=OPENS_MS - 180 * MINUTE_MS, for_ms=60 * MINUTE_MS, cargo="1547"),
    Scene(kind="emergency", at_ms=OPENS_MS - 95 * MINUTE_MS, for_ms=60_000, cargo="1202"),
    Scene(kind="silent", at_ms=OPENS_MS - 50 * MINUTE_MS, for_ms=70 * MINUTE_MS, cargo="1005"),
    Scene(kind="emergency", at_ms=OPENS_MS + 35_000, for_ms=10 * MINUTE_MS, cargo="1017"),
    Scene(kind="vanish", at_ms=OPENS_MS + 12 * MINUTE_MS, for_ms=50 * MINUTE_MS, cargo="1547"),
    Scene(kind="emergency", at_ms=OPENS_MS + 13 * MINUTE_MS, for_ms=2 * MINUTE_MS, cargo="1230"),
    *(Scene(kind="emergency", at_ms=FLOOD_MS + n * 20_000, for_ms=8 * MINUTE_MS) for n in range(1, 16)),
)


def play(fleet: Fleet, scenes: tuple[Scene, ...] = SCENES) -> Fleet:
    """Return the fleet with each scene given to the first free, moving vehicle with its cargo."""
    vehicles = list(fleet.vehicles)
    taken: set[int] = set()
    for scene in scenes:
        row = next((r for r, v in enumerate(vehicles) if r not in taken and _fits(v, scene)), None)
        if row is None:
            continue  # a small fleet has nobody for it
        taken.add(row)
        vehicles[row] = _act(vehicles[row], scene)
    return Fleet(tuple(vehicles), fleet.by_terminal)


def _fits(vehicle: Vehicle, scene: Scene) -> bool:
    if scene.cargo and vehicle.papers["cargo.un_number"] != scene.cargo:
        return False
    times = np.asarray([scene.at_ms - MINUTE_MS, scene.at_ms, scene.at_ms + MINUTE_MS], dtype=np.int64)
    return bool((vehicle.track.at(times)[2] > 20.0).all())


def _act(vehicle: Vehicle, scene: Scene) -> Vehicle:
    span = (scene.at_ms, scene.at_ms + scene.for_ms)
    if scene.kind == "emergency":
        stopped = vehicle.track.halted(at_ms=scene.at_ms, for_ms=scene.for_ms)
        return replace(vehicle, emergency=(*vehicle.emergency, span), track=stopped)
    if scene.kind == "vanish":
        track = vehicle.track.aside(at_ms=span[0], for_ms=scene.for_ms, north_deg=ASIDE_DEG, ramp_ms=RAMP_MS)
        return replace(vehicle, track=track, silent=(*vehicle.silent, (span[0] + VANISHED_AFTER_MS, span[1])))
    if scene.kind == "silent":
        return replace(vehicle, silent=(*vehicle.silent, span))
    return replace(vehicle, track=vehicle.track.halted(at_ms=scene.at_ms, for_ms=scene.for_ms))
