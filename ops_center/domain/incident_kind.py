"""IncidentKind: what the content says of a kind of incident: its law, its relatives, its report times."""

from __future__ import annotations

from dataclasses import dataclass

from ops_center.domain.law import Law, ReportTime
from ops_center.domain.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentKind:
    """One kind. Within `near_m` and `within_ms` another of it, or of `related`, may be the same incident.

    `law` None: no grade is suggested and no report is owed by it. `first_report` replaces the law's
    time where a plan is stricter.
    """

    id: str
    title: Text
    law: Law | None = None
    related: tuple[str, ...] = ()
    near_m: int = 2_000
    within_ms: int = 7_200_000
    first_report: ReportTime | None = None

    def relates(self, other: str) -> bool:
        """Return True where `other` may be the same thing told in other words."""
        return other == self.id or other in self.related or "other" in (self.id, other)
