"""Evidence: the signed bundle of an incident, for those who may read its report; who took it is audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ops_center.api.hub import Hub
from ops_center.api.sessions import Session
from ops_center.domain.command import Actor
from ops_center.domain.errors import OpsError


class Bundler(Protocol):
    """Makes the bundle."""

    def bundle(self, identity: str) -> bytes:
        """Return the signed bundle of an incident; OpsError where it cannot be made."""
        ...


class Warden(Protocol):
    """Says who may take what, and writes it down."""

    def take(self, actor: Actor, what: str, *, target: str, jurisdictions: Sequence[str]) -> str:
        """Return "role" or "jurisdiction" where an actor may not take `what` of a thing, "" where they may."""
        ...


@dataclass(slots=True, kw_only=True)
class Evidence:
    """The GET route. One bundle is made at a time: it reads the whole journal, beside the desk."""

    hub: Hub
    bundler: Bundler
    warden: Warden
    alone: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))

    def routes(self) -> list[BaseRoute]:
        """Return the route."""
        return [Route("/api/incidents/{incident}/evidence.zip", self.take, methods=["GET"])]

    async def take(self, request: Request) -> Response:
        """Return the bundle of an incident; to who may not see the incident it is unknown."""
        session: Session = request.state.session
        wanted = request.path_params["incident"]
        incidents = self.hub.station.live().incidents
        found = next((one for one in incidents if wanted in (one.id, one.number)), None)
        if found is None:
            return JSONResponse({"error": "unknown"}, status_code=404)
        deployment = self.hub.settings.deployment
        concerned = [found.jurisdiction or deployment, *(one.jurisdiction for one in found.responses)]
        refused = await to_thread.run_sync(
            lambda: self.warden.take(session.actor, "evidence", target=found.id, jurisdictions=concerned)
        )
        if refused:
            outside = refused == "jurisdiction"
            return JSONResponse({"error": "unknown" if outside else refused}, status_code=404 if outside else 403)
        try:
            made = await to_thread.run_sync(self.bundler.bundle, found.id, limiter=self.alone)
        except OpsError as error:
            return JSONResponse({"error": str(error)}, status_code=503)
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.number, safe='')}-evidence.zip"}
        return Response(made, media_type="application/zip", headers=headers)
