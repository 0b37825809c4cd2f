"""Why: what caused a thing on the screen, and what caused that, down to the row a rule read.

Every answer has ``kind`` and ``id``; ``caused_by`` leads on. What people decided is told with who and
when, what the law or a rule said with its source.
"""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk.casework import current, suggested_grade
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.digest import plain
from ops_center.domain.incident import Incident
from ops_center.domain.law import COMMAND, COMMAND_BASIS, GRADE_BASIS
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.rule import Rule
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.text import Json
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import HazardRevision
from ops_center.picture import Group, Kpi, Picture

Chain = Mapping[str, Json]
MOST_MEMBERS = 20  # alarms told of a line or an incident; the rest are counted


def why(picture: Picture, identity: str, *, rules: Mapping[str, Rule]) -> Chain:
    """Return the chain of causes of an alert, occurrence, group, incident, run, task, dispatch, resource,
    warning, shift, hazard or tile (``kpi/<id>``)."""
    for run in picture.runs:
        if run.id == identity or any(task.id == identity for task in run.tasks):
            return _of_run(picture, run, identity, rules)
    for incident in picture.incidents:
        if incident.id == identity:
            return _of_incident(picture, incident, rules)
    for alert in picture.alerts:
        if alert.id == identity or any(one.id == identity for one in alert.occurrences):
            return _of_alert(picture, alert, identity, rules.get(alert.rule))
    for things in (picture.groups, picture.dispatches, picture.warnings, picture.shifts, picture.resources):
        for thing in things:
            if thing.id == identity:
                return _of_other(picture, thing, rules)
    for hazard in picture.hazards:
        if hazard.id == identity:
            return _of_hazard(hazard)
    for kpi in picture.kpis:
        if f"kpi/{kpi.id}" == identity:
            return _of_kpi(kpi)
    return {"kind": "unknown", "id": identity}


def _of_other(
    picture: Picture, thing: Group | Dispatch | PublicWarning | Shift | Resource, rules: Mapping[str, Rule]
) -> Chain:
    match thing:
        case Group():
            return _of_group(picture, thing, rules)
        case Dispatch():
            return _of_dispatch(picture, thing, rules)
        case PublicWarning():
            return _of_warning(picture, thing, rules)
        case Shift():
            return _of_shift(thing)
        case Resource():
            return _of_resource(picture, thing)


def _of_run(picture: Picture, run: PlaybookRun, identity: str, rules: Mapping[str, Rule]) -> Chain:
    task = next((one for one in run.tasks if one.id == identity), None)
    return {
        "kind": "task" if task else "run",
        "id": identity,
        "step": task.step if task else "",
        "playbook": run.playbook,
        "version": run.version,
        "started_ms": run.started_ms,
        "started_by": run.started_by,
        "caused_by": why(picture, run.incident, rules=rules),
    }


def _of_incident(picture: Picture, incident: Incident, rules: Mapping[str, Rule]) -> Chain:
    suggested = suggested_grade(incident.claims)
    graded = incident.grade or suggested
    return {
        "kind": "incident",
        "id": incident.id,
        "number": incident.number,
        "opened_ms": incident.opened_ms,
        "opened_by": incident.opened_by,
        "reporter": incident.reporter,
        "verified": _by(incident.verified),
        "grades": plain(incident.grades),
        "suggested_grade": {"grade": suggested, "figures": current(incident.claims), "source": plain(GRADE_BASIS)},
        "suggested_command": {"level": COMMAND[graded] if graded else None, "source": plain(COMMAND_BASIS)},
        "command_level": incident.command_level,
        "responses": plain(incident.responses),
        "claims": plain(incident.claims),
        "reports": [
            {"report": one.kind, "number": one.number, "due_ms": one.due_ms, "late": one.late, "sent": _by(one.sent)}
            | {"source": plain(one.basis) if one.basis else {}}
            for one in incident.reports
        ],
        "parent": incident.parent,
        "children": [one.id for one in picture.incidents if one.parent == incident.id],
        "merged_into": incident.merged_into,
        "closed": _by(incident.closed),
        "disposition": incident.disposition,
        "remarks": incident.remarks,
        "edits": plain(incident.edits),
        "alarms": len(incident.alerts),
        "caused_by": [why(picture, alert, rules=rules) for alert in incident.alerts[:MOST_MEMBERS]],
    }


def _of_alert(picture: Picture, alert: Alert, identity: str, rule: Rule | None) -> Chain:
    occurrence = next((one for one in alert.occurrences if one.id == identity), alert.last)
    same = rule is not None and rule.version == occurrence.rule_version
    hazard = next((one for one in picture.hazards if one.id == alert.hazard), None)
    return {
        "kind": "alert" if alert.id == identity else "occurrence",
        "id": identity,
        "rule": alert.rule,
        "rule_version": occurrence.rule_version,
        "when": rule.when if rule and same else "",
        "source": {"zh": rule.source.zh, "en": rule.source.en} if rule else {},
        "group": [list(pair) for pair in alert.group],
        "started_ms": occurrence.started_ms,
        "event": occurrence.caused_by,
        "facts": dict(occurrence.why),
        "severities": plain(occurrence.severities),
        "quiet": occurrence.quiet,
        "suppressed": plain(alert.suppressions),
        "under": alert.under,
        "shelf": plain(alert.shelf) if alert.shelf else None,
        "out_of_service": plain(alert.out_of_service) if alert.out_of_service else None,
        "subject": alert.subject,
        "feed": alert.feed,
        "hazard": _of_hazard(hazard) if hazard else None,
    }


def _of_group(picture: Picture, group: Group, rules: Mapping[str, Rule]) -> Chain:
    return {
        "kind": "group",
        "id": group.id,
        "cause": group.cause,
        "cause_kind": group.kind,
        "place": group.place,
        "count": group.count,
        "under": group.under,
        "caused_by": [why(picture, member, rules=rules) for member in group.members[:MOST_MEMBERS]],
    }


def _of_dispatch(picture: Picture, dispatch: Dispatch, rules: Mapping[str, Rule]) -> Chain:
    return {
        "kind": "dispatch",
        "id": dispatch.id,
        "resource": dispatch.resource,
        "capability": dispatch.capability,
        "task": dispatch.task,
        "states": [{"state": str(state), **_mark(mark)} for state, mark in dispatch.marks],
        "reason": dispatch.reason,
        "facts": dict(dispatch.why),
        "caused_by": why(picture, dispatch.task or dispatch.incident, rules=rules),
    }


def _of_warning(picture: Picture, warning: PublicWarning, rules: Mapping[str, Rule]) -> Chain:
    return {
        "kind": "warning",
        "id": warning.id,
        "template": warning.template,
        "approver": warning.approver,
        "approvals_needed": warning.approvals_needed,
        "revisions": [
            {
                "number": one.number,
                "state": str(one.state),
                "colour": str(one.colour),
                "drafted": _mark(one.drafted),
                "approvals": [_mark(mark) for mark in one.approvals],
                "published": _by(one.published),
                "ended": _by(one.ended),
                "reason": one.reason,
            }
            for one in warning.revisions
        ],
        "caused_by": why(picture, warning.task or warning.incident, rules=rules),
    }


def _of_shift(shift: Shift) -> Chain:
    return {
        "kind": "shift",
        "id": shift.id,
        "post": shift.post,
        "person": shift.person,
        "began": _mark(shift.began),
        "ended": _by(shift.ended),
        "taken_over_from": shift.taken_over_from,
        "handed_to": shift.handed_to,
    }


def _of_resource(picture: Picture, resource: Resource) -> Chain:
    held = [one.id for one in picture.dispatches if one.resource == resource.id and not one.over]
    return {
        "kind": "resource",
        "id": resource.id,
        "state": str(resource.state),
        "reason": resource.reason,
        "changed": _by(resource.changed),
        "dispatches": held,
    }


def _of_hazard(hazard: HazardRevision) -> Chain:
    return {
        "kind": "hazard",
        "id": hazard.id,
        "revision": hazard.revision,
        "hazard_kind": hazard.kind,
        "title": dict(hazard.title),
        "issued_ms": hazard.issued_ms,
        "expires_ms": hazard.expires_ms,
        "action": hazard.action,
    }


def _of_kpi(kpi: Kpi) -> Chain:
    return {
        "kind": "kpi",
        "id": f"kpi/{kpi.id}",
        "value": kpi.value,
        "definition": plain(kpi.definition),
        "window": plain(kpi.window),
        "list": kpi.list,
        "filter": dict(kpi.filter),
    }


def _mark(mark: Mark) -> dict[str, Json]:
    return {"by": mark.by, "post": mark.post, "at_ms": mark.at_ms}


def _by(mark: Mark | None) -> dict[str, Json] | None:
    return _mark(mark) if mark else None
