"""Outbox page: every message to people outside, its text, its tries and its state, cut to the scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ops_center.api.hub import Hub
from ops_center.api.rows import Shown
from ops_center.api.scope import scope_of, scoped
from ops_center.api.sessions import Session
from ops_center.domain.text import Json
from ops_center.domain.warning import delivery_intent
from ops_center.picture import Picture
from playbooks.kinds import intent_id

MOST_ROWS = 500


class Tries(Protocol):
    """What is known of the tries to reach somebody, by intent."""

    def tried(self, intent: str) -> Sequence[Mapping[str, Json]]:
        """Return the tries, oldest first: channel, at_ms, state, reason."""
        ...


@dataclass(slots=True, kw_only=True)
class OutboxPage:
    """The GET route; marking a receipt is the command ``notify.receipt``."""

    hub: Hub
    tries: Tries

    def routes(self) -> list[BaseRoute]:
        """Return the route."""
        return [Route("/api/outbox", self.outbox, methods=["GET"])]

    async def outbox(self, request: Request) -> Response:
        """Return the newest messages first: those that failed, then those not yet confirmed, then the rest."""
        session: Session = request.state.session
        scope = scope_of(session.actor, deployment=self.hub.settings.deployment)
        picture = scoped(self.hub.station.live(), scope)
        shown = Shown(scope=scope, opaque=self.hub.opaque)
        rows = sorted(self._rows(picture), key=lambda row: (_ORDER[row["state"]], -row["at_ms"], row["intent"]))
        return JSONResponse({"at_ms": picture.at_ms, "messages": [shown.covered(row) for row in rows[:MOST_ROWS]]})

    def _rows(self, picture: Picture) -> Iterator[dict[str, Json]]:
        for run in picture.runs:
            for task in run.tasks:
                said = task.message or None
                for recipient, state in task.deliveries:
                    yield self._row(
                        intent=intent_id(task.id, recipient),
                        target=task.id,
                        incident=task.incident,
                        recipient=recipient,
                        state=state,
                        title={"zh": task.title.zh, "en": task.title.en},
                        text={"zh": said.render("zh"), "en": said.render("en")} if said else {"zh": "", "en": ""},
                        status=task.status.value,
                        at_ms=task.ready_ms or run.started_ms,
                    )
        for warning in picture.warnings:
            for revision in warning.revisions:
                for recipient, state in revision.deliveries:
                    yield self._row(
                        intent=delivery_intent(warning.id, revision.number, recipient),
                        target=warning.id,
                        incident=warning.incident,
                        recipient=recipient,
                        state=state,
                        title={"zh": revision.headline.zh, "en": revision.headline.en},
                        text={"zh": revision.description.zh, "en": revision.description.en},
                        status=warning.status.value,
                        at_ms=revision.published.at_ms if revision.published else revision.drafted.at_ms,
                        revision=revision.number,
                    )

    def _row(self, *, intent: str, **row: Json) -> dict[str, Json]:
        return {"intent": intent, **row, "tries": [dict(one) for one in self.tries.tried(intent)]}


_ORDER = {"failed": 0, "intended": 1, "sent": 2, "delivered": 3, "receipted": 4}
