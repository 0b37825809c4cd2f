"""Warning: what the public is told about a hazard, drafted, approved, published, updated, cancelled.

draft -> approved (by as many people as its template asks) -> published; published -> updated by a
new revision that is approved and published the same way; published -> cancelled by a revision that
says so, or expired. What was published is never rewritten: every revision stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ops_center.domain.alert import Mark
from ops_center.domain.ids import make_id
from ops_center.domain.scales import Status, WarningColour
from ops_center.domain.text import Json, Text


class WarningState(StrEnum):
    """Of a revision."""

    DRAFT = "draft"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"  # a later revision was published
    CANCELLED = "cancelled"
    EXPIRED = "expired"  # its time ran out and nothing followed
    DISCARDED = "discarded"  # a draft that was never published


class WarningAction(StrEnum):
    """What a revision does to what was published before it (CAP msgType)."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure a warning calls for, with the article that provides for it."""

    law: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CapTerms:
    """How CAP 1.2 (3.2.2) is to class the event; the template's author states it for each colour."""

    category: tuple[str, ...]
    urgency: str
    severity: str
    certainty: str
    response: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRevision:
    """One revision. `area` is GeoJSON (WGS-84) without holes; `adcodes` name the units it touches.

    An area of whole administrative units has no `area`: their codes say it (MODEL: Space).

    The texts hold what 突发事件应对法 (2024), art. 64 asks for: kind, level, begin, area, what to
    watch for, what to do, issuer, time of issue.
    """

    number: int  # 1, 2, ...
    action: WarningAction = WarningAction.ALERT
    state: WarningState = WarningState.DRAFT
    edits: int = 0  # grows with every change of the draft: an approval names the one it read
    colour: WarningColour
    event: Text
    event_code: str  # CAP event code of its template
    terms: CapTerms
    headline: Text
    description: Text
    instruction: Text
    measures: tuple[Measure, ...] = ()
    onset_ms: int
    expires_ms: int
    area: Mapping[str, Json] | None = None
    adcodes: tuple[str, ...] = ()
    area_text: Text | None = None
    drafted: Mark
    approvals: tuple[Mark, ...] = ()
    published: Mark | None = None
    ended: Mark | None = None
    reason: str = ""
    issuer: Text | None = None  # who published it
    contact: str = ""
    web: str = ""
    sender: str = ""  # CAP sender, identifier and sent: the three that references name
    identifier: str = ""
    sent: str = ""
    references: str = ""  # CAP references of what this revision updates or cancels
    deliveries: tuple[tuple[str, str], ...] = ()  # (recipient, intended|sent|delivered|receipted|failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicWarning:
    """One warning over its revisions."""

    id: str
    incident: str
    template: str
    template_version: str = ""
    task: str = ""
    jurisdiction: str = ""
    status: Status = Status.ACTUAL
    approvals_needed: int = 1
    approver: str = "commander"  # role
    recipients: tuple[str, ...] = ()  # who is told beside the public feed, by the names of the recipients' book
    revisions: tuple[WarningRevision, ...]

    @property
    def last(self) -> WarningRevision:
        """The newest revision."""
        return self.revisions[-1]

    @property
    def in_force(self) -> WarningRevision | None:
        """The revision that holds for the public now, None where none does."""
        return next((one for one in reversed(self.revisions) if one.state is WarningState.PUBLISHED), None)


def delivery_intent(warning: str, number: int, recipient: str) -> str:
    """Return the id of telling one recipient of one revision; it goes out with the text."""
    return make_id("intent", warning, number, recipient)


def warning_id(deployment: str, incident: str, cause: str) -> str:
    """Return the id of the warning that `cause` (a command or task) drafted for `incident`."""
    return make_id("warning", deployment, incident, cause)
