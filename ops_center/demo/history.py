"""History of the exercise: the hours before the shift, written into the journal as received.

The blocks and ticks are what the gateway would have written: same partitions, same order, stamps a
moment after each event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import Messages
from ops_center.demo.bulletins import Bulletin, Scenery, bulletins, registry_of
from ops_center.demo.fleet import Fixes, Fleet
from ops_center.domain.scales import Status
from ops_center.ports import COMMAND, INPUT, Group, GroupJournal
from ops_center.wire import Tick, encode
from streams.block import Block, encode_block
from streams.partition import partition_of

CHUNK_MS = 60_000
SLICE_MS = 5_000
LATEST_MS = 1_000  # no fix is received later than this after its event
VEHICLES = "dg-vehicles"
POLLED = ("usgs-quakes", "cap-warnings")

Frames = Callable[[Fleet, Fixes], Sequence[bytes]]
Progress = Callable[[int, int], None]


@dataclass(slots=True, kw_only=True)
class HistoryWriter:
    """Writes spans of the exercise as blocks; `first` numbers them as the gateway would."""

    journal: GroupJournal
    fleet: Fleet
    scenery: Scenery
    frames: Frames
    gateway: str
    status: Status
    first: dict[tuple[str, int], int] = field(default_factory=dict)

    def write(self, *, from_ms: int, to_ms: int, progress: Progress) -> None:
        """Write [from_ms, to_ms); `progress` hears (done, total) milliseconds."""
        for start in range(from_ms, to_ms, CHUNK_MS):
            end = min(start + CHUNK_MS, to_ms)
            self.journal.append_many(list(self._groups(start, end, opening=start == from_ms)))
            progress(end - from_ms, to_ms - from_ms)

    def _groups(self, start: int, end: int, *, opening: bool) -> Iterator[Group]:
        partitions = self.journal.partitions(INPUT)
        slow = list(bulletins(self.scenery, from_ms=start, to_ms=end))
        if opening:
            slow = [*registry_of(self.fleet, at_ms=start), *slow]
        values: dict[int, list[bytes]] = {p: [] for p in range(partitions)}
        ticks: list[bytes] = []
        fixes = self.fleet.fixes(from_ms=start - LATEST_MS, to_ms=end)
        stamps = stamps_of(fixes)
        frames = self.frames(self.fleet, fixes)
        home = np.asarray([partition_of(v.terminal, partitions, feed=VEHICLES) for v in self.fleet.vehicles])
        cuts = sorted({*range(start, end, SLICE_MS), *(b.at_ms for b in slow), end})
        for at, until in pairwise(cuts):  # a partition's blocks follow each other in order of stamp
            for bulletin in slow:
                if bulletin.at_ms == at:
                    partition = partition_of("", partitions, feed=bulletin.feed)
                    values[partition].append(self._bulletin(bulletin, partition))
            inside = np.flatnonzero((stamps >= at) & (stamps < until))
            inside = inside[np.argsort(stamps[inside], kind="stable")]
            for partition in range(partitions):
                rows = inside[home[fixes.vehicle[inside]] == partition]
                if len(rows):
                    mine = Messages.of([frames[r] for r in rows], stamps[rows].tolist())
                    values[partition].append(self._block(VEHICLES, partition, mine))
            heard = [(int(stamp), VEHICLES) for stamp in stamps[inside]]
            heard += [(b.at_ms, b.feed) for b in slow if b.at_ms == at]
            heard += [(at, feed) for feed in POLLED]  # an answer without anything new is heard too
            ticks.append(encode(Tick(gateway=self.gateway, stamp_ms=until, feeds=_spans(heard))))
            for written in values.values():
                written.append(ticks[-1])
        yield from ((INPUT, partition, written) for partition, written in values.items())
        yield COMMAND, 0, ticks

    def _bulletin(self, bulletin: Bulletin, partition: int) -> bytes:
        return self._block(bulletin.feed, partition, Messages.of([bulletin.content], [bulletin.at_ms]))

    def _block(self, feed: str, partition: int, messages: Messages) -> bytes:
        first = self.first.get((feed, partition), 0)
        self.first[feed, partition] = first + len(messages)
        return encode_block(
            Block(
                gateway=self.gateway,
                feed=feed,
                partition=partition,
                first=first,
                status=self.status,
                messages=messages,
            )
        )


def stamps_of(fixes: Fixes) -> NDArray[np.int64]:
    """Return when each fix is received: 0.3 to 0.9 s after the event, the same in every run."""
    return np.asarray(fixes.event_ms + 300 + (fixes.vehicle * 7919 + fixes.event_ms // 1000 * 31) % 600)


def _spans(heard: Sequence[tuple[int, str]]) -> dict[str, tuple[int, int]]:
    spans: dict[str, tuple[int, int]] = {}
    for stamp, feed in heard:
        low, high = spans.get(feed, (stamp, stamp))
        spans[feed] = (min(low, stamp), max(high, stamp))
    return spans
