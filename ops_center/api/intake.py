"""Intake routes: what a half-typed place may mean, where a told one lies, what may be the same thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ops_center.api.hub import Hub
from ops_center.api.rows import Shown
from ops_center.api.scope import Scope, scope_of, scoped
from ops_center.desk.definitions import Definitions
from ops_center.desk.intake import Duplicate, duplicates_of, place_of
from ops_center.desk.places import Places
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident, Place
from ops_center.domain.text import Json
from ops_center.picture import Picture

MOST_PLACES = 20
SEARCHED = 200  # read before the scope is applied: a county's officer sees the county's own
MOST_DUPLICATES = 20
_NUMBERS = ("lon", "lat")


@dataclass(slots=True, kw_only=True)
class Intake:
    """GET routes; every answer is cut to the actor's scope."""

    hub: Hub
    places: Places
    definitions: Callable[[], Definitions]
    invented_stakes: bool = False  # the kilometre posts are an exercise's

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/api/places", self.suggest, methods=["GET"]),
            Route("/api/place", self.resolve, methods=["GET"]),
            Route("/api/duplicates", self.duplicates, methods=["GET"]),
        ]

    async def suggest(self, request: Request) -> Response:
        """Return what ``?q=`` may mean, best first; a choice's `id` is what ``place`` of a command takes."""
        scope = self._scope(request)
        text = request.query_params.get("q", "")[:100]
        found = await to_thread.run_sync(lambda: self.places.named(text, limit=SEARCHED))
        seen = [one for one in found if not one.get("adcode") or scope.sees(str(one["adcode"]))]
        return JSONResponse({"places": [dict(one) for one in seen[:MOST_PLACES]]})

    async def resolve(self, request: Request) -> Response:
        """Return where a place told as a command tells it lies, and whether the officer may open there."""
        scope = self._scope(request)
        try:
            place = await to_thread.run_sync(lambda: place_of(told(request.query_params), self.places))
        except CommandRefused as refused:
            return JSONResponse({"error": refused.reason, "field": refused.field}, status_code=422)
        inside = scope.sees(place.adcode) if place.adcode else True
        by_stake = bool(place.stake) and place.lon_e7 is not None and "lon" not in request.query_params
        return JSONResponse({"place": _row(place), "inside": inside, "exercise": by_stake and self.invented_stakes})

    async def duplicates(self, request: Request) -> Response:
        """Return open incidents and alarms that may be the same: of ``?incident=``, or of kind and place told."""
        scope = self._scope(request)
        picture = scoped(self.hub.station.live(), scope)
        asked = request.query_params.get("incident", "")
        mine = next((one for one in picture.incidents if one.id == asked), None)
        if asked and mine is None:
            return JSONResponse({"error": "unknown"}, status_code=404)
        try:
            found = await to_thread.run_sync(lambda: self._near(picture, mine, request.query_params))
        except CommandRefused as refused:
            return JSONResponse({"error": refused.reason, "field": refused.field}, status_code=422)
        shown = Shown(scope=scope, opaque=self.hub.opaque)
        rows = [_duplicate(one, picture, shown) for one in found[:MOST_DUPLICATES]]
        return Response(msgspec.json.encode({"duplicates": rows}), media_type="application/json")

    def _near(self, picture: Picture, mine: Incident | None, query: Mapping[str, str]) -> tuple[Duplicate, ...]:
        definitions = self.definitions()
        place = mine.place if mine else place_of(told(query), self.places)
        return duplicates_of(
            kind=definitions.kind(mine.kind if mine else query.get("kind", "other")),
            place=place,
            at_ms=mine.opened_ms if mine else picture.at_ms,
            status=mine.status if mine else picture.status,
            incidents=picture.incidents,
            alerts=picture.alerts,
            kinds_of_rules={name: one.rule.incident_kind for name, one in definitions.rules.items()},
            but=mine.id if mine else "",
        )

    def _scope(self, request: Request) -> Scope:
        return scope_of(request.state.session.actor, deployment=self.hub.settings.deployment)


def told(query: Mapping[str, str]) -> dict[str, Json]:
    """Return a query's place arguments as a command's: numbers as numbers."""
    args: dict[str, Json] = {name: value for name, value in query.items() if value}
    for name in _NUMBERS:
        if name in args:
            try:
                args[name] = float(args[name])
            except ValueError:
                continue  # refused by its own name below
    return args


def _row(place: Place) -> dict[str, Json]:
    return {
        "lon": None if place.lon_e7 is None else place.lon_e7 / 1e7,
        "lat": None if place.lat_e7 is None else place.lat_e7 / 1e7,
        "adcode": place.adcode,
        "road": place.road,
        "stake": place.stake,
        "text": place.text,
    }


def _duplicate(one: Duplicate, picture: Picture, shown: Shown) -> dict[str, Json]:
    row: dict[str, Json] = {
        "id": one.id,
        "what": one.what,
        "same_kind": one.same_kind,
        "distance_m": one.distance_m,
        "apart_ms": one.apart_ms,
    }
    if one.what == "incident":
        incident = next(i for i in picture.incidents if i.id == one.id)
        full = shown.incident(incident)
        return {**row, **{name: full[name] for name in ("number", "kind", "title", "place", "opened_ms", "state")}}
    alert = next(a for a in picture.alerts if a.id == one.id)
    full = shown.alert(alert)
    return {**row, **{name: full[name] for name in ("rule", "title", "message", "severity", "started_ms")}}
