"""One key's run, step by step: the whole rule with cooling down, counting, clearing, silence, sequence.

A key is idle (no start), pending (start) or firing; firing is told, or quiet where too few firings
came together to count. Timers due at an item's time act before the item (ORDER 9). A run that
ended at an instant does not begin again at that instant: an event's id knows no order within one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I64
from ops_center.domain.rule import Rule
from ops_center.worker.elements import GROUP_BITS, Elements
from ops_center.worker.items import Items, Moments, Unheard
from ops_center.worker.rows import among
from ops_center.worker.runs import merged, seen_before, take
from ops_center.worker.state import Table
from ops_center.worker.turns import Turn, Turns

I64 = NDArray[np.int64]
TOLD, QUIET = 1, 2


class Step(NamedTuple):
    """What an item says to a key; an absent feature says only that it is over."""

    item: int
    begin: bool = False
    end: bool = True
    clear: bool = True
    then: bool = False
    then_end: bool = True
    head: bool = False  # first of a stretch of items at which the feature is found
    heard: int = -1  # `absent_for`: the observation before it in this pass, -1 where there is none


@dataclass(slots=True)
class Key:
    """What one key carries, and what it did in this pass."""

    key: int
    start: int | None = None
    fired: int = 0
    last: int | None = None  # told
    ended: int | None = None
    armed: int | None = None  # `then`: when the first condition last held
    recent: tuple[int, ...] = ()
    base: int | None = None  # `absent_for`: the last observation
    set_by: int = -1  # row of this pass that set the timer
    turns: list[Turn] = field(default_factory=list)
    timers: list[int] = field(default_factory=list)


def run_keys(
    rule: Rule,
    elements: Elements,
    table: Table,
    items: Items,
    moments: Moments,
    *,
    event: I64,
    keys: Iterable[int] | None = None,
) -> tuple[Turns, list[tuple[int, int]], Table]:
    """Return the turns of the keys, the timers that acted as (slot, due), and the table afterwards.

    `event` is each slot's last observation before the pass; `keys` limits the work to some keys.
    """
    wanted = _wanted(rule, elements, table, items, moments) if keys is None else np.unique([*keys])
    known = among(table.key, wanted)
    carried = {int(table.key[row]): _key(table, row) for row in np.flatnonzero(known).tolist()}
    steps = _steps(rule, elements, wanted, items)
    turns: list[Turn] = []
    timers: list[tuple[int, int]] = []
    done: list[Key] = []
    for number in wanted.tolist():
        key = carried.get(number) or Key(number)
        slot = number >> GROUP_BITS
        key.base = _known(int(event[slot]))
        for step in _with_gaps(steps.get(number, []), key, items):
            _take(rule, key, step, items)
        _wait(rule, key, items, moments)
        turns += key.turns
        timers += [(slot, due) for due in key.timers]
        if _memorable(rule, key, items):
            done.append(key)
    return Turns.of(turns), timers, merged(_table(done), take(table, np.flatnonzero(~known)))


def _wanted(rule: Rule, elements: Elements, table: Table, items: Items, moments: Moments) -> I64:
    """Return the keys that may change: those with a condition that holds, and those under way."""
    lively = np.unique(elements.key[elements.begin | elements.then])
    slot = table.key >> GROUP_BITS
    under_way = (table.start != NULL_I64) | (table.fired != 0) | (table.armed != NULL_I64)
    soonest = np.where(table.start == NULL_I64, NULL_I64, table.start + rule.for_ms)
    moved = (items.first[slot] >= 0) | ((soonest != NULL_I64) & moments.acts_all(slot, soonest))
    return np.union1d(lively, table.key[under_way & moved])


def _steps(rule: Rule, elements: Elements, wanted: I64, items: Items) -> dict[int, list[Step]]:
    """Return what each key is told, without items in mid-stretch that say the same as the one before."""
    if not len(elements):
        return {}
    key, item = elements.key, elements.item
    head = np.ones(len(key), dtype=np.bool_)
    head[1:] = (key[1:] != key[:-1]) | (item[1:] != item[:-1] + 1)
    mine = among(key, wanted)
    silence = bool(rule.absent_for_ms) and not rule.then
    heard = _heard_before(items)[item] if silence else np.full(len(key), -1, dtype=np.int64)
    if not rule.then:
        said = elements.begin * 1 + elements.end * 2 + elements.clear * 4
        news = head.copy()
        news[1:] |= said[1:] != said[:-1]
        news[:-1] |= head[1:]  # the last of a stretch: what follows it is the feature's absence
        news[-1] = True
        if rule.absent_for_ms:
            # An observation matters that breaks a silence, as the first after something else may.
            news |= ~items.observed[item] | (heard != item - 1)
            news |= items.t[item] - items.t[np.maximum(heard, 0)] >= rule.absent_for_ms
        mine &= news | items.tied[key >> GROUP_BITS]
    at = np.flatnonzero(mine)
    columns = (item, elements.begin, elements.end, elements.clear, elements.then, elements.then_end, head, heard)
    found: dict[int, list[Step]] = {}
    for number, *said_ in zip(key[at].tolist(), *(column[at].tolist() for column in columns), strict=True):
        found.setdefault(number, []).append(Step(*said_))
    return found


def _heard_before(items: Items) -> I64:
    """Return for each item the last observation before it on its line in this pass, -1 where there is none."""
    newest = np.maximum.accumulate(np.where(items.observed, np.arange(len(items)), -1))
    before = np.concatenate([[-1], newest[:-1]])
    return np.where(before >= items.first[items.slot], before, -1)


def _with_gaps(steps: list[Step], key: Key, items: Items) -> Iterator[Step]:
    """Yield the steps with the items at which the key's feature is first not found."""
    slot = key.key >> GROUP_BITS
    first, last = int(items.first[slot]), int(items.last[slot])
    if first < 0:
        return
    expected = first
    for step in steps:
        if step.head and step.item > expected:
            yield Step(expected)
        yield step
        expected = step.item + 1
    if expected <= last:
        yield Step(expected)


def _take(rule: Rule, key: Key, step: Step, items: Items) -> None:
    """Take a key through one item, its timer first."""
    t, item = int(items.t[step.item]), step.item
    if step.heard >= 0:
        key.base, key.set_by = int(items.t[step.heard]), int(items.source[step.heard])
    _timer(rule, key, items, until_ms=t)
    if rule.then:
        _sequence(rule, key, step, items, t)
        return
    seen = bool(rule.absent_for_ms) and bool(items.observed[item])
    if key.fired and (step.clear or seen):
        _end(key, item, t)
        if step.clear:
            key.start, key.ended = None, t
    elif key.start is not None and not key.fired and step.end:
        key.start, key.ended = None, t
    if seen:
        key.base, key.set_by = t, int(items.source[item])
    if key.start is None and step.begin and not step.clear and (key.ended is None or t > key.ended):
        key.start, key.set_by = t, int(items.source[item])
        if rule.absent_for_ms and items.source[item] >= 0:
            key.base = int(items.rows.event[items.source[item]])
    if key.start is not None and not key.fired and _due(rule, key, items.unheard) <= t:
        _fire(rule, key, t, item=item, seen=item)


def _sequence(rule: Rule, key: Key, step: Step, items: Items, t: int) -> None:
    """The second condition must come after the first was met, within its time."""
    if key.fired:
        if step.clear if rule.clear_when else step.then_end:
            _end(key, step.item, t)
            key.armed = None
    elif step.then and key.armed is not None and key.armed < t <= key.armed + rule.then_within_ms:
        cooled = not rule.once_within_ms or key.last is None or t >= key.last + rule.once_within_ms
        if cooled:
            _fire(rule, key, t, item=step.item, seen=step.item)
    if key.start is not None and step.end:
        key.start, key.ended = None, t
    if key.start is None and step.begin and (key.ended is None or t > key.ended):
        key.start, key.set_by = t, int(items.source[step.item])
    if key.start is not None and not key.fired and key.start + rule.for_ms <= t:
        key.armed = t


def _timer(rule: Rule, key: Key, items: Items, *, until_ms: int) -> None:
    """Let the key's timer act where it is due by now."""
    if key.start is not None and not key.fired:
        due = _due(rule, key, items.unheard)
        if due <= until_ms:
            _act(rule, key, due, items)


def _wait(rule: Rule, key: Key, items: Items, moments: Moments) -> None:
    """Let the timer of a silent subject act where the stamp has reached it (ORDER 12)."""
    if key.start is not None and not key.fired:
        due = _due(rule, key, items.unheard)
        if moments.acts(key.key >> GROUP_BITS, due):
            _act(rule, key, due, items)


def _act(rule: Rule, key: Key, due: int, items: Items) -> None:
    if not rule.then:
        key.timers.append(due)
        _fire(rule, key, due, item=-1, seen=seen_before(items, key.key >> GROUP_BITS, due))
    elif key.armed is None or key.armed < due:
        key.timers.append(due)
        key.armed = due


def _fire(rule: Rule, key: Key, t: int, *, item: int, seen: int) -> None:
    start = key.start if key.start is not None else t
    if _counts(rule, key, t):
        key.fired, key.last = TOLD, t
        key.turns.append((True, key.key, t, item, seen, start, key.set_by))
    else:
        key.fired = QUIET


def _end(key: Key, item: int, t: int) -> None:
    if key.fired == TOLD:
        key.turns.append((False, key.key, t, item, item, key.start if key.start is not None else t, -1))
    key.fired = 0


def _due(rule: Rule, key: Key, unheard: Unheard) -> int:
    """Return when the run fires: after `for` or the silence, and not too soon after the last firing.

    A silence in which nobody could be heard is begun anew at its end.
    """
    assert key.start is not None
    if rule.then:
        return key.start + rule.for_ms
    due = key.start + rule.for_ms
    if rule.absent_for_ms:
        silent_ms = key.base if key.base is not None else key.start
        for from_ms, to_ms in unheard:
            if silent_ms < to_ms and from_ms < silent_ms + rule.absent_for_ms:
                silent_ms = to_ms
        due = max(due, silent_ms + rule.absent_for_ms)
    if rule.once_within_ms and key.last is not None:
        due = max(due, key.last + rule.once_within_ms)
    return due


def _counts(rule: Rule, key: Key, t: int) -> bool:
    """Return True unless too few firings came within the time that the rule counts them in."""
    counting = rule.count
    if counting is None or counting.of != "firings" or not rule.one_subject:
        return True
    key.recent = (*key.recent, t)[-counting.at_least :]
    return len(key.recent) >= counting.at_least and t - key.recent[0] <= counting.within_ms


def _memorable(rule: Rule, key: Key, items: Items) -> bool:
    """Return True where the key must be remembered."""
    if key.start is not None or key.fired or key.armed is not None or key.recent:
        return True
    if key.last is not None and rule.once_within_ms:
        return True
    last = int(items.last[key.key >> GROUP_BITS])
    return key.ended is not None and (last < 0 or int(items.t[last]) == key.ended)


def _key(table: Table, row: int) -> Key:
    return Key(
        int(table.key[row]),
        _known(int(table.start[row])),
        int(table.fired[row]),
        _known(int(table.last[row])),
        _known(int(table.ended[row])),
        _known(int(table.armed[row])),
        table.recent[row] if table.recent else (),
    )


def _known(value: int) -> int | None:
    return None if value == NULL_I64 else value


def _table(keys: list[Key]) -> Table:
    def column(values: list[int | None]) -> I64:
        return np.asarray([NULL_I64 if value is None else value for value in values], dtype=np.int64)

    return Table(
        np.asarray([key.key for key in keys], dtype=np.int64),
        column([key.start for key in keys]),
        np.asarray([key.fired for key in keys], dtype=np.int8),
        column([key.last for key in keys]),
        column([key.ended for key in keys]),
        column([key.armed for key in keys]),
        tuple(key.recent for key in keys) if any(key.recent for key in keys) else (),
    )
