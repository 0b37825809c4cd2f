"""Waiting for a condition, with a deadline by the machine's own clock."""

from __future__ import annotations

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
