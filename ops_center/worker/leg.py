"""Leg: a stretch of input worked out from a start state, its events kept until they may leave.

A worker runs ahead of the desk's announcements (ORDER 19): states are values, so a stretch that an
announcement touches is worked out again from its start with the changed world. What has left stays
the same, because a change never holds before what the desk let pass (ORDER 16, 17).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import Batch, empty_batch
from ops_center.worker.intake import newest_ms
from ops_center.worker.items import Unheard
from ops_center.worker.process import process, still
from ops_center.worker.rows import concat, running_max
from ops_center.worker.state import State
from ops_center.worker.told import Told
from ops_center.worker.world import World

States = Mapping[str, State]
_NOTHING = Batch({}, 0)


@dataclass(slots=True)
class Leg:
    """Input from `offset` to `end`, up to the stamp `until_ms`; `states` and `events` are its outcome."""

    offset: int
    end: int
    until_ms: int
    started: States
    gateways: Mapping[str, int]  # each gateway's last tick, at the end of the leg
    unheard: Unheard  # up to its begin: no such time ends within a leg
    batches: Mapping[str, Batch]
    told: tuple[Told, ...]  # of messages that are no observations
    counts: Mapping[str, Mapping[str, int]]
    states: States = field(default_factory=dict)
    events: list[Told] = field(default_factory=list)
    left: int = 0  # events that have left
    rest: Mapping[str, Batch] = field(default_factory=dict)  # rows that are not worked out yet
    cut_ms: int | None = None  # what acts at or past it is not; None: all is

    @property
    def reach_ms(self) -> int:
        """The latest instant anything in the leg acted at."""
        return max(
            [self.until_ms, *(newest_ms(batch) for batch in self.batches.values())]
            + [event.stamp_ms for event in self.events[-1:]]
        )

    def work(self, started: States, world: World, *, gone_ms: int | None, cut_ms: int | None = None) -> None:
        """Work the leg out, or what of it acts before `cut_ms`; events stamped before `gone_ms` have left already."""
        self.started, self.states = started, dict(started)
        self.events, self.rest = list(self.told), self.batches
        self.cut_ms = 0
        self.go_on(world, cut_ms=cut_ms)
        self.left = 0 if gone_ms is None else sum(event.stamp_ms < gone_ms for event in self.events)

    def go_on(self, world: World, *, cut_ms: int | None) -> None:
        """Work out what acts from the last cut up to this one, None: to the leg's end."""
        if self.cut_ms is None or (cut_ms is not None and cut_ms <= self.cut_ms):
            return
        acts = [self.until_ms, *(newest_ms(batch) for batch in self.batches.values())]
        self.cut_ms = None if cut_ms is None or max(acts) < cut_ms else cut_ms
        until_ms = self.until_ms if self.cut_ms is None else min(self.until_ms, self.cut_ms - 1)
        states, rest = dict(self.states), {}
        for feed in sorted({*states, *self.rest} & set(world.feeds)):
            state = states.get(feed) or State(feed)
            part = self.rest.get(feed, _NOTHING)
            if part.n and self.cut_ms is not None:
                before = acts_before(part, self.cut_ms)
                part, rest[feed] = part.take(before), part.take(~before)
            if not part.n and still(state, world, until_ms=until_ms):
                continue
            found, states[feed] = process(
                part if part.n else empty(state), state, world, until_ms=until_ms, unheard=self.unheard
            )
            self.events += found
        self.states, self.rest = states, rest
        self.events = sorted(self.events, key=attrgetter("stamp_ms"))

    def leave(self, before_ms: int) -> list[Told]:
        """Return the events stamped before a time that have not left yet."""
        if self.events and self.events[-1].stamp_ms < before_ms:
            leaving, self.left = self.events[self.left :], len(self.events)
            return leaving
        end = self.left
        while end < len(self.events) and self.events[end].stamp_ms < before_ms:
            end += 1
        leaving, self.left = self.events[self.left : end], end
        return leaving

    def cut(self, started: States, world: World, limit_ms: int) -> States:
        """Return the states as they are where only what acts before a time has been taken in."""
        states = dict(started)
        for feed in sorted({*started, *self.batches} & set(world.feeds)):
            state = states.get(feed) or State(feed)
            batch = self.batches.get(feed, _NOTHING)
            part = batch.take(acts_before(batch, limit_ms)) if batch.n else empty(state)
            until_ms = min(self.until_ms, max(limit_ms - 1, state.until_ms))
            states[feed] = process(part, state, world, until_ms=until_ms, unheard=self.unheard)[1]
        return states


def acts_before(batch: Batch, limit_ms: int) -> NDArray[np.bool_]:
    """Return the rows that act before a time: each subject's, up to its first that does not."""
    subject = batch.codes("subject").codes.astype(np.int64)
    order = np.argsort(subject, kind="stable")
    act = np.maximum(batch.array("stamp"), batch.array("event_time"))[order]
    mask = np.zeros(batch.n, dtype=np.bool_)
    mask[order] = running_max(subject[order] + 1, act) < limit_ms
    return mask


def empty(state: State) -> Batch:
    """Return a batch of no rows, with the columns of the rows that wait."""
    return empty_batch() if state.waiting is None else state.waiting.take(np.empty(0, np.int64))


def joined_batches(batches: Mapping[str, list[Batch]]) -> dict[str, Batch]:
    """Return one batch a feed, in journal order."""
    return {feed: concat(parts) for feed, parts in sorted(batches.items())}
