"""The journal time of a record, for retention by age."""

from __future__ import annotations

from ops_center.domain.command import Command
from ops_center.domain.errors import JournalError
from ops_center.domain.event import Event
from ops_center.domain.world import WorldChange
from ops_center.wire import Progress, Tick, decode, is_block
from streams.block import decode_block


def stamp_of(value: bytes) -> int | None:
    """Return the record's time, UTC ms; None where it states none (alerts, incidents, runs, dead letters)."""
    try:
        if is_block(value):
            stamps = decode_block(value).messages.stamps
            return int(stamps[0]) if len(stamps) else None
        match decode(value):
            case Tick(stamp_ms=at) | Command(stamp_ms=at) | Progress(at_ms=at):
                return at
            case WorldChange(at_ms=at) | Event(event_ms=at):
                return at
    except JournalError:
        return None  # of another kind: never a reason to cut
    return None
