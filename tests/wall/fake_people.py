"""Who works at the fake wall, and how they sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.alert import Mark
from ops_center.domain.command import Actor
from ops_center.domain.scales import Role

DEPLOYMENT = "370000"
OFFICER = Actor(name="王磊", post="1 号席", role=Role.DUTY_OFFICER, jurisdiction="370000")
COMMANDER = Actor(name="李敏", post="指挥席", role=Role.COMMANDER, jurisdiction="370000")
VIEWER = Actor(name="赵强", post="观摩席", role=Role.VIEWER, jurisdiction="370000")
COUNTY = Actor(name="孙悦", post="历下席", role=Role.DUTY_OFFICER, jurisdiction="370102")
PEOPLE: Mapping[str, Actor] = {"officer": OFFICER, "commander": COMMANDER, "viewer": VIEWER, "county": COUNTY}


@dataclass(slots=True)
class FakeDoor:
    """Implements SignIn: the password is the name backwards; tokens are spent once."""

    tokens: dict[str, Actor] = field(
        default_factory=lambda: {f"token-{name}-{n}": actor for name, actor in PEOPLE.items() for n in range(9)}
    )

    def by_password(self, name: str, password: str) -> Actor | None:
        """Return the person."""
        return PEOPLE.get(name) if password == name[::-1] else None

    def by_token(self, token: str) -> Actor | None:
        """Return the person and spend the token."""
        return self.tokens.pop(token, None)


def mark_of(by: str, at_ms: int) -> Mark:
    """Return the mark of a person at the first post."""
    return Mark(by=by, post="1 号席", at_ms=at_ms)
