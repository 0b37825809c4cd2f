"""A journal filled from files, as if a gateway had received them: blocks, and ticks with each feed's stamps."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ops_center.domain.feed import Feed
from ops_center.ports import COMMAND, INPUT, Group, GroupJournal
from ops_center.wire import Tick, encode
from streams.block import Block, encode_block
from streams.files import GATEWAY, timed_blocks_of_file

TICK_MS = 60_000
LEAST_MS = 1_000  # between two ticks of the input partitions
GROUP = 64  # blocks written in one step


@dataclass(frozen=True, slots=True)
class Filled:
    """First and last stamp of the input, and where time ends; messages by feed."""

    first_ms: int
    last_ms: int
    end_ms: int
    messages: int


def fill_journal(
    journal: GroupJournal, inputs: Sequence[tuple[Feed, Path]], *, rows_per_block: int, after_ms: int
) -> Filled | None:
    """Write the files of all feeds in order of stamp; time goes on for `after_ms` behind the last.

    None where no file holds a message.
    """
    partitions = journal.partitions(INPUT)
    streams = [_of(feed, path, partitions, rows_per_block) for feed, path in inputs]
    spans: dict[str, list[tuple[int, int]]] = {feed.id: [] for feed, _ in inputs}
    groups: list[Group] = []
    first_ms = last_ms = ticked_ms = None
    messages = 0
    for begin, _, partition, block in heapq.merge(*streams, key=lambda item: item[:3]):
        end = int(block.messages.stamps.max())
        first_ms = begin if first_ms is None else min(first_ms, begin)
        last_ms = end if last_ms is None else max(last_ms, end)
        if ticked_ms is None or begin - ticked_ms >= LEAST_MS:  # nothing later begins before this block
            ticked_ms = begin
            tick = encode(Tick(gateway=GATEWAY, stamp_ms=begin))
            groups += [(INPUT, each, [tick]) for each in range(partitions)]
        spans[block.feed] += _spans(begin, block)
        messages += len(block.messages)
        groups.append((INPUT, partition, [encode_block(block)]))
        if len(groups) >= GROUP:
            journal.append_many(groups)
            groups = []
    if first_ms is None or last_ms is None:
        return None
    end_ms = last_ms + after_ms
    ticks = [encode(tick) for tick in _ticks(spans, first_ms, end_ms)]
    groups += [(INPUT, partition, ticks[-1:]) for partition in range(partitions)]
    journal.append_many([*groups, (COMMAND, 0, ticks)])
    return Filled(first_ms, last_ms, end_ms, messages)


def _of(feed: Feed, path: Path, partitions: int, rows: int) -> Iterator[tuple[int, str, int, Block]]:
    for begin, partition, block in timed_blocks_of_file(feed, path, partitions, rows):
        yield begin, feed.id, partition, block


def _spans(begin: int, block: Block) -> list[tuple[int, int]]:
    """Return when messages were heard: each at its stamp; a message of many rows from the first to the last."""
    stamps = block.messages.stamps.tolist()
    return [(begin, stamps[0])] if len(stamps) == 1 else [(at, at) for at in stamps]


def _ticks(spans: dict[str, list[tuple[int, int]]], first_ms: int, end_ms: int) -> Iterator[Tick]:
    """Yield a tick a minute with the stamps of the blocks heard since the one before."""
    edges = np.asarray([*range(first_ms, end_ms, TICK_MS), end_ms])
    heard: list[dict[str, tuple[int, int]]] = [{} for _ in edges]
    for feed, pairs in sorted(spans.items()):
        for begin, end in pairs:
            low, high = np.searchsorted(edges, (begin, end))
            for n in range(int(low), int(high) + 1):  # a long block is heard in every minute it spans
                since = begin if n == low else int(edges[n - 1]) + 1
                until = end if n == high else int(edges[n])
                a, b = heard[n].get(feed, (since, until))
                heard[n][feed] = (min(a, since), max(b, until))
    for at, feeds in zip(edges.tolist(), heard, strict=True):
        yield Tick(gateway=GATEWAY, stamp_ms=at, feeds=feeds)
