"""Waiting for a condition, with a deadline by the machine's own clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE_S = 90.0


def until(
    condition: Callable[[], T],
    what: str = "what was waited for",
    *,
    within_s: float = DEADLINE_S,
    every_s: float = 0.05,
) -> T:
    """Return what a condition gives once that is true; AssertionError where it never is."""
    ends_s = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < ends_s, f"never: {what}"
        time.sleep(every_s)


async def until_async(condition: Callable[[], bool], *, within_s: float = DEADLINE_S, every_s: float = 0.005) -> None:
    """Return once a condition holds, while the event loop goes on; TimeoutError where it never does."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(every_s)
