"""What a gateway tells about itself: whether it accepts, why not, and counts of each feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class FeedCounts:
    """Running totals of one feed since the gateway started; `connections` is the number now."""

    messages: int = 0
    octets: int = 0
    last_ms: int | None = None
    connections: int = 0
    oversize: int = 0  # messages beyond limits.message_bytes: cut, journalled as far as allowed
    noise_octets: int = 0  # bytes that belong to no message
    slowed: int = 0  # times a sender beyond limits.messages_per_s was made to wait or told to
    refused: int = 0  # connections or requests turned away: too many, or not authorised
    closed: int = 0  # connections closed for idleness, for not reading or for sending no messages
    failed: int = 0  # polls and reads that did not succeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """State of a gateway; a `reason` or `slewing` is a banner on the wall."""

    accepting: bool
    reason: str  # why the journal cannot be written; "" when it can
    utc_offset_ms: int
    slewing: bool
    waiting: int  # messages received and not yet durable
    feeds: Mapping[str, FeedCounts]
