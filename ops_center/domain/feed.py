"""Feed: the definition of one source of messages, as its manifest states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedField:
    """One decoded column beyond the core ones, mapped from the message."""

    name: str  # the unit is the end of the name: h2s_ppm
    source: str  # path inside the message ("from" in the manifest)
    kind: str = "number"  # number | integer | text | boolean
    scale: float = 1.0
    offset: float = 0.0
    minimum: float | None = None
    maximum: float | None = None
    missing: tuple[Json, ...] = ()  # sentinels that become null at the edge
    personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed, never changed after load; the times are milliseconds.

    `reorder_ms`: how long an observation waits for an earlier one of its subject (0 = at once).
    `delay_ms`: normal bound on stamp minus event time, at least `reorder_ms`.
    `ahead_ms`: event time beyond stamp + this is a bad clock and refused.
    """

    id: str
    title: Text
    owner: Text
    decoder: str
    status: Status = Status.ACTUAL
    jurisdiction: str = ""
    receive: Mapping[str, Json] = field(default_factory=dict)
    subject_kind: str = "vehicle"
    subject_key: str = ""
    registry: str = ""  # registry that binds this feed's subjects to assets; "" = none
    partition_by: str = "subject"  # or "feed"
    position: str = "message"  # or "registry"
    datum: str = "wgs84"
    reorder_ms: int = 0
    delay_ms: int = 2_000
    ahead_ms: int = 1_000
    silent_after_ms: int = 0  # 0 = silence of the feed is not judged
    fields: tuple[FeedField, ...] = ()
    options: Mapping[str, Json] = field(default_factory=dict)  # the decoder's own keys
    limits: Mapping[str, int] = field(default_factory=dict)  # message_bytes, messages_per_s, connections
    keep: Mapping[str, str] = field(default_factory=dict)
    version: str = ""  # content hash of the manifest
