"""Decode the USGS earthquake feed (GeoJSON Summary Format v1.0) into hazard revisions of kind quake.

https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php: `time` and `updated` are milliseconds
since the epoch, coordinates are longitude, latitude, depth in kilometres; most properties may be null.
The hazard's id is the USGS id, its revision the time of the update; `issued_ms` is the origin time,
which is when a quake happened, so that an archive replays as the day was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from ops_center.columns import Decoded, Messages, Refused, empty_batch
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.quantity import iso
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision

MAX_BYTES = 64 * 1024 * 1024
_DECODER = msgspec.json.Decoder()
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # years 1 and 9999
_KEPT = ("alert", "tsunami", "felt", "cdi", "mmi", "sig", "net", "code", "nst", "dmin", "rms", "gap", "url", "type")


@dataclass(frozen=True, slots=True)
class Quake:
    """One feature, read and checked."""

    id: str
    magnitude: float | None
    place: str | None
    time_ms: int
    updated_ms: int
    lon: float
    lat: float
    depth_km: float | None
    properties: Mapping[str, Json]

    def header(self) -> dict[str, Json]:
        """Return the quake with the names of the feed beside the units of its values."""
        return {
            "id": self.id,
            "mag": self.magnitude,
            "place": self.place,
            "time_ms": self.time_ms,
            "time_utc": iso(self.time_ms),
            "updated_ms": self.updated_ms,
            "lon": self.lon,
            "lat": self.lat,
            "depth_km": self.depth_km,
            "mag_type": self.properties.get("magType"),
            "review": self.properties.get("status"),
            "title": self.properties.get("title"),
            **{name: self.properties.get(name) for name in _KEPT},
        }

    def observation(self) -> dict[str, Json]:
        """Return the quake as one observation."""
        return {
            "subject": self.id,
            "event_time": iso(self.time_ms),
            "lon": self.lon,
            "lat": self.lat,
            "magnitude": self.magnitude,
            "depth_km": self.depth_km,
        }

    def revision(self, status: Status) -> HazardRevision:
        """Return the hazard revision; a deleted event is a cancellation."""
        size = "—" if self.magnitude is None else f"{self.magnitude:.1f}"
        place = self.place or ""
        fields = {name: self.properties.get(name) for name in _KEPT}
        return HazardRevision(
            id=self.id,
            revision=str(self.updated_ms),
            kind="quake",
            event_code=str(self.properties.get("type") or "earthquake"),
            title={"zh": f"{size}级地震 {place}".strip(), "en": f"M {size} {place}".strip()},
            issued_ms=self.time_ms,
            onset_ms=self.time_ms,
            action="cancel" if self.properties.get("status") == "deleted" else "update",
            status=status,
            lon_e7=round(self.lon * 1e7),
            lat_e7=round(self.lat * 1e7),
            fields={
                **fields,
                "magnitude": self.magnitude,
                "magnitude_type": self.properties.get("magType"),
                "depth_km": self.depth_km,
                "place": self.place,
                "updated_ms": self.updated_ms,
                "review": self.properties.get("status"),
            },
        )


@dataclass(frozen=True, slots=True)
class UsgsGeojson:
    """The decoder; `status` is that of its feed."""

    status: Status = Status.ACTUAL

    def decode(self, messages: Messages) -> Decoded:
        """Decode feeds and single features; a bad feature leaves its neighbours."""
        records: list[tuple[int, HazardRevision]] = []
        refused: list[Refused] = []
        for row in range(len(messages)):
            try:
                found = features(messages[row])
            except BadInput as error:
                refused.append(Refused(row, error.reason, error.field))
                continue
            for number, feature in enumerate(found):
                try:
                    records.append((row, quake(feature).revision(self.status)))
                except BadInput as error:
                    field = f"features[{number}].{error.field}"
                    refused.append(Refused(row, error.reason, field, whole=len(found) == 1))
        return Decoded(empty_batch(), tuple(refused), tuple(records))

    def describe(self, message: bytes) -> Json:
        """Return one object a quake."""
        try:
            found = features(message)
        except BadInput as error:
            return {"ok": False, "error": error.reason, "field": error.field}
        return [_object(number, feature) for number, feature in enumerate(found)]

    def subject_of(self, message: bytes) -> str:
        """Quakes report no subject."""
        return ""


def make(feed: Feed) -> UsgsGeojson:
    """Return the decoder of a feed."""
    return UsgsGeojson(feed.status)


def features(message: bytes) -> list[Json]:
    """Return the features of a collection or the one of a single feature; BadInput otherwise."""
    if len(message) > MAX_BYTES:
        raise BadInput(f"longer than {MAX_BYTES} bytes", field="/")
    try:
        value = _DECODER.decode(message.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadInput(f"no JSON: {error}", field="/") from error
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind == "Feature":
        return [value]
    if kind != "FeatureCollection" or not isinstance(value.get("features"), list):
        raise BadInput("neither a Feature nor a FeatureCollection", field="type")
    found: list[Json] = value["features"]
    return found


def quake(feature: Json) -> Quake:
    """Return the quake of a feature; BadInput names the property that is missing or wrong."""
    if not isinstance(feature, Mapping) or not isinstance(feature.get("properties"), Mapping):
        raise BadInput("missing", field="properties")
    properties = feature["properties"]
    identity = feature.get("id")
    if not isinstance(identity, str) or not identity.strip():
        raise BadInput("missing", field="id")
    geometry = feature.get("geometry")
    point = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    if not isinstance(point, list) or len(point) < 2:
        raise BadInput("not a point", field="geometry.coordinates")
    lon = _number(point[0], "geometry.coordinates[0]", 180)
    lat = _number(point[1], "geometry.coordinates[1]", 90)
    time_ms = _time(properties.get("time"), "properties.time")
    updated = properties.get("updated")
    place = properties.get("place")
    return Quake(
        id=identity,
        magnitude=_optional(properties.get("mag"), "properties.mag", 12),
        place=place if isinstance(place, str) else None,
        time_ms=time_ms,
        updated_ms=time_ms if updated is None else _time(updated, "properties.updated"),
        lon=lon,
        lat=lat,
        # Earth's radius bounds a depth; above sea level it is negative.
        depth_km=_optional(point[2] if len(point) > 2 else None, "geometry.coordinates[2]", 6378),
        properties=properties,
    )


def _object(number: int, feature: Json) -> dict[str, Json]:
    try:
        found = quake(feature)
    except BadInput as error:
        return {"ok": False, "error": error.reason, "field": f"features[{number}].{error.field}"}
    return {"ok": True, "header": found.header(), "observations": [found.observation()]}


def _time(value: Json, field: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not _FIRST_MS <= value <= _LAST_MS:
        raise BadInput("no time in epoch milliseconds", field=field)
    return value


def _number(value: Json, field: str, limit: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise BadInput("not a number", field=field)
    if abs(value) > limit:
        raise BadInput(f"outside ±{limit:g}", field=field)
    return float(value)


def _optional(value: Json, field: str, limit: float) -> float | None:
    return None if value is None else _number(value, field, limit)
