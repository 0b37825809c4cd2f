"""Feeds, journals and readers that the gateway tests share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.domain.command import Actor, Command
from ops_center.domain.errors import JournalError
from ops_center.domain.feed import Feed
from ops_center.domain.scales import Role, Status
from ops_center.domain.text import Json, Text
from ops_center.ports import COMMAND, INPUT, WORLD, Group, Journal
from ops_center.wire import Slow, decode, is_block
from streams.block import Block, decode_block
from streams.gateway import Gateway

START = 1_800_000_000_000
PARTITIONS = {INPUT: 3, COMMAND: 1, WORLD: 1}


def feed(
    feed_id: str,
    *,
    decoder: str = "json_rows",
    receive: Mapping[str, Json] | None = None,
    limits: Mapping[str, int] | None = None,
    partition_by: str = "subject",
) -> Feed:
    return Feed(
        id=feed_id,
        title=Text("试", "test"),
        owner=Text("试", "test"),
        decoder=decoder,
        status=Status.EXERCISE,
        subject_key="device",
        partition_by=partition_by,
        receive=receive or {},
        limits=limits or {},
        options={"time": {"field": "t", "format": "epoch_ms"}},
    )


def message(device: str, number: int = 0) -> bytes:
    return b'{"device":"%s","t":%d}' % (device.encode(), number)


def command(number: int) -> Command:
    actor = Actor(name="a", post="p", role=Role.COMMANDER, jurisdiction="370000")
    return Command(id=f"c{number}", kind="alert.claim", target="t", actor=actor)


class FullJournal(MemoryJournal):
    """A journal whose disk may be full."""

    full = False

    def append_many(self, groups: list[Group]) -> list[int]:  # type: ignore[override]
        if self.full:
            raise JournalError("no room left to write")
        return list(super().append_many(groups))


class SlowJournal(MemoryJournal):
    """Takes its time for its next steps; None = the step fails."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(PARTITIONS)
        self.clock = clock
        self.takes_ms: list[int | None] = []

    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        took_ms = self.takes_ms.pop(0) if self.takes_ms else 0
        if took_ms is None:
            raise JournalError("no room left to write")
        self.clock.advance(took_ms)
        return super().append_many(groups)


def make(journal: MemoryJournal | None = None, clock: FakeClock | None = None) -> Gateway:
    feeds = {"gas": feed("gas"), "cars": feed("cars")}
    return Gateway(journal or MemoryJournal(PARTITIONS), feeds, clock or FakeClock(START), name="g1")


def records(journal: Journal, topic: str, partition: int) -> list[Block | Slow]:
    found: list[Block | Slow] = []
    at = journal.start(topic, partition)
    while at < journal.end(topic, partition):
        for record in journal.read(topic, partition, at, 1000):
            found.append(decode_block(record.value) if is_block(record.value) else decode(record.value))
            at = record.offset + 1
    return found


def blocks(journal: Journal) -> list[Block]:
    found = [record for p in range(journal.partitions(INPUT)) for record in records(journal, INPUT, p)]
    return [record for record in found if isinstance(record, Block)]


def messages(journal: Journal, feed_id: str) -> list[bytes]:
    """Return every message of a feed, partition by partition."""
    return [b.messages[row] for b in blocks(journal) if b.feed == feed_id for row in range(len(b.messages))]
