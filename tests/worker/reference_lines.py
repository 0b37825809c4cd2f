"""What the plain reference holds: rules with hand-written conditions, zones, messages, lines and their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops_center.domain.rule import Rule

Values = Mapping[str, Any]
Condition = Callable[[Values], bool | None]
NEVER = 2**62


@dataclass(frozen=True)
class Judged:
    """A rule with hand-written conditions: True, False, or None for unknown."""

    rule: Rule
    when: Condition
    clear: Condition | None = None
    then: Condition | None = None
    group: tuple[tuple[str, str], ...] = (("vehicle", "subject"),)
    windows: tuple[tuple[int, int], ...] | None = None  # its calendar
    force: tuple[int, int] = (-NEVER, NEVER)


@dataclass(frozen=True)
class Zone:
    """A zone valid in [from_ms, to_ms)."""

    key: str
    shape: Any
    from_ms: int = -NEVER
    to_ms: int = NEVER
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One message as received."""

    subject: str
    event: int
    stamp: int
    lon: float | None
    lat: float | None
    values: Mapping[str, Any]
    content: int


@dataclass
class KeyState:
    """What one key of a rule carries."""

    start: int | None = None
    told: bool = False
    quiet: bool = False
    last: int | None = None
    ended: int | None = None
    armed: int | None = None
    recent: list[int] = field(default_factory=list)


@dataclass
class Line:
    """One subject's line."""

    subject: str
    act: int = -NEVER
    behind: int = -NEVER
    decided: int = -NEVER
    applied: int = -NEVER  # changes of the world up to here
    event: int | None = None
    seen: set[int] = field(default_factory=set)
    fix: tuple[float, float, int] | None = None
    row: dict[str, Any] = field(default_factory=dict)
    moving: int = -1
    stop: int | None = None
    drive: int = 0
    gap: int | None = None
    waiting: list[tuple[int, int, int, Row]] = field(default_factory=list)
    keys: dict[tuple[str, tuple[str, ...]], KeyState] = field(default_factory=dict)
    zones: dict[tuple[str, str], int] = field(default_factory=dict)
    left: dict[tuple[str, str], int] = field(default_factory=dict)


def name_of(rule: Rule) -> str:
    """Return what tells versions of a rule apart."""
    return f"{rule.id}@{rule.version}"
