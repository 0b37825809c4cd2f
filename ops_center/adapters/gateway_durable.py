"""From the flusher's thread back into an event loop: call when durable, or wait for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from streams.gateway import Gateway


class LoopCalls:
    """Runs calls of another thread in the loop's own, many for one wake-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._calls: deque[Callable[[], None]] = deque()
        self._woken = False

    def post(self, call: Callable[[], None]) -> None:
        """Queue a call; a loop that has ended has nobody left to tell."""
        self._calls.append(call)
        if not self._woken and not self._loop.is_closed():
            self._woken = True
            try:
                self._loop.call_soon_threadsafe(self._run)
            except RuntimeError:  # closed between the two lines
                self._calls.clear()

    def _run(self) -> None:
        self._woken = False  # first: what is queued from here on wakes again
        while self._calls:
            self._calls.popleft()()


async def journalled(gateway: Gateway, feed_id: str, *messages: bytes) -> None:
    """Hand messages to the gateway; return when they are durable."""
    loop = asyncio.get_running_loop()
    durable: asyncio.Future[None] = loop.create_future()
    calls = LoopCalls(loop)
    gateway.receive(feed_id, *messages, done=lambda: calls.post(lambda: _settle(durable)))
    await durable


def _settle(durable: asyncio.Future[None]) -> None:
    if not durable.done():
        durable.set_result(None)


async def until_accepting(gateway: Gateway, *, every_s: float = 0.25) -> None:
    """Return when the gateway accepts; at once where it does."""
    while not gateway.accepting:
        await asyncio.sleep(every_s)
