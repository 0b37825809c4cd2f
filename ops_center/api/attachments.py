"""Attachments: a file goes up to an incident, and comes down to whoever sees that incident."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ops_center.api.commands import ID
from ops_center.api.hub import Hub
from ops_center.api.reads import may_command
from ops_center.api.scope import scope_of, scoped
from ops_center.api.sessions import Session
from ops_center.api.sniff import media_type
from ops_center.domain import command as kinds
from ops_center.domain.command import Command
from ops_center.domain.errors import BadInput, JournalError
from ops_center.domain.incident import Incident

MOST_NAME = 120  # characters


class BlobStore(Protocol):
    """Where the bytes lie."""

    async def put(self, parts: AsyncIterator[bytes], *, limit: int) -> tuple[str, int, bytes]:
        """Keep what arrives; return (hash, octets, the first bytes)."""
        ...

    def get(self, name: str) -> bytes | None:
        """Return the bytes of a hash, None where there are none."""
        ...


@dataclass(slots=True, kw_only=True)
class Attachments:
    """The two routes; the upload gives the command, so that no client attaches a hash it never had."""

    hub: Hub
    blobs: BlobStore

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path = "/api/incidents/{incident}/attachments"
        return [
            Route(path, self.upload, methods=["POST"]),
            Route(path + "/{sha256}", self.download, methods=["GET"]),
        ]

    async def upload(self, request: Request) -> Response:
        """Keep the body and attach it; `name` is the file's, `command` the client's id of this upload."""
        session: Session = request.state.session
        identity = request.query_params.get("command", "")
        name = _name(request.query_params.get("name", ""))
        if not ID.fullmatch(identity) or not name:
            return _refused(400, "malformed")
        if not may_command(session):
            return _refused(403, "role")
        incident = self._incident(request, session)
        if incident is None:
            return _refused(404, "unknown")
        try:
            sha256, size, head = await self.blobs.put(request.stream(), limit=self.hub.settings.upload_bytes)
        except BadInput as error:
            return _refused(413 if error.reason == "too large" else 400, error.reason, detail=error.suggestion)
        except JournalError as error:
            return _refused(507, str(error))
        except ClientDisconnect:
            return _refused(400, "cut_off")
        kind = media_type(head)
        if not kind:
            return _refused(415, "media_type")
        command = Command(
            id=identity,
            kind=kinds.ATTACH,
            target=incident.id,
            actor=session.actor,
            args={"sha256": sha256, "name": name, "media_type": kind, "size": size},
        )
        receipt = await to_thread.run_sync(self.hub.station.submit, command)
        body = {"accepted": receipt.accepted, "command": identity, "reason": receipt.reason, **command.args}
        return JSONResponse(body, status_code=202 if receipt.accepted else 409)

    async def download(self, request: Request) -> Response:
        """Return a file of an incident in the scope; saved, never shown inside our own pages."""
        session: Session = request.state.session
        incident = self._incident(request, session)
        wanted = request.path_params["sha256"]
        found = next((one for one in incident.attachments if one.sha256 == wanted), None) if incident else None
        if found is None:
            return _refused(404, "unknown")
        try:
            body = await to_thread.run_sync(self.blobs.get, found.sha256)
        except JournalError as error:
            return _refused(500, str(error))
        if body is None:
            return _refused(404, "gone")
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
            "ETag": f'"{found.sha256}"',
        }
        return Response(body, media_type=found.media_type, headers=headers)

    def _incident(self, request: Request, session: Session) -> Incident | None:
        scope = scope_of(session.actor, deployment=self.hub.settings.deployment)
        picture = scoped(self.hub.station.live(), scope)
        wanted = request.path_params["incident"]
        return next((one for one in picture.incidents if one.id == wanted), None)


def _name(given: str) -> str:
    """Return a file name without its path and without what no file name should hold."""
    bare = PurePath(given.replace("\\", "/")).name
    kept = "".join(mark for mark in bare if mark.isprintable() and mark not in '<>:"|?*/')
    return kept.strip(" .")[-MOST_NAME:]


def _refused(status: int, reason: str, **more: str) -> Response:
    return JSONResponse({"accepted": False, "reason": reason, **more}, status_code=status)
