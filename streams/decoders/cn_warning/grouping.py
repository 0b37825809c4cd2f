"""Group warnings of one event: one signal over several areas, led by the highest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from streams.decoders.cn_warning_codes.levels import BY_COLOUR, LEVELS


@dataclass(frozen=True, slots=True)
class Member:
    """One warning to group."""

    identifier: str
    event: str
    colour: str
    area: str


@dataclass(frozen=True, slots=True)
class Group:
    """Warnings of one event within one province; `primary` is the highest, then the latest issued."""

    signal: str
    level: str  # the colour in Chinese: 黄色
    count: int
    primary: str
    areas: tuple[str, ...]


def group(members: Iterable[Member]) -> list[Group]:
    """Return the groups by province and event, in the order their first member came."""
    found: dict[tuple[str, str], list[Member]] = {}
    for member in members:
        found.setdefault((member.identifier[:2], member.event), []).append(member)
    return [_group(event, together) for (_, event), together in found.items()]


def _group(event: str, together: list[Member]) -> Group:
    # max keeps the first of equals, so equal identifiers stay in the order they came.
    lead = max(together, key=lambda m: (-_rank(m.colour), m.identifier.partition("_")[2]))
    areas = tuple(dict.fromkeys(member.area for member in together))
    level = BY_COLOUR.get(lead.colour)
    return Group(event, level.colour_zh if level else "", len(together), lead.identifier, areas)


def _rank(colour: str) -> int:
    level = BY_COLOUR.get(colour)
    return LEVELS.index(level) if level else len(LEVELS)
