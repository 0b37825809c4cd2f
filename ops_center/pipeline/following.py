"""Following: the desk's picture in another process, decided again from the same journal, live and in the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ops_center.columns import Positions
from ops_center.desk.desk import Desk
from ops_center.desk.views import picture_of
from ops_center.picture import Picture
from ops_center.pipeline.leased import SNAPSHOT
from ops_center.pipeline.past import PastPictures
from ops_center.pipeline.tracks import Followed, positions_at
from ops_center.ports import Journal, Snapshots

AHEAD_MS = 600_000  # deciding on from the cursor is cheaper than a snapshot up to about this far


@dataclass(slots=True, kw_only=True)
class Following:
    """A desk that writes nothing, with everybody's positions; the live side of a wall.

    It needs no word from the desk that holds the lease: both are the same function of the journal,
    alerts shown on receipt included.
    """

    desk: Desk
    tracks: Followed

    def step(self) -> bool:
        """Read on; False when there was nothing new."""
        moved = self.tracks.step()
        return self.desk.step() or moved

    @property
    def progress_ms(self) -> int:
        """Desk time before which everything is decided here."""
        return self.desk.progress_ms

    def positions(self) -> Positions:
        """Return the last known positions of all subjects on the map, by subject."""
        return self.tracks.positions()

    def save(self, snapshots: Snapshots) -> None:
        """Keep nothing: the snapshots are those of the desk that holds the lease."""

    def picture(self) -> Picture:
        """Return the picture now."""
        return picture_of(self.desk, self.positions(), replay=False, early=True)


@dataclass(slots=True, kw_only=True)
class PastDesk:
    """Pictures of the past: a desk from the nearest snapshot over what workers said, up to the cursor.

    Nothing of a worker is run: its events are in the journal, and they are what it would say again.
    Safe to call from several threads, one at a time is served.
    """

    journal: Journal
    snapshots: Snapshots
    make_desk: Callable[[], Desk]
    desk: Desk | None = None
    cursor_ms: int = 0
    pictures: PastPictures = field(default_factory=PastPictures)

    def at(self, at_ms: int) -> Picture:
        """Return the picture at `at_ms`, the same for every way of getting there."""
        return self.pictures.at(at_ms, self._rebuild)

    def _rebuild(self, at_ms: int) -> Picture:
        desk = self.desk
        if desk is None or not self.cursor_ms <= at_ms <= self.cursor_ms + AHEAD_MS:
            desk = restored(self.make_desk(), self.snapshots, not_after_ms=at_ms)
        self.desk = None  # unless it gets there whole
        desk.limit_ms = at_ms
        while desk.step():
            pass
        self.desk, self.cursor_ms = desk, at_ms
        picture = picture_of(desk, positions_at(self.journal, at_ms), replay=True, early=False)
        return replace(picture, at_ms=at_ms)


def restored(desk: Desk, snapshots: Snapshots, *, not_after_ms: int | None = None) -> Desk:
    """Return the desk, taken up from the newest snapshot where there is one."""
    found = snapshots.latest(SNAPSHOT, not_after_ms=not_after_ms)
    if found is not None:
        desk.restore(found[1])
    return desk
