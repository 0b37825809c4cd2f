"""OGC API Features: alerts, incidents and last positions from the store, within the reader's jurisdiction.

OGC 17-069r4 (Part 1: Core, GeoJSON, OpenAPI 3.0). Pages go by key: what is added meanwhile neither
repeats nor hides a feature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_center.api import features_pages as pages
from ops_center.api.features_query import BadQuery, Wanted, wanted_of
from ops_center.api.hub import Hub
from ops_center.api.rows import Shown
from ops_center.api.scope import Scope, scope_of, sees_alert, sees_incident
from ops_center.domain.alert import Alert
from ops_center.domain.errors import StoreAway
from ops_center.domain.incident import Incident
from ops_center.domain.quantity import iso
from ops_center.domain.text import Json
from ops_center.ports import Placed, Search, StoredFeatures

E7 = 1e7
RETRY_S = 10
Feature = dict[str, Json]


class _NotHere(Exception):
    """There is no such thing, or not for this reader."""


@dataclass(slots=True, kw_only=True)
class Features:
    """GET routes below ``/ogc``."""

    hub: Hub
    stored: StoredFeatures

    def routes(self) -> list[Route]:
        """Return the routes."""
        answers: dict[str, Callable[[Request], Any]] = {
            "": self.landing,
            "/api": self.definition,
            "/conformance": self.conformance,
            "/collections": self.collections,
            "/collections/{collection}": self.collection,
            "/collections/{collection}/items": self.items,
            "/collections/{collection}/items/{feature}": self.item,
        }
        return [Route(f"{pages.ROOT}{path}", _answering(answer), methods=["GET"]) for path, answer in answers.items()]

    async def landing(self, request: Request) -> Response:
        """Return where everything is."""
        return _json(pages.landing(_base(request), self.hub.settings.title))

    async def definition(self, request: Request) -> Response:
        """Return the OpenAPI definition."""
        return _json(pages.definition(_base(request), self.hub.settings.title), kind=pages.OPENAPI)

    async def conformance(self, request: Request) -> Response:
        """Return the conformance classes."""
        return _json({"conformsTo": list(pages.CONFORMS)})

    async def collections(self, request: Request) -> Response:
        """Return all collections."""
        return _json(pages.collections(_base(request), self.hub.settings.bounds))

    async def collection(self, request: Request) -> Response:
        """Return one collection."""
        return _json(_named(request).page(_base(request), self.hub.settings.bounds))

    async def items(self, request: Request) -> Response:
        """Return a page of features."""
        collection, wanted = _named(request), wanted_of(dict(request.query_params))
        shown = self._shown(request)
        features = await to_thread.run_sync(lambda: self._page(collection.id, wanted, shown))
        here = f"{_base(request)}{request.url.path}"
        links = [pages.link("self", f"{here}{_query(request, {})}", pages.GEOJSON)]
        if len(features) == wanted.limit:
            links.append(pages.link("next", f"{here}{_query(request, {'after': features[-1]['id']})}", pages.GEOJSON))
        return _json(
            {
                "type": "FeatureCollection",
                "features": features,
                "numberReturned": len(features),
                "timeStamp": iso(self.hub.clock.now_ms()),
                "links": links,
            },
            kind=pages.GEOJSON,
        )

    async def item(self, request: Request) -> Response:
        """Return one feature; 404 for one outside the jurisdiction too."""
        collection, identity = _named(request), request.path_params["feature"]
        shown = self._shown(request)
        feature = await to_thread.run_sync(lambda: self._one(collection.id, identity, shown))
        if feature is None:
            raise _NotHere
        here = f"{_base(request)}{pages.ROOT}/collections/{collection.id}"
        links = [
            pages.link("self", f"{here}/items/{identity}", pages.GEOJSON),
            pages.link("collection", here, pages.JSON),
        ]
        return _json({**feature, "links": links}, kind=pages.GEOJSON)

    def _shown(self, request: Request) -> Shown:
        scope = scope_of(request.state.session.actor, deployment=self.hub.settings.deployment)
        return Shown(scope=scope, opaque=self.hub.opaque)

    def _page(self, collection: str, wanted: Wanted, shown: Shown) -> list[Feature]:
        search = _search(wanted, shown.scope)
        match collection:
            case "alerts":
                return [_alert(one, shown) for one in self.stored.alerts(search, trials=shown.scope.trials)]
            case "incidents":
                return [_incident(one, shown) for one in self.stored.incidents(search)]
            case _:
                return [_position(one, shown) for one in self.stored.positions(self._after(search))]

    def _one(self, collection: str, identity: str, shown: Shown) -> Feature | None:
        match collection:
            case "alerts":
                alert = self.stored.alert(identity)
                return _alert(alert, shown) if alert is not None and sees_alert(shown.scope, alert) else None
            case "incidents":
                incident = self.stored.incident(identity)
                seen = incident is not None and sees_incident(shown.scope, incident)
                return _incident(incident, shown) if incident is not None and seen else None
            case _:
                key = self._key(identity)
                placed = None if key is None else self.stored.position(feed=key[0], subject=key[1])
                seen = placed is not None and (shown.scope.whole or shown.scope.sees(placed.jurisdiction or "?"))
                return _position(placed, shown) if placed is not None and seen else None

    def _after(self, search: Search) -> Search:
        """Return a search whose page begins behind a position, which the outside knows by its opaque key only."""
        if not search.after:
            return search
        key = self._key(search.after)
        if key is None:
            raise BadQuery("after: this page is no longer known; begin anew")
        return replace(search, after=f"{key[1]}\n{key[0]}")

    def _key(self, identity: str) -> tuple[str, str] | None:
        """Return feed and subject of a position's id."""
        feed, _, key = identity.rpartition(".")
        subject = self.hub.opaque.subject_of(key)
        return None if subject is None or not feed else (feed, subject)


def _search(wanted: Wanted, scope: Scope) -> Search:
    return Search(
        jurisdiction=None if scope.whole else scope.jurisdiction,
        box=wanted.box,
        from_ms=wanted.from_ms,
        to_ms=wanted.to_ms,
        after=wanted.after,
        limit=wanted.limit,
    )


def _alert(alert: Alert, shown: Shown) -> Feature:
    row = shown.alert(alert)
    return _feature(row, row.pop("lon"), row.pop("lat"), at_ms=alert.last.started_ms)


def _incident(incident: Incident, shown: Shown) -> Feature:
    row = shown.incident(incident)
    return _feature(row, row["place"]["lon"], row["place"]["lat"], at_ms=incident.opened_ms)


def _position(placed: Placed, shown: Shown) -> Feature:
    row: dict[str, Json] = {
        "id": f"{placed.feed}.{shown.opaque(placed.subject)}",
        "feed": placed.feed,
        "key": shown.opaque(placed.subject),
        "jurisdiction": placed.jurisdiction,
        "event_ms": placed.event_ms,
        "speed_kph": None if placed.speed_kph is None else round(placed.speed_kph, 1),
        "heading_deg": None if placed.heading_deg is None else round(placed.heading_deg),
    }
    return _feature(row, placed.lon, placed.lat, at_ms=placed.event_ms)


def _feature(row: dict[str, Json], lon: float | None, lat: float | None, *, at_ms: int) -> Feature:
    place = None if lon is None or lat is None else {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}
    properties = {**{name: value for name, value in row.items() if name != "id"}, "datetime": iso(at_ms)}
    return {"type": "Feature", "id": row["id"], "geometry": place, "properties": properties}


def _named(request: Request) -> pages.Collection:
    found = pages.COLLECTIONS.get(request.path_params["collection"])
    if found is None:
        raise _NotHere
    return found


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _query(request: Request, changed: Mapping[str, str]) -> str:
    query = urlencode({**request.query_params, **changed})
    return f"?{query}" if query else ""


def _answering(answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            found: Response = await answer(request)
        except BadQuery as wrong:
            return _refused(400, "InvalidParameterValue", str(wrong))
        except _NotHere:
            return _refused(404, "NotFound", "there is no such thing here")
        except StoreAway as away:
            answered = _refused(503, "StoreAway", str(away))
            answered.headers["Retry-After"] = str(RETRY_S)
            return answered
        return found

    return endpoint


def _refused(status: int, code: str, description: str) -> Response:
    return _json({"code": code, "description": description}, status=status)


def _json(value: Json, *, kind: str = pages.JSON, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type=kind)
