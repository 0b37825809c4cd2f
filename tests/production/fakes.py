"""A group in memory: members share out parts, join, leave and vanish as the test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

NOBODY = frozenset[int]()


@dataclass(slots=True)
class Group:
    """Shares `parts` out among its members, evenly and in order of joining."""

    parts: int
    members: list[Place] = field(default_factory=list)

    def join(self) -> Place:
        place = Place(self)
        self.members.append(place)
        return place

    def vanish(self, place: Place) -> None:
        """A member died: what it held goes to others, nobody is asked."""
        self.members.remove(place)

    def share(self, place: Place) -> frozenset[int]:
        if place not in self.members:
            return NOBODY
        return frozenset(range(self.members.index(place), self.parts, len(self.members)))


@dataclass(slots=True, eq=False)
class Place:
    """Implements `ports.Membership`."""

    group: Group
    held: frozenset[int] = NOBODY

    def poll(self, leaving: Callable[[frozenset[int]], None]) -> frozenset[int]:
        meant = self.group.share(self)
        if self.held - meant:
            leaving(self.held - meant)
        self.held = meant
        return meant

    def close(self) -> None:
        self.group.members.remove(self)
