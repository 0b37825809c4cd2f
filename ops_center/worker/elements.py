"""Elements: per rule, key and item, whether its condition begins, ends, or leaves things as they are.

A key is a slot and a group (the joined features and texts that the rule groups by). A key with no
element at an item is absent there: its feature is no longer found, which ends what was going on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, Array, Codes, Column
from ops_center.domain.jurisdiction import covers
from ops_center.domain.rule import Join
from ops_center.domain.text import Json
from ops_center.worker.locate import Joined, Names, features_of
from ops_center.worker.state import State, null_of
from playbooks.program import CompiledRule, Expression

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
GROUP_BITS = 32
# What a condition over whole columns may raise; anything else is a defect of ours.
RAISED = (ArithmeticError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Elements:
    """Sorted by key, then item. `begin`: the condition holds; `end`: it is known not to, or may not count."""

    key: I64
    item: I64
    begin: Mask
    end: Mask
    clear: Mask  # what ends it once it fires; `end` where the rule has no clear_when
    then: Mask
    then_end: Mask
    row: I64  # a row of `joined` that speaks for the element
    joined: Joined
    broke: tuple[tuple[int, int], ...] = field(default=())  # (item, slot) where the condition raised

    def __len__(self) -> int:
        return len(self.key)

    def rows_at(self, keys: I64, items: I64) -> I64:
        """Return the row of `joined` that speaks for each key at its item, -1 where it is absent."""
        if not len(self.key):
            return np.full(len(keys), -1, dtype=np.int64)
        fresh = np.concatenate([[True], self.key[1:] != self.key[:-1]])
        rank, distinct = np.cumsum(fresh) - 1, self.key[fresh]
        span = int(self.item.max()) + 2
        mine = np.minimum(np.searchsorted(distinct, keys), len(distinct) - 1)
        wanted = mine * span + np.minimum(items, span - 1)
        at = np.minimum(np.searchsorted(rank * span + self.item, wanted), len(self.key) - 1)
        hit = (self.key[at] == keys) & (self.item[at] == items)
        return np.where(hit, self.row[at], -1)

    def of_keys(self, which: Mask) -> Elements:
        """Return some of the elements, whole keys at a time."""
        return Elements(
            self.key[which],
            self.item[which],
            self.begin[which],
            self.end[which],
            self.clear[which],
            self.then[which],
            self.then_end[which],
            self.row[which],
            self.joined,
            self.broke,
        )


Force = tuple[int, int]  # [from, to) in which a version of a rule is in force


def elements_of(compiled: CompiledRule, names: Names, state: State, *, force: Force) -> Elements:
    """Return the elements of a rule at every item."""
    joined = _expand(compiled, names)
    n = len(joined.item)
    allowed = _allowed(compiled, joined, state, force)
    true, known, broke = _masks(compiled.when, joined, n)
    begin, end = true & known & allowed, (known & ~true) | ~allowed
    clear = end
    if compiled.clear is not None:
        cleared, clear_known, failed = _masks(compiled.clear, joined, n)
        broke += failed
        clear = (cleared & clear_known) | ~allowed
    then = then_end = np.zeros(n, dtype=np.bool_)
    if compiled.then is not None:
        follows, then_known, failed = _masks(compiled.then, joined, n)
        broke += failed
        then, then_end = follows & then_known & allowed, (then_known & ~follows) | ~allowed
    for item, slot in broke:
        after = (names.lines.slot[joined.item] == slot) & (joined.item >= item)
        begin, then = begin & ~after, then & ~after
        end, then_end, clear = end | after, then_end | after, clear | after
    group = _groups(compiled, joined, state)
    key = (names.lines.slot[joined.item] << GROUP_BITS) | group
    return _reduced(key, joined, begin, end, clear, then, then_end, broke)


def keyed(compiled: CompiledRule) -> tuple[tuple[str, str], ...]:
    """Return the parts of the group key that are not the subject itself."""
    return tuple(pair for pair in compiled.group if pair[1] != "subject")


def _expand(compiled: CompiledRule, names: Names) -> Joined:
    """Return one row for each item and combination of joined features."""
    item = np.arange(len(names.lines))
    found: dict[str, tuple[Join, I64, I64]] = {}
    for join in compiled.rule.joins:
        pairs = names.pairs(join)
        lower = np.searchsorted(pairs.item, item, side="left")
        upper = np.searchsorted(pairs.item, item, side="right")
        count = upper - lower
        times = np.maximum(count, 1) if join.optional else count
        row = np.repeat(np.arange(len(item)), times)
        ordinal = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
        at = lower[row] + ordinal
        missing = count[row] == 0
        at = np.where(missing, 0, at)
        feature = np.where(missing, -1, pairs.feature[at] if len(pairs.feature) else -1)
        distance = np.where(missing, 0, pairs.distance_mm[at] if len(pairs.feature) else 0)
        found = {name: (of, f[row], d[row]) for name, (of, f, d) in found.items()}
        found[join.name] = (join, feature, distance)
        item = item[row]
    return Joined(names, item, found)


def _allowed(compiled: CompiledRule, joined: Joined, state: State, force: Force) -> Mask:
    """Return where its version, calendar, validity and jurisdiction let the rule count, and no defect disabled it."""
    rule, names = compiled.rule, joined.names
    t = names.lines.t[joined.item]
    allowed = (t >= force[0]) & (t < force[1])
    if rule.valid.from_ms is not None:
        allowed &= t >= rule.valid.from_ms
    if rule.valid.to_ms is not None:
        allowed &= t < rule.valid.to_ms
    if compiled.calendar is not None and len(t):
        allowed &= compiled.calendar.holds(t)
    if rule.jurisdiction and names.world.admin is not None:
        allowed &= _covered(rule.jurisdiction, joined["admin.county"])
    for broken, slot in state.broken:
        if broken == rule.id:
            allowed &= names.lines.slot[joined.item] != slot
    return np.asarray(allowed)


def _covered(jurisdiction: str, county: Column) -> Mask:
    assert isinstance(county, Codes)
    return np.asarray(_covers(jurisdiction, county.values)[county.codes])


@lru_cache(maxsize=256)
def _covers(jurisdiction: str, codes: tuple[str, ...]) -> Mask:
    """Return which codes a jurisdiction covers, and False for none at the end."""
    return np.asarray([*(covers(jurisdiction, code) for code in codes), False], dtype=np.bool_)


def _masks(expression: Expression, joined: Joined, n: int) -> tuple[Mask, Mask, tuple[tuple[int, int], ...]]:
    """Return (true, known, where it raised); rows go one by one where the whole raises (ORDER 14)."""
    try:
        true, known = expression.masks(joined, n)
    except RAISED:
        return _row_by_row(expression, joined, n)
    return true, known, ()


def _row_by_row(expression: Expression, joined: Joined, n: int) -> tuple[Mask, Mask, tuple[tuple[int, int], ...]]:
    true, known = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    failed: dict[int, int] = {}
    slots = joined.names.lines.slot[joined.item]
    for row in range(n):
        slot = int(slots[row])
        if slot in failed:
            continue
        try:
            one = {name: _one(joined, name, row) for name in expression.names if name in joined}
            got, sure = expression.masks(one, 1)
            true[row], known[row] = got[0], sure[0]
        except RAISED:
            failed[slot] = int(joined.item[row])
    return true, known, tuple((item, slot) for slot, item in failed.items())


def _one(joined: Joined, name: str, row: int) -> Column:
    column = joined[name]
    at = np.asarray([row])
    return column.take(at) if isinstance(column, Codes) else column[at]


def _groups(compiled: CompiledRule, joined: Joined, state: State) -> I64:
    """Return the number of each row's group."""
    parts = [_texts(joined, column) for _, column in keyed(compiled)]
    if not parts:
        return np.zeros(len(joined.item), dtype=np.int64)
    codes = parts[0].codes.astype(np.int64)
    for part in parts[1:]:
        codes = codes * (len(part.values) + 1) + part.codes + 1
    distinct, lead, inverse = np.unique(codes, return_index=True, return_inverse=True)
    numbers = [state.group_id(tuple(part.text(row) or "" for part in parts)) for row in lead.tolist()]
    return np.asarray(numbers, dtype=np.int64)[inverse] if len(distinct) else np.empty(0, np.int64)


def _texts(joined: Joined, name: str) -> Codes:
    column = joined.get(name)
    if column is None:
        return Codes(np.full(len(joined.item), -1, np.int32), ())
    if isinstance(column, Codes):
        return column
    return Codes.of([str(value) for value in column.tolist()])


def _reduced(
    key: I64,
    joined: Joined,
    begin: Mask,
    end: Mask,
    clear: Mask,
    then: Mask,
    then_end: Mask,
    broke: tuple[tuple[int, int], ...],
) -> Elements:
    """Return one element for a key and item: it begins if any of its rows does, ends if all do."""
    n = len(key)
    item = joined.item
    order: Array = np.arange(n)
    if (n and not (key[1:] >= key[:-1]).all()) or (n and ((item[1:] < item[:-1]) & (key[1:] == key[:-1])).any()):
        order = np.lexsort((item, key))
    key, item = key[order], item[order]
    masks = [mask[order] for mask in (begin, end, clear, then, then_end)]
    same = (key[1:] == key[:-1]) & (item[1:] == item[:-1])
    if not same.any():
        return Elements(key, item, masks[0], masks[1], masks[2], masks[3], masks[4], order, joined, broke)
    lead = np.flatnonzero(np.concatenate([[True], ~same]))
    any_of = (np.logical_or.reduceat(masks[i], lead) for i in (0, 3))
    all_of = [np.logical_and.reduceat(masks[i], lead) for i in (1, 2, 4)]
    started, followed = any_of
    speaker = np.minimum.reduceat(np.where(masks[0], np.arange(n), n), lead)
    speaker = np.where(speaker < n, speaker, lead)
    return Elements(
        key[lead],
        item[lead],
        started,
        all_of[0],
        all_of[1],
        followed,
        all_of[2],
        order[speaker],
        joined,
        broke,
    )


def layer_elements(names: Names, layer: str, state: State) -> Elements:
    """Return the elements of membership in a tracked layer: present is inside."""
    join = Join(name="zone", mode="inside", layer=layer)
    pairs = names.pairs(join)
    keys, _ = features_of(names.world, join)
    used = np.unique(pairs.feature)
    table = np.zeros(len(keys), dtype=np.int64)
    table[used] = [state.group_id((keys[feature],)) for feature in used.tolist()]
    key = (names.lines.slot[pairs.item] << GROUP_BITS) | table[pairs.feature]
    order = np.argsort(key, kind="stable")
    n = len(order)
    yes, no = np.ones(n, np.bool_), np.zeros(n, np.bool_)
    joined = Joined(names, pairs.item, {"zone": (join, pairs.feature, pairs.distance_mm)})
    return Elements(key[order], pairs.item[order], yes, no, no, no, no, order, joined)


def value_of(column: Column, row: int) -> object:
    """Return one value as JSON has it: None where null, numbers rounded to what is shown."""
    return values_of(column, np.asarray([row]))[0]


def values_of(column: Column, rows: I64) -> list[object]:
    """Return the values of some rows as JSON has them: None where null, numbers rounded to what is shown."""
    if isinstance(column, Codes):
        table = (*column.values, None)
        return [table[code] for code in column.codes[rows].tolist()]
    values = column[rows].tolist()
    if column.dtype.kind == "f":
        return [None if value != value else round(value, 3) for value in values]
    if column.dtype == np.int8:
        return [None if value < 0 else value == 1 for value in values]
    null = null_of(column.dtype) if column.dtype != np.int32 else NULL_I32
    return [None if value == null else value for value in values]


def facts_of(compiled: CompiledRule, columns: Mapping[str, Column], rows: I64) -> list[dict[str, Json]]:
    """Return the values of some rows that the rule names, for "why"."""
    names = [name for name in compiled.names if name in columns]
    lists = [values_of(columns[name], rows) for name in names]
    if not names:
        return [{} for _ in range(len(rows))]
    return [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]
