"""Effect: what an action of a playbook does, as a value; nothing happens before the desk carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ops_center.domain.text import Json, Message, Text
from playbooks.areas import GeoJson
from playbooks.book import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What an action may look at."""

    context: Mapping[str, Json]
    area: Callable[[str], GeoJson | None]  # a zone of the playbook
    texts: Mapping[str, Wording]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZonePut:
    """A zone the action puts into the world; it is removed when the action is taken back."""

    layer: str
    geometry: GeoJson
    fields: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """All an action does: zones it puts, whom it tells what, and what tells them it is over.

    `wanting` says what must be known first; then it does nothing yet and is asked again.
    """

    zones: tuple[ZonePut, ...] = ()
    recipients: tuple[str, ...] = ()
    message: Message | None = None
    all_clear: Message | None = None
    wanting: str = ""


class Action(Protocol):
    """A file of `playbooks/actions`: its title, its parameters (JSON Schema), its one function."""

    TITLE: Text
    PARAMS: Mapping[str, Json]
    REQUIRED: tuple[str, ...]

    def act(self, params: Mapping[str, Json], deed: Deed) -> Effect:
        """Return what the action does."""
        ...


def not_known(zone: str) -> Effect:
    """Return that the zone's place or size is not known yet."""
    return Effect(wanting=f"the place or size of {zone} is not known yet")
