"""Paper: a report between its facts and its pages; every word is {zh, en}, no page is known here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.reports.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Text


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values, one a line."""

    rows: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `widths` are shares of the page."""

    heads: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """A picture with its caption."""

    drawing: Drawing
    caption: Text


Block = Paragraph | Facts | Table | Map


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    title: Text
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One report; `footer` says of which instant and by whom it is."""

    title: Text
    subtitle: Text
    status: Status
    sections: tuple[Section, ...]
    footer: Text


MARKS = {
    Status.ACTUAL: Text("", ""),
    Status.EXERCISE: Text("演练", "Exercise"),
    Status.TEST: Text("测试", "Test"),
    Status.SYSTEM: Text("系统", "System"),
}
NONE = Text("—", "—")


def same(text: str) -> Text:
    """Return a text that is the same in both languages: names, numbers, times."""
    return Text(text or "—", text or "—")


def clock(at_ms: int | None, zone: ZoneInfo) -> Text:
    """Return an instant to the second."""
    if at_ms is None:
        return NONE
    return same(datetime.fromtimestamp(at_ms // 1000, zone).strftime("%Y-%m-%d %H:%M:%S"))


def lasting(ms: int | None) -> Text:
    """Return a duration as people say it."""
    if ms is None:
        return NONE
    seconds = max(ms, 0) // 1000
    if seconds < 60:
        return Text(f"{seconds} 秒", f"{seconds} s")
    hours, rest = divmod(seconds, 3600)
    minutes = rest // 60
    if hours:
        return Text(f"{hours} 小时 {minutes} 分", f"{hours} h {minutes} min")
    return Text(f"{minutes} 分 {rest % 60} 秒", f"{minutes} min {rest % 60} s")
