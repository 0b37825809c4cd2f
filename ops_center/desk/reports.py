"""Reports upwards (首报 续报 终报): which are owed by when, sent, or late, as pure functions.

The first report's clock runs from a person's word: the telephone call that opened the incident, or
the verification of one that an alarm opened. Late is a fact and not a failure.
"""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk.casework import GRADING
from ops_center.desk.incidents import logged, need_open
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident, Report, ReportKind
from ops_center.domain.incident_kind import IncidentKind
from ops_center.domain.law import CHANGES_BASIS, FIRST_REPORT, changes_within_ms
from ops_center.domain.text import Text

REPORTED = (*GRADING, "missing")
NAMES = {
    ReportKind.FIRST: Text("首报", "First report"),
    ReportKind.FOLLOW_UP: Text("续报", "Follow-up report"),
    ReportKind.FINAL: Text("终报", "Final report"),
}


def owe_first(incident: Incident, kind: IncidentKind | None, *, at_ms: int) -> Incident:
    """Return the incident with its first report owed, where its kind's law asks for one and none is kept."""
    if kind is None or kind.law is None or _of(incident, ReportKind.FIRST):
        return incident
    time = kind.first_report or FIRST_REPORT
    owed = Report(kind=ReportKind.FIRST, number=1, due_ms=at_ms + time.within_ms, basis=time.basis)
    return replace(incident, reports=(*incident.reports, owed))


def owe_change(incident: Incident, kind: IncidentKind | None, *, what: str, at_ms: int) -> Incident:
    """Return the incident with a follow-up owed after a figure changed (art. 13: at once, no hour is set)."""
    if kind is None or kind.law is None or what not in REPORTED or at_ms > _until(incident, kind):
        return incident
    first = [one for one in _of(incident, ReportKind.FIRST) if one.sent]
    follow_ups = _of(incident, ReportKind.FOLLOW_UP)
    if not first or any(one.sent is None for one in follow_ups):
        return incident
    owed = Report(kind=ReportKind.FOLLOW_UP, number=len(follow_ups) + 1, basis=CHANGES_BASIS)
    return replace(incident, reports=(*incident.reports, owed))


def sent(
    incident: Incident, mark: Mark, *, command: str, kind: ReportKind, text: str, reported_to: str, receipt: str
) -> Incident:
    """Return the incident with a report sent: the one that is owed, else one more of its kind."""
    if not text.strip() or not reported_to.strip():
        field = "text" if not text.strip() else "reported_to"
        raise CommandRefused(f"{field} is empty", target=incident.id, field=field)
    of_kind = _of(incident, kind)
    owed = next((one for one in of_kind if one.sent is None), None)
    if owed is None and of_kind and kind is not ReportKind.FOLLOW_UP:
        by = of_kind[-1].sent
        raise CommandRefused(
            f"{NAMES[kind].en.lower()} was sent by {by.by if by else ''}",
            target=incident.id,
            by=by.by if by else "",
            at_ms=by.at_ms if by else None,
        )
    if kind is not ReportKind.FINAL:
        need_open(incident, "reported on")
    report = owed or Report(kind=kind, number=len(of_kind) + 1)
    late = report.late or (report.due_ms is not None and mark.at_ms > report.due_ms)
    done = replace(report, sent=mark, text=text, reported_to=reported_to, receipt=receipt, late=late)
    kept = tuple(done if one == owed else one for one in incident.reports)
    changed = replace(incident, reports=kept if owed else (*kept, done))
    name = NAMES[kind]
    said = Text(f"{name.zh} {{number}} → {{to}}", f"{name.en} {{number}} → {{to}}")
    return logged(changed, mark, said, command, number=report.number, to=reported_to)


def overdue(incident: Incident, mark: Mark) -> Incident:
    """Return the incident with what is past its time marked late, each once in the log."""
    for report in incident.reports:
        if report.sent is None and not report.late and report.due_ms is not None and report.due_ms <= mark.at_ms:
            late = replace(report, late=True)
            kept = tuple(late if one == report else one for one in incident.reports)
            name = NAMES[report.kind]
            said = Text(f"{name.zh}超时", f"{name.en} is late")
            incident = logged(replace(incident, reports=kept), mark, said, incident.opened_by)
    return incident


def next_due(incident: Incident) -> int | None:
    """Return when the next report falls due that is neither sent nor late."""
    due = [one.due_ms for one in owed(incident) if one.due_ms is not None and not one.late]
    return min(due, default=None)


def owed(incident: Incident) -> tuple[Report, ...]:
    """Return what is not sent."""
    return tuple(one for one in incident.reports if one.sent is None)


def dropped(incident: Incident) -> Incident:
    """Return the incident without what is owed: nobody reports what was no incident."""
    return replace(incident, reports=tuple(one for one in incident.reports if one.sent is not None))


def _of(incident: Incident, kind: ReportKind) -> list[Report]:
    return [one for one in incident.reports if one.kind is kind]


def _until(incident: Incident, kind: IncidentKind) -> int:
    return incident.opened_ms + (changes_within_ms(kind.law) if kind.law else 0)
