"""The desk by lease: one desk decides and writes, the others stand by until they hold the lease (ORDER 25)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ops_center.desk.desk import Desk
from ops_center.domain.errors import JournalError
from ops_center.ports import LEASE, Journal, Membership, Snapshots

log = logging.getLogger(__name__)

SNAPSHOT = "desk"
SAVE_EVERY_S = 10.0


@dataclass(slots=True)
class Active:
    """The desk while the lease is held."""

    desk: Desk
    epoch: int
    saved_s: float
    saved_ms: int


@dataclass(slots=True, kw_only=True)
class LeasedDesk:
    """Follows the lease; `active` is None while another desk holds it.

    The epoch is the place of this desk's entry in the lease topic, so it grows with every holder and
    nobody can have another's. A desk begins from the newest snapshot: what its predecessor wrote after
    it is decided again, the same, and dropped by its ids.
    """

    journal: Journal
    snapshots: Snapshots
    membership: Membership
    name: str
    make_desk: Callable[[int], Desk]  # by epoch
    elapsed: Callable[[], float]
    save_every_s: float = SAVE_EVERY_S
    active: Active | None = None

    def step(self) -> bool:
        """Move the desk once where this process holds the lease; False when nothing was left to do."""
        held = self.membership.poll(self._leave)
        if not held:
            if self.active is not None:
                log.warning("the lease is lost: another desk may be deciding")
                self.active = None
            return False
        if self.active is None:
            self.active = self._take()
        try:
            moved = self.active.desk.step()
            self._save_when_due(self.active)
        except JournalError:
            self.active = None  # what was not written is decided again from the snapshot
            raise
        return moved

    def close(self) -> None:
        """Keep the state and give the lease up."""
        self._leave(frozenset((0,)))
        self.membership.close()

    def _take(self) -> Active:
        epoch = self.journal.append(LEASE, 0, [self.name.encode()]) + 1
        desk = self.make_desk(epoch)
        found = self.snapshots.latest(SNAPSHOT)
        if found is not None:
            desk.restore(found[1])
        log.info("desk %s holds the lease, epoch %d, from %s", self.name, epoch, found[0] if found else "the start")
        return Active(desk, epoch, self.elapsed(), found[0] if found else 0)

    def _leave(self, parts: frozenset[int]) -> None:
        active, self.active = self.active, None
        if active is None or not parts:
            return
        try:
            self._save(active)
        except JournalError as error:
            log.warning("the lease is given up without a new snapshot: %s", error)

    def _save_when_due(self, active: Active) -> None:
        if self.elapsed() - active.saved_s >= self.save_every_s:
            self._save(active)

    def _save(self, active: Active) -> None:
        active.saved_s = self.elapsed()
        at_ms = active.desk.progress_ms
        if at_ms > active.saved_ms:
            self.snapshots.save(SNAPSHOT, at_ms, active.desk.snapshot())
            active.saved_ms = at_ms
