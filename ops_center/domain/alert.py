"""Alert and Occurrence: independent facts about one rule firing for one group key.

An Alert is a rule and a group key for ever; an Occurrence is one firing of it. Condition goes
pending -> firing -> resolved inside one occurrence; a new firing opens a new occurrence.
Acknowledgement belongs to the occurrence; shelf, suppression, claim and out-of-service belong to
the alert and never erase each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from ops_center.domain.ids import make_id
from ops_center.domain.scales import AlertClass, Severity, Status
from ops_center.domain.text import Json, Message, Text


class Condition(StrEnum):
    """Of an occurrence, as Prometheus names them."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Who did something and when (desk time)."""

    by: str
    post: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """An alert put aside until a time, with a reason; it returns on expiry or a change."""

    until_ms: int
    reason: str
    mark: Mark


class SuppressionReason(StrEnum):
    """Why an alert calls nobody though it is neither acknowledged nor shelved."""

    MAINTENANCE = "maintenance"
    PARENT_ACTIVE = "parent_active"  # it belongs to an incident or hazard that is being dealt with
    EXERCISE = "exercise"
    DUPLICATE = "duplicate"  # another alarm says the same
    NUISANCE = "nuisance"  # it comes and goes, and its rule is being mended
    FEED_SILENT = "feed_silent"  # nothing at all is heard of its feed, and that alarm stands for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One reason of an alert's set of them, with who gave it; each is released alone."""

    reason: SuppressionReason
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """An alert taken out of service (ISA-18.2) until a person returns it."""

    reason: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One firing; `quiet` ones began while the alert was put aside and called nobody."""

    id: str
    started_ms: int
    condition: Condition = Condition.FIRING
    resolved_ms: int | None = None
    resolution: str = ""  # cleared | rule_withdrawn | expired
    rule_version: str
    severities: tuple[tuple[int, Severity], ...]  # history: (ms, severity)
    acknowledged: Mark | None = None
    quiet: bool = False
    caused_by: str  # event id
    why: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert; on screen an alarm (告警). `lon_e7`/`lat_e7` is the place of the last firing."""

    id: str
    rule: str
    group: tuple[tuple[str, str], ...]
    alert_class: AlertClass
    title: Text
    message: Message
    status: Status = Status.ACTUAL
    jurisdiction: str = ""  # 6-digit code of the county (or what is known)
    subject: str = ""
    feed: str = ""
    lon_e7: int | None = None
    lat_e7: int | None = None
    occurrences: tuple[Occurrence, ...]
    shelf: Shelf | None = None
    suppressions: tuple[Suppression, ...] = ()  # by reason, each reason once
    out_of_service: Outage | None = None
    claimed: Mark | None = None
    incident: str = ""
    hazard: str = ""  # the hazard its rule says it follows from
    under: str = ""  # the incident whose being open is its suppression `parent_active`
    disposition: str = ""
    remarks: str = ""  # to the disposition
    closed: Mark | None = None  # who gave the disposition
    shadow: bool = False  # its rule is on trial: recorded, shown to analysts only

    @property
    def last(self) -> Occurrence:
        """The current occurrence."""
        return self.occurrences[-1]

    @property
    def severity(self) -> Severity:
        """Severity now."""
        return self.last.severities[-1][1]

    @property
    def suppressed(self) -> tuple[str, ...]:
        """The reasons it is suppressed for, sorted."""
        return tuple(str(one.reason) for one in self.suppressions)

    @property
    def put_aside(self) -> bool:
        """True while it calls nobody: shelved, suppressed or out of service."""
        return self.shelf is not None or bool(self.suppressions) or self.out_of_service is not None

    @property
    def open(self) -> bool:
        """True while it must stay in the list: firing, or resolved and not acknowledged."""
        return self.last.condition is not Condition.RESOLVED or self.last.acknowledged is None


@lru_cache(maxsize=65_536)  # asked for several times for each event
def alert_id(deployment: str, rule: str, group: tuple[tuple[str, str], ...]) -> str:
    """Return the id of the alert of `rule` for `group`."""
    return make_id("alert", deployment, rule, *(part for pair in group for part in pair))


def occurrence_id(alert: str, started_ms: int) -> str:
    """Return the id of the occurrence of `alert` that started at `started_ms`."""
    return make_id("occurrence", alert, started_ms)
