"""Limits of a feed's senders: how many messages a second, how large, how many connections."""

from __future__ import annotations

from dataclasses import dataclass, field

from ops_center.domain.feed import Feed

MESSAGE_BYTES = 1 << 20
CONNECTIONS = 10_000


def message_bytes(feed: Feed) -> int:
    """Return the most bytes a message of the feed may have."""
    return feed.limits.get("message_bytes", MESSAGE_BYTES)


def connections(feed: Feed) -> int:
    """Return the most connections the feed may have at a time."""
    return feed.limits.get("connections", CONNECTIONS)


@dataclass(slots=True)
class Bucket:
    """Token bucket of one sender; `rate` messages a second, two seconds' worth at once. 0: no limit."""

    rate: int
    _level: float = field(init=False)
    _at_s: float | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Begin full."""
        self._level = 2.0 * self.rate

    def take(self, messages: int, now_s: float) -> float:
        """Take tokens, into debt if need be; return the seconds to wait until it is paid."""
        if not self.rate:
            return 0.0
        passed = 0.0 if self._at_s is None else max(0.0, now_s - self._at_s)
        self._at_s = now_s
        self._level = min(2.0 * self.rate, self._level + passed * self.rate) - messages
        return max(0.0, -self._level / self.rate)


def bucket(feed: Feed) -> Bucket:
    """Return a fresh bucket for one sender of the feed."""
    return Bucket(feed.limits.get("messages_per_s", 0))
