"""Warning: what the public is told about a hazard, drafted, approved, published, updated, cancelled.

draft -> approved (by as many people as its template asks) -> published; published -> updated by a
new revision that is approved and published the same way; published -> cancelled. What was
published is never rewritten: every revision stays.
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
    DISCARDED = "discarded"  # a draft that was never published


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningRevision:
    """One revision. `area` is GeoJSON (WGS-84); `adcodes` name the units it touches.

    The texts hold what 突发事件应对法 (2024), art. 64 asks for: kind, level, begin, area, what to
    watch for, what to do, issuer, time of issue.
    """

    number: int  # 1, 2, ...
    state: WarningState = WarningState.DRAFT
    colour: WarningColour
    event_code: str  # CAP event code of its template
    headline: Text
    description: Text
    instruction: Text
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
    identifier: str = ""  # of the CAP message
    references: str = ""  # CAP references of what this revision updates or cancels
    deliveries: tuple[tuple[str, str], ...] = ()  # (channel, intended|sent|delivered|receipted|failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicWarning:
    """One warning over its revisions."""

    id: str
    incident: str
    template: str
    task: str = ""
    jurisdiction: str = ""
    status: Status = Status.ACTUAL
    approvals_needed: int = 1
    approver: str = "commander"  # role
    revisions: tuple[WarningRevision, ...]

    @property
    def last(self) -> WarningRevision:
        """The newest revision."""
        return self.revisions[-1]

    @property
    def in_force(self) -> WarningRevision | None:
        """The revision that holds for the public now, None where none does."""
        return next((one for one in reversed(self.revisions) if one.state is WarningState.PUBLISHED), None)


def warning_id(deployment: str, incident: str, cause: str) -> str:
    """Return the id of the warning that `cause` (a command or task) drafted for `incident`."""
    return make_id("warning", deployment, incident, cause)
