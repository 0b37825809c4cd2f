"""Resource and Dispatch: what can be sent, and one sending of it.

A resource is available, assigned (a dispatch holds it) or out of service. A dispatch goes
requested -> accepted -> en_route -> on_scene -> released; requested|accepted -> declined by the
unit, and anything before on_scene -> cancelled by the desk. Each step keeps who and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ops_center.domain.alert import Mark
from ops_center.domain.ids import make_id
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text


class ResourceKind(StrEnum):
    """Three different things (MODEL: People, vehicles, resources)."""

    TEAM = "team"
    VEHICLE = "vehicle"
    STOCK = "stock"  # counted: a dispatch takes a quantity


class ResourceState(StrEnum):
    """Of a resource (ICS)."""

    AVAILABLE = "available"
    ASSIGNED = "assigned"
    OUT_OF_SERVICE = "out_of_service"


class DispatchState(StrEnum):
    """Of a dispatch."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    RELEASED = "released"
    DECLINED = "declined"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One team, vehicle or stock; `id` is ``<layer>/<feature key>`` of the layer that lists it.

    `lon_e7`/`lat_e7` is its home (WGS-84, 1e-7 degrees). `subject` is the feed subject that reports
    its position, "" where none does. `quantity` is what a stock holds now, in `unit`.
    """

    id: str
    kind: ResourceKind
    name: Text
    capability: tuple[str, ...]
    jurisdiction: str = ""
    lon_e7: int | None = None
    lat_e7: int | None = None
    state: ResourceState = ResourceState.AVAILABLE
    status: Status = Status.ACTUAL
    reason: str = ""  # why it is out of service
    changed: Mark | None = None
    quantity: int | None = None
    unit: str = ""
    subject: str = ""
    roster: int | None = None  # people


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One resource sent to one incident.

    `why` says how it was recommended: ``rank``, ``travel_s``, ``length_m``, ``considered`` (ids of
    the candidates, best first), ``closures`` (edges shut at that time), or ``by_hand``.
    """

    id: str
    incident: str
    resource: str
    capability: str
    task: str = ""  # of a playbook's dispatch step
    state: DispatchState = DispatchState.REQUESTED
    status: Status = Status.ACTUAL
    jurisdiction: str = ""  # of the incident
    lon_e7: int | None = None  # where it is sent
    lat_e7: int | None = None
    quantity: int | None = None  # of a stock
    marks: tuple[tuple[DispatchState, Mark], ...] = ()  # every state it had, in order
    reason: str = ""  # of a decline or cancel
    eta_ms: int | None = None
    route: tuple[tuple[int, int, int], ...] = ()  # way reckoned when it set out: (lon_e7, lat_e7, ms from then)
    why: Mapping[str, Json] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """True where it holds its resource no longer."""
        return self.state in (DispatchState.RELEASED, DispatchState.DECLINED, DispatchState.CANCELLED)


def dispatch_id(deployment: str, incident: str, resource: str, cause: str) -> str:
    """Return the id of the dispatch of `resource` to `incident` that `cause` (command or task) made."""
    return make_id("dispatch", deployment, incident, resource, cause)
