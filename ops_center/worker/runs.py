"""Runs of plain conditions found over whole columns: begin, `for`, end; no clear hysteresis with `for`.

What needs more (counting, cooling down, a second condition, two items at one instant) goes key by
key through `machine`; both give the same where both apply.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I64
from ops_center.worker.elements import GROUP_BITS, Elements
from ops_center.worker.items import Items, Moments
from ops_center.worker.state import Table
from ops_center.worker.turns import Turns, both

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of a condition, each from `start` to the item `end` (-1: it goes on)."""

    key: I64
    start: I64
    begin: I64  # item, -1: before the pass
    end: I64
    fired: Mask  # before the pass


def find_runs(elements: Elements, table: Table, items: Items) -> Runs:
    """Return every run that touches this pass, in no particular order."""
    active = np.flatnonzero(table.start != NULL_I64)
    present = items.first[table.key[active] >> GROUP_BITS] >= 0
    waiting, active = active[~present], active[present]
    inside, held = _within(elements, table, items)
    # Going on before, and its feature is not found at the slot's first item: it ends there.
    left = np.ones(len(table), dtype=np.bool_)
    left[held] = False
    gone = active[left[active]]
    key = np.concatenate([inside.key, table.key[gone], table.key[waiting]])
    start = np.concatenate([inside.start, table.start[gone], table.start[waiting]])
    none_gone, none_waiting = np.full(len(gone), -1, np.int64), np.full(len(waiting), -1, np.int64)
    begin = np.concatenate([inside.begin, none_gone, none_waiting])
    end = np.concatenate([inside.end, items.first[table.key[gone] >> GROUP_BITS], none_waiting])
    fired = np.concatenate([inside.fired, table.fired[gone] == 1, table.fired[waiting] == 1])
    return Runs(key, start, begin, end, fired)


def _within(elements: Elements, table: Table, items: Items) -> tuple[Runs, I64]:
    """Return the runs among the elements, and the table's rows that go on into them."""
    key, item = elements.key, elements.item
    n = len(key)
    if not n:
        none = np.empty(0, np.int64)
        return Runs(none, none, none, none, np.empty(0, np.bool_)), none
    slot = key >> GROUP_BITS
    fresh = np.ones(n, dtype=np.bool_)
    fresh[1:] = (key[1:] != key[:-1]) | (item[1:] != item[:-1] + 1)
    heads = np.flatnonzero(fresh)
    held = np.full(n, -1, dtype=np.int64)
    if len(table):
        lead = heads[item[heads] == items.first[slot[heads]]]
        at = np.minimum(np.searchsorted(table.key, key[lead]), len(table) - 1)
        goes_on = (table.key[at] == key[lead]) & (table.start[at] != NULL_I64)
        held[lead[goes_on]] = at[goes_on]
    on = _holding(elements.begin & ~elements.clear, elements.clear, held >= 0, heads, fresh)
    before = np.concatenate([[False], on[:-1]])
    before[heads] = held[heads] >= 0
    begun, ended = on & ~before, before & ~on
    last = np.append(heads[1:], n) - 1
    tails = last[on[last]]
    begins = np.sort(np.concatenate([np.flatnonzero(begun), np.flatnonzero(held >= 0)]))
    # An end at an element lies on it, an end behind the last one lies after it.
    ends = np.sort(np.concatenate([np.flatnonzero(ended) * 2, tails * 2 + 1]))
    element, behind = ends // 2, ends % 2 == 1
    follows = behind & (item[element] < items.last[slot[element]])
    end = np.where(behind, np.where(follows, item[element] + 1, -1), item[element])
    kept = held[begins]
    old = kept >= 0
    start = np.where(old, table.start[kept] if len(table) else 0, items.t[item[begins]])
    fired = np.where(old, table.fired[kept] == 1, False) if len(table) else np.zeros(len(begins), np.bool_)
    return Runs(key[begins], start, np.where(old, -1, item[begins]), end, fired), kept[old]


def _holding(set_: Mask, reset: Mask, held: Mask, heads: I64, fresh: Mask) -> Mask:
    """Return where the condition holds: unknown leaves it as it was."""
    silent = ~set_ & ~reset
    if not silent.any():
        return set_
    at = np.maximum.accumulate(np.where(~silent | fresh, np.arange(len(set_)), 0))
    return np.where(silent[at], held[at], set_[at])


def reached_runs(runs: Runs, items: Items, moments: Moments, *, for_ms: int) -> Mask:
    """Return the runs that hold for long enough within the pass."""
    slot, due = runs.key >> GROUP_BITS, runs.start + for_ms
    over = runs.end >= 0
    t = items.t if len(items) else np.zeros(1, np.int64)
    last = items.last[slot]
    seen_until = np.where(last >= 0, t[np.maximum(last, 0)], NULL_I64)
    reached: Mask = due <= np.where(over, t[np.maximum(runs.end, 0)], seen_until)
    return reached | (~over & moments.acts_all(slot, due))


def settle(runs: Runs, table: Table, items: Items, moments: Moments, *, for_ms: int) -> tuple[Turns, Table]:
    """Return what fired and ended, and the table afterwards."""
    slot = runs.key >> GROUP_BITS
    due = runs.start + for_ms
    over = runs.end >= 0
    n_items = len(items)
    t = items.t if n_items else np.zeros(1, np.int64)
    last = items.last[slot]
    reached = reached_runs(runs, items, moments, for_ms=for_ms)
    fires = ~runs.fired & reached
    fired = runs.fired | fires
    fire, end = np.flatnonzero(fires), np.flatnonzero(over & fired)
    at_once = (runs.begin[fire] >= 0) & (for_ms == 0)
    begin = runs.begin[fire]
    seen = np.where(at_once, begin, -1)
    timed = np.flatnonzero(~at_once)
    seen[timed] = [seen_before(items, int(slot[i]), int(due[i])) for i in fire[timed].tolist()]
    begun = Turns(
        np.ones(len(fire), dtype=np.bool_),
        runs.key[fire],
        due[fire],
        np.where(at_once, begin, -1),
        seen,
        runs.start[fire],
        np.where(begin >= 0, items.source[np.maximum(begin, 0)], -1) if n_items else np.full(len(fire), -1),
    )
    ends = runs.end[end]
    ended = Turns(
        np.zeros(len(end), dtype=np.bool_), runs.key[end], t[ends], ends, ends, runs.start[end], np.full(len(end), -1)
    )
    return both(begun, ended), _table_after(runs, fired, over, last, items, table)


def seen_before(items: Items, slot: int, at_ms: int) -> int:
    """Return the slot's last item before an instant, -1 where there is none in this pass."""
    first = int(items.first[slot])
    if first < 0:
        return -1
    found = int(np.searchsorted(items.t[first : int(items.last[slot]) + 1], at_ms, side="left"))
    return first + found - 1 if found else -1


def _table_after(runs: Runs, fired: Mask, over: Mask, last: I64, items: Items, table: Table) -> Table:
    """Keep runs that go on, and those that ended at their slot's last instant (none begins again at it)."""
    t = items.t if len(items) else np.zeros(1, np.int64)
    just = over & (runs.end >= 0) & (t[np.maximum(runs.end, 0)] == t[np.maximum(last, 0)])
    keep = np.flatnonzero(~over | just)
    # Of a key that ended and goes on again, the last run counts.
    keep = keep[np.lexsort((runs.start[keep], runs.key[keep]))]
    if len(keep):
        keep = keep[np.append(runs.key[keep][1:] != runs.key[keep][:-1], True)]
    alive = ~over[keep]
    n = len(keep)
    null = np.full(n, NULL_I64)
    ended = np.where(alive, NULL_I64, t[np.maximum(runs.end[keep], 0)])
    made = Table(
        runs.key[keep],
        np.where(alive, runs.start[keep], NULL_I64),
        (fired[keep] & alive).astype(np.int8),
        null,
        ended,
        null,
    )
    # Keys that merely ended at a slot's last instant stay until that slot has another item.
    idle = (table.start == NULL_I64) & (items.first[table.key >> GROUP_BITS] < 0)
    return merged(made, take(table, np.flatnonzero(idle))) if idle.any() else made


def take(table: Table, rows: I64) -> Table:
    """Return some rows of a table."""
    recent = tuple(table.recent[row] for row in rows.tolist()) if table.recent else ()
    return Table(
        table.key[rows],
        table.start[rows],
        table.fired[rows],
        table.last[rows],
        table.ended[rows],
        table.armed[rows],
        recent,
    )


def merged(a: Table, b: Table) -> Table:
    """Return two tables of different keys as one, sorted by key."""
    key = np.concatenate([a.key, b.key])
    order = np.argsort(key, kind="stable")
    recent = (*(a.recent or ((),) * len(a)), *(b.recent or ((),) * len(b))) if a.recent or b.recent else ()
    return Table(
        key[order],
        np.concatenate([a.start, b.start])[order],
        np.concatenate([a.fired, b.fired])[order],
        np.concatenate([a.last, b.last])[order],
        np.concatenate([a.ended, b.ended])[order],
        np.concatenate([a.armed, b.armed])[order],
        tuple(recent[row] for row in order.tolist()) if recent else (),
    )
