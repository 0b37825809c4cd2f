"""Recommend resources for a place: by capability and road travel time, each with the reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ops_center.desk.closures import shut_roads
from ops_center.desk.places import Places
from ops_center.domain.resource import Resource, ResourceKind, ResourceState
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from ops_center.picture import Moving, Picture

NAMED = 10  # candidates named in a reason
FAR = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One resource that could go; `travel_s` None where no open road leads there."""

    resource: Resource
    travel_s: float | None
    length_m: float | None
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is looked for and where (lon, lat); a place that is not known yet ranks by jurisdiction."""

    capability: str
    status: Status
    to: tuple[float, float] | None
    jurisdiction: str = ""
    without: Collection[str] = ()  # resources that said no


def recommend(
    need: Need, resources: Iterable[Resource], *, zones: Mapping[str, Moving], places: Places
) -> tuple[Candidate, ...]:
    """Return every free resource that can do it, the soonest there first; equal ones by id."""
    free = [
        one
        for one in resources
        if need.capability in one.capability
        and one.state is ResourceState.AVAILABLE
        and one.status is need.status
        and one.id not in need.without
        and (one.kind is not ResourceKind.STOCK or one.quantity)
    ]
    reach = _travel(need, free, zones, places)
    ordered = sorted(free, key=lambda one: _key(need, one, reach.get(one.id)))
    return tuple(_candidate(one, reach.get(one.id), rank) for rank, one in enumerate(ordered, start=1))


def _candidate(resource: Resource, reach: tuple[float, float] | None, rank: int) -> Candidate:
    travel_s, length_m = reach or (None, None)
    return Candidate(resource=resource, travel_s=travel_s, length_m=length_m, rank=rank)


def why(candidate: Candidate, among: tuple[Candidate, ...], *, shut: Collection[str]) -> dict[str, Json]:
    """Return the reason kept with a dispatch: rank, time and length, who else could have gone, what was shut."""
    return {
        "rank": candidate.rank,
        "travel_s": candidate.travel_s,
        "length_m": candidate.length_m,
        "of": len(among),
        "considered": [one.resource.id for one in among[:NAMED]],
        "closures": sorted(shut),
    }


def _travel(
    need: Need, free: list[Resource], zones: Mapping[str, Moving], places: Places
) -> dict[str, tuple[float, float] | None]:
    placed = [one for one in free if one.lon_e7 is not None and one.lat_e7 is not None]
    if need.to is None or not placed:
        return {}
    origins = [((one.lon_e7 or 0) / 1e7, (one.lat_e7 or 0) / 1e7) for one in placed]
    reached = places.travel(origins, need.to, shut_roads(zones, places))
    return {one.id: reach for one, reach in zip(placed, reached, strict=True)}


def _key(need: Need, one: Resource, reach: tuple[float, float] | None) -> tuple[float, bool, str]:
    return (reach[0] if reach else FAR, one.jurisdiction != need.jurisdiction, one.id)


def recommended(picture: Picture, incident: str, capability: str, places: Places) -> list[dict[str, Json]]:
    """Return who of a picture's resources could go to one of its incidents, as rows; KeyError for no such incident."""
    found = {one.id: one for one in picture.incidents}[incident]
    place = found.place
    known = place.lon_e7 is not None and place.lat_e7 is not None
    need = Need(
        capability=capability,
        status=found.status,
        to=((place.lon_e7 or 0) / 1e7, (place.lat_e7 or 0) / 1e7) if known else None,
        jurisdiction=found.jurisdiction,
    )
    zones = {f"{zone.layer}/{zone.key}": zone for zone in picture.zones}
    closures = len(shut_roads(zones, places))
    return [
        {
            "resource": one.resource.id,
            "kind": str(one.resource.kind),
            "name": {"zh": one.resource.name.zh, "en": one.resource.name.en},
            "jurisdiction": one.resource.jurisdiction,
            "quantity": one.resource.quantity,
            "unit": one.resource.unit,
            "rank": one.rank,
            "travel_s": one.travel_s,
            "length_m": one.length_m,
            "closures": closures,
        }
        for one in recommend(need, picture.resources, zones=zones, places=places)
    ]
