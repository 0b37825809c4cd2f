"""Clocks: the system's, an exercise's and a test's; the only module that reads the machine's time."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

SLEW_ABOVE_MS = 1_000  # ORDER 1: a difference from UTC above this is slewed away
SLEW_RATE = 0.1  # ORDER 1: at most 10 %
# A machine's time that has gone back further is wrong, not corrected: following it, even slowly, would
# stamp what devices send before it happened, and they would be refused (ORDER 2).
DISTRUSTED_MS = 60_000
PACE_OVER_S = 5.0


def monotonic_s() -> float:
    """Return seconds that never go back, for time-outs and rates only; never journalled."""
    return time.monotonic()


def wall_ms() -> int:
    """Return what the machine believes UTC is, ms; it may jump."""
    return int(time.time() * 1000)  # noqa: TID251 - the one place


class SystemClock:
    """UTC on the monotonic clock: starts at the wall's time, never steps, slews off large differences.

    `resume` starts it no earlier than the last journalled stamp. `offset_ms` is what a tick tells, and
    what a banner shows; a wall that went back by more than a minute is not followed at all.
    """

    def __init__(self, *, monotonic: Callable[[], float] = monotonic_s, wall: Callable[[], int] = wall_ms) -> None:
        self._monotonic, self._wall, self._lock = monotonic, wall, Lock()
        self._read_s = monotonic()
        self._now_ms = float(wall())
        self._slewing = False

    def resume(self, last_stamp_ms: int | None) -> None:
        """Go on from the journal's last stamp, where that is later (before anything is stamped)."""
        with self._lock:
            self._now_ms = max(self._now_ms, float(last_stamp_ms or 0))

    def now_ms(self) -> int:
        """Return UTC milliseconds; never steps back."""
        with self._lock:
            read = self._monotonic()
            passed = max(0.0, read - self._read_s) * 1000
            self._read_s = read
            apart = self._wall() - (self._now_ms + passed)
            if apart < -DISTRUSTED_MS:
                self._slewing = False
            elif abs(apart) > SLEW_ABOVE_MS:
                self._slewing = True
            if self._slewing:
                change = min(abs(apart), passed * SLEW_RATE)
                passed += change if apart > 0 else -change
                self._slewing = abs(apart) > change
            self._now_ms += passed
            return int(self._now_ms)

    @property
    def pace(self) -> float:
        """Real time; what is slewed away is none of it."""
        return 1.0

    def offset_ms(self) -> int:
        """Return the machine's UTC minus this clock."""
        now = self.now_ms()
        return self._wall() - now

    @property
    def slewing(self) -> bool:
        """True while a difference is being slewed away: shown as a banner."""
        return self._slewing

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class ScaledClock:
    """An exercise's clock: begins at a scripted date and runs `speed` times as fast.

    Where somebody is followed it waits for them, down to real time: a machine too slow for the speed
    plays the exercise slower, and nothing seems late or silent that only waited for the machine.
    """

    def __init__(self, start_ms: int, *, speed: float = 1.0, monotonic: Callable[[], float] = monotonic_s) -> None:
        if speed <= 0:
            raise ValueError(f"speed {speed}: above 0 is wanted")
        self._speed, self._monotonic, self._lock = speed, monotonic, Lock()
        self._now_ms, self._read_s = float(start_ms), monotonic()
        self._reached: Callable[[], int] | None = None
        self._ahead_ms = 0
        self._pace, self._paced_ms, self._paced_s = speed, self._now_ms, self._read_s

    def resume(self, last_stamp_ms: int | None) -> None:
        """Go on from the journal's last stamp, where that is later (before anything is stamped)."""
        with self._lock:
            self._now_ms = max(self._now_ms, float(last_stamp_ms or 0))
            self._paced_ms = self._now_ms

    def follow(self, reached: Callable[[], int], *, ahead_ms: int) -> None:
        """Run at real time wherever the clock is `ahead_ms` ahead of the instant that `reached` returns."""
        self._reached, self._ahead_ms = reached, ahead_ms

    def now_ms(self) -> int:
        """Return the exercise's UTC milliseconds."""
        with self._lock:
            read_s = self._monotonic()
            passed_ms = (read_s - self._read_s) * 1000
            fast_ms, slow_ms = passed_ms * self._speed, passed_ms * min(1.0, self._speed)
            self._read_s = read_s
            if self._reached is not None:
                fast_ms = min(fast_ms, self._reached() + self._ahead_ms - self._now_ms)
            self._now_ms += max(fast_ms, slow_ms)
            if read_s - self._paced_s >= PACE_OVER_S:
                self._pace = (self._now_ms - self._paced_ms) / (read_s - self._paced_s) / 1000
                self._paced_ms, self._paced_s = self._now_ms, read_s
            return int(self._now_ms)

    @property
    def pace(self) -> float:
        """Seconds of the exercise in one of real time, lately."""
        return self._pace

    def offset_ms(self) -> int:
        """Return 0: an exercise has no other time to differ from."""
        return 0

    @property
    def slewing(self) -> bool:
        """Never."""
        return False

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds of the exercise."""
        time.sleep(seconds / self._speed)


class FakeClock:
    """A clock that moves when told: tests, replay, back-tests."""

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms

    def resume(self, last_stamp_ms: int | None) -> None:
        """Go on from the journal's last stamp, where that is later."""
        self.reach(last_stamp_ms or 0)

    def now_ms(self) -> int:
        """Return the time it was moved to."""
        return self._now_ms

    def offset_ms(self) -> int:
        """Return 0."""
        return 0

    @property
    def slewing(self) -> bool:
        """Never."""
        return False

    @property
    def pace(self) -> float:
        """Real time, for whoever moves it on by that."""
        return 1.0

    def advance(self, ms: int) -> None:
        """Move on by `ms`."""
        if ms < 0:
            raise ValueError(f"{ms} ms: a clock does not go back")
        self._now_ms += ms

    def reach(self, at_ms: int) -> None:
        """Move on to `at_ms`, unless it is there already."""
        self._now_ms = max(self._now_ms, at_ms)

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self.advance(round(seconds * 1000))
