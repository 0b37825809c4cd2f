"""What a writer that lost its database says of itself: since when, what is missing, when it tries again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from ops_center.adapters.clocks import monotonic_s
from ops_center.domain.errors import OpsError
from ops_center.domain.text import Text
from ops_center.ports import Clock

FIRST_S, LONGEST_S = 0.25, 10.0
FAILING = (SQLAlchemyError, psycopg.Error, OpsError)  # what a writer to the database may meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A banner's content: what is lost, what an officer does meanwhile, since when, why, how much waits."""

    what: Text
    meanwhile: Text
    since_ms: int
    reason: str
    behind: int  # journal records that wait; none of them is lost


@dataclass(slots=True, kw_only=True)
class Outage:
    """Backs off after each failure, twice as long up to ten seconds, until something works again."""

    what: Text
    meanwhile: Text
    clock: Clock
    monotonic_s: Callable[[], float] = monotonic_s
    since_ms: int | None = None
    reason: str = ""
    pause_s: float = 0.0
    again_s: float = field(default=float("-inf"))

    def waits(self) -> bool:
        """Return True while it is too soon to try again."""
        return self.monotonic_s() < self.again_s

    def failed(self, reason: str) -> None:
        """Note a failure."""
        if self.since_ms is None:
            self.since_ms = self.clock.now_ms()
        self.reason = reason
        self.pause_s = min(max(self.pause_s * 2, FIRST_S), LONGEST_S)
        self.again_s = self.monotonic_s() + self.pause_s

    def tried(
        self, work: Callable[[], bool], *, failing: tuple[type[Exception], ...], doubt: Callable[[], None]
    ) -> bool:
        """Do a writer's step and return what it says; False while it is too soon, and where it fails.

        `doubt` then has the writer forget what it cannot know any more.
        """
        if self.waits():
            return False
        try:
            moved = work()
        except failing as error:
            self.failed(said(error))
            doubt()
            return False
        self.worked()
        return moved

    def worked(self) -> None:
        """Note that it works again."""
        self.since_ms, self.reason, self.pause_s, self.again_s = None, "", 0.0, float("-inf")

    def lost(self, behind: int) -> Lost | None:
        """Return what is lost, None while nothing is."""
        if self.since_ms is None:
            return None
        return Lost(what=self.what, meanwhile=self.meanwhile, since_ms=self.since_ms, reason=self.reason, behind=behind)


def said(error: Exception) -> str:
    """Return the first line of a database's error."""
    return next(iter(str(getattr(error, "orig", None) or error).splitlines()), type(error).__name__)
