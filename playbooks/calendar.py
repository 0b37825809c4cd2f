"""Calendars: windows of local time in a named zone, evaluated for arrays of instants.

A window opens on a local day at its first wall-clock time and closes at its last: where clocks go
back, the hour that comes twice is wholly inside; where they go forward, the missing hour is not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from ops_center.content import ContentTree, Document, validate
from ops_center.domain.errors import ContentError
from ops_center.domain.text import Json, Text
from playbooks.program import Mask

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One kind of window: the days it opens on and its wall-clock minutes; `to` may pass midnight."""

    weekdays: frozenset[int]  # 0 = Monday
    dates: frozenset[date] | None  # instead of weekdays
    from_min: int
    to_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCalendar:
    """The `Calendar` of playbooks/program.py."""

    id: str
    title: Text
    zone: ZoneInfo
    openings: tuple[Opening, ...]
    closed: frozenset[date] = frozenset()
    extra: frozenset[date] = frozenset()
    first: date | None = None
    last: date | None = None
    version: str = ""
    _days: dict[int, tuple[Span, ...]] = field(default_factory=dict, compare=False, repr=False)  # memo

    def holds(self, times_ms: NDArray[np.int64]) -> Mask:
        """Return where a UTC instant lies inside a window; openings are inside, closings are not."""
        if not len(times_ms):
            return np.zeros(0, np.bool_)
        spans = self._spans(int(times_ms.min()), int(times_ms.max()))
        if not spans:
            return np.zeros(len(times_ms), np.bool_)
        edges = np.asarray(spans, dtype=np.int64).ravel()
        # Edges alternate opening, closing: an odd number of them at or before t is inside.
        return np.asarray(np.searchsorted(edges, times_ms, side="right") % 2 == 1)

    def edges(self, from_ms: int, to_ms: int) -> Sequence[int]:
        """Return the instants in (from_ms, to_ms] at which a window opens or closes."""
        found = {edge for span in self._spans(from_ms, to_ms) for edge in span}
        return sorted(edge for edge in found if from_ms < edge <= to_ms)

    def _spans(self, from_ms: int, to_ms: int) -> list[Span]:
        """Return the merged windows that touch [from_ms, to_ms], in order, as [opens, closes) in UTC."""
        lowest = from_ms // _DAY_MS + _EPOCH_DAY - 3
        highest = to_ms // _DAY_MS + _EPOCH_DAY + 3
        spans = sorted(span for day in range(lowest, highest) for span in self._of_day(day))
        merged: list[Span] = []
        for start, end in spans:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        return [(start, end) for start, end in merged if end > from_ms and start <= to_ms]

    def _of_day(self, ordinal: int) -> tuple[Span, ...]:
        found = self._days.get(ordinal)
        if found is None:
            found = tuple(self._open_on(date.fromordinal(ordinal)))
            self._days[ordinal] = found
        return found

    def _open_on(self, day: date) -> list[Span]:
        spans = []
        for opening in self.openings:
            if not self._opens(opening, day):
                continue
            start = self._instant(day, opening.from_min, fold=0)
            end = self._instant(day, opening.to_min, fold=1)
            if self.first is not None:
                start = max(start, self._instant(self.first, 0, fold=0))
            if self.last is not None:
                end = min(end, self._instant(self.last, 1440, fold=1))
            if start < end:
                spans.append((start, end))
        return spans

    def _opens(self, opening: Opening, day: date) -> bool:
        if opening.dates is not None:
            return day in opening.dates
        if day in self.closed:
            return False
        if day in self.extra and opening.weekdays & {0, 1, 2, 3, 4}:
            return True
        return day.weekday() in opening.weekdays

    def _instant(self, day: date, minute: int, *, fold: int) -> int:
        day += timedelta(days=minute // 1440)
        hour, minute = divmod(minute % 1440, 60)
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone, fold=fold)
        return round((local - _EPOCH).total_seconds()) * 1000


def schema() -> Mapping[str, Json]:
    """Return the published JSON Schema of calendars."""
    found: Mapping[str, Json] = json.loads(Path(__file__).with_name("calendar.schema.json").read_text(encoding="utf-8"))
    return found


def check_calendar(document: Document) -> None:
    """Raise ContentError where a calendar file is wrong."""
    read_calendar(document)


def read_calendar(document: Document) -> WindowCalendar:
    """Return the calendar of a document; ContentError with line and field where it is wrong."""
    validate(document, schema())
    given: Mapping[str, Any] = document.data
    try:
        zone = ZoneInfo(given["zone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise document.error(
            f"unknown time zone {given['zone']!r}; an IANA name like Asia/Shanghai", ("zone",)
        ) from error
    valid = given.get("valid", {})
    return WindowCalendar(
        id=given["id"],
        title=Text(given["title"]["zh"], given["title"]["en"]),
        zone=zone,
        openings=tuple(_opening(document, n, window) for n, window in enumerate(given["windows"])),
        closed=_dates(document, given.get("except", []), ("except",)),
        extra=_dates(document, given.get("also", []), ("also",)),
        first=_date(document, valid["from"], ("valid", "from")) if "from" in valid else None,
        last=_date(document, valid["to"], ("valid", "to")) if "to" in valid else None,
        version=document.version,
    )


def read_calendars(tree: ContentTree) -> tuple[dict[str, WindowCalendar], tuple[ContentError, ...]]:
    """Return the calendars of a tree by id, and every error."""
    found: dict[str, WindowCalendar] = {}
    errors: list[ContentError] = []
    for identity, document in tree.of("calendar").items():
        try:
            found[identity] = read_calendar(document)
        except ContentError as error:
            errors.append(error)
    return found, tuple(errors)


def _opening(document: Document, number: int, window: Mapping[str, Any]) -> Opening:
    start, end = _minutes(window["from"]), _minutes(window["to"])
    if start == 1440:
        raise document.error("a window cannot open at 24:00; open it at 00:00 of the next day", ("windows", number))
    dates = _dates(document, window["dates"], ("windows", number, "dates")) if "dates" in window else None
    return Opening(
        weekdays=frozenset(_DAYS.index(day) for day in window.get("days", _DAYS)),
        dates=dates,
        from_min=start,
        to_min=end if end > start else end + 1440,
    )


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _dates(document: Document, given: Sequence[Json], path: tuple[str | int, ...]) -> frozenset[date]:
    found: set[date] = set()
    for n, item in enumerate(given):
        first, last = (item, item) if isinstance(item, str) else (item["from"], item["to"])
        day, end = _date(document, first, (*path, n)), _date(document, last, (*path, n))
        if end < day or (end - day).days > 366:
            raise document.error("to lies before from, or more than a year after it", (*path, n))
        while day <= end:
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)


def _date(document: Document, text: str, path: tuple[str | int, ...]) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise document.error(f"{text!r} is no date", path) from error
