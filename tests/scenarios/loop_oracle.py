"""Scenario (b) computed plainly: congestion on loop detectors, one sensor at a time.

Nothing of the product is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

KPH_PER_MPH = 1.609344  # international mile


@dataclass(frozen=True)
class Congestion:
    """One expected firing (`fires`) or its end at a sensor."""

    at_ms: int
    sensor: str
    fires: bool


@dataclass(frozen=True)
class Limits:
    """What is slow, what is free again (None: as soon as it is not slow), how long it must last."""

    slow_kph: float
    free_kph: float | None
    lasts_ms: int


def expect(frame: pd.DataFrame, *, limits: Limits, end_ms: int) -> list[Congestion]:
    """Return the firings and ends of a wide table (time as UTC ms in its index, mph, 0 = not available)."""
    return [one for sensor in frame.columns for one in _sensor(str(sensor), frame[sensor], limits, end_ms)]


def _sensor(sensor: str, speeds: pd.Series, limits: Limits, end_ms: int) -> list[Congestion]:
    found: list[Congestion] = []
    since: int | None = None
    firing = False
    for at, mph in zip(speeds.index.tolist(), speeds.tolist(), strict=True):
        if since is not None and not firing and at >= since + limits.lasts_ms:
            found.append(Congestion(since + limits.lasts_ms, sensor, True))
            firing = True
        known = pd.notna(mph) and mph != 0
        kph = mph * KPH_PER_MPH
        if known and kph < limits.slow_kph:
            since = at if since is None else since
            if limits.lasts_ms == 0 and not firing:
                found.append(Congestion(at, sensor, True))
                firing = True
            continue
        since = None
        if firing and (limits.free_kph is None or (known and kph > limits.free_kph)):
            found.append(Congestion(at, sensor, False))
            firing = False
    if since is not None and not firing and end_ms >= since + limits.lasts_ms:
        found.append(Congestion(since + limits.lasts_ms, sensor, True))
    return found


def expect_many(
    single: Sequence[Congestion], roads: Mapping[str, str], *, at_least: int, within_ms: int, end_ms: int
) -> list[tuple[int, str, bool]]:
    """Return when `at_least` sensors of a road were slow, now or within the window: (time, road, begins)."""
    by_road: dict[str, dict[str, list[list[int]]]] = {}
    for one in sorted(single, key=lambda c: (c.at_ms, c.fires)):
        spans = by_road.setdefault(roads[one.sensor], {}).setdefault(one.sensor, [])
        if one.fires:
            spans.append([one.at_ms, end_ms + 1])
        else:
            spans[-1][1] = one.at_ms
    found: list[tuple[int, str, bool]] = []
    for road, sensors in by_road.items():
        every = [span for spans in sensors.values() for span in spans]
        instants = {begin for begin, _ in every} | {end + within_ms + 1 for _, end in every}
        on = False
        for t in sorted(t for t in instants if t <= end_ms):
            slow = sum(any(begin <= t <= end + within_ms for begin, end in spans) for spans in sensors.values())
            if (slow >= at_least) != on:
                on = not on
                found.append((t, road, on))
    return sorted(found)
