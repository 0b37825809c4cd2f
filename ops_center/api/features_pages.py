"""The pages of OGC API Features that say what is there: landing, conformance, collections, API definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops_center.api.features_query import MOST, USUAL
from ops_center.domain.text import Json, Text

ROOT = "/ogc"
JSON, GEOJSON, OPENAPI = "application/json", "application/geo+json", "application/vnd.oai.openapi+json;version=3.0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CONFORMS = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson", "oas30")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One collection: what it holds, and which time `datetime` speaks of."""

    id: str
    title: Text
    time: str

    def page(self, base: str, bounds: Sequence[float]) -> dict[str, Json]:
        """Return its description."""
        here = f"{base}{ROOT}/collections/{self.id}"
        return {
            "id": self.id,
            "title": f"{self.title.zh} / {self.title.en}",
            "description": f"datetime: {self.time}",
            "itemType": "feature",
            "extent": {"spatial": {"bbox": [list(bounds)], "crs": CRS84}, "temporal": {"interval": [[None, None]]}},
            "crs": [CRS84],
            "links": [link("self", here, JSON), link("items", f"{here}/items", GEOJSON)],
        }


COLLECTIONS: Mapping[str, Collection] = {
    one.id: one
    for one in (
        Collection(id="alerts", title=Text("告警", "Alerts"), time="begin of the newest occurrence"),
        Collection(id="incidents", title=Text("事件", "Incidents"), time="opened"),
        Collection(id="positions", title=Text("最后位置", "Last positions"), time="time of the position"),
    )
}


def link(rel: str, href: str, kind: str, title: str = "") -> dict[str, Json]:
    """Return a link object."""
    return {"rel": rel, "href": href, "type": kind, **({"title": title} if title else {})}


def landing(base: str, title: Text) -> dict[str, Json]:
    """Return the landing page."""
    return {
        "title": f"{title.zh} / {title.en}",
        "description": "Alerts, incidents and last positions, within the reader's jurisdiction.",
        "links": [
            link("self", f"{base}{ROOT}", JSON),
            link("service-desc", f"{base}{ROOT}/api", OPENAPI, "OpenAPI 3.0"),
            link("conformance", f"{base}{ROOT}/conformance", JSON),
            link("data", f"{base}{ROOT}/collections", JSON),
        ],
    }


def collections(base: str, bounds: Sequence[float]) -> dict[str, Json]:
    """Return the list of collections."""
    return {
        "links": [link("self", f"{base}{ROOT}/collections", JSON)],
        "collections": [one.page(base, bounds) for one in COLLECTIONS.values()],
    }


def definition(base: str, title: Text) -> dict[str, Json]:
    """Return the OpenAPI 3.0 definition."""
    named = _in_path("collectionId", {"type": "string", "enum": list(COLLECTIONS)})
    feature = _in_path("featureId", {"type": "string"})
    paths: dict[str, Json] = {
        "": _get("Landing page", JSON),
        "/api": _get("This definition", OPENAPI),
        "/conformance": _get("Conformance classes", JSON),
        "/collections": _get("Collections", JSON),
        "/collections/{collectionId}": _get("One collection", JSON, named),
        "/collections/{collectionId}/items": _get("Features", GEOJSON, named, *_ITEMS),
        "/collections/{collectionId}/items/{featureId}": _get("One feature", GEOJSON, named, feature),
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": f"{title.zh} / {title.en}", "version": "1.0.0"},
        "servers": [{"url": base}],
        "paths": {f"{ROOT}{path}": operation for path, operation in paths.items()},
    }


def _in_path(name: str, schema: Mapping[str, Json]) -> dict[str, Json]:
    return {"name": name, "in": "path", "required": True, "schema": dict(schema)}


def _get(summary: str, kind: str, *parameters: Mapping[str, Json]) -> dict[str, Json]:
    refusals = {"400": "a parameter is unknown or wrong", "401": "sign in first", "404": "there is no such thing"}
    return {
        "get": {
            "summary": summary,
            "parameters": [dict(one) for one in parameters],
            "responses": {
                "200": {"description": summary, "content": {kind: {"schema": {"type": "object"}}}},
                **{status: {"description": text} for status, text in refusals.items()},
                "503": {"description": "the store is away; what is on the wall is not affected"},
            },
        }
    }


_ITEMS: tuple[Mapping[str, Json], ...] = (
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        "style": "form",
        "explode": False,
    },
    {
        "name": "bbox",
        "in": "query",
        "required": False,
        "schema": {
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "type": "array",
            "items": {"type": "number"},
        },
        "style": "form",
        "explode": False,
    },
    {
        "name": "datetime",
        "in": "query",
        "required": False,
        "schema": {"type": "string"},
        "style": "form",
        "explode": False,
    },
    {"name": "after", "in": "query", "required": False, "schema": {"type": "string"}},
)
