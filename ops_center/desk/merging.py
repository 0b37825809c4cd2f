"""Merge one incident into another: everything that hangs on it follows, and it points there."""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk import correlation, reports, runs
from ops_center.desk.incidents import logged, need_open
from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident, IncidentState, Report, Response
from ops_center.domain.run import RunState
from ops_center.domain.text import Text
from playbooks.engine import Happening


def merge(ledger: Ledger, incident: Incident, into: Incident, mark: Mark, *, command: str) -> None:
    """Merge; refused ones change nothing."""
    need_open(incident, "merged")
    need_open(into, "merged into")
    if incident.id == into.id:
        raise CommandRefused("an incident is not merged into itself", target=incident.id, field="into")
    if incident.status is not into.status:
        reason = f"{incident.status} and {into.status} are never merged"
        raise CommandRefused(reason, target=incident.id, field="into")
    whole = _joined(into, incident, mark)
    if into.parent == incident.id:  # the part becomes the whole
        whole = replace(whole, parent=incident.parent)
    text = Text("并入 {number}", "Merged into {number}")
    gone = replace(
        incident,
        state=IncidentState.MERGED,
        closed=mark,
        merged_into=into.id,
        alerts=(),
        reports=reports.dropped(incident).reports,
        responses=tuple(one if one.ended else replace(one, ended=mark) for one in incident.responses),
    )
    ledger.put(logged(gone, mark, text, command, number=into.number))
    text = Text("合并 {number}", "{number} merged into this")
    ledger.put(logged(whole, mark, text, command, number=incident.number))
    _follow(ledger, incident.id, into.id)
    _once_suggested(ledger, into.id, mark)
    due = reports.next_due(whole)
    if due is not None:
        ledger.set_timer(due, "report", into.id)


def _joined(into: Incident, incident: Incident, mark: Mark) -> Incident:
    """Return the incident that stays with all that was known of the other."""
    return replace(
        into,
        alerts=tuple(sorted({*into.alerts, *incident.alerts})),
        claims=tuple(sorted((*into.claims, *incident.claims), key=lambda one: (one.at_ms, one.what, one.source))),
        log=tuple(sorted((*into.log, *incident.log), key=lambda entry: entry.at_ms)),
        attachments=(
            *into.attachments,
            *(one for one in incident.attachments if all(one.sha256 != kept.sha256 for kept in into.attachments)),
        ),
        responses=(*into.responses, *_moved_responses(into, incident)),
        reports=_reports(into, incident),
        reporter="; ".join(dict.fromkeys(one for one in (into.reporter, incident.reporter) if one)),
        fields={**incident.fields, **into.fields},
        place=into.place if into.place.lon_e7 is not None or incident.place.lon_e7 is None else incident.place,
        verified=into.verified or incident.verified,
        state=IncidentState.VERIFIED if into.verified or incident.verified else into.state,
    )


def _moved_responses(into: Incident, incident: Incident) -> list[Response]:
    """Return the responses that go on in the other incident: of jurisdictions that run none there."""
    running = {one.jurisdiction for one in into.responses if one.ended is None}
    return [one for one in incident.responses if one.ended or one.jurisdiction not in running]


def _reports(into: Incident, incident: Incident) -> tuple[Report, ...]:
    """Return what was sent of both; of what both owe the one that is due first. Numbers count anew by kind."""
    both = (*into.reports, *incident.reports)
    said = sorted((one for one in both if one.sent), key=lambda one: (one.sent.at_ms if one.sent else 0, one.number))
    open_: dict[str, Report] = {}
    for one in both:
        if one.sent is None:
            held = open_.get(one.kind)
            if held is None or (one.due_ms or 2**62) < (held.due_ms or 2**62):
                open_[one.kind] = one
    if any(one.kind == "first" for one in said):
        open_.pop("first", None)
    counts: dict[str, int] = {}
    numbered = []
    for one in (*said, *(open_[kind] for kind in sorted(open_))):
        counts[one.kind] = counts.get(one.kind, 0) + 1
        numbered.append(replace(one, number=counts[one.kind]))
    return tuple(numbered)


def _follow(ledger: Ledger, gone: str, into: str) -> None:
    """Let alerts, children, runs, dispatches and warnings hang on the incident that stays."""
    state = ledger.state
    correlation.parent_moved(ledger, gone, into)
    for _, alert in sorted(state.alerts.items()):
        if alert.incident == gone:
            ledger.put(replace(alert, incident=into))
    for _, child in sorted(state.incidents.items()):
        if child.parent == gone and child.id != into:
            ledger.put(replace(child, parent=into))
    for _, run in sorted(state.runs.items()):
        if run.incident == gone:
            tasks = tuple(replace(task, incident=into) for task in run.tasks)
            ledger.put(replace(run, incident=into, tasks=tasks))
    for _, dispatch in sorted(state.dispatches.items()):
        if dispatch.incident == gone:
            ledger.put(replace(dispatch, incident=into))
    for _, warning in sorted(state.warnings.items()):
        if warning.incident == gone:
            ledger.put(replace(warning, incident=into))


def _once_suggested(ledger: Ledger, incident: str, mark: Mark) -> None:
    """Withdraw the suggestion of a playbook that runs there already, or is suggested twice."""
    here = [run for _, run in sorted(ledger.state.runs.items()) if run.incident == incident]
    known = {run.playbook for run in here if run.state is RunState.RUNNING}
    for run in here:
        if run.state is not RunState.SUGGESTED:
            continue
        if run.playbook in known:
            args = {"reason": "merged"}
            runs.drive(ledger, run, Happening(kind="stand_down", at_ms=mark.at_ms, mark=mark, args=args))
        known.add(run.playbook)
