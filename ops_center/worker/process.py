"""The operator of the fast plane: a batch of one feed and a state in, events and the next state out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Array, Batch, Codes
from ops_center.domain.event import Event, EventKind, event_id
from ops_center.domain.feed import Feed
from ops_center.worker import features as feature
from ops_center.worker.accept import JUMP, LATE, REPEATED, Verdict, accept, keep_contents
from ops_center.worker.elements import GROUP_BITS
from ops_center.worker.happenings import Teller
from ops_center.worker.items import Items, Moments, Unheard, lay_out, moments_of
from ops_center.worker.judge import Judge
from ops_center.worker.layer import FOREVER_MS
from ops_center.worker.locate import Names
from ops_center.worker.rows import Rows, arrange
from ops_center.worker.state import State
from ops_center.worker.told import Told, told
from ops_center.worker.world import World

I64 = NDArray[np.int64]
UNHEARD = NULL_I64 + 1  # before the first tick: nothing acts on silent subjects, rows do
# Kept of every last row beside what rules name: the map shows them.
SHOWN = ("speed_kph", "heading_deg")


def process(
    batch: Batch, state: State, world: World, *, until_ms: int, unheard: Unheard = ()
) -> tuple[list[Told], State]:
    """Return what a batch makes happen, and the state after it; nothing given is changed.

    `until_ms`: every message stamped before it is in this batch or an earlier one; timers and
    changes of the world due by it act on silent subjects (ORDER 12, 22). The events do not depend
    on where batches are cut, save that a time in which nobody was heard ends where a batch begins:
    the silence of `unheard` times is nobody's.
    """
    feed, after = world.feeds[state.feed], state.fork()
    after.until_ms = max(state.until_ms, until_ms, UNHEARD)
    placed = _placed(batch, feed, world)
    rows, after.waiting, ahead = arrange(placed, after, feed, until_ms=after.until_ms)
    after.counts["rows"] += batch.n
    after.counts["refused"] += len(ahead)
    events = _refusals(placed, ahead, feed)
    for wave in range(int(rows.wave.max()) + 1 if len(rows) else 1):
        events += _pass(rows.take(rows.wave == wave), _until(rows, wave, after), after, feed, world, unheard)
    return events, after


def still(state: State, world: World, *, until_ms: int) -> bool:
    """Return True where nothing is due on any line by a stamp: then `process` without rows does nothing."""
    feed = world.feeds[state.feed]
    if not state.n or until_ms <= state.until_ms:
        return True
    if state.waiting is not None:
        return False
    arrays = state.arrays
    latest = until_ms - feed.delay_ms
    decided = arrays["decided"]
    known = decided != NULL_I64
    if known.any() and world.edges_for(feed, int(decided[known].min()), latest):
        return False
    for compiled, _ in world.rules_for(feed):
        table = state.tables.get(f"{compiled.rule.id}@{compiled.rule.version}")
        if table is None:
            continue
        pending = np.flatnonzero((table.start != NULL_I64) & (table.fired == 0))
        slot = table.key[pending] >> GROUP_BITS
        due = table.start[pending] + compiled.rule.for_ms
        if compiled.rule.absent_for_ms:
            due = np.maximum(due, arrays["event"][slot] + compiled.rule.absent_for_ms)
        if compiled.rule.then:
            due = np.where(table.armed[pending] >= due, FOREVER_MS, due)
        if (np.maximum(due, arrays["behind"][slot]) <= latest).any():
            return False
    return True


def _placed(batch: Batch, feed: Feed, world: World) -> Batch:
    """Return the batch with positions from the registry where the feed's messages state none."""
    registry = world.registry.get(feed.registry)
    if feed.position != "registry" or registry is None or not batch.n:
        return batch
    rows = registry.rows(batch.codes("subject"), batch.array("event_time"))
    more: dict[str, Array] = {}
    for axis in ("lon", "lat"):
        if axis not in registry.columns:
            return batch
        degrees = registry.column(axis, rows)
        if isinstance(degrees, Codes):
            return batch
        known = (rows >= 0) & ~np.isnan(degrees.astype(np.float64))
        more[f"{axis}_e7"] = np.where(known, np.rint(np.where(known, degrees, 0) * 1e7), NULL_I32).astype(np.int32)
    return batch.with_columns(more)


def _until(rows: Rows, wave: int, state: State) -> I64:
    """Return per slot how far this pass goes: to the stamp of its next wave's row, or to the end."""
    until = np.full(state.n, state.until_ms if wave == 0 else NULL_I64, dtype=np.int64)
    if not len(rows):
        return until
    if wave:
        until[rows.slot[rows.wave == wave]] = state.until_ms
    following = np.flatnonzero(rows.wave == wave + 1)[::-1]  # the first row of the next wave wins
    until[rows.slot[following]] = rows.act[following]
    return until


def _pass(rows: Rows, until: I64, state: State, feed: Feed, world: World, unheard: Unheard) -> list[Told]:
    """Take the lines through some rows, and on to `until`."""
    if not state.n:
        return []
    verdict = accept(rows, state, feed)
    _count(verdict, state)
    moments = moments_of(rows, verdict, state, until, delay_ms=feed.delay_ms)
    items = lay_out(moments, verdict, state, _edges(moments, state, feed, world), unheard=unheard)
    good = moments.good
    speed = rows.take(good).column("speed_kph")
    speeds = speed if isinstance(speed, np.ndarray) else None
    features = feature.work_out(rows.slot[good], rows.event[good], speeds, state)
    names = Names(items, feed=feed, world=world, state=state, features=features)
    teller = Teller(feed, world, state, items, moments, names)
    judge = Judge(teller, state, items, moments)
    for layer in sorted(world.track):
        judge.layer(layer)
    for compiled, force in world.rules_for(feed):
        judge.rule(compiled, force)
    teller.values(world.announced.get(feed.id, ()))
    teller.jumps(rows, np.flatnonzero(verdict.of == JUMP), verdict.lon_e7, verdict.lat_e7)
    feature.keep(rows.slot[good], features, state)
    keep_contents(rows, verdict, state)
    _advance(rows, verdict, moments, items, judge.timers, state)
    _keep_rows(rows.take(good), _kept_names(feed, world), state)
    return teller.events


def _edges(moments: Moments, state: State, feed: Feed, world: World) -> Sequence[int]:
    """Return the changes of the world that some line may reach in this pass."""
    decided = state.arrays["decided"]
    lower = [int(decided[decided != NULL_I64].min())] if (decided != NULL_I64).any() else []
    events = moments.rows.event[moments.good]
    upper = int(moments.until.max())
    if len(events):
        lower.append(int(events.min()))
        upper = max(upper, int(events.max()))
    if not lower or upper <= min(lower):
        return ()
    return world.edges_for(feed, min(lower), upper)


def _count(verdict: Verdict, state: State) -> None:
    for name, kind in (("late", LATE), ("repeated", REPEATED), ("jumps", JUMP)):
        state.counts[name] += int(np.count_nonzero(verdict.of == kind))


def _advance(
    rows: Rows, verdict: Verdict, moments: Moments, items: Items, timers: Iterable[tuple[int, int]], state: State
) -> None:
    """Move each line on to what was decided last."""
    arrays, good = state.arrays, moments.good
    np.maximum.at(arrays["act"], rows.slot, rows.act)
    arrays["behind"] = moments.behind_after
    arrays["event"][rows.slot[good]] = rows.event[good]  # in line order: the last one stays
    np.maximum.at(arrays["decided"], items.slot, items.t)
    arrays["item"][items.slot] = items.t
    for slot, due in timers:
        arrays["decided"][slot] = max(int(arrays["decided"][slot]), due)
    fixes = good[verdict.lon_e7[good] != NULL_I32]
    arrays["lon_e7"][rows.slot[fixes]] = verdict.lon_e7[fixes]
    arrays["lat_e7"][rows.slot[fixes]] = verdict.lat_e7[fixes]
    arrays["fix"][rows.slot[fixes]] = rows.event[fixes]


def _kept_names(feed: Feed, world: World) -> list[str]:
    named = {name for compiled, _ in world.rules_for(feed) for name in compiled.names}
    return sorted({*named, *SHOWN, *world.announced.get(feed.id, ())})


def _keep_rows(rows: Rows, names: Sequence[str], state: State) -> None:
    """Keep the last row of each slot in the columns that something may read later."""
    if not len(rows):
        return
    last = np.append(np.flatnonzero(rows.slot[1:] != rows.slot[:-1]), len(rows) - 1)
    latest = rows.take(last)
    for name in names:
        if name == "subject":
            continue
        column = latest.column(name)
        if column is not None:
            state.keep_row(name, latest.slot, column)


def _refusals(batch: Batch, ahead: I64, feed: Feed) -> list[Told]:
    """Tell of rows whose clock runs ahead of their receipt (ORDER 2)."""
    events = []
    for row in ahead.tolist():
        subject = batch.codes("subject").text(row) or ""
        event_ms, stamp_ms = int(batch.array("event_time")[row]), int(batch.array("stamp")[row])
        events.append(
            told(
                Event(
                    id=event_id(
                        rule="", kind=EventKind.DEAD, subject=f"{feed.id}/{subject}", zone="ahead", event_ms=event_ms
                    ),
                    kind=EventKind.DEAD,
                    feed=feed.id,
                    subject=subject,
                    event_ms=stamp_ms,
                    stamp_ms=stamp_ms,
                    desk_ms=stamp_ms,
                    status=feed.status,
                    facts={
                        "reason": "the event time is ahead of the time of receipt",
                        "field": "event_time",
                        "bytes": "",
                        "at_ms": stamp_ms,
                        "event_ms": event_ms,
                    },
                )
            )
        )
    return events
