"""Replay: the state at a past instant, rebuilt from the nearest snapshot and the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ops_center.picture import Picture
from ops_center.pipeline.loop import Ends, Loop, newest
from ops_center.pipeline.past import PastPictures
from ops_center.ports import Snapshots

AHEAD_MS = 120_000  # running on is cheaper than a snapshot up to about this far


@dataclass(slots=True)
class Replayer:
    """Pictures of the past, one loop over the input journal moved to and fro.

    `make_loop` returns a fresh loop that reads the journal's inputs and keeps what it derives, from
    the given ends on, to itself; `view` makes its picture. Safe to call from several threads, one at
    a time is served.
    """

    make_loop: Callable[[Ends | None], Loop]
    view: Callable[[Loop, int], Picture]
    snapshots: Snapshots
    loop: Loop | None = None
    cursor_ms: int = 0
    pictures: PastPictures = field(default_factory=PastPictures)

    def at(self, at_ms: int) -> Picture:
        """Return the picture at `at_ms`, the same for every way of getting there."""
        return self.pictures.at(at_ms, self._rebuild)

    def _rebuild(self, at_ms: int) -> Picture:
        if self.loop is None or not self.cursor_ms <= at_ms <= self.cursor_ms + AHEAD_MS:
            saved = newest(self.snapshots, not_after_ms=at_ms)
            self.loop = self.make_loop(saved.ends if saved else None)
            if saved is not None:
                self.loop.restore(saved)
        self.loop.limit(at_ms)
        self.loop.run()
        self.cursor_ms = at_ms
        return self.view(self.loop, at_ms)
