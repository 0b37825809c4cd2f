"""Reads: the picture as JSON, layers as GeoJSON; every answer is cut to the actor's scope."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_center.api.hub import Hub
from ops_center.api.rows import Shown
from ops_center.api.scope import Scope, scope_of, scoped, sees_target, vehicle_of
from ops_center.api.sessions import Session
from ops_center.api.sources import ContentSource, LayerSource
from ops_center.desk.load import DAY_MS, TARGETS, load_of, officers_of, tiles_of
from ops_center.domain.errors import OpsError
from ops_center.domain.text import Json
from ops_center.picture import Picture

MOST_CANDIDATES = 50
MOST_ROWS = 5_000


class Wrong(OpsError):
    """A question that cannot be answered: HTTP status and a word for it."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


@dataclass(slots=True, kw_only=True)
class Reads:
    """GET routes."""

    hub: Hub
    layers: LayerSource
    content: ContentSource
    zipped: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """Return the routes."""
        answers: dict[str, Callable[[Request, Scope], Any]] = {
            "/api/session": self.session,
            "/api/layers": self.listed_layers,
            "/api/forms": self.forms,
            "/api/alerts": self.alerts,
            "/api/groups": self.groups,
            "/api/groups/{key}": self.group,
            "/api/load": self.load,
            "/api/incidents": self.incidents,
            "/api/tasks": self.tasks,
            "/api/resources": self.resources,
            "/api/dispatches": self.dispatches,
            "/api/recommend": self.recommend,
            "/api/feeds": self.feeds,
            "/api/dead-letters": self.dead_letters,
            "/api/why": self.why,
            "/api/why-not": self.why_not,
            "/api/vehicles/{key}": self.vehicle,
        }
        routes = [Route(path, self._answering(answer), methods=["GET"]) for path, answer in answers.items()]
        return [*routes, Route("/layers/{layer}.geojson", self.layer, methods=["GET"])]

    def _answering(self, answer: Callable[[Request, Scope], Any]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            session: Session = request.state.session
            scope = scope_of(session.actor, deployment=self.hub.settings.deployment)
            try:
                return _json(await answer(request, scope))
            except Wrong as wrong:
                return _json({"error": wrong.reason}, status=wrong.status)
            except OpsError as error:
                return _json({"error": str(error)}, status=422)

        return endpoint

    async def session(self, request: Request, scope: Scope) -> Json:
        """Return who is signed in."""
        actor = request.state.session.actor
        return {
            "name": actor.name,
            "post": actor.post,
            "role": actor.role,
            "jurisdiction": actor.jurisdiction,
            "may_command": may_command(request.state.session),
        }

    async def listed_layers(self, request: Request, scope: Scope) -> Json:
        """Return every layer with legend, hints and age."""
        return [msgspec.to_builtins(layer) for layer in self.layers.layers()]

    async def forms(self, request: Request, scope: Scope) -> Json:
        """Return forms, kinds, playbooks, posts, dispositions and warning templates of the content in force."""
        return msgspec.to_builtins(
            {
                "forms": dict(self.content.forms()),
                "incident_kinds": dict(self.content.incident_kinds()),
                "playbooks": dict(self.content.playbooks()),
                "capabilities": dict(self.content.capabilities()),
                "posts": dict(self.content.posts()),
                "dispositions": dict(self.content.dispositions()),
                "warning_templates": dict(self.content.warning_templates()),
            }
        )

    async def alerts(self, request: Request, scope: Scope) -> Json:
        """Return alerts, live or ``?at_ms=``."""
        picture, shown = await self._picture(request, scope)
        return {"at_ms": picture.at_ms, "alerts": [shown.alert(one) for one in picture.alerts[:MOST_ROWS]]}

    async def groups(self, request: Request, scope: Scope) -> Json:
        """Return the lines of the list in a flood, in their order, and whether one lasts."""
        picture, shown = await self._picture(request, scope)
        rows = [shown.group(one) for one in picture.groups[:MOST_ROWS]]
        return {"at_ms": picture.at_ms, "flood": picture.flood, "groups": rows}

    async def group(self, request: Request, scope: Scope) -> Json:
        """Return one line with all its alarms."""
        picture, shown = await self._picture(request, scope)
        found = next((one for one in picture.groups if one.id == request.path_params["key"]), None)
        if found is None:
            raise Wrong(404, "unknown")
        members = set(found.members)
        alerts = {one.id: shown.alert(one) for one in picture.alerts if one.id in members}
        return {**shown.group(found), "alerts": [alerts[one] for one in found.members[:MOST_ROWS]]}

    async def load(self, request: Request, scope: Scope) -> Json:
        """Return the alarm load of the last day (EEMUA 191, ISA-18.2), as figures and as tiles."""
        picture, _ = await self._picture(request, scope)
        first_ms = self.hub.station.span()[0]
        load = load_of(
            picture.alerts,
            at_ms=picture.at_ms,
            from_ms=max(picture.at_ms - DAY_MS, min(first_ms, picture.at_ms - 1)),
            officers=officers_of(picture.shifts),
        )
        tiles = [msgspec.to_builtins(tile) for tile in tiles_of(load)]
        return {"load": msgspec.to_builtins(load), "targets": dict(TARGETS), "tiles": tiles}

    async def incidents(self, request: Request, scope: Scope) -> Json:
        """Return incidents."""
        picture, shown = await self._picture(request, scope)
        return {"at_ms": picture.at_ms, "incidents": [shown.incident(one) for one in picture.incidents[:MOST_ROWS]]}

    async def tasks(self, request: Request, scope: Scope) -> Json:
        """Return every task of every run."""
        picture, shown = await self._picture(request, scope)
        tasks = [task for run in picture.runs for task in shown.run(run)["tasks"]]
        return {"at_ms": picture.at_ms, "tasks": tasks[:MOST_ROWS]}

    async def resources(self, request: Request, scope: Scope) -> Json:
        """Return every resource as it is now."""
        picture, shown = await self._picture(request, scope)
        return {"at_ms": picture.at_ms, "resources": [shown.resource(one) for one in picture.resources[:MOST_ROWS]]}

    async def dispatches(self, request: Request, scope: Scope) -> Json:
        """Return every dispatch, and where the units are."""
        picture, shown = await self._picture(request, scope)
        rows = [shown.dispatch(one) for one in picture.dispatches[:MOST_ROWS]]
        return {"at_ms": picture.at_ms, "dispatches": rows, "units": shown.units(picture)}

    async def recommend(self, request: Request, scope: Scope) -> Json:
        """Return who could go to ``incident`` as ``capability``, of what the scope sees, with times over open roads."""
        picture, _ = await self._picture(request, scope)
        incident, capability = (request.query_params.get(name, "") for name in ("incident", "capability"))
        if incident not in {one.id for one in picture.incidents}:
            raise Wrong(404, "unknown")
        rows = await to_thread.run_sync(self.hub.station.recommend, picture, incident, capability)
        return {"at_ms": picture.at_ms, "candidates": list(rows)[:MOST_CANDIDATES], "of": len(rows)}

    async def feeds(self, request: Request, scope: Scope) -> Json:
        """Return feed health."""
        picture, _ = await self._picture(request, scope)
        return {"at_ms": picture.at_ms, "feeds": [msgspec.to_builtins(feed) for feed in picture.feeds]}

    async def dead_letters(self, request: Request, scope: Scope) -> Json:
        """Return the newest dead letters."""
        picture, shown = await self._picture(request, scope)
        return {"at_ms": picture.at_ms, "dead_letters": shown.dead(picture)}

    async def why(self, request: Request, scope: Scope) -> Json:
        """Return the chain of causes of a thing the scope sees."""
        identity = request.query_params.get("id", "")
        picture = self.hub.station.live()
        mine = scoped(picture, scope)
        own = _counted(mine, identity)
        if own is None and not sees_target(scope, picture, identity):
            raise Wrong(404, "unknown")
        whole = await to_thread.run_sync(self.hub.station.why, identity)
        seen = {alert.id for alert in mine.alerts} | {incident.id for incident in mine.incidents}
        chain = _pruned({**whole, **(own or {})}, seen)
        subjects = {
            alert.subject for alert in picture.alerts if alert.subject and sees_target(scope, picture, alert.id)
        }
        shown, found = Shown(scope=scope, opaque=self.hub.opaque), dict(chain)
        for subject in sorted(_mentioned(found, subjects), key=len, reverse=True):
            found = shown.covered(found, subject=subject)
        return shown.covered(found)

    async def why_not(self, request: Request, scope: Scope) -> Json:
        """Return why a rule did not fire for a vehicle (its screen key) at a time."""
        picture = await self._at(request)
        subject = self._subject(scoped(picture, scope), request.query_params.get("vehicle", ""))
        at_ms = picture.at_ms
        chain = await to_thread.run_sync(
            self.hub.station.why_not, request.query_params.get("rule", ""), picture.positions.subjects[subject], at_ms
        )
        shown = Shown(scope=scope, opaque=self.hub.opaque)
        return shown.covered(dict(chain), subject=picture.positions.subjects[subject])

    async def vehicle(self, request: Request, scope: Scope) -> Json:
        """Return what is known of one vehicle, live or at a time."""
        picture, shown = await self._picture(request, scope)
        row = self._subject(picture, request.path_params["key"])
        subject = picture.positions.subjects[row]
        return {
            **shown.covered(vehicle_of(picture.positions, row), subject=subject),
            "alerts": [alert.id for alert in picture.alerts if alert.subject == subject],
            "key": request.path_params["key"],
        }

    async def layer(self, request: Request) -> Response:
        """Return a layer's GeoJSON with its hash, compressed once per version."""
        name = request.path_params["layer"]
        found = self.layers.geojson(name)
        if found is None:
            return _json({"error": "unknown"}, status=404)
        body, etag = found
        headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == f'"{etag}"':
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            if self.zipped.get(name, ("", b""))[0] != etag:
                self.zipped[name] = (etag, await to_thread.run_sync(lambda: gzip.compress(body, 6, mtime=0)))
            body, headers["Content-Encoding"] = self.zipped[name][1], "gzip"
        return Response(body, media_type="application/geo+json", headers=headers)

    async def _at(self, request: Request) -> Picture:
        asked = request.query_params.get("at_ms", "")
        if not asked:
            return self.hub.station.live()
        if not asked.isdigit():
            raise Wrong(400, "at_ms")
        return await self.hub.past.at(int(asked))

    async def _picture(self, request: Request, scope: Scope) -> tuple[Picture, Shown]:
        return scoped(await self._at(request), scope), Shown(scope=scope, opaque=self.hub.opaque)

    def _subject(self, picture: Picture, key: str) -> int:
        """Return the row of a screen key in a picture that is already cut to the scope."""
        for row, subject in enumerate(picture.positions.subjects):
            if self.hub.opaque(subject) == key:
                return row
        raise Wrong(404, "unknown")


def may_command(session: Session) -> bool:
    """Return True for roles that act; the station's Access decides each command by itself."""
    return session.actor.role not in ("viewer", "analyst")


def _counted(mine: Picture, identity: str) -> dict[str, Json] | None:
    """Return the scope's own figures of what counts many things (a line, a tile, a hazard), None for other things."""
    for group in mine.groups:
        if group.id == identity:
            return {"count": group.count}
    for kpi in mine.kpis:
        if f"kpi/{kpi.id}" == identity:
            return {"value": kpi.value}
    return {} if any(hazard.id == identity for hazard in mine.hazards) else None


def _pruned(chain: Json, seen: set[str]) -> dict[str, Json]:
    """Return a chain without the alarms and incidents of other jurisdictions, wherever they stand in it."""

    def told(value: Json) -> bool:
        told_of = isinstance(value, Mapping) and value.get("kind") in ("alert", "incident")
        return not told_of or value["id"] in seen

    pruned: dict[str, Json] = {}
    for name, value in chain.items():
        if name == "children":
            pruned[name] = [one for one in value if one in seen]
        elif isinstance(value, list):
            pruned[name] = [_pruned(one, seen) if isinstance(one, Mapping) else one for one in value if told(one)]
        elif isinstance(value, Mapping):
            pruned[name] = _pruned(value, seen) if told(value) else {"kind": "unknown", "id": ""}
        else:
            pruned[name] = value
    return pruned


def _mentioned(chain: Json, subjects: set[str]) -> set[str]:
    text = msgspec.json.encode(chain).decode()
    return {subject for subject in subjects if subject in text}


def _json(value: Json, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")
