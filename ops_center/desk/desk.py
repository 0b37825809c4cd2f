"""The desk: reads what workers and people say, decides in one order, writes what follows (ORDER 20 to 25).

Two lanes. On receipt an alert of a one-subject rule is written out at once, final as the worker
made it. In order, once nothing earlier can come, everything is decided: the same journal gives
the same decisions whatever the partitions, batches and restarts.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import msgspec

from ops_center import wire
from ops_center.desk import decide
from ops_center.desk.definitions import Definitions
from ops_center.desk.early import Early
from ops_center.desk.feedwatch import watch
from ops_center.desk.ledger import Ledger
from ops_center.desk.order import Merge, MergeState
from ops_center.desk.places import NoPlaces, Places
from ops_center.desk.quiet import Quiet
from ops_center.desk.state import FeedWatch, State
from ops_center.desk.telling import Telling
from ops_center.domain.alert import Alert
from ops_center.domain.command import Command
from ops_center.domain.errors import JournalError
from ops_center.domain.event import Event
from ops_center.domain.resource import Resource
from ops_center.domain.scales import Status
from ops_center.ports import COMMAND, DEAD, EVENT, OUTPUT, WORLD, Journal
from ops_center.wire import Progress, Tick

AHEAD_MS = 1_000  # how far past cursor + slack workers are let run, so that a tick brings them to it
PASSED_BY = wire.kind_marks(decide.PASSED_BY)
READ = 4_096  # records of one partition taken in one step
Counts = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSnapshot:
    """All a restart needs: state, what waits, and the offsets they belong to (ORDER 26)."""

    state: State
    merge: MergeState
    watches: Mapping[str, FeedWatch]
    counts: Mapping[int, Counts]
    events: tuple[int, ...]
    commands: int
    world: int


class Desk:
    """One deployment's desk over one journal.

    `limit_ms` is a replay's cursor in desk time: nothing at or after it is decided. To reach it the
    workers must be let run to `limit_ms` + `slack_ms` and the next tick.
    """

    def __init__(
        self,
        *,
        deployment: str,
        definitions: Definitions,
        journal: Journal,
        slack_ms: int,
        lead_ms: int,
        zone: ZoneInfo,
        status: Status = Status.ACTUAL,
        places: Places | None = None,
        contents: Mapping[str, Definitions] | None = None,
    ) -> None:
        if lead_ms <= slack_ms:
            # Workers would wait for the desk and the desk for the workers, for ever (ORDER: lead).
            raise ValueError(f"lead {lead_ms} ms must be above slack {slack_ms} ms")
        self.limit_ms: int | None = None
        self._journal = journal
        self._slack_ms = slack_ms
        self._ledger = Ledger(
            deployment=deployment,
            status=status,
            zone=zone,
            lead_ms=lead_ms,
            definitions=definitions,
            places=places or NoPlaces(),
            contents=contents or {},
            state=State(content=definitions.version),
        )
        partitions = journal.partitions(EVENT)
        self._merge = Merge(progress=[None] * partitions)
        self._events = [journal.start(EVENT, p) for p in range(partitions)]
        self._commands = journal.start(COMMAND, 0)
        self._telling = Telling(journal, journal.start(WORLD, 0))
        self._watches: dict[str, FeedWatch] = {}
        self._counts: dict[int, Counts] = {}
        self._early = Early(self._ledger)
        self._quiet = Quiet()

    @property
    def progress_ms(self) -> int:
        """Desk time before which everything is decided; 0 before the first tick."""
        return self._merge.decided_ms or self._ledger.state.start_ms or 0

    @property
    def slack_ms(self) -> int:
        """The desk's wait for what is on its way."""
        return self._slack_ms

    @property
    def first_ms(self) -> int:
        """Stamp of the first tick that was read, 0 before it."""
        start_ms = self._ledger.state.start_ms
        return 0 if start_ms is None else start_ms + self._slack_ms + self._ledger.lead_ms

    @property
    def state(self) -> State:
        """What has been decided, to be read only."""
        return self._ledger.state

    @property
    def definitions(self) -> Definitions:
        """The content in force."""
        return self._ledger.definitions

    @property
    def deployment(self) -> str:
        """Code of the authority."""
        return self._ledger.deployment

    def resources(self) -> Iterator[Resource]:
        """Yield every resource as it is now, by id."""
        return self._ledger.resources()

    @property
    def status(self) -> Status:
        """Status of the deployment."""
        return self._ledger.status

    @property
    def watches(self) -> Mapping[str, FeedWatch]:
        """What the ticks said of each feed."""
        return self._watches

    @property
    def last_tick_ms(self) -> int | None:
        """Newest stamp on the command topic, of the slowest gateway."""
        return self._merge.ticked_ms

    @property
    def heard_ms(self) -> tuple[int | None, ...]:
        """How far each partition's worker has reported."""
        return tuple(self._merge.progress)

    @property
    def repeats(self) -> int:
        """Events dropped because their time had been decided: repeats after a worker's restart."""
        return self._merge.below

    def ahead_ms(self) -> int | None:
        """Return the desk time before which what it knows makes it decide nothing; None while there is more to read."""
        ends = (self._journal.end(EVENT, partition) for partition in range(len(self._events)))
        heard = self._merge.watermark(self._slack_ms) is not None
        if not heard or any(at < end for at, end in zip(self._events, ends, strict=True)):
            return None
        return min(at for at in self._due() if at is not None)

    def _due(self) -> tuple[int | None, ...]:
        """Return when what waits, the first timer and the ticks' end make it decide something."""
        timers = self._ledger.state.timers
        return self._merge.head_ms(), timers[0][0] if timers else None, self._merge.ticked_ms

    def load(self, version: str, definitions: Definitions) -> None:
        """Have a content version ready; a ``content.load`` command puts it in force."""
        self._ledger.contents = {**self._ledger.contents, version: definitions}

    def step(self) -> bool:
        """Read, decide what can be decided, write it out; False when there was nothing to do."""
        self._telling.recall()
        heard: dict[str, None] = {}  # alerts of the first lane, in order of receipt
        moved = [self._read_events(partition, heard) for partition in range(len(self._events))]
        moved.append(self._read_commands())
        moved.append(self._decide())
        waiting = (identity for identity in heard if identity in self._early)  # the rest is written as it was decided
        early = map(self._early.alert, waiting)
        self._write([alert for alert in early if alert is not None])
        return any(moved)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return messages, late, refused and dead by feed, over all partitions."""
        total: Counts = {}
        for _, counts in sorted(self._counts.items()):
            for feed, numbers in sorted(counts.items()):
                into = total.setdefault(feed, {})
                for name, n in sorted(numbers.items()):
                    into[name] = into.get(name, 0) + n
        return total

    def shown(self) -> dict[str, Alert]:
        """Return all alerts as they are shown: decided, and what was received since on top of it."""
        return self._early.alerts()

    def snapshot(self) -> bytes:
        """Return the state with its offsets; take it only between steps."""
        state = self._ledger.state
        state.timers.sort()
        value = DeskSnapshot(
            state=state,
            merge=self._merge.state(),
            watches=self._watches,
            counts=self._counts,
            events=tuple(self._events),
            commands=self._commands,
            world=self._telling.at,
        )
        return msgspec.msgpack.encode(value)

    def restore(self, snapshot: bytes) -> None:
        """Take up a snapshot: read on from its offsets."""
        value = msgspec.msgpack.decode(snapshot, type=DeskSnapshot)
        if len(value.events) != len(self._events):
            raise JournalError(f"the snapshot has {len(value.events)} event partitions, not {len(self._events)}")
        self._ledger.state = value.state
        self._merge = Merge.of(value.merge)
        self._watches, self._counts = dict(value.watches), dict(value.counts)
        self._events, self._commands = list(value.events), value.commands
        self._take_content(value.state.content)
        self._early.again(self._merge.waiting())
        self._telling, self._quiet = Telling(self._journal, value.world), Quiet()

    def _take_content(self, version: str) -> None:
        """Decide by the snapshot's content where it is at hand, else by what was loaded in its place."""
        if version in self._ledger.contents:
            self._ledger.definitions = self._ledger.contents[version]
        elif version != self._ledger.definitions.version:
            decide.adopt(self._ledger, self.progress_ms)

    def _read_events(self, partition: int, heard: dict[str, None]) -> bool:
        """Take in a partition's events and progress; stop where a replay's cursor stands."""
        start = self._events[partition]
        enough = self._enough(self._merge.progress[partition])
        records = () if enough else self._journal.read(EVENT, partition, start, READ)
        for record in [record for record in records if not record.value.startswith(PASSED_BY, wire.KIND_AT)]:
            thing = wire.decode(record.value)
            if isinstance(thing, Progress):
                self._progress(partition, thing)
                if self._enough(self._merge.progress[partition]):
                    at = record.offset + 1
                    break
            elif isinstance(thing, Event):
                known = thing.kind in decide.PASSED_BY or not self._merge.offer(thing)
                if not known and (identity := self._early.keep(thing)):
                    heard[identity] = None
            else:
                raise JournalError(f"a {type(thing).__name__} among events", offset=record.offset)
        else:
            at = records[-1].offset + 1 if records else start
        self._events[partition] = at
        return at > start

    def _read_commands(self) -> bool:
        """Take in commands and ticks; stop where a replay's cursor stands."""
        moved = False
        for record in self._journal.read(COMMAND, 0, self._commands, READ):
            if self._enough(self._merge.ticked_ms):
                break
            thing = wire.decode(record.value)
            if isinstance(thing, Tick):
                self._tick(thing)
            elif isinstance(thing, Command):
                self._merge.offer(self._in_time(thing))
            else:
                raise JournalError(f"a {type(thing).__name__} among commands", offset=record.offset)
            self._commands = record.offset + 1
            moved = True
        return moved

    def _in_time(self, command: Command) -> Command:
        """Return a command that will be decided: a gateway that joins late may stamp below what is decided."""
        decided_ms = self._merge.decided_ms
        if decided_ms is None or command.stamp_ms >= decided_ms:
            return command
        return replace(command, stamp_ms=decided_ms)

    def _progress(self, partition: int, progress: Progress) -> None:
        known = self._merge.progress[partition]
        if known is None or progress.at_ms >= known:
            self._counts[partition] = progress.counts
        self._merge.report(partition, progress.at_ms)
        self._quiet.hear(partition, progress)

    def _tick(self, tick: Tick) -> None:
        if self._ledger.state.start_ms is None:
            # Lower than it need be by the lead, for messages that came before the first tick.
            start_ms = tick.stamp_ms - self._slack_ms - self._ledger.lead_ms
            self._ledger.state.start_ms = start_ms
            self._ledger.set_timer(start_ms - start_ms % decide.HOUR_MS + decide.HOUR_MS, "hour", "")
        self._merge.tick(tick.gateway, tick.stamp_ms)
        self._watches, events = watch(self._watches, tick, self._ledger.definitions)
        for event in events:
            self._merge.offer(event)

    def _decide(self) -> bool:
        """The second lane: decide everything before the watermark, timers first at the same instant."""
        before = self._watermark()
        if before is None or (self._merge.decided_ms is not None and before <= self._merge.decided_ms):
            return False
        ledger = self._ledger
        while True:
            head, timers = self._merge.head_ms(), ledger.state.timers
            until = before if head is None else min(head + 1, before)
            if timers and timers[0][0] < until:
                timer = heapq.heappop(timers)
                while timers and timers[0] == timer:  # set again before it was due: once is enough
                    heapq.heappop(timers)
                decide.fire(ledger, timer)
            elif head is not None and head < before:
                item = self._merge.take()
                decide.take(ledger, item)
                self._early.drop(item)
            else:
                break
        self._merge.decided(before)
        return True

    def _quiet_ms(self) -> int | None:
        """Return the desk time before which nothing known makes it decide anything; None where that is no news."""
        merge, changed = self._merge, self._telling.changed
        if merge.ticked_ms is None:
            return None
        quiet = self._quiet.until_ms(merge.progress, changed=changed, slack_ms=self._slack_ms, due=self._due())
        told_ms = max(self._telling.quiet_told_ms or 0, merge.decided_ms or 0)
        return quiet if quiet is not None and quiet > told_ms else None

    def _watermark(self) -> int | None:
        before = self._merge.watermark(self._slack_ms)
        if before is None or self.limit_ms is None:
            return before
        return min(before, self.limit_ms)

    def _enough(self, reached_ms: int | None) -> bool:
        """Return True where a stream has told all that is needed to decide up to a replay's cursor."""
        return self.limit_ms is not None and reached_ms is not None and reached_ms >= self.limit_ms + self._slack_ms

    def _write(self, early: Sequence[Alert]) -> None:
        """Write out what was shown and decided, world changes and then the progress they belong to."""
        ledger = self._ledger
        outputs = [*map(self._early.record, ledger.records), *map(self._early.record_early, early)]
        if outputs:
            self._journal.append(OUTPUT, 0, outputs)
        if ledger.dead:
            self._journal.append(DEAD, 0, [wire.encode(event) for event in ledger.dead])
        fresh = self._telling.fresh(ledger.changes)
        progress_ms = self._merge.decided_ms if self._merge.decided_ms is not None else ledger.state.start_ms
        quiet_ms = self._quiet_ms() if not fresh else None
        self._telling.write(fresh, progress_ms=progress_ms, quiet_ms=quiet_ms)
        ledger.records.clear()
        ledger.changes.clear()
        ledger.dead.clear()
