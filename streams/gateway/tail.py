"""What a gateway reads back from the journal when it starts: the last stamp and its next numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ops_center.domain.command import Command
from ops_center.ports import COMMAND, INPUT, GroupJournal, Journal
from ops_center.wire import Tick, decode, is_block
from streams.block import Block, decode_block
from streams.gateway.pending import Key

_TAIL_RECORDS = 256  # more than one flush leaves in a partition: a block a feed, and a tick
_CHUNK = 4096


def last_stamp(journal: Journal) -> int | None:
    """Return the latest stamp in the journal, for the clock to go on from (ORDER 1); None when empty."""
    latest: int | None = None
    for topic in (INPUT, COMMAND):
        for partition in range(journal.partitions(topic)):
            start = max(journal.start(topic, partition), journal.end(topic, partition) - _TAIL_RECORDS)
            for value in _values(journal, topic, partition, start):
                for at in _stamps(value):
                    latest = at if latest is None else max(latest, at)
    return latest


def next_numbers(journal: Journal, gateway: str, feeds: Iterable[str]) -> dict[Key, int]:
    """Return the number of the next message of each (feed, partition), for gap detection (ORDER 5)."""
    numbers: dict[Key, int] = {}
    known = tuple(feeds)
    for partition in range(journal.partitions(INPUT)):
        start, first = journal.committed(_mark(gateway), INPUT, partition), journal.start(INPUT, partition)
        if start > first:
            for feed in known:
                numbers[feed, partition] = journal.committed(_mark(gateway, feed), INPUT, partition)
        for value in _values(journal, INPUT, partition, max(start, first)):
            if is_block(value):
                block = decode_block(value)
                if block.gateway == gateway:
                    numbers[block.feed, partition] = block.first + len(block.messages)
    return numbers


def save_numbers(
    journal: GroupJournal,
    gateway: str,
    numbers: Mapping[Key, int],
    *,
    feeds: Iterable[str],
    ends: Mapping[int, int],
) -> None:
    """Keep the numbers as they are at `ends`, so that the next start reads on from there only."""
    known = tuple(feeds)
    for partition, end in sorted(ends.items()):
        marks = {_mark(gateway, feed): numbers.get((feed, partition), 0) for feed in known}
        journal.commit_many({_mark(gateway): end, **marks}, INPUT, partition)


def _mark(gateway: str, feed: str = "") -> str:
    return f"gateway/{gateway}/{feed}" if feed else f"gateway/{gateway}"


def _values(journal: Journal, topic: str, partition: int, start: int) -> Iterator[bytes]:
    at, end = start, journal.end(topic, partition)
    while at < end:
        for record in journal.read(topic, partition, at, _CHUNK):
            yield record.value
            at = record.offset + 1


def _stamps(value: bytes) -> list[int]:
    if is_block(value):
        block: Block = decode_block(value)
        return [int(block.messages.stamps.max())] if len(block.messages) else []
    thing = decode(value)
    return [thing.stamp_ms] if isinstance(thing, Tick | Command) else []
