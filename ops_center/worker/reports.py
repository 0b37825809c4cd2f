"""Reports of a block beside its rows: what could not be read, and records for the desk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

from ops_center.columns import Messages, Refused
from ops_center.domain.digest import plain
from ops_center.domain.event import Event, EventKind, event_id
from ops_center.domain.feed import Feed
from ops_center.domain.world import HazardRevision, RegistryVersion

SHOWN_BYTES = 512  # of a dead letter; the whole message stays in the journal


def dead_letters(refused: Sequence[Refused], messages: Messages, feed: Feed, *, slack_ms: int) -> Iterator[Event]:
    """Yield an event for each refusal with feed, field, reason and the message's beginning in hex."""
    for number, one in enumerate(refused):
        message, stamp_ms = messages[one.message], int(messages.stamps[one.message])
        cause = f"{blake2b(message, digest_size=12).hexdigest()}/{one.field}/{number if not one.whole else 0}"
        yield Event(
            id=event_id(rule="", kind=EventKind.DEAD, subject=feed.id, zone=cause, event_ms=stamp_ms),
            kind=EventKind.DEAD,
            feed=feed.id,
            event_ms=stamp_ms,
            stamp_ms=stamp_ms,
            desk_ms=stamp_ms - slack_ms,
            status=feed.status,
            facts={
                "reason": one.reason,
                "field": one.field,
                "bytes": message[:SHOWN_BYTES].hex(),
                "at_ms": stamp_ms,
                "whole": one.whole,
            },
        )


def record_events(
    records: Sequence[tuple[int, Any]], messages: Messages, feed: Feed, *, slack_ms: int
) -> Iterator[Event]:
    """Yield an event for each hazard revision or registry version; the desk announces what follows."""
    for row, record in records:
        stamp_ms = int(messages.stamps[row])
        if isinstance(record, HazardRevision):
            kind, subject, cause, at_ms = EventKind.HAZARD, record.id, record.revision, record.issued_ms
        elif isinstance(record, RegistryVersion):
            kind, subject, cause, at_ms = EventKind.REGISTRY, record.key, record.registry, record.from_ms
        else:
            raise TypeError(f"{type(record).__name__} is no record of a decoder")
        event_ms = min(at_ms, stamp_ms)  # what is issued for later is heard of now
        known = isinstance(record, HazardRevision) and record.lon_e7 is not None
        yield Event(
            id=event_id(rule="", kind=kind, subject=f"{feed.id}/{subject}", zone=cause, event_ms=event_ms),
            kind=kind,
            feed=feed.id,
            subject=subject,
            zone=cause,
            event_ms=event_ms,
            stamp_ms=stamp_ms,
            desk_ms=max(event_ms, stamp_ms - slack_ms),
            lon_e7=record.lon_e7 if known else None,
            lat_e7=record.lat_e7 if known else None,
            status=feed.status,
            facts=plain(record),
        )
