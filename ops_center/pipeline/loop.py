"""The loop: every worker in turn, then the desk, until nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from ops_center.desk.desk import Desk
from ops_center.ports import Snapshots
from ops_center.worker.worker import Worker

SNAPSHOT = "loop"


@dataclass(slots=True)
class Loop:
    """Workers and the desk over one journal, in one process."""

    workers: Sequence[Worker]
    desk: Desk

    def step(self) -> bool:
        """Move every part once; False when nothing was left to do."""
        moved = [worker.step() for worker in self.workers]
        return self.desk.step() or any(moved)

    def run(self) -> None:
        """Move until nothing is left to do."""
        while self.step():
            pass

    @property
    def progress_ms(self) -> int:
        """Journal time up to which the desk has decided."""
        return self.desk.progress_ms

    def limit(self, until_ms: int | None) -> None:
        """Decide nothing stamped after `until_ms` (None: no limit); what was read waits."""
        for worker in self.workers:
            worker.limit_ms = until_ms
        self.desk.limit_ms = until_ms

    def save(self, snapshots: Snapshots) -> None:
        """Keep the state of every part, with its offsets, as one snapshot (ORDER 26)."""
        parts = [worker.snapshot() for worker in self.workers]
        snapshots.save(SNAPSHOT, self.progress_ms, msgspec.msgpack.encode([*parts, self.desk.snapshot()]))

    def load(self, snapshots: Snapshots, *, not_after_ms: int | None = None) -> bool:
        """Take up the newest snapshot at or before the given time; False where there is none."""
        found = snapshots.latest(SNAPSHOT, not_after_ms=not_after_ms)
        if found is None:
            return False
        *parts, desk = msgspec.msgpack.decode(found[1], type=list[bytes])
        for worker, part in zip(self.workers, parts, strict=True):
            worker.restore(part)
        self.desk.restore(desk)
        return True
