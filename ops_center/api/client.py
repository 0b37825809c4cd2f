"""Client: one live socket; the newest state of every channel, never a queue of frames."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ops_center.api.board import Board
from ops_center.api.channels import Channel
from ops_center.api.frames import bundle, json_frame
from ops_center.api.replay import ReplaySession
from ops_center.api.sessions import Session

LIVE_ALWAYS = ("calls", "results", "histogram")  # shown live in replay too: what calls, and the slider's track


class Pipe(Protocol):
    """The sending half of a socket."""

    async def send_bytes(self, data: bytes) -> None:
        """Send one message; waits while the peer does not read."""
        ...


@dataclass(slots=True, eq=False, kw_only=True)
class Client:
    """One screen. `places` holds the revision it has of each channel."""

    id: str
    session: Session
    live: Board
    monotonic_s: Callable[[], float]
    most_unacknowledged: int
    places: dict[str, int] = field(default_factory=dict)
    replay: ReplaySession | None = None
    number: int = 0
    waiting: deque[tuple[int, float]] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    mode_sent: int = -1
    mode: int = 0  # counts changes between live and replay; a frame of an older mode is not sent

    def sources(self) -> dict[str, Channel]:
        """Return the channel shown under each name now."""
        if self.replay is None:
            return self.live.channels
        past = self.replay.board.channels
        return {**past, **{name: self.live.channels[name] for name in LIVE_ALWAYS}}

    def enter(self, replay: ReplaySession | None) -> None:
        """Change between live and replay; every panel is sent anew."""
        self.replay, self.mode = replay, self.mode + 1
        self.places = {name: self.places.get(name, 0) for name in LIVE_ALWAYS}
        self.wake.set()

    def forget(self, channel: str) -> None:
        """Send a channel whole again: the client could not use its last frame."""
        self.places.pop(channel, None)
        self.wake.set()

    def collect(self) -> bytes | None:
        """Return the next message: whatever is newer than the client has; None when nothing is."""
        frames: list[bytes] = []
        if self.mode_sent != self.mode:
            frames.append(json_frame({"k": "mode", "replay": self.replay is not None, "screen": self.id}))
        sources = self.sources()
        if self.replay is not None and self.replay.board.picture is None:
            sources = {name: sources[name] for name in LIVE_ALWAYS}  # the past is still being rebuilt
        found: dict[str, int] = {}
        for name, channel in sources.items():
            made = channel.frame(self.places.get(name, 0))
            if made is not None:
                frames.append(made)
                found[name] = channel.rev
        if not frames:
            return None
        self.places |= found
        self.mode_sent = self.mode
        self.number += 1
        return bundle(self.number, frames)

    def acknowledged(self, number: float) -> None:
        """Note that the client has drawn everything up to this message."""
        while self.waiting and self.waiting[0][0] <= number:
            self.waiting.popleft()
        self.wake.set()

    def silent_s(self) -> float:
        """Return how long the oldest unacknowledged message has waited."""
        return self.monotonic_s() - self.waiting[0][1] if self.waiting else 0.0

    async def send(self, pipe: Pipe) -> None:
        """Send for ever: at most two messages ahead of what the client has acknowledged."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            while len(self.waiting) < self.most_unacknowledged:
                message = self.collect()
                if message is None:
                    break
                self.waiting.append((self.number, self.monotonic_s()))
                await pipe.send_bytes(message)
