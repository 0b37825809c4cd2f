"""The fake wall's time: an instant of 2019 that stands still until it is moved."""

from __future__ import annotations

from dataclasses import dataclass

NOW_MS = 1_565_474_400_000  # 2019-08-11 06:00 in Shandong
HOUR_MS = 3_600_000


@dataclass(slots=True)
class FakeClock:
    """Stands still until it is moved."""

    ms: int = NOW_MS

    def now_ms(self) -> int:
        """Return the instant it was set to."""
        return self.ms

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.ms += int(seconds * 1000)

    @property
    def pace(self) -> float:
        """Real time."""
        return 1.0
