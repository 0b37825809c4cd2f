"""Worker: one partition's subjects, from the journal's blocks and ticks to events and progress."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ops_center import wire
from ops_center.columns import Batch, Positions, empty_batch
from ops_center.domain.errors import JournalError
from ops_center.domain.event import Event
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from ops_center.domain.world import WorldChange
from ops_center.ports import EVENT, INPUT, WORLD, Journal
from ops_center.wire import Progress, Tick
from ops_center.worker.picturing import positions_of, why_not
from ops_center.worker.process import process
from ops_center.worker.reports import dead_letters, record_events
from ops_center.worker.rows import concat
from ops_center.worker.state import State, dump, load, pack_batch, unpack_batch
from ops_center.worker.world import World
from streams.block import Block, decode_block
from streams.decoders import Decoder
from streams.decoders import load as load_decoder

READ = 256  # records of the partition taken at a time
FAR_MS = 2**62


class Worker:
    """Reads its input partition and WORLD, writes events and progress to its EVENT partition.

    `hold`: nothing stamped at or after world progress + lead is processed (ORDER 16). `limit_ms`
    is a replay's: nothing stamped at or after it is processed either.
    """

    def __init__(
        self,
        *,
        partition: int,
        feeds: Mapping[str, Feed],
        world: World,
        journal: Journal,
        hold: bool,
        lead_ms: int,
        batch_rows: int = 8192,
    ) -> None:
        self.limit_ms: int | None = None
        self._partition, self._feeds, self._journal = partition, feeds, journal
        self._hold, self._lead_ms, self._batch_rows = hold, lead_ms, batch_rows
        self._decoders: dict[str, Decoder] = {}
        self._base, self._world = world, world
        self._states: dict[str, State] = {}
        self._waiting: dict[str, list[Batch]] = {}  # rows that are read and held
        self._input = journal.start(INPUT, partition)
        self._told_ms: int | None = None
        self._ticks: dict[str, int] = {}  # last tick of each gateway
        self._forget_world()

    def step(self) -> bool:
        """Read, process what may be processed, write events and progress; False when nothing moved."""
        moved = self._read_world()
        events: list[Event] = []
        while self._held_rows() < self._batch_rows and self._read_input(events):
            moved = True
        until, horizon = self._until(), self._horizon()
        for name in sorted({*self._waiting, *self._states}):
            moved |= self._process(name, until, horizon, events)
        progress = self._progress(until)
        if events or progress:
            self._journal.append(EVENT, self._partition, [*map(wire.encode, events), *progress])
        return moved or bool(progress)

    def positions(self) -> Positions:
        """Return where this partition's vehicles were last."""
        return positions_of(self._states, self._world)

    def why_not(self, rule: str, subject: str) -> Mapping[str, Json] | None:
        """Return condition by condition why a rule does not fire for a subject's last row, None if it is not ours."""
        return why_not(self._states, self._world, rule, subject)

    def snapshot(self) -> bytes:
        """Return the state with its input offset; take it only between steps (ORDER 26)."""
        waiting = {name: [pack_batch(batch) for batch in held] for name, held in sorted(self._waiting.items())}
        states = dump(state for _, state in sorted(self._states.items()))
        told = (self._input, self._told_ms, self._ticks)
        return msgspec.msgpack.encode((told, waiting, states))

    def restore(self, snapshot: bytes) -> None:
        """Take up a snapshot; the world is read again from its beginning."""
        told, waiting, states = msgspec.msgpack.decode(snapshot)
        self._input, self._told_ms, self._ticks = told
        self._states = {state.feed: state for state in load(states)}
        unpacked = {name: [unpack_batch(plain) for plain in held] for name, held in waiting.items()}
        self._waiting = {name: [batch for batch in held if batch is not None] for name, held in unpacked.items()}
        self._forget_world()

    def _forget_world(self) -> None:
        self._world, self._world_ms = self._base, -FAR_MS
        self._world_at = self._journal.start(WORLD, 0)
        self._known: set[str] = set()

    def _read_world(self) -> bool:
        """Take up what the desk announced; the first record of an id wins (ORDER 17)."""
        moved = False
        while records := self._journal.read(WORLD, 0, self._world_at, READ):
            last = None
            for record in records:
                if record.value.startswith(b"Jprogress "):
                    last = record.value
                    continue
                change = wire.decode(record.value)
                if isinstance(change, WorldChange) and change.id not in self._known:
                    self._known.add(change.id)
                    self._world = self._world.apply(change)
            if last is not None:
                progress = wire.decode(last)
                if isinstance(progress, Progress):
                    self._world_ms = max(self._world_ms, progress.at_ms)
            self._world_at = records[-1].offset + 1
            moved = True
        return moved

    def _read_input(self, events: list[Event]) -> bool:
        records = self._journal.read(INPUT, self._partition, self._input, READ)
        for record in records:
            if wire.is_block(record.value):
                self._take(decode_block(record.value), events)
            else:
                tick = wire.decode(record.value)
                if not isinstance(tick, Tick):
                    raise JournalError(f"a {type(tick).__name__} among inputs", offset=record.offset)
                self._ticks[tick.gateway] = max(self._ticks.get(tick.gateway, -FAR_MS), tick.stamp_ms)
            self._input = record.offset + 1
            if self._held_rows() >= self._batch_rows:
                break
        return bool(records)

    def _take(self, block: Block, events: list[Event]) -> None:
        feed = self._feeds.get(block.feed)
        if feed is None:
            return  # this deployment does not run the feed; its messages stay in the journal
        if feed.id not in self._decoders:
            self._decoders[feed.id] = load_decoder(feed)
        decoded = self._decoders[feed.id].decode(block.messages)
        state = self._states.setdefault(feed.id, State(feed=feed.id))
        state.counts["messages"] += len(block.messages)
        state.counts["dead"] += sum(refused.whole for refused in decoded.refused)
        state.counts["refused"] += sum(not refused.whole for refused in decoded.refused)
        slack_ms = self._world.slack_ms
        events += dead_letters(decoded.refused, block.messages, feed, slack_ms=slack_ms)
        events += record_events(decoded.records, block.messages, feed, slack_ms=slack_ms)
        if decoded.batch.n:
            self._waiting.setdefault(feed.id, []).append(decoded.batch)

    def _process(self, name: str, until: int, horizon: int, events: list[Event]) -> bool:
        """Process a feed's rows stamped before the horizon, and what is due on silent lines."""
        held = self._waiting.pop(name, [])
        state = self._states[name]
        if not held and until <= state.until_ms:
            return False
        pool = concat(held) if held else empty_batch()
        if pool.n and int(pool.array("stamp").max()) >= horizon:
            late = pool.array("stamp") >= horizon
            self._waiting[name] = [pool.take(late)]
            pool = pool.take(~late)
        if not pool.n and until <= state.until_ms:
            return False
        made, self._states[name] = process(pool, state, self._world, until_ms=until)
        events += made
        return True

    def _horizon(self) -> int:
        """Return the stamp from which on rows are held."""
        held = self._world_ms + self._lead_ms if self._hold else FAR_MS
        return held if self.limit_ms is None else min(held, self.limit_ms)

    def _until(self) -> int:
        """Return the stamp before which everything has been read and may be processed."""
        return min(min(self._ticks.values(), default=-FAR_MS), self._horizon())

    def _held_rows(self) -> int:
        return sum(batch.n for held in self._waiting.values() for batch in held)

    def _progress(self, until: int) -> list[bytes]:
        if until <= -FAR_MS or (self._told_ms is not None and until <= self._told_ms):
            return []
        self._told_ms = until
        counts = {name: dict(state.counts) for name, state in sorted(self._states.items())}
        return [wire.encode(Progress(source=f"worker/{self._partition}", at_ms=until, counts=counts))]
