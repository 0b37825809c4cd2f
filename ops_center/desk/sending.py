"""Send resources: by hand or for a playbook's step, called off, released; all on the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.desk import dispatches
from ops_center.desk.closures import shut_roads
from ops_center.desk.dispatches import Order
from ops_center.desk.incidents import OVER, logged
from ops_center.desk.ledger import Ledger
from ops_center.desk.recommend import Candidate, Need, recommend, why
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, DispatchState, Resource, ResourceKind
from ops_center.domain.text import Json, Text

ROUTE_POINTS = 64  # of a reckoned way; more would not show
_SENT = Text("请求派遣 {resource}", "{resource} requested")
_SAID: Mapping[DispatchState, Text] = {
    DispatchState.ACCEPTED: Text("{resource} 已接受", "{resource} accepted"),
    DispatchState.EN_ROUTE: Text("{resource} 已出发", "{resource} en route"),
    DispatchState.ON_SCENE: Text("{resource} 已到场", "{resource} on scene"),
    DispatchState.RELEASED: Text("{resource} 归队", "{resource} released"),
    DispatchState.DECLINED: Text("{resource} 无法出动：{reason}", "{resource} declined: {reason}"),
    DispatchState.CANCELLED: Text("取消派遣 {resource}：{reason}", "{resource} cancelled: {reason}"),
}


def candidates(
    ledger: Ledger, incident: Incident, capability: str, *, without: tuple[str, ...] = ()
) -> tuple[Candidate, ...]:
    """Return who could go to an incident, the soonest there first."""
    place = incident.place
    known = place.lon_e7 is not None and place.lat_e7 is not None
    need = Need(
        capability=capability,
        status=incident.status,
        to=((place.lon_e7 or 0) / 1e7, (place.lat_e7 or 0) / 1e7) if known else None,
        jurisdiction=incident.jurisdiction,
        without=without,
    )
    return recommend(need, ledger.resources(), zones=ledger.state.zones, places=ledger.places)


def send(ledger: Ledger, incident: Incident, resource: Resource, order: Order, mark: Mark, *, cause: str) -> Dispatch:
    """Keep and return a dispatch; CommandRefused where the resource is not free."""
    if incident.state in OVER:
        raise CommandRefused(f"the incident is {incident.state}", target=incident.id)
    dispatch, held = dispatches.request(incident, resource, order, mark, deployment=ledger.deployment, cause=cause)
    if dispatch.id in ledger.state.dispatches:
        raise CommandRefused("this cause has sent it already", target=dispatch.id)
    travel_s = order.why.get("travel_s")
    if travel_s is not None:
        dispatch = replace(dispatch, eta_ms=mark.at_ms + round(float(travel_s) * 1000))
    ledger.put(dispatch)
    ledger.put(held)
    note(ledger, dispatch, mark, _SENT)
    return dispatch


def send_recommended(
    ledger: Ledger, incident: Incident, wanted: Mapping[str, Json], *, task: str, cause: str, mark: Mark
) -> dict[str, Json]:
    """Ask for units as a playbook's step wants them; return ``dispatches`` and how many were ``short``.

    Units to which no open road leads are passed over: an officer may still send them by hand.
    """
    without = tuple(wanted.get("without", ()))
    among = candidates(ledger, incident, str(wanted["capability"]), without=without)
    reachable = [one for one in among if one.travel_s is not None or incident.place.lon_e7 is None]
    shut = shut_roads(ledger.state.zones, ledger.places)
    missing, made = int(wanted["amount"]), []
    for one in reachable:
        if missing <= 0:
            break
        stock = one.resource.kind is ResourceKind.STOCK
        if stock is bool(wanted["counted"]):
            continue  # a step that counts units wants no stock, one that states a quantity nothing else
        amount = min(missing, one.resource.quantity or 0) if stock else 1
        order = Order(
            capability=str(wanted["capability"]),
            quantity=amount if stock else None,
            task=task,
            why=why(one, among, shut=shut),
        )
        made.append(send(ledger, incident, one.resource, order, mark, cause=cause).id)
        incident = ledger.state.incidents[incident.id]
        missing -= amount
    return {"dispatches": made, "short": max(missing, 0)}


def moved(ledger: Ledger, dispatch: Dispatch, to: DispatchState, mark: Mark) -> Dispatch:
    """Keep a dispatch accepted, en route or on scene; when it sets out, its way is reckoned over the roads open now."""
    after = dispatches.advance(dispatch, to, mark)
    if to is DispatchState.EN_ROUTE:
        after = _on_its_way(ledger, after, mark)
    ledger.put(after)
    note(ledger, after, mark, _SAID[to])
    return after


def ended(ledger: Ledger, both: dispatches.Both, mark: Mark) -> None:
    """Keep a dispatch that is over, and its resource as it now is."""
    dispatch, resource = both
    ledger.put(resource)
    ledger.put(dispatch)
    note(ledger, dispatch, mark, _SAID[dispatch.state], reason=dispatch.reason)


def send_back(ledger: Ledger, identity: str, mark: Mark, *, reason: str) -> bool:
    """Release a unit that is there, call off one that is not; False where it was free already."""
    dispatch = ledger.state.dispatches.get(identity)
    resource = ledger.resource(dispatch.resource) if dispatch else None
    if dispatch is None or resource is None or dispatch.over:
        return False
    if dispatch.state is DispatchState.ON_SCENE:
        ended(ledger, dispatches.release(dispatch, resource, mark), mark)
    else:
        ended(ledger, dispatches.cancel(dispatch, resource, mark, reason=reason), mark)
    return True


def note(ledger: Ledger, dispatch: Dispatch, mark: Mark, text: Text, **params: Json) -> None:
    """Log in the incident what became of a dispatch."""
    incident = ledger.state.incidents[dispatch.incident]
    resource = ledger.resource(dispatch.resource)
    name = resource.name if resource else Text(dispatch.resource, dispatch.resource)
    words = Text(text.zh.replace("{resource}", name.zh), text.en.replace("{resource}", name.en))
    ledger.put(logged(incident, mark, words, dispatch.id, **params))


def _on_its_way(ledger: Ledger, dispatch: Dispatch, mark: Mark) -> Dispatch:
    resource = ledger.resource(dispatch.resource)
    if resource is None or None in (resource.lon_e7, resource.lat_e7, dispatch.lon_e7, dispatch.lat_e7):
        return dispatch
    origin = ((resource.lon_e7 or 0) / 1e7, (resource.lat_e7 or 0) / 1e7)
    to = ((dispatch.lon_e7 or 0) / 1e7, (dispatch.lat_e7 or 0) / 1e7)
    way = ledger.places.route(origin, to, shut_roads(ledger.state.zones, ledger.places))
    if not way:
        return dispatch
    step = max(-(-len(way) // ROUTE_POINTS), 1)
    kept = [*way[:-1:step], way[-1]]
    route = tuple((round(lon * 1e7), round(lat * 1e7), round(at_s * 1000)) for lon, lat, at_s in kept)
    return replace(dispatch, route=route, eta_ms=mark.at_ms + route[-1][2])
