"""Incident: one thing that people deal with, opened from alerts or by telephone.

States: open -> verified -> closed; open|verified -> dismissed (false) | merged; reopen is the
explicit way back from closed or dismissed to open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ops_center.domain.alert import Mark
from ops_center.domain.ids import make_id
from ops_center.domain.scales import EventGrade, ResponseLevel, Status
from ops_center.domain.text import Json, Text


class IncidentState(StrEnum):
    """Of an incident."""

    OPEN = "open"
    VERIFIED = "verified"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where: a point, a county, or a road and stake number; whatever is known."""

    lon_e7: int | None = None
    lat_e7: int | None = None
    adcode: str = ""
    road: str = ""
    stake: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One emergency response of one jurisdiction; started and ended by a person."""

    jurisdiction: str
    level: ResponseLevel
    started: Mark
    ended: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A figure somebody gave, with its time and source; claims are never overwritten."""

    what: str  # deaths, serious_injuries, missing, trapped, loss_cny
    value: int
    at_ms: int
    source: str


class ReportKind(StrEnum):
    """Reports upwards (首报 续报 终报), each with its legal clock."""

    FIRST = "first"
    FOLLOW_UP = "follow_up"
    FINAL = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report that is owed or was sent; `basis` cites the law that sets its clock.

    `due_ms` None: nothing asks for it by a time. Late is a fact, not a failure.
    """

    kind: ReportKind
    number: int  # of its kind: 1, 2, ...
    due_ms: int | None = None
    basis: Text | None = None
    late: bool = False
    sent: Mark | None = None
    text: str = ""
    reported_to: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file in the blob store; the journal holds only its hash."""

    sha256: str
    name: str
    media_type: str
    size: int  # octets
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """The event grade a person set, with the reason; earlier ones stay."""

    grade: EventGrade
    reason: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of the incident's log."""

    at_ms: int
    by: str
    post: str
    text: Text
    caused_by: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident; `number` is the spoken one: 370100-20190811-007."""

    id: str
    number: str
    kind: str
    title: Text
    place: Place
    state: IncidentState = IncidentState.OPEN
    status: Status = Status.ACTUAL
    jurisdiction: str = ""
    opened_ms: int
    opened_by: str  # command id or event id
    reporter: str = ""
    verified: Mark | None = None
    grades: tuple[Graded, ...] = ()
    command_level: str = ""  # county | city | province | state
    responses: tuple[Response, ...] = ()
    claims: tuple[Claim, ...] = ()
    reports: tuple[Report, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    parent: str = ""
    alerts: tuple[str, ...] = ()
    log: tuple[LogEntry, ...] = ()
    closed: Mark | None = None
    disposition: str = ""
    remarks: str = ""  # to the disposition
    merged_into: str = ""
    edits: Mapping[str, Mark] = field(default_factory=dict)  # who last changed a fact, by its name
    fields: Mapping[str, Json] = field(default_factory=dict)  # form answers: un_number, people, ...

    @property
    def grade(self) -> EventGrade | None:
        """Legal grade now, None until a person sets one."""
        return self.grades[-1].grade if self.grades else None


def incident_id(deployment: str, cause: str) -> str:
    """Return the id of the incident that `cause` (a command or occurrence id) opened."""
    return make_id("incident", deployment, cause)
