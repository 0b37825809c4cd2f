"""Told: an event as the worker makes and writes it, field for field the domain's Event.

A worker makes many events and reads none of them again; a struct of msgspec costs a fortieth of a
frozen dataclass, and its JSON is the same bytes (tests/worker/test_told.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ops_center.domain.event import Event, EventKind
from ops_center.domain.scales import Status
from ops_center.domain.text import Json

_ENCODER = msgspec.json.Encoder()
_MARK = b"Jevent "  # ops_center/wire.py


class Told(msgspec.Struct, frozen=True, gc=False):
    """One event; the fields, their order and meaning are those of `Event`."""

    id: str
    kind: EventKind
    feed: str
    subject: str
    rule: str
    rule_version: str
    zone: str
    group: tuple[tuple[str, str], ...]
    event_ms: int
    stamp_ms: int
    desk_ms: int
    lon_e7: int | None
    lat_e7: int | None
    status: Status
    facts: Mapping[str, Json]


def told(event: Event) -> Told:
    """Return an event in this form."""
    return Told(*(getattr(event, name) for name in Told.__struct_fields__))


def encode_all(events: Iterable[Told]) -> list[bytes]:
    """Return the journal records that `wire.decode` reads as Events."""
    into, buffer, values = _ENCODER.encode_into, bytearray(), []
    for event in events:
        into(event, buffer)
        values.append(_MARK + buffer)
    return values
