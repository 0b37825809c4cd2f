"""The gateway's core: stamp, choose the partition, write blocks durably, and only then let answers go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from threading import Condition, Lock
from typing import Protocol

from ops_center.domain.command import Command
from ops_center.domain.errors import JournalError
from ops_center.domain.feed import Feed
from ops_center.ports import COMMAND, INPUT, WORLD, Clock, Group, GroupJournal, Receipt
from ops_center.wire import Tick, encode
from streams.decoders import load
from streams.gateway.health import FeedCounts, Health
from streams.gateway.pending import Key, Pending, Submitted
from streams.gateway.tail import last_stamp, next_numbers, save_numbers
from streams.partition import partition_of

log = logging.getLogger(__name__)

PENDING_OCTETS = 64 << 20  # received and not durable: beyond it senders wait
SUBMIT_S = 10.0  # how long a command waits for the journal
FLUSH_MESSAGES = 500  # a flush does not wait for more than these
UNHEARD_MS = 5_000  # devices try again for longer than this: below it nothing was missed
_CACHED_SUBJECTS = 200_000


class StampClock(Clock, Protocol):
    """A clock that can stamp: it goes on from the journal and knows how far it is from UTC."""

    def resume(self, last_stamp_ms: int | None) -> None:
        """Go on from the journal's last stamp, where that is later."""
        ...

    def offset_ms(self) -> int:
        """Return UTC minus this clock."""
        ...

    @property
    def slewing(self) -> bool:
        """True while a difference is slewed away."""
        ...


class Gateway:
    """Any thread may receive and submit; one thread at a time flushes.

    Every message and command is stamped and queued under one lock, a tick's stamp is read under
    it too: so whatever is journalled after a tick is stamped at or after it, in every partition.
    """

    def __init__(
        self,
        journal: GroupJournal,
        feeds: Mapping[str, Feed],
        clock: StampClock,
        *,
        name: str = "gateway",
        pending_octets: int = PENDING_OCTETS,
    ) -> None:
        self.name, self._journal, self._clock = name, journal, clock
        self._pending_octets = pending_octets
        self._partitions = journal.partitions(INPUT)
        self.changed = Condition(Lock())  # guards what follows; a flusher waits on it
        self._pending = Pending()
        self._feeds: dict[str, Feed] = {}
        self._subject_of: dict[str, Callable[[bytes], str] | None] = {}
        self._chosen: dict[tuple[str, str], int] = {}
        self._counts: dict[str, FeedCounts] = {}
        self._writing = Lock()
        self._reason = ""
        self.use(feeds)
        last_ms = last_stamp(journal)
        clock.resume(last_ms)
        self._begin = self._unheard(last_ms, clock.now_ms())  # written before anything that is heard
        self._deaf_ms: int | None = None  # since when a step fails, or took so long, that nobody is heard
        self._ends: dict[int, int | None] = {}  # of INPUT's partitions behind the last step; None = not known yet
        self._numbers: dict[Key, int] = next_numbers(journal, name, feeds)
        self.served = False  # True while something flushes regularly

    def use(self, feeds: Mapping[str, Feed]) -> None:
        """Take up the feeds as they are now; what was received of a feed that is gone is still written."""
        for feed in feeds.values():
            if self._feeds.get(feed.id) != feed:
                by_subject = feed.partition_by == "subject"
                self._subject_of[feed.id] = load(feed).subject_of if by_subject else None
                self._feeds[feed.id] = feed
            self._counts.setdefault(feed.id, FeedCounts())

    # Receiving.

    @property
    def accepting(self) -> bool:
        """False while the journal cannot be written, or too much waits for it: doors stop reading."""
        return not self._reason and self._pending.octets < self._pending_octets

    def receive(self, feed_id: str, *messages: bytes, done: Callable[[], None] | None = None) -> None:
        """Stamp and queue messages as received; `done` is called once they are durable, by the flusher."""
        places = [self._partition(feed_id, message) for message in messages]
        with self.changed:
            pending, counts = self._pending, self._counts[feed_id]
            before, now = pending.count, self._clock.now_ms()
            for message, partition in zip(messages, places, strict=True):
                pending.add(feed_id, partition, message, now)
                counts.octets += len(message)
            if messages:
                pending.hear(feed_id, now)
                counts.messages += len(messages)
                counts.last_ms = now
            if done is not None:
                pending.done.append(done)
            if not before or pending.count >= FLUSH_MESSAGES > before:
                self.changed.notify_all()

    def hear(self, feed_id: str) -> None:
        """Note that a feed answered though it had nothing new: it is not silent (ORDER 24)."""
        with self.changed:
            now = self._clock.now_ms()
            self._pending.hear(feed_id, now)
            self._counts[feed_id].last_ms = now

    def submit(self, command: Command) -> Receipt:
        """Stamp and journal a command (ORDER 23); returns once it is durable or certainly is not."""
        if self._reason:
            return Receipt(False, command.id, self._reason)
        try:
            encode(command)
        except (TypeError, ValueError) as error:
            return Receipt(False, command.id, f"no JSON form: {error}")
        with self.changed:
            entry = Submitted(replace(command, stamp_ms=self._clock.now_ms()))
            self._pending.commands.append(entry)
            self.changed.notify_all()
        if not self.served:
            try:
                self.flush()
            except JournalError as error:
                self._withdraw(entry)
                return Receipt(False, command.id, str(error))
        if entry.journalled.wait(SUBMIT_S):
            return Receipt(True, command.id)
        # Being written just now it can no longer be taken back: the end of that write decides.
        if self._withdraw(entry) or not entry.journalled.wait(SUBMIT_S):
            return Receipt(False, command.id, self._reason or "the journal did not answer in time")
        return Receipt(True, command.id)

    # Writing.

    def flush(self, *, tick: bool = False) -> int:
        """Write what waits, and a tick to every partition, as one durable step; return the messages.

        Answers and receipts are let go after that. On JournalError everything goes on waiting; what is
        written first after long failing ends with a tick, which says since when nobody was heard. A step
        that took long is followed by such a tick before its answers leave: whoever waited for them to go
        on sending was not silent.
        """
        with self._writing:
            written = [self._write(tick=tick)]
            if self._deaf_ms is not None:
                with suppress(JournalError):  # shown, and told by what is written first; these answers may leave
                    written.append(self._write(tick=True))
        for pending in written:
            for entry in pending.commands:
                entry.journalled.set()
            for done in pending.done:
                done()
        return sum(pending.count for pending in written)

    def _write(self, *, tick: bool) -> Pending:
        """Write what waits as one step; return it."""
        with self.changed:
            pending, self._pending = self._pending, Pending()
            stamp_ms = self._clock.now_ms()
        try:
            telling = tick or self._unheard(self._deaf_ms, stamp_ms) is not None
            groups = self._groups(pending, stamp_ms if telling else None)
            firsts = self._journal.append_many(groups) if groups else ()
        except JournalError as error:
            self._deaf_ms = stamp_ms if self._deaf_ms is None else self._deaf_ms
            self._keep(pending, str(error))
            raise
        self._begin = None
        self._deaf_ms = stamp_ms if self._clock.now_ms() - stamp_ms >= UNHEARD_MS else None
        for (topic, partition, records), first in zip(groups, firsts, strict=True):
            if topic == INPUT:
                self._ends[partition] = first + len(records) if first >= 0 else None
        for key, messages in pending.messages.items():
            self._numbers[key] = self._numbers.get(key, 0) + len(messages)
        if self._reason:
            log.warning("gateway %s: the journal can be written again", self.name)
            self._reason = ""
        if not telling:  # the next tick tells of these
            with self.changed:
                for feed, (first_ms, last_ms) in pending.heard.items():
                    self._pending.heard[feed] = (first_ms, self._pending.heard.get(feed, (first_ms, last_ms))[1])
        return pending

    def save(self) -> None:
        """Keep the sequence numbers as they are behind the last step, so that a start need not read far back."""
        with self._writing:
            numbers = dict(self._numbers)
            ends = {partition: end for partition, end in self._ends.items() if end is not None}
        save_numbers(self._journal, self.name, numbers, feeds=self._feeds, ends=ends)

    def fail(self, reason: str) -> None:
        """Stop accepting: nothing will flush any more."""
        self._reason = reason

    def _groups(self, pending: Pending, tick_ms: int | None) -> list[Group]:
        """Return what to append: per partition its blocks, then the tick."""
        blocks = pending.blocks(gateway=self.name, feeds=self._feeds, numbers=self._numbers)
        commands = [encode(entry.command) for entry in pending.commands]
        begin = [encode(self._begin)] if self._begin is not None else []
        tick = [encode(self._tick(pending, tick_ms))] if tick_ms is not None else []
        values = {
            (INPUT, partition): [*begin, *blocks.get(partition, ()), *tick] for partition in range(self._partitions)
        }
        values[COMMAND, 0] = [*begin, *commands, *tick]
        return [(*place, records) for place, records in values.items() if records]

    def _tick(self, pending: Pending, at_ms: int) -> Tick:
        unheard = self._unheard(self._deaf_ms, at_ms)
        return Tick(
            gateway=self.name,
            stamp_ms=at_ms,
            utc_offset_ms=self._clock.offset_ms(),
            feeds=dict(sorted(pending.heard.items())),
            unheard_ms=unheard.unheard_ms if unheard is not None else None,
        )

    def _unheard(self, since_ms: int | None, until_ms: int) -> Tick | None:
        """Return what tells that nobody was heard for a time; None where that is too short to matter."""
        if since_ms is None or until_ms - since_ms < UNHEARD_MS:
            return None
        return Tick(gateway=self.name, stamp_ms=until_ms, utc_offset_ms=self._clock.offset_ms(), unheard_ms=since_ms)

    def _keep(self, pending: Pending, reason: str) -> None:
        with self.changed:
            pending.extend(self._pending)
            self._pending = pending
        if not self._reason:
            log.error("gateway %s stops accepting: %s", self.name, reason)
        self._reason = reason

    def _withdraw(self, entry: Submitted) -> bool:
        """Take back a command that is not being written; False where that is too late."""
        with self.changed:
            if entry not in self._pending.commands:
                return False
            self._pending.commands.remove(entry)
            return True

    def _partition(self, feed_id: str, message: bytes) -> int:
        subject_of = self._subject_of[feed_id]
        subject = "" if subject_of is None else subject_of(message)
        chosen = self._chosen.get((feed_id, subject))
        if chosen is None:
            chosen = partition_of(subject, self._partitions, feed=feed_id)
            if len(self._chosen) >= _CACHED_SUBJECTS:
                self._chosen.clear()
            self._chosen[feed_id, subject] = chosen
        return chosen

    # Positions of doors that read files: kept in a topic that retention never cuts.

    def position(self, mark: str) -> int:
        """Return what was kept under a mark, 0 where nothing was."""
        return self._journal.committed(f"door/{mark}", WORLD, 0)

    def keep_positions(self, marks: Mapping[str, int]) -> None:
        """Keep positions, once what lies before them is durable."""
        self._journal.commit_many({f"door/{mark}": at for mark, at in marks.items()}, WORLD, 0)

    # Telling.

    @property
    def waiting(self) -> int:
        """Messages and commands received and not yet durable; read under `changed`."""
        return self._pending.count + len(self._pending.commands) + len(self._pending.done)

    @property
    def hurried(self) -> bool:
        """True when a flush should not linger: enough messages, or a person waits; under `changed`."""
        return self._pending.count >= FLUSH_MESSAGES or bool(self._pending.commands)

    def feed(self, feed_id: str) -> Feed:
        """Return a feed's definition."""
        return self._feeds[feed_id]

    def now_ms(self) -> int:
        """Return the time a message received now would be stamped with."""
        return self._clock.now_ms()

    def counts(self, feed_id: str) -> FeedCounts:
        """Return a feed's running totals, for a door to add to."""
        return self._counts[feed_id]

    def health(self) -> Health:
        """Return the gateway's state now."""
        with self.changed:
            return Health(
                accepting=self.accepting,
                reason=self._reason,
                utc_offset_ms=self._clock.offset_ms(),
                slewing=self._clock.slewing,
                waiting=self._pending.count,
                feeds={feed: replace(counts) for feed, counts in sorted(self._counts.items())},
            )
