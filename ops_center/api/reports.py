"""Reports: an incident's after-report, a shift's hand-over and log; cut to the scope, live or at a past instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ops_center.api.hub import Hub
from ops_center.api.rows import Shown
from ops_center.api.scope import scope_of, scoped
from ops_center.api.sessions import Session
from ops_center.desk.handover import HandOver, Held, changed_in, hand_over, owed_of
from ops_center.domain.shift import Shift
from ops_center.picture import Picture

LOOK_BACK_MS = 12 * 3_600_000  # of one who takes a post over: the longest usual shift
FORMS = {"html": "text/html", "pdf": "application/pdf"}


class Reporter(Protocol):
    """Makes the pages."""

    def incident(self, picture: Picture, identity: str, *, language: str, form: str) -> bytes | None:
        """Return the report of an incident, None where the picture has none."""
        ...

    def shift(self, view: HandOver, *, at_ms: int, language: str, form: str) -> bytes:
        """Return the log of a shift."""
        ...


@dataclass(slots=True, kw_only=True)
class Reports:
    """The GET routes."""

    hub: Hub
    reporter: Reporter

    def routes(self) -> list[BaseRoute]:
        """Return the routes; ``?lang=zh|en`` and ``?at_ms=`` where another instant is meant."""
        return [
            Route("/api/incidents/{incident}/report.{form}", self.incident, methods=["GET"]),
            Route("/api/handover", self.standing, methods=["GET"]),
            Route("/api/shifts/{shift}/handover", self.handover, methods=["GET"]),
            Route("/api/shifts/{shift}/log.{form}", self.log, methods=["GET"]),
        ]

    async def incident(self, request: Request) -> Response:
        """Return the report of an incident that the scope sees."""
        form, language = request.path_params["form"], _language(request)
        picture = await self._picture(request)
        if form not in FORMS or picture is None:
            return _unknown()
        if not self._unmasked(request):
            return _hidden()
        wanted = request.path_params["incident"]
        made = await to_thread.run_sync(lambda: self.reporter.incident(picture, wanted, language=language, form=form))
        if made is None:
            return _unknown()
        number = next((one.number for one in picture.incidents if wanted in (one.id, one.number)), wanted)
        return _page(made, form, f"{number}-{language}.{form}")

    async def handover(self, request: Request) -> Response:
        """Return what a shift hands over, as data."""
        picture = await self._picture(request)
        view = self._view(request, picture) if picture else None
        if view is None:
            return _unknown()
        return self._covered(request, view)

    async def standing(self, request: Request) -> Response:
        """Return what is owed in the reader's scope and what changed of late, without a shift."""
        picture = await self._picture(request)
        if picture is None:
            return _unknown()
        held, since_ms = _held(picture), picture.at_ms - LOOK_BACK_MS
        view = {
            "shift": None,
            "since_ms": since_ms,
            "until_ms": picture.at_ms,
            "owed": owed_of(held, at_ms=picture.at_ms),
            "changed": changed_in(held, None, since_ms=since_ms, until_ms=picture.at_ms),
        }
        return self._covered(request, view)

    async def log(self, request: Request) -> Response:
        """Return the log of a shift."""
        form, language = request.path_params["form"], _language(request)
        picture = await self._picture(request)
        view = self._view(request, picture) if picture else None
        if form not in FORMS or picture is None or view is None:
            return _unknown()
        if not self._unmasked(request):
            return _hidden()
        at_ms = picture.at_ms
        made = await to_thread.run_sync(lambda: self.reporter.shift(view, at_ms=at_ms, language=language, form=form))
        return _page(made, form, f"shift-{view.shift.post}-{language}.{form}")

    async def _picture(self, request: Request) -> Picture | None:
        """Return the picture of the scope, live or then; None where `at_ms` is no instant."""
        asked = request.query_params.get("at_ms", "")
        if asked and not asked.isdigit():
            return None
        session: Session = request.state.session
        picture = await self.hub.past.at(int(asked)) if asked else self.hub.station.live()
        return scoped(picture, scope_of(session.actor, deployment=self.hub.settings.deployment))

    def _unmasked(self, request: Request) -> bool:
        session: Session = request.state.session
        return scope_of(session.actor, deployment=self.hub.settings.deployment).unmasked

    def _view(self, request: Request, picture: Picture) -> HandOver | None:
        wanted = request.path_params["shift"]
        shift: Shift | None = next((one for one in picture.shifts if one.id == wanted), None)
        if shift is None:
            return None
        within = _held(picture).within(shift.jurisdiction, self.hub.settings.deployment)
        return hand_over(shift, within, at_ms=picture.at_ms)

    def _covered(self, request: Request, view: object) -> Response:
        session: Session = request.state.session
        scope = scope_of(session.actor, deployment=self.hub.settings.deployment)
        return JSONResponse(Shown(scope=scope, opaque=self.hub.opaque).covered(msgspec.to_builtins(view)))


def _held(picture: Picture) -> Held:
    return Held(
        alerts=picture.alerts,
        incidents=picture.incidents,
        runs=picture.runs,
        dispatches=picture.dispatches,
        warnings=picture.warnings,
        names={one.id: one.name for one in picture.resources},
    )


def _language(request: Request) -> str:
    return "en" if request.query_params.get("lang") == "en" else "zh"


def _page(body: bytes, form: str, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(body, media_type=FORMS[form], headers=headers)


def _hidden() -> Response:
    """A page of running text cannot be covered name by name, so it is for those who may read them."""
    return JSONResponse({"error": "role"}, status_code=403)


def _unknown() -> Response:
    return JSONResponse({"error": "unknown"}, status_code=404)
