"""Which rows count on their subject's line: not late, not repeated, not an impossible jump."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Array
from ops_center.domain.feed import Feed
from ops_center.worker.content import content_hash
from ops_center.worker.rows import Rows, heads, running_max
from ops_center.worker.state import State

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
OK, LATE, REPEATED, JUMP = 0, 1, 2, 3
EARTH_MM = 6_371_008_800  # mean radius R1 (IUGG 1980), in mm
JUMP_KPH = 250  # faster than any road vehicle; a feed's option `jump_kph` says otherwise, 0 = not judged


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of each row (OK, LATE, REPEATED, JUMP) and the content of those that need one."""

    of: NDArray[np.int8]
    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]


def accept(rows: Rows, state: State, feed: Feed) -> Verdict:
    """Judge rows in line order against the state and each other; equal to one by one.

    Whole columns settle slots without ties and jumps. The others, few, go row by row.
    """
    n = len(rows)
    lon, lat = _positions(rows)
    verdict = Verdict(np.zeros(n, np.int8), lon, lat)
    if not n:
        return verdict
    arrays = state.arrays
    top = np.maximum(running_max(rows.slot, rows.event), arrays["decided"][rows.slot])
    before = np.concatenate([[NULL_I64], top[:-1]])
    first = heads(rows.slot)
    before[first] = arrays["decided"][rows.slot[first]]
    late = rows.event < before
    kph = jump_limit(feed)
    tied = ~late & (rows.event == np.where(_is_head(rows.slot, first), arrays["event"][rows.slot], before))
    steps = _steps(rows, verdict, ~late, state, kph)
    odd = tied | steps.jump
    verdict.of[late] = LATE
    if odd.any():
        touched = np.zeros(state.n, dtype=np.bool_)
        touched[rows.slot[odd]] = True
        hashes = np.zeros(n, dtype=np.int64)
        at = np.flatnonzero(touched[rows.slot])
        hashes[at] = content_hash(rows.batch, rows.row[at])
        for begin, end in _spans(rows.slot, first):
            if touched[rows.slot[begin]]:
                _one_by_one(rows, verdict, steps, hashes, state, kph, begin, end)
    return verdict


def keep_contents(rows: Rows, verdict: Verdict, state: State) -> None:
    """Note in the state what each line said at its last instant, to know a repetition."""
    good = np.flatnonzero(verdict.of == OK)
    if not len(good):
        return
    slot, event = rows.slot[good], rows.event[good]
    last = np.append(np.flatnonzero(slot[1:] != slot[:-1]), len(slot) - 1)
    top = np.full(state.n, NULL_I64)
    top[slot[last]] = event[last]
    at_top = good[event == top[slot]]
    hashes = content_hash(rows.batch, rows.row[at_top])
    slot = rows.slot[at_top]
    several = state.arrays["event"][slot] == top[slot]  # the line stood at this instant before
    several[1:] |= slot[1:] == slot[:-1]
    several[:-1] |= slot[1:] == slot[:-1]
    seen: dict[int, list[int]] = {}
    for one, value in zip(slot[several].tolist(), hashes[several].tolist(), strict=True):
        seen.setdefault(one, []).append(value)
    before = {one: _seen_at(state, one, int(top[one])) for one in seen}
    state.arrays["hash"][slot] = hashes
    for one in state.same.keys() & set(slot[~several].tolist()):
        del state.same[one]
    for one, values in seen.items():
        every = tuple(dict.fromkeys([*before[one], *values]))
        if len(every) > 1:
            state.same[one] = every
        else:
            state.same.pop(one, None)


def jump_limit(feed: Feed) -> int:
    """Return the feed's limit of implied speed in km/h; 0 where jumps are not judged."""
    stated = feed.options.get("jump_kph", JUMP_KPH)
    return int(stated) if isinstance(stated, int | float) else JUMP_KPH


def distance_mm(lon_a: Array, lat_a: Array, lon_b: Array, lat_b: Array) -> I64:
    """Return great-circle distances in mm between points in 1e-7 degrees (haversine)."""
    rad = np.pi / 180e7
    phi, psi = lat_a * rad, lat_b * rad
    d_lat, d_lon = (lat_b.astype(np.int64) - lat_a) * rad, (lon_b.astype(np.int64) - lon_a) * rad
    half = np.sin(d_lat / 2) ** 2 + np.cos(phi) * np.cos(psi) * np.sin(d_lon / 2) ** 2
    return cast(I64, np.rint(2 * EARTH_MM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))).astype(np.int64))


def _positions(rows: Rows) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    lon, lat = rows.column("lon_e7"), rows.column("lat_e7")
    if isinstance(lon, np.ndarray) and isinstance(lat, np.ndarray):
        return lon, lat
    null = np.full(len(rows), NULL_I32, np.int32)
    return null, null


def _is_head(slot: I64, first: I64) -> Mask:
    mask = np.zeros(len(slot), dtype=np.bool_)
    mask[first] = True
    return mask


def _spans(slot: I64, first: I64) -> list[tuple[int, int]]:
    ends = np.append(first[1:], len(slot))
    return list(zip(first.tolist(), ends.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Steps:
    """From each located row to the located row before it."""

    before: I64  # which row that is; -1 the state's fix, -2 not looked for
    away_mm: I64
    jump: Mask


def _steps(rows: Rows, verdict: Verdict, good: Mask, state: State, kph: int) -> _Steps:
    """Return the steps between rows that are not late; where none was refused, all that counts."""
    n = len(rows)
    steps = _Steps(np.full(n, -2, np.int64), np.zeros(n, np.int64), np.zeros(n, dtype=np.bool_))
    at = np.flatnonzero(good & (verdict.lon_e7 != NULL_I32))
    if not len(at) or not kph:
        return steps
    slot, lon, lat, event = rows.slot[at], verdict.lon_e7[at], verdict.lat_e7[at], rows.event[at]
    first = heads(slot)
    arrays = state.arrays
    steps.before[at[1:]] = at[:-1]
    steps.before[at[first]] = -1
    from_lon, from_lat, from_event = np.roll(lon, 1), np.roll(lat, 1), np.roll(event, 1)
    from_lon[first], from_lat[first] = arrays["lon_e7"][slot[first]], arrays["lat_e7"][slot[first]]
    from_event[first] = arrays["fix"][slot[first]]
    known = from_event != NULL_I64
    away = distance_mm(from_lon, from_lat, lon, lat)
    steps.away_mm[at] = away
    # mm/ms is m/s; 3.6 km/h is 1 m/s.
    steps.jump[at] = known & (36 * away > 10 * kph * np.where(known, event - from_event, 0))
    return steps


def _one_by_one(
    rows: Rows, verdict: Verdict, steps: _Steps, hashes: I64, state: State, kph: int, begin: int, end: int
) -> None:
    """Judge one slot's rows in order."""
    slot = int(rows.slot[begin])
    arrays = state.arrays
    decided, last = int(arrays["decided"][slot]), int(arrays["event"][slot])
    fix, at = int(arrays["fix"][slot]), -1  # the last fix that counts: its time, its row
    lon, lat = arrays["lon_e7"][slot], arrays["lat_e7"][slot]
    seen = set(_seen_at(state, slot, last)) if last != NULL_I64 else set()
    located = (verdict.lon_e7[begin:end] != NULL_I32).tolist()
    before, known_mm = steps.before[begin:end].tolist(), steps.away_mm[begin:end].tolist()
    of = []
    for i, (event, content) in enumerate(zip(rows.event[begin:end].tolist(), hashes[begin:end].tolist(), strict=True)):
        row = begin + i
        if event < decided:
            of.append(LATE)
            continue
        if event == last and content in seen:
            of.append(REPEATED)
            continue
        if kph and located[i] and fix != NULL_I64:
            away = known_mm[i] if before[i] == at else _away_mm(lon, lat, verdict, row)
            if 36 * away > 10 * kph * (event - fix):
                of.append(JUMP)
                continue
        of.append(OK)
        if located[i]:
            lon, lat, fix, at = verdict.lon_e7[row], verdict.lat_e7[row], event, row
        seen = {*seen, content} if event == last else {content}
        decided = last = event
    verdict.of[begin:end] = of


def _away_mm(lon: np.int32, lat: np.int32, verdict: Verdict, row: int) -> int:
    here = slice(row, row + 1)
    return int(distance_mm(np.asarray([lon]), np.asarray([lat]), verdict.lon_e7[here], verdict.lat_e7[here])[0])


def _seen_at(state: State, slot: int, event: int) -> tuple[int, ...]:
    """Return the contents already counted for this instant of the line."""
    if int(state.arrays["event"][slot]) != event:
        return ()
    return state.same.get(slot, (int(state.arrays["hash"][slot]),))
