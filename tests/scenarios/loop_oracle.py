"""Scenario (b) computed plainly: congestion on loop detectors, one sensor at a time."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

KPH_PER_MPH = 1.609344  # international mile


@dataclass(frozen=True)
class Congestion:
    """One expected firing or end of congestion at a sensor."""

    at_ms: int
    sensor: str
    fires: bool


def expect(
    frame: pd.DataFrame, *, slow_kph: float, free_kph: float, lasts_ms: int, end_ms: int
) -> list[Congestion]:
    """Return the firings and ends of a wide table (time as UTC ms in its index, mph, 0 = not available)."""
    found: list[Congestion] = []
    for sensor in frame.columns:
        since: int | None = None
        firing = False
        for at_ms, mph in frame[sensor].items():
            at = int(at_ms)  # type: ignore[call-overload]
            if since is not None and not firing and at >= since + lasts_ms:
                found.append(Congestion(since + lasts_ms, str(sensor), True))
                firing = True
            known = pd.notna(mph) and mph != 0
            kph = mph * KPH_PER_MPH
            if known and kph < slow_kph:
                since = at if since is None else since
            else:
                since = None
                if firing and known and kph > free_kph:
                    found.append(Congestion(at, str(sensor), False))
                    firing = False
        if since is not None and not firing and end_ms >= since + lasts_ms:
            found.append(Congestion(since + lasts_ms, str(sensor), True))
    return found


def expect_many(
    single: list[Congestion], *, at_least: int, within_ms: int, end_ms: int
) -> list[tuple[int, bool]]:
    """Return when `at_least` sensors at once were congested, or had been within the window: (time, begins)."""
    spans: dict[str, list[list[int | None]]] = {}
    for one in sorted(single, key=lambda c: c.at_ms):
        if one.fires:
            spans.setdefault(one.sensor, []).append([one.at_ms, None])
        else:
            spans[one.sensor][-1][1] = one.at_ms
    instants = sorted(
        {t for ss in spans.values() for s in ss for t in s if t is not None}
        | {t + within_ms + 1 for ss in spans.values() for s in ss for t in s if t is not None}
    )
    found, on = [], False
    for t in instants:
        if t > end_ms:
            break
        live = sum(
            any(s[0] is not None and s[0] <= t and (s[1] is None or s[1] + within_ms >= t) for s in ss)
            for ss in spans.values()
        )
        if (live >= at_least) != on:
            on = not on
            found.append((t, on))
    return found
