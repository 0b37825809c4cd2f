"""Resources and dispatches for tests of the wall and the API: some in county 370102, some in 370725."""

from __future__ import annotations

from ops_center.domain.alert import Mark
from ops_center.domain.resource import Dispatch, DispatchState, Resource, ResourceKind, ResourceState
from ops_center.domain.scales import Status
from ops_center.domain.text import Text

MINUTE_MS = 60_000


def resources_at(at_ms: int) -> tuple[Resource, ...]:
    """Return a team that is on its way, a free one elsewhere, a vehicle out of service, a stock."""
    held = Mark(by="李敏", post="指挥席", at_ms=at_ms - 9 * MINUTE_MS)
    return tuple(
        Resource(
            id=f"{layer}/{key}", kind=kind, name=Text(f"模拟{zh}", f"Exercise {en}"), capability=(capability,),
            jurisdiction=county, lon_e7=lon, lat_e7=lat, state=state, status=Status.EXERCISE, changed=held,
            quantity=quantity, unit=unit, roster=None if quantity else 8,
            reason="检修" if state is ResourceState.OUT_OF_SERVICE else "",
        )
        for layer, key, kind, zh, en, capability, county, lon, lat, state, quantity, unit in (
            ("rescue-vehicles", "rv-1", ResourceKind.VEHICLE, "消防车", "fire engine", "fire_engine", "370102", 1170500000, 366700000, ResourceState.OUT_OF_SERVICE, None, ""),
            ("stocks", "st-1", ResourceKind.STOCK, "泡沫库", "foam stock", "foam", "370102", 1170300000, 366400000, ResourceState.AVAILABLE, 4000, "L"),
            ("teams", "tm-1", ResourceKind.TEAM, "历下危化品救援队", "hazmat team, Lixia", "hazmat_team", "370102", 1170800000, 366600000, ResourceState.ASSIGNED, None, ""),
            ("teams", "tm-2", ResourceKind.TEAM, "昌乐消防救援站", "fire station, Changle", "fire", "370725", 1188300000, 367000000, ResourceState.AVAILABLE, None, ""),
        )
    )  # fmt: skip


def dispatches_at(at_ms: int) -> tuple[Dispatch, ...]:
    """Return one unit on its way in 370102, and one that was released in 370725."""
    asked, went, left = (Mark(by="李敏", post="指挥席", at_ms=at_ms - n * MINUTE_MS) for n in (9, 6, 30))
    return (
        Dispatch(
            id="dispatch-1", incident="incident-1", resource="teams/tm-1", capability="hazmat_team", status=Status.EXERCISE,
            state=DispatchState.EN_ROUTE, jurisdiction="370102", lon_e7=1171200000, lat_e7=366700000,
            marks=((DispatchState.REQUESTED, asked), (DispatchState.EN_ROUTE, went)), eta_ms=at_ms + 4 * MINUTE_MS,
            route=((1170800000, 366600000, 0), (1171000000, 366650000, 5 * MINUTE_MS), (1171200000, 366700000, 10 * MINUTE_MS)),
            why={"rank": 1, "travel_s": 600.0, "length_m": 9100.0, "of": 3, "considered": ["teams/tm-1"], "closures": []},
        ),
        Dispatch(
            id="dispatch-2", incident="incident-2", resource="teams/tm-2", capability="fire", status=Status.EXERCISE,
            state=DispatchState.RELEASED, jurisdiction="370725", marks=((DispatchState.REQUESTED, left), (DispatchState.RELEASED, asked)),
        ),
    )  # fmt: skip
