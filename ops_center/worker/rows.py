"""Rows of a batch in the order of their subjects' lines, cut where a timer could come between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I64, Array, Batch, Codes, Column
from ops_center.domain.feed import Feed
from ops_center.worker.content import content_hash
from ops_center.worker.state import State

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows sorted by slot, then by their order on the line; `row` points into the batch."""

    batch: Batch
    row: I64
    slot: I64
    event: I64  # event time
    act: I64  # stamp at which the row acts on its line
    behind: Mask  # more than the feed's delay late
    wave: I64  # how many rows of the slot, up to this one, a silent timer could precede

    def __len__(self) -> int:
        return len(self.row)

    def take(self, which: Array) -> Rows:
        """Return some of the rows."""
        return Rows(
            self.batch,
            self.row[which],
            self.slot[which],
            self.event[which],
            self.act[which],
            self.behind[which],
            self.wave[which],
        )

    def column(self, name: str) -> Column | None:
        """Return a column of the batch in this order, None where the batch has none of that name."""
        column = self.batch.columns.get(name)
        if column is None:
            return None
        return column.take(self.row) if isinstance(column, Codes) else column[self.row]


def arrange(batch: Batch, state: State, feed: Feed, *, until_ms: int) -> tuple[Rows, Batch | None, I64]:
    """Return (rows that act now, rows that wait for earlier ones, batch rows refused as ahead of the clock).

    With `reorder_ms` a row acts when the stamp has passed event time + reorder (or at once where
    it came later than that): a function of its envelope alone, so batches change nothing.
    """
    pool = batch if state.waiting is None else concat([state.waiting, batch])
    held = 0 if state.waiting is None else state.waiting.n
    event, stamp = pool.array("event_time"), pool.array("stamp")
    event = np.where(event == NULL_I64, stamp, event)
    ahead = event > stamp + feed.ahead_ms  # ORDER 2
    ahead[:held] = False
    row = np.flatnonzero(~ahead)
    event = event[row]
    act = np.maximum(stamp[row], event)  # a clock that runs ahead acts when its own time has come
    if feed.reorder_ms:
        act = np.maximum(act, event + feed.reorder_ms)
        due = act < until_ms  # at `until_ms` itself an earlier one may still come
        waiting = pool.take(row[~due])
        row, event, act = row[due], event[due], act[due]
        slot = state.slots_of(pool.codes("subject").take(row))
        order = np.lexsort((content_hash(pool, row), event, act, slot))
    else:
        waiting = None
        slot = state.slots_of(pool.codes("subject").take(row))
        order = np.argsort(slot, kind="stable")
    row, slot, event, act = row[order], slot[order], event[order], act[order]
    act = np.maximum(running_max(slot, act), state.arrays["act"][slot]) if len(row) else act
    behind = act - event > feed.delay_ms
    wave = _waves(slot, act, behind, state, feed)
    rows = Rows(pool, row, slot, event, act, behind, wave)
    return rows, waiting if waiting is not None and waiting.n else None, np.flatnonzero(ahead) - held


def _waves(slot: I64, act: I64, behind: Mask, state: State, feed: Feed) -> I64:
    """Count, along each slot, the rows before which a silent timer may have acted beyond their own time.

    A row within the delay is never earlier than a timer that has acted; nor is a late one that
    follows another late one within the delay: nothing acts between them (ORDER 12).
    """
    if not behind.any():
        return np.zeros(len(slot), dtype=np.int64)
    stamps = np.where(behind, act, NULL_I64)
    before = np.concatenate([[NULL_I64], running_max(slot, stamps)[:-1]])
    before[heads(slot)] = NULL_I64
    before = np.maximum(before, state.arrays["behind"][slot])
    protected = (before != NULL_I64) & (act - feed.delay_ms < before)
    return running_count(slot, behind & ~protected)


def heads(slot: I64) -> I64:
    """Return the index of each slot's first row."""
    if not len(slot):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.concatenate([[True], slot[1:] != slot[:-1]]))


def among(values: I64, known: I64) -> Mask:
    """Return which values are among known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray(known[at] == values)


def running_max(slot: I64, values: I64) -> I64:
    """Return the running maximum of integers within each slot (slots sorted)."""
    if not len(values):
        return values
    low, high = int(values.min()), int(values.max())
    if low == NULL_I64:
        given = values[values != NULL_I64]
        if not len(given):
            return values
        low = int(given.min()) - 1
    span = high - low + 1
    if span * (int(slot[-1]) + 1) >= 2**62:
        return _running_max_by_rank(slot, values, low)
    lifted = np.maximum(values, low) - low + slot * span
    out = np.maximum.accumulate(lifted) - slot * span + low
    return np.where(out == low, np.minimum(out, values), out) if int(values.min()) == NULL_I64 else out


def _running_max_by_rank(slot: I64, values: I64, low: int) -> I64:
    """Return the same by ranks of the values, where times lie too far apart to be lifted."""
    distinct, rank = np.unique(np.maximum(values, low), return_inverse=True)
    lifted = rank + slot * np.int64(len(distinct) + 1)
    out = distinct[np.maximum.accumulate(lifted) - slot * np.int64(len(distinct) + 1)]
    return np.asarray(np.where(out == low, np.minimum(out, values), out))


def running_count(slot: I64, marks: Mask) -> I64:
    """Return within each slot how many marks there are up to and with each row."""
    total = np.cumsum(marks, dtype=np.int64)
    first = heads(slot)
    before = total[first] - marks[first]
    out: I64 = total - np.repeat(before, np.diff(np.append(first, len(slot))))
    return out


def concat(batches: Sequence[Batch]) -> Batch:
    """Return batches of one feed as one, in order; a column one of them lacks is null there."""
    kept = [batch for batch in batches if batch.n]
    if len(kept) < 2:
        return kept[0] if kept else batches[0]
    names = list(dict.fromkeys(name for batch in kept for name in batch.columns))
    columns = {name: _joined([batch.columns.get(name) for batch in kept], [b.n for b in kept]) for name in names}
    return Batch(columns, sum(batch.n for batch in kept))


def _joined(parts: Sequence[Column | None], lengths: Sequence[int]) -> Column:
    sample = next(part for part in parts if part is not None)
    if isinstance(sample, Codes):
        numbers: dict[str, int] = {}
        out = []
        for part, n in zip(parts, lengths, strict=True):
            if not isinstance(part, Codes):
                out.append(np.full(n, -1, np.int32))
                continue
            table = [numbers.setdefault(text, len(numbers)) for text in part.values]
            out.append(np.asarray([*table, -1], dtype=np.int32)[part.codes])
        return Codes(np.concatenate(out), tuple(numbers))
    filled = []
    for part, n in zip(parts, lengths, strict=True):
        if part is None or isinstance(part, Codes):
            null = np.nan if sample.dtype.kind == "f" else -1 if sample.dtype == np.int8 else np.iinfo(sample.dtype).min
            filled.append(np.full(n, null, dtype=sample.dtype))
        else:
            filled.append(part)
    return np.concatenate(filled)


def renumber(batch: Batch, message: int = 0) -> Batch:
    """Return the batch with every row from one message: rows that wait outlive their block."""
    return replace(batch, columns={**batch.columns, "message": np.full(batch.n, message, np.int32)})
