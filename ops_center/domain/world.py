"""World changes: what the desk announces ahead of time and every worker then holds to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ops_center.domain.ids import make_id
from ops_center.domain.scales import Status
from ops_center.domain.text import Json


class ChangeKind(StrEnum):
    """What part of the world a change replaces."""

    ZONE = "zone"  # put (body has GeoJSON geometry, or adcodes) or remove a zone of a layer
    REGISTRY = "registry"  # a version of a registry record with validity
    VALUE = "value"  # a value of a place (visibility of a county, speed of a road segment)
    CONTENT = "content"  # rules, layers, calendars: body names the content version


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldChange:
    """One change; holds from `at_ms` (ORDER 17). The first record of an id wins.

    `body` of a ZONE: ``geometry`` (GeoJSON, WGS-84) or ``adcodes``, and ``fields`` (what a rule's
    join reads); of a REGISTRY: ``plain(RegistryVersion)``; of a VALUE: ``value``; of a CONTENT:
    ``version``.
    """

    id: str
    kind: ChangeKind
    layer: str  # layer id, registry id, or name of the value
    key: str  # feature key, record key, place code
    at_ms: int
    body: Mapping[str, Json] | None = field(default=None)  # None removes
    cause: str = ""
    status: Status = Status.ACTUAL


def change_id(*, kind: ChangeKind, layer: str, key: str, cause: str) -> str:
    """Return a change's id, which excludes its time (ORDER 17)."""
    return make_id("change", kind, layer, key, cause)


def zone_change(
    layer: str, key: str, *, at_ms: int, body: Mapping[str, Json] | None, cause: str, status: Status
) -> WorldChange:
    """Return the change that puts a zone as `body` says, or takes it away where that is None."""
    return WorldChange(
        id=change_id(kind=ChangeKind.ZONE, layer=layer, key=key, cause=cause),
        kind=ChangeKind.ZONE,
        layer=layer,
        key=key,
        at_ms=at_ms,
        body=body,
        cause=cause,
        status=status,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryVersion:
    """One record of a registry, valid in [from_ms, to_ms); binds a subject to its asset.

    `key` is the subject key of the feed it binds. `fields` are dotted names as rules use them:
    ``vehicle.plate``, ``vehicle.plate_colour``, ``cargo.un_number``, ``cargo.hazard_class``,
    ``carrier.name``, ``driver.name``, ``waybill.number``.
    """

    registry: str
    key: str
    from_ms: int
    to_ms: int | None
    fields: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRevision:
    """One revision of a hazard: quake, warning or typhoon; a later one amends, never rewrites.

    `area` is GeoJSON (WGS-84) or None; `adcodes` are administrative codes when the source joins
    by code. `colour` is the published warning colour where the source states one.
    """

    id: str  # of the hazard: stable over revisions
    revision: str  # of this message
    kind: str  # quake | warning | typhoon | plume
    event_code: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    issued_ms: int
    onset_ms: int | None = None
    expires_ms: int | None = None
    action: str = "update"  # alert | update | cancel
    status: Status = Status.ACTUAL
    colour: str = ""
    lon_e7: int | None = None
    lat_e7: int | None = None
    area: Mapping[str, Json] | None = None
    adcodes: tuple[str, ...] = ()
    fields: Mapping[str, Json] = field(default_factory=dict)  # magnitude, depth_km, wind_ms, ...
