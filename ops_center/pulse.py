"""Pulses: what each process of a deployment says of itself every few seconds, for screens and ``status``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json

MARK = b"U"
EVERY_S = 2.0
OLD_MS = 10_000  # five beats missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One role's state; `at_ms` is the machine's UTC, since a process may run on an exercise's clock."""

    role: str  # gateway | worker | desk | wall
    name: str
    pid: int
    at_ms: int
    facts: Mapping[str, Json]


def encode_pulse(pulse: Pulse) -> bytes:
    """Return the record of a pulse."""
    return MARK + msgspec.json.encode(pulse)


def decode_pulse(value: bytes) -> Pulse:
    """Return the pulse of a record; JournalError where it is none."""
    try:
        return msgspec.json.decode(value[1:], type=Pulse)
    except msgspec.MsgspecError as error:
        raise JournalError(f"no pulse: {error}") from error
