"""What the wall reads beside pictures: layers, forms and titles of the content, and who may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops_center.adapters.access import Accounts
from ops_center.bootstrap.content import Content
from ops_center.bootstrap.geography import Atlas
from ops_center.domain.command import Actor
from ops_center.domain.digest import plain
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text


@dataclass(frozen=True, slots=True)
class Door:
    """Implements api.sources.SignIn over the deployment's accounts."""

    accounts: Accounts

    def by_password(self, name: str, password: str) -> Actor | None:
        """Return the person, None where name or password is wrong."""
        return self._of(self.accounts.sign_in(name, password))

    def by_token(self, token: str) -> Actor | None:
        """Return the person of a one-time link and spend it."""
        return self._of(self.accounts.redeem(token))

    def _of(self, session: str) -> Actor | None:
        if not session:
            return None
        actor = self.accounts.actor(session)
        self.accounts.sign_out(session)  # the app keeps sessions of its own
        return actor


@dataclass(frozen=True, slots=True)
class ContentReads:
    """Implements api.sources.ContentSource."""

    content: Content

    def forms(self) -> Mapping[str, Mapping[str, Json]]:
        """Return every form by id."""
        return {form.id: plain(form) for book in self.content.playbooks for form in book.forms.values()}

    def incident_kinds(self) -> Mapping[str, Text]:
        """Return incident kind -> title."""
        return self.content.incident_kinds

    def playbooks(self) -> Mapping[str, Text]:
        """Return playbook id -> title."""
        return {book.id: book.title for book in self.content.playbooks}


class Layers:
    """Implements picture.LayerSource over the atlas; GeoJSON is made once."""

    def __init__(self, atlas: Atlas, *, status: Status) -> None:
        self._atlas, self._status = atlas, status
        self._made: dict[str, tuple[bytes, str]] = {}
