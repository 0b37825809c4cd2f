"""The parameters of an items request: bbox, datetime, limit and the page, read strictly (OGC 17-069r4, 7.15)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ops_center.domain.quantity import parse_iso
from ops_center.ports import Box

KNOWN = frozenset({"bbox", "datetime", "limit", "after"})
USUAL, MOST = 100, 1_000


class BadQuery(Exception):
    """A parameter that cannot be used; the answer is 400 with this text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an items request asks for; times are UTC milliseconds, both included."""

    box: Box | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    limit: int = USUAL
    after: str = ""


def wanted_of(query: Mapping[str, str]) -> Wanted:
    """Return the request; BadQuery names the parameter that is unknown or wrong."""
    unknown = sorted(set(query) - KNOWN)
    if unknown:
        raise BadQuery(f"unknown parameter {unknown[0]!r}; there are {', '.join(sorted(KNOWN))}")
    from_ms, to_ms = _interval(query["datetime"]) if "datetime" in query else (None, None)
    return Wanted(
        box=_box(query["bbox"]) if "bbox" in query else None,
        from_ms=from_ms,
        to_ms=to_ms,
        limit=_limit(query.get("limit", str(USUAL))),
        after=query.get("after", ""),
    )


def _box(text: str) -> Box:
    """Return west, south, east, north of four numbers, or of six with heights, which are not looked at."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise BadQuery(f"bbox: {text[:80]!r} is not a list of numbers") from None
    if len(numbers) == 6:
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != 4 or not all(math.isfinite(number) for number in numbers):
        raise BadQuery("bbox: four numbers (west, south, east, north) or six")
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise BadQuery("bbox: degrees, longitude first, south not above north")
    return west, south, east, north


def _interval(text: str) -> tuple[int | None, int | None]:
    """Return both ends of an instant or of ``from/to``; ``..`` or nothing is open."""
    first, slash, last = text.partition("/")
    from_ms = _instant(first, open_end=bool(slash))
    to_ms = _instant(last, open_end=True) if slash else from_ms
    if from_ms is not None and to_ms is not None and from_ms > to_ms:
        raise BadQuery("datetime: the interval ends before it begins")
    return from_ms, to_ms


def _instant(text: str, *, open_end: bool) -> int | None:
    if open_end and text in ("", ".."):
        return None
    try:
        return parse_iso(text)
    except (ValueError, OverflowError):
        raise BadQuery(f"datetime: {text[:40]!r} is not a time with its zone (RFC 3339)") from None


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < 1:
        raise BadQuery(f"limit: a number from 1 to {MOST}")
    return min(int(text), MOST)
