"""Closures and other zones that playbooks put into the world: announced, removed, and the roads they shut."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk.ledger import Ledger
from ops_center.desk.places import GeoJson, Places
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.domain.world import zone_change
from ops_center.picture import Moving

CLOSURES, ROADS = "closures", "roads"
STOPS_ALL = "stop"  # a closure's `responders`: where units cannot drive either


def put_zone(
    ledger: Ledger,
    *,
    layer: str,
    key: str,
    geometry: GeoJson,
    fields: Mapping[str, Json],
    cause: str,
    at_ms: int,
    status: Status,
) -> str:
    """Announce a zone and keep it for the map; return its name."""
    holds_ms = ledger.holds_from(at_ms)
    body = {"geometry": geometry, "adcodes": [], "fields": dict(fields)}
    ledger.announce(zone_change(layer, key, at_ms=holds_ms, body=body, cause=cause, status=status))
    name = f"{layer}/{key}"
    ledger.state.zones[name] = Moving(
        layer=layer, key=key, geometry=geometry, fields=dict(fields), from_ms=holds_ms, status=status
    )
    return name


def remove_zone(ledger: Ledger, name: str, *, cause: str, at_ms: int) -> bool:
    """Announce that a zone is no more; False where it was gone already."""
    zone = ledger.state.zones.pop(name, None)
    if zone is None:
        return False
    change = zone_change(
        zone.layer, zone.key, at_ms=ledger.holds_from(at_ms), body=None, cause=cause, status=zone.status
    )
    ledger.announce(change)
    return True


def shut_roads(zones: Mapping[str, Moving], places: Places) -> tuple[str, ...]:
    """Return the keys of the road segments on which units cannot drive now, sorted.

    A closure that only keeps the public out shuts nothing for them: they are led through.
    """
    shut: set[str] = set()
    for _, zone in sorted(zones.items()):
        if zone.layer == CLOSURES and zone.fields.get("responders", STOPS_ALL) == STOPS_ALL:
            shut |= {str(road["key"]) for road in places.touching(ROADS, zone.geometry)}
    return tuple(sorted(shut))
