"""Names that conditions may read, with their kinds: what the planes offer, and what content declares.

A name is dotted and of kind number, integer, text or boolean; the unit ends its last part. The
worker (one-subject rules) and the desk (hazards, silent feeds) fill these columns; a name nobody
fills is missing in every row, hence unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops_center.content import ContentTree

Names = Mapping[str, str]

# Columns of every observation (ops_center/columns.py), as conditions see them.
CORE: Names = {
    "subject": "text",
    "feed": "text",
    "lon": "number",
    "lat": "number",
    "altitude_m": "number",
    "speed_kph": "number",
    "heading_deg": "number",
    "alarm_bits": "integer",
    "status_bits": "integer",
}
# Registry fields, joined as of event time; a feed that fills a registry may declare more.
REGISTRY: Names = {
    "vehicle.plate": "text",
    "vehicle.plate_colour": "text",
    "vehicle.kind": "text",
    "cargo.un_number": "text",
    "cargo.hazard_class": "text",
    "cargo.name": "text",
    "carrier.name": "text",
    "driver.name": "text",
    "waybill.number": "text",
    "route.id": "text",
    "route.approved": "boolean",
    "permit.number": "text",
    "permit.expressway": "boolean",
    "permit.restricted_zone": "boolean",
    "sensor.name": "text",
    "sensor.name_en": "text",
    "sensor.road": "text",
}
# What the worker works out per subject, row by row.
FEATURES: Names = {
    "driving_s": "number",  # driving without a stop of 20 min or more
    "stopped_s": "number",  # since it last moved
    "gap_s": "number",  # since the fix before
    "off_route_m": "number",  # from the route of its waybill
}
# Where a subject is: the road it is snapped to and the administrative unit it is in.
PLACE: Names = {
    "road.key": "text",
    "road.name": "text",
    "road.name_en": "text",
    "road.class": "text",  # expressway | ordinary | urban | service_area
    "road.limit_kph": "number",  # the sign; missing where none is known
    "road.distance_m": "number",
    "admin.county": "text",
    "admin.city": "text",
}
# Values of a place that the desk announces ahead of time (ORDER 15).
ANNOUNCED: Names = {"visibility_m": "number"}
# Columns that shipped rules read and only some terminals report.
OPTIONAL: Names = {"headway_m": "number"}  # distance to the vehicle ahead

HAZARD: Names = {
    "hazard.id": "text",
    "hazard.kind": "text",  # quake | warning | typhoon | plume
    "hazard.event_code": "text",
    "hazard.colour": "text",
    "hazard.title.zh": "text",
    "hazard.title.en": "text",
    "hazard.count": "integer",  # groups this revision touches
    "hazard.magnitude": "number",
    "hazard.depth_km": "number",
    "hazard.place": "text",
    "hazard.event": "text",
    "hazard.level": "text",
    "hazard.name": "text",
    "hazard.wind_ms": "number",
    "hazard.pressure_hpa": "number",
    "area.key": "text",
    "area.radius_km": "number",
    "area.wind_ms": "number",
    "admin.county": "text",
}
SILENT_FEED: Names = {
    "feed": "text",
    "feed.title.zh": "text",
    "feed.title.en": "text",
    "silent_min": "number",
}
# Layers whose zones come from hazards while running (ops_center/desk/hazards.py); a catalogue
# entry of the same id adds fields.
_OF_HAZARD: Names = {
    "id": "text",
    "kind": "text",
    "event_code": "text",
    "colour": "text",
    "title.zh": "text",
    "title.en": "text",
    "wind_ms": "number",
    "radius_km": "number",
    "magnitude": "number",
}
DYNAMIC_LAYERS: Mapping[str, Names] = {
    "wind-circles": _OF_HAZARD,
    "warnings": _OF_HAZARD,
    "quakes": _OF_HAZARD,
    "plumes": _OF_HAZARD,
}
DESK_SUBJECTS = ("hazard", "feed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What conditions may read: fields of feeds (with their subject kind), of layers, of registries."""

    feeds: Mapping[str, tuple[str, Names]] = field(default_factory=dict)  # feed -> (subject kind, fields)
    layers: Mapping[str, Names] = field(default_factory=dict)
    registry: Names = field(default_factory=dict)

    def names_for(self, subject: str, *, feed: str = "", joins: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the names of a rule over `subject` (of one feed), with its joins (name -> layer)."""
        if subject == "hazard":
            names = dict(HAZARD)
        elif subject == "feed":
            names = dict(SILENT_FEED)
        else:
            names = {**CORE, **REGISTRY, **FEATURES, **PLACE, **ANNOUNCED, **OPTIONAL, **self.registry}
            for identity, (kind, fields) in sorted(self.feeds.items()):
                if kind == subject and feed in ("", identity):
                    names.update({name: of for name, of in fields.items() if name not in CORE})
        for name, layer in (joins or {}).items():
            names.update({f"{name}.{column}": of for column, of in self.layers.get(layer, {}).items()})
            names.update({f"{name}.key": "text", f"{name}.distance_m": "number"})
        return names


def environment(
    *,
    feeds: Mapping[str, tuple[str, Names]],
    layers: Mapping[str, Names],
    registry: Names | None = None,
) -> Environment:
    """Return the environment of declared fields, with the layers that hazards make."""
    known = {**{name: dict(of) for name, of in DYNAMIC_LAYERS.items()}}
    for name, of in layers.items():
        known[name] = {**known.get(name, {}), **of}
    return Environment(feeds=feeds, layers=known, registry=registry or {})


def environment_of(tree: ContentTree) -> Environment:
    """Return the environment that the feeds and layers of a content tree declare."""
    feeds: dict[str, tuple[str, Names]] = {}
    registry: dict[str, str] = {}
    for identity, document in tree.of("feed").items():
        fields = _fields(document.data)
        if isinstance(document.data.get("registry"), dict):
            registry.update(fields)
        else:
            subject = document.data.get("subject")
            kind = subject.get("kind", "vehicle") if isinstance(subject, dict) else "vehicle"
            feeds[identity] = (kind, fields)
    layers = {identity: _fields(document.data) for identity, document in tree.of("layer").items()}
    return environment(feeds=feeds, layers=layers, registry=registry)


def _fields(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return name -> kind of a manifest's fields; a field that states none is a number."""
    fields = manifest.get("fields")
    if not isinstance(fields, dict):
        return {}
    return {name: of.get("type", "number") if isinstance(of, dict) else "number" for name, of in fields.items()}
