"""Event: a change of state that left the fast plane; few, and written for reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ops_center.domain.ids import make_id
from ops_center.domain.scales import Status
from ops_center.domain.text import Json


class EventKind(StrEnum):
    """What happened on a subject's line, or what a slow message said."""

    ENTER = "enter"  # zone membership began
    EXIT = "exit"  # zone membership ended
    FIRING = "firing"  # a one-subject rule's condition held long enough
    RESOLVED = "resolved"  # its clear condition held, or it stopped holding
    WITHDRAWN = "withdrawn"  # its rule version ended
    FACT = "fact"  # an input of a rule that looks across subjects; the desk judges it
    JUMP = "jump"  # an impossible jump: the fix was refused and counted
    HAZARD = "hazard"  # a revision of a quake, warning, typhoon
    REGISTRY = "registry"  # a version of a registry record
    VALUE = "value"  # a value of a place (visibility of a county, speed of a loop) that rules elsewhere read
    DEAD = "dead"  # a message that could not be read, or an observation refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `desk_ms` orders it at the desk (ORDER 21); `event_ms` is when it happened.

    `facts` holds the joined features and inputs that answer "why": plain JSON values, floats
    rounded to the precision shown, never raw. Of a FIRING, RESOLVED or FACT they are the row the
    rule read, by dotted names (``speed_kph``, ``vehicle.plate``, ``school.key``, ``admin.county``);
    of a HAZARD ``plain(HazardRevision)``; of a REGISTRY ``plain(RegistryVersion)``; of a VALUE
    ``name``, ``key``, ``value``; of a DEAD ``reason``, ``field``, ``bytes`` (hex, cut), ``at_ms``.
    """

    id: str
    kind: EventKind
    feed: str
    subject: str = ""
    rule: str = ""
    rule_version: str = ""
    zone: str = ""  # "<layer>/<feature key>"
    group: tuple[tuple[str, str], ...] = ()  # the alert's group key, in the rule's order
    event_ms: int
    stamp_ms: int
    desk_ms: int
    lon_e7: int | None = None
    lat_e7: int | None = None
    status: Status = Status.ACTUAL
    facts: Mapping[str, Json] = field(default_factory=dict)

    def order_key(self) -> tuple[int, int, int, str, str, str, str, str]:
        """Return the desk's order: (desk time, command before event, event time, feed, ...)."""
        return (self.desk_ms, 1, self.event_ms, self.feed, self.subject, self.kind, self.zone, self.id)


def event_id(*, rule: str, kind: str, subject: str, zone: str, event_ms: int) -> str:
    """Return the id of an event from its causes only (ORDER 8): no stamp, offset or partition."""
    return make_id("event", rule, kind, subject, zone, event_ms)
