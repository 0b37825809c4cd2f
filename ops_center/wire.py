"""Wire: the JSON form of journal records of the slow plane, one union told apart by ``type``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ops_center.domain.alert import Alert
from ops_center.domain.command import Command
from ops_center.domain.errors import JournalError
from ops_center.domain.event import Event
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import WorldChange
from ops_center.ports import Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A gateway's tick: time has come this far; journalled in every input partition (ORDER 3).

    `feeds` maps feed id to (first, last) stamp of messages since the last tick, for feed silence.
    `unheard_ms`: from then to the tick's stamp the gateway could hear nobody: it was not running, or
    could not write. The silence of that time is nobody's.
    """

    gateway: str
    stamp_ms: int
    utc_offset_ms: int = 0
    feeds: dict[str, tuple[int, int]] = field(default_factory=dict)
    unheard_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Everything due by `at_ms` has been emitted: by a worker in its partition, by the desk in WORLD.

    `quiet_ms` looks ahead, so that quiet times cost no rounds between them: a worker that waits for the
    desk has nothing to say that is stamped before it, as the world stands at offset `world` of WORLD;
    the desk has nothing to decide before it, so it announces nothing before that + lead.
    """

    source: str  # "worker/3" | "desk"
    at_ms: int
    quiet_ms: int | None = None
    world: int = 0
    counts: dict[str, dict[str, int]] = field(
        default_factory=dict
    )  # feed -> messages, late, refused, dead (running totals)


Slow = Event | Command | WorldChange | Tick | Progress | Thing
_TYPES: dict[str, type[Any]] = {
    "event": Event,
    "command": Command,
    "change": WorldChange,
    "tick": Tick,
    "progress": Progress,
    "alert": Alert,
    "incident": Incident,
    "run": PlaybookRun,
    "resource": Resource,
    "dispatch": Dispatch,
    "warning": PublicWarning,
    "shift": Shift,
}
_MARKS = {cls: f"J{name} ".encode() for name, cls in _TYPES.items()}
_ENCODER = msgspec.json.Encoder()
_DECODERS = {name: msgspec.json.Decoder(cls) for name, cls in _TYPES.items()}


def encode(thing: Slow) -> bytes:
    """Return ``J<type> <json>``; a block starts with ``B`` instead."""
    return _MARKS[type(thing)] + _ENCODER.encode(thing)


def decode(value: bytes) -> Slow:
    """Return the record's object; JournalError where it is none."""
    mark, _, body = value[1:].partition(b" ")
    name = mark.partition(b"@")[0]
    decoder = _DECODERS.get(name.decode("ascii", "replace"))
    if value[:1] != b"J" or decoder is None:
        raise JournalError(f"unknown record {value[:16]!r}")
    try:
        thing: Slow = decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise JournalError(f"broken {name.decode()} record: {error}") from error
    return thing


# Where an event's record says its kind: behind an id of 32 hex digits (domain/ids.py).
KIND_AT = len(b'Jevent {"id":"event-') + 32


def kind_marks(kinds: Iterable[str]) -> tuple[bytes, ...]:
    """Return what stands at `KIND_AT` in the records of events of these kinds: to tell many without reading them."""
    return tuple(f'","kind":"{kind}"'.encode() for kind in kinds)


def is_block(value: bytes) -> bool:
    """Return True for an envelope block's record."""
    return value[:1] == b"B"


def leased(value: bytes, epoch: int) -> bytes:
    """Return a record that names the lease it was written under: ``J<type>@<epoch> <json>`` (ORDER 25)."""
    mark, space, body = value.partition(b" ")
    return b"%s@%d%s%s" % (mark.partition(b"@")[0], epoch, space, body)


def unleased(value: bytes) -> bytes:
    """Return a record without its lease."""
    mark, space, body = value.partition(b" ")
    return mark.partition(b"@")[0] + space + body


def epoch_of(value: bytes) -> int:
    """Return the epoch of the lease a record was written under, 0 where it names none."""
    return int(value.partition(b" ")[0].partition(b"@")[2] or 0)
