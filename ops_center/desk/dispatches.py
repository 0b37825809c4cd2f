"""Dispatch transitions as pure functions: a unit asked for, accepted, on its way, there, and free again.

Each returns the dispatch and its resource together, so that no resource is held by two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident
from ops_center.domain.resource import (
    Dispatch,
    DispatchState,
    Resource,
    ResourceKind,
    ResourceState,
    dispatch_id,
)
from ops_center.domain.text import Json

Both = tuple[Dispatch, Resource]
# What each state may be reached from. A unit on the radio may say "on scene" first: what it left out is passed over.
_FROM: Mapping[DispatchState, tuple[DispatchState, ...]] = {
    DispatchState.ACCEPTED: (DispatchState.REQUESTED,),
    DispatchState.EN_ROUTE: (DispatchState.REQUESTED, DispatchState.ACCEPTED),
    DispatchState.ON_SCENE: (DispatchState.REQUESTED, DispatchState.ACCEPTED, DispatchState.EN_ROUTE),
    DispatchState.RELEASED: (DispatchState.ON_SCENE,),
    DispatchState.DECLINED: (DispatchState.REQUESTED, DispatchState.ACCEPTED),
    DispatchState.CANCELLED: (DispatchState.REQUESTED, DispatchState.ACCEPTED, DispatchState.EN_ROUTE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a resource."""

    capability: str
    quantity: int | None = None  # of a stock
    task: str = ""
    why: Mapping[str, Json] = field(default_factory=dict)


def request(incident: Incident, resource: Resource, order: Order, mark: Mark, *, deployment: str, cause: str) -> Both:
    """Return the dispatch of a free resource; CommandRefused says who has it, or how much is left."""
    _need_free(resource)
    if order.capability not in resource.capability:
        raise CommandRefused(
            f"it cannot serve as {order.capability!r}: {', '.join(resource.capability)}",
            target=resource.id,
            field="capability",
        )
    if resource.status is not incident.status:
        # An exercise takes nothing away from what is real, and the other way round (MODEL: Identity).
        raise CommandRefused(f"a resource of status {resource.status} serves no {incident.status}", target=resource.id)
    taken = _taken(resource, order)
    dispatch = Dispatch(
        id=dispatch_id(deployment, incident.id, resource.id, cause),
        incident=incident.id,
        resource=resource.id,
        capability=order.capability,
        task=order.task,
        status=incident.status,
        jurisdiction=incident.jurisdiction,
        lon_e7=incident.place.lon_e7,
        lat_e7=incident.place.lat_e7,
        quantity=taken,
        marks=((DispatchState.REQUESTED, mark),),
        why=order.why,
    )
    left = None if taken is None else (resource.quantity or 0) - taken
    held = ResourceState.ASSIGNED if not left else ResourceState.AVAILABLE  # a stock serves while something is left
    return dispatch, replace(resource, state=held, changed=mark, quantity=left)


def advance(dispatch: Dispatch, to: DispatchState, mark: Mark) -> Dispatch:
    """Return the dispatch accepted, en route or on scene."""
    return _moved(dispatch, to, mark)


def release(dispatch: Dispatch, resource: Resource, mark: Mark, *, used: int | None = None) -> Both:
    """Return the unit free again; of a stock, what was not used comes back (None = all was used)."""
    done = _moved(dispatch, DispatchState.RELEASED, mark)
    if dispatch.quantity is None:
        return done, _free(resource, mark)
    spent = dispatch.quantity if used is None else used
    if not 0 <= spent <= dispatch.quantity:
        raise CommandRefused(
            f"used: {spent} is not between 0 and {dispatch.quantity}", target=dispatch.id, field="used"
        )
    return done, _free(resource, mark, back=dispatch.quantity - spent)


def decline(dispatch: Dispatch, resource: Resource, mark: Mark, *, reason: str) -> Both:
    """Return the dispatch declined by the unit, with its reason."""
    _need_reason(dispatch, reason)
    done = replace(_moved(dispatch, DispatchState.DECLINED, mark), reason=reason)
    return done, _free(resource, mark, back=dispatch.quantity or 0)


def cancel(dispatch: Dispatch, resource: Resource, mark: Mark, *, reason: str) -> Both:
    """Return the dispatch called off by the desk before the unit was there."""
    _need_reason(dispatch, reason)
    done = replace(_moved(dispatch, DispatchState.CANCELLED, mark), reason=reason)
    return done, _free(resource, mark, back=dispatch.quantity or 0)


def take_out(resource: Resource, mark: Mark, *, reason: str) -> Resource:
    """Return a resource out of service; one that is sent out is called back first."""
    if not reason.strip():
        raise CommandRefused("taking out of service needs a reason", target=resource.id, field="reason")
    if resource.state is not ResourceState.AVAILABLE:
        raise _held(resource)
    return replace(resource, state=ResourceState.OUT_OF_SERVICE, reason=reason, changed=mark)


def put_back(resource: Resource, mark: Mark) -> Resource:
    """Return a resource in service again."""
    if resource.state is not ResourceState.OUT_OF_SERVICE:
        raise CommandRefused(f"it is {resource.state}", target=resource.id, **_by(resource.changed))
    used_up = resource.kind is ResourceKind.STOCK and not resource.quantity
    state = ResourceState.ASSIGNED if used_up else ResourceState.AVAILABLE
    return replace(resource, state=state, reason="", changed=mark)


def _taken(resource: Resource, order: Order) -> int | None:
    if resource.kind is not ResourceKind.STOCK:
        if order.quantity is not None:
            raise CommandRefused("only a stock has a quantity", target=resource.id, field="quantity")
        return None
    wanted = order.quantity
    if wanted is None or wanted < 1:
        raise CommandRefused("say how much of the stock", target=resource.id, field="quantity")
    if wanted > (resource.quantity or 0):
        raise CommandRefused(
            f"only {resource.quantity or 0} {resource.unit} are left", target=resource.id, **_by(resource.changed)
        )
    return wanted


def _free(resource: Resource, mark: Mark, *, back: int = 0) -> Resource:
    """Return a resource that is held no longer; one out of service stays so."""
    quantity = None if resource.quantity is None else resource.quantity + back
    state = resource.state
    if state is ResourceState.ASSIGNED and quantity != 0:
        state = ResourceState.AVAILABLE
    return replace(resource, state=state, quantity=quantity, changed=mark)


def _moved(dispatch: Dispatch, to: DispatchState, mark: Mark) -> Dispatch:
    if dispatch.state not in _FROM[to]:
        state, last = dispatch.marks[-1]
        raise CommandRefused(
            f"cannot be {to}: it is {state} by {last.by}", target=dispatch.id, by=last.by, at_ms=last.at_ms
        )
    return replace(dispatch, state=to, marks=(*dispatch.marks, (to, mark)))


def _need_free(resource: Resource) -> None:
    if resource.state is ResourceState.OUT_OF_SERVICE:
        reason = f"it is out of service: {resource.reason}"
        raise CommandRefused(reason, target=resource.id, **_by(resource.changed))
    if resource.state is not ResourceState.AVAILABLE:
        raise _held(resource)


def _held(resource: Resource) -> CommandRefused:
    by = resource.changed
    who = f" by {by.by}" if by else ""
    return CommandRefused(f"it is {resource.state}{who}", target=resource.id, **_by(by))


def _by(mark: Mark | None) -> dict[str, Json]:
    return {"by": mark.by, "at_ms": mark.at_ms} if mark else {}


def _need_reason(dispatch: Dispatch, reason: str) -> None:
    if not reason.strip():
        raise CommandRefused("a reason is needed", target=dispatch.id, field="reason")
