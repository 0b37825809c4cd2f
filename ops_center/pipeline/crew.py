"""Crew: the workers of the partitions this process holds, each taken up from its snapshot and read on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from ops_center.domain.errors import JournalError
from ops_center.pipeline.tracks import Tracks
from ops_center.ports import INPUT, Journal, Membership, Snapshots
from ops_center.worker.worker import Worker

log = logging.getLogger(__name__)

GROUP = "workers"  # a name for offsets; it has no members
MEMBERS = "workers-members"
SAVE_EVERY_S = 10.0


def snapshot_name(partition: int) -> str:
    """Return the name of a partition's snapshots."""
    return f"worker/{partition}"


@dataclass(slots=True)
class Place:
    """One partition at work here."""

    worker: Worker
    tracks: Tracks
    saved_s: float
    saved_ms: int | None = None  # journal time of the newest snapshot


@dataclass(slots=True, kw_only=True)
class Crew:
    """Follows the group: takes partitions up, moves their workers, hands partitions over.

    Outputs are acknowledged when a worker's step returns; then its snapshot is kept, then the offset
    committed (ORDER 26). What a step could not write is worked out again from the snapshot, so a
    journal that fails leaves nothing half done.
    """

    journal: Journal
    snapshots: Snapshots
    membership: Membership
    make_worker: Callable[[int], Worker]
    elapsed: Callable[[], float]
    save_every_s: float = SAVE_EVERY_S
    places: dict[int, Place] = field(default_factory=dict)

    def step(self) -> bool:
        """Move every worker once; False when nothing was left to do. JournalError: places are given up."""
        held = self.membership.poll(self._leave)
        for partition in sorted(set(self.places) - held):
            del self.places[partition]  # lost without a word: another may have it already
        for partition in sorted(held - set(self.places)):
            self.places[partition] = self._take(partition)
        moved = False
        for partition, place in sorted(self.places.items()):
            try:
                moved = place.worker.step() or moved
                place.tracks.step(place.worker)
                self._save_when_due(partition, place)
            except JournalError:
                del self.places[partition]
                raise
        return moved

    def close(self) -> None:
        """Keep every state and leave the group."""
        self._leave(frozenset(self.places))
        self.membership.close()

    def _take(self, partition: int) -> Place:
        worker = self.make_worker(partition)
        found = self.snapshots.latest(snapshot_name(partition))
        if found is not None:
            worker.restore(found[1])
        log.info("partition %d: taken up from %s", partition, found[0] if found else "the start")
        tracks = Tracks(journal=self.journal, partition=partition, elapsed=self.elapsed)
        return Place(worker, tracks, self.elapsed(), found[0] if found else None)

    def _leave(self, partitions: frozenset[int]) -> None:
        """Keep the states of partitions that go to another."""
        for partition in sorted(partitions & set(self.places)):
            place = self.places.pop(partition)
            try:
                self._save(partition, place)
                log.info("partition %d: handed over", partition)
            except JournalError as error:
                log.warning("partition %d: handed over without a new snapshot: %s", partition, error)

    def _save_when_due(self, partition: int, place: Place) -> None:
        if self.elapsed() - place.saved_s >= self.save_every_s:
            self._save(partition, place)

    def _save(self, partition: int, place: Place) -> None:
        worker = place.worker
        place.saved_s = self.elapsed()
        if worker.told_ms is None or worker.told_ms == place.saved_ms:
            return
        self.snapshots.save(snapshot_name(partition), worker.told_ms, worker.snapshot())
        self.journal.commit(GROUP, INPUT, partition, worker.offset)
        place.saved_ms = worker.told_ms
