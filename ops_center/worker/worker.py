"""Worker: one partition's input to events, exactly once in effect, never past what the desk may still change."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import msgspec

from ops_center import wire
from ops_center.columns import NULL_I64, Positions
from ops_center.domain.errors import JournalError
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from ops_center.ports import EVENT, INPUT, Journal
from ops_center.wire import Progress, Tick
from ops_center.worker.announced import Announced
from ops_center.worker.intake import Intake, Reader
from ops_center.worker.items import Unheard
from ops_center.worker.layer import FOREVER_MS
from ops_center.worker.leg import Leg, States, joined_batches
from ops_center.worker.picture import positions_of, why_not
from ops_center.worker.state import dump, load
from ops_center.worker.told import encode_all, told
from ops_center.worker.world import World

RECORDS = 256  # of the input read at a time
UNHEARD_KEPT_MS = 7 * 86_400_000  # longer than any rule's `absent_for`


class Worker:
    """Reads INPUT of a journal under the `announced` world, writes its partition of EVENT.

    With `hold`, what is stamped at or past the desk's progress + `lead_ms` does not leave (ORDER 16).
    `limit_ms` is a replay's cursor: nothing stamped after it leaves. Time comes from the gateways'
    ticks only, so that blocks of several feeds may overlap.
    """

    def __init__(
        self,
        *,
        partition: int,
        feeds: Mapping[str, Feed],
        announced: Announced,
        journal: Journal,
        hold: bool,
        slack_ms: int,
        lead_ms: int,
        batch_rows: int = 8192,
    ) -> None:
        self.limit_ms: int | None = None
        self.partition = partition
        self._journal, self._hold, self._lead_ms, self._batch_rows = journal, hold, lead_ms, batch_rows
        self._reader = Reader(feeds, slack_ms=slack_ms)
        self._announced = announced
        self._heard = self._refused_told = 0  # of what is announced: changes taken in, refusals written out
        self._desk_ms: int | None = None  # the desk's progress when the world was last looked at
        self._quiet_ms: int | None = None
        self._states: States = {}
        self._offset = journal.start(INPUT, partition)
        self._gateways: Mapping[str, int] = {}
        self._unheard: Unheard = ()
        self._counts: dict[str, dict[str, int]] = {}
        self._legs: list[Leg] = []
        self._gone_ms: int | None = None  # events stamped before it have left
        self._told_ms: int | None = None
        self._quiet_told: tuple[int, int] | None = None  # what was said of quiet times, after how many changes

    def ahead_ms(self) -> int | None:
        """Return the stamp before which nothing more leaves as the world stands; None before the first tick."""
        self._read_world()
        return self._ahead_ms()

    def trust(self, quiet_ms: int) -> None:
        """Take it that the desk announces nothing before a desk time, though it has not said so yet."""
        self._quiet_ms = max(quiet_ms, self._quiet_ms or quiet_ms)

    def step(self, max_rows: int | None = None) -> bool:
        """Read, work out, let go what may leave; False when there was nothing to do."""
        moved = self._read_world()
        self._go_on()
        moved = self._read_input(max_rows or self._batch_rows) or moved
        return self._let_go() or moved

    def snapshot(self) -> bytes:
        """Return the state with its offsets; what is under way is worked out again from them."""
        return msgspec.msgpack.encode(
            {
                "states": dump(self._states.values()),
                "offset": self._offset,
                "gateways": dict(self._gateways),
                "unheard": self._unheard,
                "counts": self._counts,
                "gone_ms": self._gone_ms,
                "told_ms": self._told_ms,
                "desk_ms": self._desk_ms,
            }
        )

    def restore(self, snapshot: bytes) -> None:
        """Take up a snapshot; what was announced is known already."""
        value: dict[str, Any] = msgspec.msgpack.decode(snapshot)
        self._states = {state.feed: state for state in load(value["states"])}
        self._offset, self._gateways, self._counts = value["offset"], value["gateways"], value["counts"]
        self._unheard = tuple((from_ms, to_ms) for from_ms, to_ms in value.get("unheard", ()))
        self._gone_ms, self._told_ms = value["gone_ms"], value["told_ms"]
        self._legs = []
        self._heard, self._refused_told = len(self._announced.times_ms), 0
        self._desk_ms = self._quiet_ms = self._quiet_told = None

    def positions(self) -> Positions:
        """Return the last known positions of this partition's subjects."""
        return positions_of(self._seen(), self._world, self._clock_ms())

    def why_not(self, rule: str, subject: str) -> Mapping[str, Json] | None:
        """Return condition by condition what a rule says of a subject's last row; None where it is not here."""
        return why_not(self._seen(), self._world, rule, subject)

    @property
    def offset(self) -> int:
        """Where a restart from a snapshot taken now reads the input on."""
        return self._offset

    @property
    def told_ms(self) -> int | None:
        """Everything due by then has been written out; None before the first progress."""
        return self._told_ms

    @property
    def late(self) -> int:
        """Observations that came after what they would have changed was decided."""
        return sum(state.counts["late"] for state in self._newest().values())

    # The world

    @property
    def _world(self) -> World:
        return self._announced.world

    def _read_world(self) -> bool:
        """Take in announcements and the desk's progress; work out again what they touch."""
        self._announced.read()
        new = self._announced.times_ms[self._heard :]
        said = self._announced.desk_ms, self._announced.quiet_ms
        moved = bool(new) or said[0] != self._desk_ms or (said[1] or 0) > (self._quiet_ms or 0)
        self._heard += len(new)
        self._desk_ms = said[0]
        if said[1] is not None:
            self.trust(said[1])
        if new:
            self._rework(min(new))
        return moved

    def _rework(self, at_ms: int) -> None:
        """Work the legs out again from the first one that a change at a time touches."""
        first = next((n for n, leg in enumerate(self._legs) if leg.reach_ms >= at_ms), len(self._legs))
        for n in range(first, len(self._legs)):
            started = self._legs[n - 1].states if n else self._states
            self._legs[n].work(started, self._world, gone_ms=self._gone_ms, cut_ms=self._cut_ms())

    # The input

    def _read_input(self, max_rows: int) -> bool:
        """Read on while few rows are under way, or while the ticks read so far let nothing more leave."""
        under_way = sum(batch.n for leg in self._legs for batch in leg.batches.values())
        clock = self._clock_ms()
        limit = self._limit_ms()
        if clock is not None and self.limit_ms is not None and clock > self.limit_ms:
            return False
        if under_way >= max_rows and clock is not None and clock >= limit:
            return False
        offset = start = self._legs[-1].end if self._legs else self._offset
        gateways = dict(self._legs[-1].gateways if self._legs else self._gateways)
        unheard = self._legs[-1].unheard if self._legs else self._unheard
        intake, ended = Intake(), False
        while intake.rows < max_rows and not ended:
            records = self._journal.read(INPUT, self.partition, offset, RECORDS)
            ended = not records
            for record in records:
                if wire.is_block(record.value):
                    self._reader.gather(record.value, intake, most_rows=max_rows)
                else:
                    tick = _tick(record.value)
                    if tick.unheard_ms is not None:
                        if offset > start:  # what came before knows nothing of it
                            ended = True
                            break
                        unheard = _longer(unheard, tick.unheard_ms, tick.stamp_ms)
                    gateways[tick.gateway] = max(tick.stamp_ms, gateways.get(tick.gateway, tick.stamp_ms))
                offset = record.offset + 1
                ended = self._past_cursor(gateways)
                if ended or intake.rows >= max_rows:
                    break
        if offset == start:
            return False
        self._reader.settle(intake)
        self._add_leg(start, offset, gateways, unheard, intake)
        return True

    def _past_cursor(self, gateways: Mapping[str, int]) -> bool:
        return self.limit_ms is not None and bool(gateways) and min(gateways.values()) > self.limit_ms

    def _add_leg(self, start: int, end: int, gateways: Mapping[str, int], unheard: Unheard, intake: Intake) -> None:
        leg = Leg(
            offset=start,
            end=end,
            until_ms=min(gateways.values(), default=NULL_I64),
            started={},
            gateways=gateways,
            unheard=unheard,
            batches=joined_batches(intake.batches),
            told=tuple(told(event) for event in intake.events),
            counts=intake.counts,
        )
        leg.work(self._newest(), self._world, gone_ms=None, cut_ms=self._cut_ms())
        self._legs.append(leg)

    def _cut_ms(self) -> int | None:
        """Return the stamp at and past which a replay's cursor needs nothing worked out."""
        return None if self.limit_ms is None else self.limit_ms + 1

    def _go_on(self) -> None:
        """Work out of each leg what a cursor that moved on needs."""
        first = next((n for n, leg in enumerate(self._legs) if leg.cut_ms is not None), None)
        if first is None or self._legs[first].cut_ms == self._cut_ms():
            return
        self._legs[first].go_on(self._world, cut_ms=self._cut_ms())
        for before, leg in pairwise(self._legs[first:]):
            leg.work(before.states, self._world, gone_ms=self._gone_ms, cut_ms=self._cut_ms())

    # The output

    def _let_go(self) -> bool:
        """Write the events that may leave and how far that is; finish legs that have left wholly."""
        limit = self._limit_ms()
        events = [event for leg in self._legs for event in leg.leave(limit)]
        refused = self._announced.refused[self._refused_told :]
        self._refused_told += len(refused)
        values = [*(wire.encode(event) for event in refused), *encode_all(events)]
        clock = self._clock_ms()
        reached = None if clock is None or limit == NULL_I64 else min(clock, limit - 1)
        if reached is not None and (progress := self._progress(reached, waits=limit <= (clock or limit))) is not None:
            values.append(wire.encode(progress))
        if values:
            self._journal.append(EVENT, self.partition, values)
        if self._legs:
            self._gone_ms = limit if self._gone_ms is None else max(limit, self._gone_ms)
        while self._legs and self._legs[0].reach_ms < limit:
            self._finish(self._legs.pop(0))
        return bool(values)

    def _progress(self, reached_ms: int, *, waits: bool) -> Progress | None:
        """Return how far this partition has come, None where that was said already."""
        quiet = (self._ahead_ms() or reached_ms, self._heard) if waits else None
        further = self._told_ms is None or reached_ms > self._told_ms
        if not further and (quiet is None or quiet == self._quiet_told):
            return None
        self._told_ms = max(reached_ms, self._told_ms or reached_ms)
        self._quiet_told = quiet
        return Progress(
            source=f"worker/{self.partition}",
            at_ms=self._told_ms,
            quiet_ms=quiet[0] if quiet else None,
            world=self._announced.offset,
            counts=self._totals(),
        )

    def _ahead_ms(self) -> int | None:
        clock = self._clock_ms()
        waiting = [leg.events[leg.left].stamp_ms for leg in self._legs if leg.left < len(leg.events)]
        return None if clock is None else min([clock, *waiting])

    def _finish(self, leg: Leg) -> None:
        self._states, self._offset, self._gateways, self._unheard = leg.states, leg.end, leg.gateways, leg.unheard
        _add(self._counts, leg.counts)

    def _limit_ms(self) -> int:
        """Return the stamp that nothing may leave at or past."""
        limit = FOREVER_MS if self.limit_ms is None else self.limit_ms + 1
        if not self._hold:
            return limit
        if self._desk_ms is None:
            return NULL_I64
        return min(limit, max(self._desk_ms, self._quiet_ms or self._desk_ms) + self._lead_ms)

    def _clock_ms(self) -> int | None:
        gateways = self._legs[-1].gateways if self._legs else self._gateways
        return min(gateways.values(), default=None)

    def _newest(self) -> States:
        return self._legs[-1].states if self._legs else self._states

    def _seen(self) -> States:
        """Return the states as of what may have left: a leg that ran ahead is cut there."""
        limit = self._limit_ms()
        for n, leg in enumerate(self._legs):
            if leg.reach_ms >= limit:
                started = self._legs[n - 1].states if n else self._states
                return leg.states if leg.cut_ms == limit else leg.cut(started, self._world, limit)
        return self._newest()

    def _totals(self) -> dict[str, dict[str, int]]:
        totals = {feed: dict(counts) for feed, counts in self._counts.items()}
        for leg in self._legs:
            _add(totals, leg.counts)
        for feed, state in self._newest().items():
            of = totals.setdefault(feed, {})
            for name, n in state.counts.items():
                if n:
                    of[name] = of.get(name, 0) + n
            of["refused"] = of.get("refused", 0) + state.counts["jumps"]
        return {feed: dict(sorted(of.items())) for feed, of in sorted(totals.items())}


def _tick(value: bytes) -> Tick:
    thing = wire.decode(value)
    if not isinstance(thing, Tick):
        raise JournalError(f"a {type(thing).__name__} in the input", path=INPUT)
    return thing


def _longer(unheard: Unheard, from_ms: int, to_ms: int) -> Unheard:
    """Return the times in which nobody was heard with one more; those no silence reaches back to are left out."""
    return (*(one for one in unheard if one[1] > to_ms - UNHEARD_KEPT_MS), (from_ms, to_ms))


def _add(totals: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    for feed, counts in more.items():
        of = totals.setdefault(feed, {})
        for name, n in counts.items():
            of[name] = of.get(name, 0) + n
