"""Read quantities as people write them: ``10 min``, ``300 m``, ISO times; all become integers."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DURATION_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_LENGTH_MM = {"mm": 1, "m": 1_000, "km": 1_000_000}
_QUANTITY = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([a-z]+)\s*")


def duration_ms(text: str) -> int:
    """Return milliseconds for ``"10 min"`` (units ms, s, min, h, d); ValueError otherwise."""
    return _scaled(text, _DURATION_MS, "duration")


def length_mm(text: str) -> int:
    """Return millimetres for ``"300 m"`` (units mm, m, km); ValueError otherwise."""
    return _scaled(text, _LENGTH_MM, "length")


def _scaled(text: str, units: dict[str, int], what: str) -> int:
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in units:
        raise ValueError(f"{text!r} is not a {what}: a number and one of {', '.join(units)}")
    return round(float(match[1]) * units[match[2]])


def iso(ms: int) -> str:
    """Return UTC milliseconds as ISO 8601 with ``Z`` and milliseconds."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def parse_iso(text: str) -> int:
    """Return UTC milliseconds of an ISO 8601 time that states its zone; ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} states no time zone")
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
