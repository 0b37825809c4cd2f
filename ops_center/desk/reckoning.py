"""Where dispatched units are: by their own feed where they report, else reckoned along their way by the time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from ops_center.domain.resource import Dispatch, DispatchState, Resource
from ops_center.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A dispatched unit on the map; `reckoned`: nobody reported this position."""

    dispatch: str
    resource: str
    incident: str
    state: DispatchState
    lon_e7: int
    lat_e7: int
    reckoned: bool
    at_ms: int
    eta_ms: int | None


def units_of(picture: Picture) -> tuple[Unit, ...]:
    """Return every dispatched unit whose place is known or can be reckoned at the picture's time, by dispatch."""
    resources = {one.id: one for one in picture.resources}
    reports = {subject: row for row, subject in enumerate(picture.positions.subjects)}
    units: list[Unit] = []
    for dispatch in picture.dispatches:
        resource = resources.get(dispatch.resource)
        if dispatch.over or resource is None:
            continue
        row = reports.get(resource.subject) if resource.subject else None
        place = reckoned_at(dispatch, resource, picture.at_ms) if row is None else _reported(picture, row)
        if place is None:
            continue
        units.append(
            Unit(
                dispatch=dispatch.id,
                resource=resource.id,
                incident=dispatch.incident,
                state=dispatch.state,
                lon_e7=place[0],
                lat_e7=place[1],
                reckoned=row is None,
                at_ms=picture.at_ms if row is None else int(picture.positions.event_ms[row]),
                eta_ms=dispatch.eta_ms,
            )
        )
    return tuple(sorted(units, key=lambda unit: unit.dispatch))


def reckoned_at(dispatch: Dispatch, resource: Resource, at_ms: int) -> tuple[int, int] | None:
    """Return (lon_e7, lat_e7): at home until it sets out, along its way by the time, then at the scene."""
    since: Mapping[DispatchState, int] = {state: mark.at_ms for state, mark in dispatch.marks}
    home, scene = _both(resource.lon_e7, resource.lat_e7), _both(dispatch.lon_e7, dispatch.lat_e7)
    if dispatch.state is DispatchState.ON_SCENE:
        return scene
    if dispatch.state is not DispatchState.EN_ROUTE or not dispatch.route:
        return home
    gone_ms = at_ms - since[DispatchState.EN_ROUTE]
    row = bisect_right([ms for _, _, ms in dispatch.route], gone_ms)
    if row == 0:
        return home
    if row == len(dispatch.route):
        return dispatch.route[-1][:2]
    (lon1, lat1, ms1), (lon2, lat2, ms2) = dispatch.route[row - 1], dispatch.route[row]
    # Whole numbers: the same place on every machine.
    return lon1 + (lon2 - lon1) * (gone_ms - ms1) // (ms2 - ms1), lat1 + (lat2 - lat1) * (gone_ms - ms1) // (ms2 - ms1)


def _both(lon_e7: int | None, lat_e7: int | None) -> tuple[int, int] | None:
    return None if lon_e7 is None or lat_e7 is None else (lon_e7, lat_e7)


def _reported(picture: Picture, row: int) -> tuple[int, int] | None:
    lon, lat = float(picture.positions.lon[row]), float(picture.positions.lat[row])
    return None if lon != lon or lat != lat else (round(lon * 1e7), round(lat * 1e7))
