"""Machines: what needs no session: feeds (a token each) and the public; all else is behind the guard of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from ops_center.api.public import PREFIXES as PUBLIC

PREFIXES = ("/ingest/", *PUBLIC)


@dataclass(frozen=True, slots=True)
class Machines:
    """Sends a request to the feeds' door or to the people's app; each judges who may come in."""

    people: ASGIApp
    feeds: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose by path; lifespan and sockets belong to the people's app."""
        door = self.feeds if scope["type"] == "http" and scope["path"].startswith(PREFIXES) else self.people
        await door(scope, receive, send)


def with_feeds(people: ASGIApp, routes: Sequence[BaseRoute]) -> Machines:
    """Return the whole app; `routes` all lie under PREFIXES and check token and size themselves."""
    return Machines(people, Starlette(routes=list(routes)))
