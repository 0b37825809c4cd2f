"""The loop: every worker in turn, then the desk, until nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from ops_center.columns import Positions, joined
from ops_center.desk.desk import AHEAD_MS, Desk
from ops_center.ports import DERIVED_TOPICS, Journal, Snapshots
from ops_center.worker.worker import Worker

SNAPSHOT = "loop"
SNAPSHOT_EVERY_MS = 300_000  # a seek runs on from the one before it
Ends = dict[tuple[str, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A snapshot of a loop: the state of each part, and where the derived topics ended."""

    at_ms: int
    ends: Ends
    workers: tuple[bytes, ...]
    desk: bytes


@dataclass(slots=True, kw_only=True)
class Loop:
    """Workers and the desk over one journal, in one process."""

    journal: Journal
    workers: Sequence[Worker]
    desk: Desk

    def step(self) -> bool:
        """Move every part once; False when nothing was left to do."""
        moved = [worker.step() for worker in self.workers]
        moved.append(self.desk.step())
        self._look_ahead()
        return any(moved)

    def _look_ahead(self) -> None:
        """Spare quiet times their waiting: what causes nothing cannot make the desk announce (ORDER 16, 19).

        Before the next event that a worker has in hand, the next timer and the last tick on the
        command topic there is no cause, so the workers may go as far as if the desk had decided it.
        """
        due = self.desk.ahead_ms()
        if due is None:
            return
        events = [worker.ahead_ms() for worker in self.workers]
        known = [at for at in events if at is not None]
        if len(known) == len(events):
            quiet_ms = min([due, *(at - self.desk.slack_ms for at in known)])
            for worker in self.workers:
                worker.trust(quiet_ms)

    def run(self) -> None:
        """Move until nothing is left to do."""
        while self.step():
            pass

    @property
    def progress_ms(self) -> int:
        """Desk time before which everything is decided."""
        return self.desk.progress_ms

    def limit(self, until_ms: int | None) -> None:
        """Decide nothing at or after desk time `until_ms` (None: no limit); what was read waits."""
        for worker in self.workers:
            worker.limit_ms = None if until_ms is None else until_ms + self.desk.slack_ms + AHEAD_MS
        self.desk.limit_ms = until_ms

    def positions(self) -> Positions:
        """Return the last known positions of all subjects on the map, by subject."""
        return joined([worker.positions() for worker in self.workers])

    def save(self, snapshots: Snapshots) -> None:
        """Keep the state of every part, with its offsets, as one snapshot (ORDER 26)."""
        ends = [
            (topic, partition, self.journal.end(topic, partition))
            for topic in DERIVED_TOPICS
            for partition in range(self.journal.partitions(topic))
        ]
        parts = [worker.snapshot() for worker in self.workers]
        snapshots.save(SNAPSHOT, self.progress_ms, msgspec.msgpack.encode((ends, parts, self.desk.snapshot())))

    def restore(self, saved: Saved) -> None:
        """Take up a snapshot: read on from its offsets."""
        for worker, part in zip(self.workers, saved.workers, strict=True):
            worker.restore(part)
        self.desk.restore(saved.desk)


def newest(snapshots: Snapshots, *, not_after_ms: int | None = None) -> Saved | None:
    """Return the newest snapshot of a loop at or before a time."""
    found = snapshots.latest(SNAPSHOT, not_after_ms=not_after_ms)
    if found is None:
        return None
    ends, workers, desk = msgspec.msgpack.decode(
        found[1], type=tuple[list[tuple[str, int, int]], tuple[bytes, ...], bytes]
    )
    return Saved(at_ms=found[0], ends={(t, p): end for t, p, end in ends}, workers=workers, desk=desk)
