"""Replay: one screen's cursor over the past, and the pictures that screens look at together."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from anyio import to_thread

from ops_center.api.board import Board
from ops_center.picture import Picture, Station

SLOWEST, FASTEST = 0.1, 3_600.0
GRAIN_MS = 1_000  # pictures are kept per second of journal time


@dataclass(slots=True, kw_only=True)
class PictureCache:
    """Past pictures, the newest used ones kept; one is rebuilt at a time, off the event loop."""

    station: Station
    most: int
    kept: OrderedDict[int, Picture] = field(default_factory=OrderedDict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def at(self, at_ms: int) -> Picture:
        """Return the picture of the second `at_ms` lies in."""
        key = at_ms // GRAIN_MS
        async with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
                return self.kept[key]
            picture = await to_thread.run_sync(self.station.at, key * GRAIN_MS)
            self.kept[key] = picture
            while len(self.kept) > self.most:
                self.kept.popitem(last=False)
            return picture


@dataclass(slots=True, kw_only=True)
class ReplaySession:
    """Where one screen stands in the past: a cursor that runs, steps or is put somewhere."""

    board: Board
    cursor_ms: float
    monotonic_s: Callable[[], float]
    speed: float = 1.0
    playing: bool = False
    since_s: float = 0.0
    asked_ms: int | None = None  # the picture the board shows or is about to

    def put(self, *, cursor_ms: float | None, speed: float | None, playing: bool | None) -> None:
        """Move the cursor, change speed, run or stop; what is None stays."""
        self.cursor_ms = self.now()
        self.since_s = self.monotonic_s()
        if cursor_ms is not None:
            self.cursor_ms = cursor_ms
        if speed is not None:
            self.speed = min(max(speed, SLOWEST), FASTEST)
        if playing is not None:
            self.playing = playing

    def now(self) -> float:
        """Return the cursor at this moment."""
        if not self.playing:
            return self.cursor_ms
        return self.cursor_ms + (self.monotonic_s() - self.since_s) * 1000 * self.speed

    def held(self, span: tuple[int, int]) -> int:
        """Return the cursor inside the span; at its end replay stops."""
        now = self.now()
        if now >= span[1] and self.playing:
            self.put(cursor_ms=float(span[1]), speed=None, playing=False)
            now = float(span[1])
        return int(min(max(now, span[0]), span[1]))
