"""What a subject has been doing, worked out along its line: gaps, stops, driving time.

Sums are integer milliseconds taken in line order, so any cut into batches gives the same (ORDER 14).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I64
from ops_center.worker.rows import heads
from ops_center.worker.state import State

I64 = NDArray[np.int64]
# Slower than this is standing: GPS speed of a parked vehicle wanders below it (JT/T 794-2019, 5.5.2).
STANDING_KPH = 5.0
# A stop of 20 minutes ends a spell of driving (道路交通安全法实施条例, art. 62(7)); a gap in the data of
# that length ends it too: nothing shows that the vehicle drove.
REST_MS = 20 * 60_000
NAMES = ("driving_s", "stopped_s", "gap_s")


@dataclass(frozen=True, slots=True)
class Features:
    """Per accepted observation."""

    moving: NDArray[np.int8]
    stop: I64  # since when it stands, NULL_I64 while it moves or nothing is known
    drive: I64  # driven since the last rest, ms
    gap: I64  # since the observation before, ms; NULL_I64 at the first


def work_out(slot: I64, event: I64, speed_kph: NDArray[np.float64] | None, state: State) -> Features:
    """Return the features of accepted observations sorted by slot and line order."""
    n = len(slot)
    if not n:
        none = np.empty(0, np.int64)
        return Features(np.empty(0, np.int8), none, none, none)
    arrays = state.arrays
    first = heads(slot)
    head = np.zeros(n, dtype=np.bool_)
    head[first] = True
    moving = _motion(slot, speed_kph, state)
    was = np.concatenate([[np.int8(-1)], moving[:-1]])
    was[first] = arrays["moving"][slot[first]]
    before = np.concatenate([[NULL_I64], event[:-1]])
    before[first] = arrays["event"][slot[first]]
    gap = np.where(before == NULL_I64, NULL_I64, event - before)
    stop = _stops(slot, event, moving, was, head, state)
    stood = np.concatenate([[NULL_I64], stop[:-1]])
    stood[first] = arrays["stop"][slot[first]]
    rested = (gap >= REST_MS) | ((was == 0) & (stood != NULL_I64) & (event - stood >= REST_MS))
    driven = np.where((was == 1) & ~rested & (gap != NULL_I64), gap, 0)
    total = np.cumsum(driven)
    base = total[first] - driven[first] - arrays["drive"][slot[first]]
    start = np.repeat(base, np.diff(np.append(first, n)))
    at = np.maximum.accumulate(np.where(rested | head, np.arange(n), 0))
    start = np.where(rested[at], total[at], start)
    return Features(moving, stop, total - start, gap)


def _motion(slot: I64, speed_kph: NDArray[np.float64] | None, state: State) -> NDArray[np.int8]:
    """Return 1 moving, 0 standing, -1 never known; where the speed is missing it stays as it was."""
    n = len(slot)
    if speed_kph is None:
        return state.arrays["moving"][slot].astype(np.int8)
    known = ~np.isnan(speed_kph)
    now = (speed_kph >= STANDING_KPH).astype(np.int8)
    if known.all():
        return now
    at = np.maximum.accumulate(np.where(known, np.arange(n), -1))
    here = (at >= 0) & (slot[np.maximum(at, 0)] == slot)
    return np.where(here, now[np.maximum(at, 0)], state.arrays["moving"][slot]).astype(np.int8)


def _stops(
    slot: I64,
    event: I64,
    moving: NDArray[np.int8],
    was: NDArray[np.int8],
    head: NDArray[np.bool_],
    state: State,
) -> I64:
    standing = moving == 0
    began = standing & (was != 0)
    at = np.maximum.accumulate(np.where(began | head, np.arange(len(slot)), 0))
    since = np.where(began[at], event[at], state.arrays["stop"][slot])
    return np.where(standing, since, NULL_I64)


def seconds(feature: str, features: Features, event: I64) -> NDArray[np.float64]:
    """Return a feature as conditions read it: seconds, NaN where unknown."""
    match feature:
        case "gap_s":
            ms = features.gap
        case "driving_s":
            ms = features.drive
        case _:
            standing = np.where(features.stop == NULL_I64, NULL_I64, event - features.stop)
            ms = np.where(features.moving == 1, 0, standing)
    return np.where(ms == NULL_I64, np.nan, ms / 1000.0)


def kept_seconds(feature: str, state: State, slots: I64) -> NDArray[np.float64]:
    """Return a feature as it was at these slots' last observation."""
    arrays = state.arrays
    kept = Features(arrays["moving"][slots], arrays["stop"][slots], arrays["drive"][slots], arrays["gap"][slots])
    return seconds(feature, kept, arrays["event"][slots])


def keep(slot: I64, features: Features, state: State) -> None:
    """Keep each slot's last features in the state."""
    if not len(slot):
        return
    last = np.append(np.flatnonzero(slot[1:] != slot[:-1]), len(slot) - 1)
    at = slot[last]
    state.arrays["moving"][at] = features.moving[last]
    state.arrays["stop"][at] = features.stop[last]
    state.arrays["drive"][at] = features.drive[last]
    state.arrays["gap"][at] = features.gap[last]
