"""Tracks: where everything is, told by each worker about once a second, followed live or sought in the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ops_center.columns import Positions, joined
from ops_center.ports import POSITION, Journal
from ops_center.wire_positions import Sighting, changed, decode_sighting, encode_sighting, merged, taken
from ops_center.worker.worker import Worker

EVERY_S = 1.0
SHARE = 0.05  # of a worker's time, at most
WHOLE_EVERY_MS = 300_000  # a replay reads at most this much before its cursor
READ = 512
NOWHERE = joined([])


@dataclass(slots=True, kw_only=True)
class Tracks:
    """What one partition's worker writes."""

    journal: Journal
    partition: int
    elapsed: Callable[[], float]
    told: Positions = NOWHERE
    key: int | None = None
    key_ms: int = 0
    due_s: float = 0.0

    def step(self, worker: Worker) -> None:
        """Write what has changed, where it is time to."""
        began_s = self.elapsed()
        at_ms = worker.told_ms
        if began_s < self.due_s or at_ms is None:
            return
        positions = worker.positions()
        if self.key is None or at_ms - self.key_ms >= WHOLE_EVERY_MS:
            whole = Sighting(at_ms=at_ms, key=None, positions=positions)
            self.key = self.journal.append(POSITION, self.partition, [encode_sighting(whole)])
            self.key_ms = at_ms
        else:
            rows, labelled = changed(self.told, positions)
            if len(rows):
                seen = Sighting(at_ms=at_ms, key=self.key, positions=taken(positions, rows), labelled=labelled)
                self.journal.append(POSITION, self.partition, [encode_sighting(seen)])
        self.told = positions
        ended_s = self.elapsed()
        self.due_s = ended_s + max(EVERY_S, (ended_s - began_s) / SHARE)


@dataclass(slots=True)
class Followed:
    """Positions of all partitions as they are told."""

    journal: Journal
    offsets: list[int] = field(default_factory=list)
    parts: list[Positions] = field(default_factory=list)
    whole: Positions | None = None

    def __post_init__(self) -> None:
        """Begin at each partition's newest whole set."""
        for partition in range(self.journal.partitions(POSITION)):
            self.offsets.append(_newest_whole(self.journal, partition))
            self.parts.append(NOWHERE)

    def step(self) -> bool:
        """Read on; False when there was nothing new."""
        moved = False
        for partition in range(len(self.parts)):
            for record in self.journal.read(POSITION, partition, self.offsets[partition], READ):
                self.parts[partition] = merged(self.parts[partition], decode_sighting(record.value))
                self.offsets[partition] = record.offset + 1
                moved = True
        if moved:
            self.whole = None
        return moved

    def positions(self) -> Positions:
        """Return the last known positions of all subjects, by subject."""
        if self.whole is None:
            self.whole = joined(self.parts)
        return self.whole


def positions_at(journal: Journal, at_ms: int) -> Positions:
    """Return the positions as they were told at or before an instant."""
    return joined([_part_at(journal, partition, at_ms) for partition in range(journal.partitions(POSITION))])


def _part_at(journal: Journal, partition: int, at_ms: int) -> Positions:
    start, end = journal.start(POSITION, partition), journal.end(POSITION, partition)
    low, high = start, end  # the first record told after the instant lies in low..high
    while low < high:
        middle = (low + high) // 2
        seen = _read(journal, partition, middle)
        if seen is None or seen.at_ms > at_ms:
            high = middle
        else:
            low = middle + 1
    last = _read(journal, partition, low - 1) if low > start else None
    if last is None:
        return NOWHERE
    found, offset = NOWHERE, low - 1 if last.key is None else max(last.key, start)
    while offset < low:
        records = journal.read(POSITION, partition, offset, min(READ, low - offset))
        if not records:
            break
        for record in records:
            found = merged(found, decode_sighting(record.value))
            offset = record.offset + 1
    return found


def _newest_whole(journal: Journal, partition: int) -> int:
    start, end = journal.start(POSITION, partition), journal.end(POSITION, partition)
    last = _read(journal, partition, end - 1) if end > start else None
    if last is None:
        return end
    return end - 1 if last.key is None else max(last.key, start)


def _read(journal: Journal, partition: int, offset: int) -> Sighting | None:
    records = journal.read(POSITION, partition, offset, 1)
    return decode_sighting(records[0].value) if records else None
