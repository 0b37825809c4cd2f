"""Items: everything that happens on the subjects' lines in one pass, in line order.

An item is an accepted observation, or a change of the world tested against the last observation
(ORDER 13). Timers are no items: they act between them (`Moments`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Array, Codes, Column
from ops_center.worker.accept import OK, Verdict
from ops_center.worker.rows import Rows, heads
from ops_center.worker.state import State, null_of

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
NEVER = 2**62
Unheard = tuple[tuple[int, int], ...]  # times in which the gateway heard nobody: (from, to) stamps, ascending


@dataclass(frozen=True, slots=True)
class Items:
    """Items sorted by slot and line order; `source` is a row of `rows`, -1 for the state's last row."""

    rows: Rows
    slot: I64
    t: I64
    stamp: I64
    observed: Mask  # False for a change of the world
    source: I64
    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]
    first: I64  # per slot: its first item, -1 where it has none
    last: I64
    tied: Mask  # per slot: two of its items at one instant
    unheard: Unheard = ()

    def __len__(self) -> int:
        return len(self.slot)

    def column(self, name: str, state: State) -> Column | None:
        """Return a column of the observations; None where neither batch nor state has it."""
        column = self.rows.column(name)
        carried = self.source < 0
        if not carried.any():
            if column is None:
                return None
            return column.take(self.source) if isinstance(column, Codes) else column[self.source]
        kept = state.row.get(name)
        if column is None and kept is None:
            return None
        if isinstance(column, Codes) or name in state.row_text:
            ids = state.text_codes(column) if isinstance(column, Codes) else None
            return Codes(_mixed(ids, kept, self, -1, np.dtype(np.int32)), state.texts)
        sample = column if column is not None else kept
        assert sample is not None
        dtype = sample.dtype
        return _mixed(column, kept, self, null_of(dtype), dtype)


def _mixed(column: Array | None, kept: Array | None, items: Items, null: object, dtype: np.dtype[Any]) -> Array:
    out = np.full(len(items), null, dtype=dtype)
    fresh = items.source >= 0
    if column is not None:
        out[fresh] = column[items.source[fresh]]
    if kept is not None:
        out[~fresh] = kept[items.slot[~fresh]]
    return out


@dataclass(frozen=True, slots=True)
class Moments:
    """When things act on the lines of one pass: the stamps of rule 12."""

    rows: Rows
    delay_ms: int
    until: I64  # per slot: the stamp up to which this pass goes; NULL_I64: the slot takes no part
    behind_before: I64  # per slot
    behind_after: I64
    bursts: frozenset[int]  # slots with rows more than the delay late
    good: I64  # accepted rows
    events: I64  # their event times
    begin: I64  # per slot: range in `good`
    end: I64

    def acts(self, slot: int, due: int) -> bool:
        """Return True where what is due acts on the silent subject within this pass."""
        limit = int(self.until[slot])
        return limit != NULL_I64 and max(due, int(self.behind_after[slot])) + self.delay_ms <= limit

    def acts_all(self, slots: I64, due: I64) -> Mask:
        """Return the same for many."""
        limit = self.until[slots]
        acts: Mask = (limit != NULL_I64) & (np.maximum(due, self.behind_after[slots]) + self.delay_ms <= limit)
        return acts

    def stamp(self, slot: int, due: int, after_row: int) -> int:
        """Return the stamp at which what is due acts; it was set by row `after_row` (-1: before the pass)."""
        if slot in self.bursts:
            return self._stamp_in_burst(slot, due, after_row)
        released = max(due, int(self.behind_before[slot])) + self.delay_ms
        begin, end = int(self.begin[slot]), int(self.end[slot])
        at = begin + int(np.searchsorted(self.events[begin:end], due, side="left"))
        while at < end and self.good[at] <= after_row:
            at += 1
        if at < end:
            return min(released, int(self.rows.act[self.good[at]]))
        return released

    def _stamp_in_burst(self, slot: int, due: int, after_row: int) -> int:
        begin, end = (int(np.searchsorted(self.rows.slot, slot, side=side)) for side in ("left", "right"))
        accepted = set(self.good[int(self.begin[slot]) : int(self.end[slot])].tolist())
        behind = int(self.behind_before[slot])
        for row in range(begin, end):
            act = int(self.rows.act[row])
            if row > after_row:
                if max(due, behind) + self.delay_ms <= act:
                    break
                if row in accepted and int(self.rows.event[row]) >= due:
                    return act
            if self.rows.behind[row]:
                behind = act
        return max(due, behind) + self.delay_ms


def moments_of(rows: Rows, verdict: Verdict, state: State, until: I64, *, delay_ms: int) -> Moments:
    """Return the moments of a pass; the state is still the one before it."""
    before = state.arrays["behind"]
    after = before.copy()
    np.maximum.at(after, rows.slot[rows.behind], rows.act[rows.behind])
    good = np.flatnonzero(verdict.of == OK)
    begin, end = np.zeros(state.n, np.int64), np.zeros(state.n, np.int64)
    first = heads(rows.slot[good])
    slots = rows.slot[good][first]
    begin[slots], end[slots] = first, np.append(first[1:], len(good))
    bursts = frozenset(np.unique(rows.slot[rows.behind]).tolist())
    return Moments(rows, delay_ms, until, before, after, bursts, good, rows.event[good], begin, end)


def lay_out(moments: Moments, verdict: Verdict, state: State, edges: Sequence[int], *, unheard: Unheard = ()) -> Items:
    """Return the items of a pass: accepted observations, and the edges each line reaches."""
    rows, good = moments.rows, moments.good
    slot, t, stamp = rows.slot[good], rows.event[good], rows.act[good]
    observed = np.ones(len(good), dtype=np.bool_)
    source = good
    if len(edges):
        more = _reached(moments, state, edges)
        slot, t, stamp = (np.concatenate(pair) for pair in zip((slot, t, stamp), more, strict=True))
        observed = np.concatenate([observed, np.zeros(len(more[0]), dtype=np.bool_)])
        source = np.concatenate([good, np.full(len(more[0]), -1, dtype=np.int64)])
        order = np.lexsort((source, observed, t, slot))
        slot, t, stamp, source = slot[order], t[order], stamp[order], source[order]
        observed = observed[order]
        source = _carried_on(slot, source)
    first, last = np.full(state.n, -1, np.int64), np.full(state.n, -1, np.int64)
    head = heads(slot)
    first[slot[head]], last[slot[head]] = head, np.append(head[1:], len(slot)) - 1
    lon, lat = _places(slot, source, head, verdict, state)
    before = np.concatenate([[NULL_I64], t[:-1]])
    before[head] = state.arrays["item"][slot[head]]
    tied = np.zeros(state.n, dtype=np.bool_)
    tied[slot[t == before]] = True
    return Items(rows, slot, t, stamp, observed, source, lon, lat, first, last, tied, unheard)


def _carried_on(slot: I64, source: I64) -> I64:
    """Give each change of the world the observation before it on its line."""
    at = np.maximum.accumulate(np.where(source >= 0, np.arange(len(source)), -1))
    known = (at >= 0) & (slot[np.maximum(at, 0)] == slot)
    return np.where(known, source[np.maximum(at, 0)], -1)


def _places(
    slot: I64, source: I64, head: I64, verdict: Verdict, state: State
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the last known position at each item."""
    n = len(slot)
    if not n:
        return np.empty(0, np.int32), np.empty(0, np.int32)
    fresh = source >= 0
    lon, lat = np.full(n, NULL_I32, np.int32), np.full(n, NULL_I32, np.int32)
    lon[fresh], lat[fresh] = verdict.lon_e7[source[fresh]], verdict.lat_e7[source[fresh]]
    missing = lon == NULL_I32
    if missing.any():
        at = np.maximum.accumulate(np.where(missing, -1, np.arange(n)))
        here = (at >= 0) & (slot[np.maximum(at, 0)] == slot)
        lon = np.where(here, lon[np.maximum(at, 0)], state.arrays["lon_e7"][slot])
        lat = np.where(here, lat[np.maximum(at, 0)], state.arrays["lat_e7"][slot])
    return lon.astype(np.int32), lat.astype(np.int32)


def _reached(moments: Moments, state: State, edges: Sequence[int]) -> tuple[I64, I64, I64]:
    """Return (slot, t, stamp) of every edge that acts on a line in this pass."""
    rows, good = moments.rows, moments.good
    some = moments.end > moments.begin
    newest, oldest = np.full(state.n, NULL_I64), np.full(state.n, NULL_I64)
    newest[some] = rows.event[good[moments.end[some] - 1]]
    oldest[some] = rows.event[good[moments.begin[some]]]
    event, decided = state.arrays["event"], state.arrays["decided"]
    lower = np.where(event == NULL_I64, oldest, decided)
    live = (moments.until != NULL_I64) & (lower != NULL_I64)
    every = np.arange(state.n)
    found: list[tuple[I64, I64, I64]] = []
    for edge in edges:
        due = np.full(state.n, edge, dtype=np.int64)
        slots = np.flatnonzero(live & (edge > lower) & ((newest >= edge) | moments.acts_all(every, due)))
        if len(slots):
            found.append((slots, due[slots], _stamps(moments, slots, edge, newest)))
    if not found:
        none = np.empty(0, np.int64)
        return none, none, none
    slot, t, stamp = (np.concatenate(part) for part in zip(*found, strict=True))
    return slot, t, stamp


def _stamps(moments: Moments, slots: I64, edge: int, newest: I64) -> I64:
    """Return the stamps at which an edge acts on these slots."""
    plain = np.maximum(edge, moments.behind_before[slots]) + moments.delay_ms
    one_by_one = (newest[slots] >= edge) | np.isin(slots, list(moments.bursts))
    for i in np.flatnonzero(one_by_one).tolist():
        plain[i] = moments.stamp(int(slots[i]), edge, _row_before(moments, int(slots[i]), edge))
    return plain


def _row_before(moments: Moments, slot: int, edge: int) -> int:
    """Return the last accepted row of a slot before an edge, -1 where there is none in this pass."""
    begin, end = int(moments.begin[slot]), int(moments.end[slot])
    events = moments.rows.event[moments.good[begin:end]]
    before = int(np.searchsorted(events, edge, side="left"))
    return int(moments.good[begin + before - 1]) if before else -1
