"""The desk's further routes over the fake station: intake among a few known places, hand-over, reports, outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.routing import BaseRoute

from ops_center.api.hub import Hub
from ops_center.api.intake import Intake
from ops_center.api.outbox import OutboxPage
from ops_center.api.reports import Reports
from ops_center.desk.definitions import Definitions, definitions_of
from ops_center.desk.handover import HandOver
from ops_center.domain.text import Json
from ops_center.picture import Picture
from playbooks.book import Bookcase
from playbooks.program import Program
from tests.desk.known_places import Known
from tests.desk.stage import KINDS

DEFINITIONS: Definitions = definitions_of(
    feeds={}, program=Program(version="v", rules=()), books=Bookcase(), kinds=KINDS
)


@dataclass
class Printer:
    """Prints who was asked for; remembers the picture's time."""

    asked: list[int] = field(default_factory=list)

    def incident(self, picture: Picture, identity: str, *, language: str, form: str) -> bytes | None:
        self.asked.append(picture.at_ms)
        known = {one.id for one in picture.incidents}
        return f"{identity} {language} {form}".encode() if identity in known else None

    def shift(self, view: HandOver, *, at_ms: int, language: str, form: str) -> bytes:
        return f"{view.shift.person} {language} {form}".encode()


class Untried:
    """Nobody has tried to reach anybody yet."""

    def tried(self, intent: str) -> Sequence[Mapping[str, Json]]:
        return ()


def desk_pages(hub: Hub) -> list[BaseRoute]:
    """Return the routes."""
    return [
        *Intake(hub=hub, places=Known(), definitions=lambda: DEFINITIONS).routes(),
        *Reports(hub=hub, reporter=Printer()).routes(),
        *OutboxPage(hub=hub, tries=Untried()).routes(),
    ]
