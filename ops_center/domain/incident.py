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
    grade: EventGrade | None = None
    command_level: str = ""
    responses: tuple[Response, ...] = ()
    claims: tuple[Claim, ...] = ()
    parent: str = ""
    alerts: tuple[str, ...] = ()
    log: tuple[LogEntry, ...] = ()
    closed: Mark | None = None
    disposition: str = ""
    merged_into: str = ""
    fields: Mapping[str, Json] = field(default_factory=dict)  # form answers: un_number, people, ...


def incident_id(deployment: str, cause: str) -> str:
    """Return the id of the incident that `cause` (a command or occurrence id) opened."""
    return make_id("incident", deployment, cause)
