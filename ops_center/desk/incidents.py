"""Incident transitions as pure functions: opened from an alert or by telephone, to closed and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ops_center.domain.alert import Alert, Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Claim, Incident, IncidentState, LogEntry, Place, incident_id
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text

_CLOSED = Text("结案：{disposition}", "Closed: {disposition}")
OVER = (IncidentState.CLOSED, IncidentState.DISMISSED, IncidentState.MERGED)


def next_number(sequences: dict[str, int], *, jurisdiction: str, at_ms: int, zone: ZoneInfo) -> str:
    """Count one more and return the spoken number: jurisdiction, local day, sequence (MODEL: Incidents)."""
    day = datetime.fromtimestamp(at_ms // 1000, zone).strftime("%Y%m%d")
    key = f"{jurisdiction}-{day}"
    sequences[key] = sequences.get(key, 0) + 1
    return f"{key}-{sequences[key]:03d}"


def from_alert(alert: Alert, *, kind: str, deployment: str, cause: str, at_ms: int) -> Incident:
    """Return the incident an alert opens; it takes the alert's place, status and known facts.

    It has no number yet: numbers are given last, so that a refusal uses none up.
    """
    facts = alert.last.why
    known = {name: value for name, value in sorted(facts.items()) if isinstance(value, str | int | float | bool)}
    return Incident(
        id=incident_id(deployment, cause),
        number="",
        kind=kind,
        title=alert.title,
        place=Place(
            lon_e7=alert.lon_e7,
            lat_e7=alert.lat_e7,
            adcode=alert.jurisdiction,
            text=str(facts.get("road.name") or facts.get("admin.name") or ""),
        ),
        status=alert.status,
        jurisdiction=alert.jurisdiction,
        opened_ms=at_ms,
        opened_by=cause,
        alerts=(alert.id,),
        fields=known,
        log=(_entry(at_ms, _SYSTEM, Text("由告警建立", "Opened from an alarm"), cause),),
    )


def by_telephone(
    args: Mapping[str, Json],
    mark: Mark,
    *,
    command: str,
    deployment: str,
    status: Status,
    title: Text,
    place: Place,
    jurisdiction: str,
    claims: tuple[Claim, ...] = (),
) -> Incident:
    """Return the incident a person opens (接报); the caller's remarks are the first line after its opening."""
    stated = args.get("title")
    remarks = str(args.get("remarks") or "").strip()
    log = [_entry(mark.at_ms, mark, Text("接报建立", "Opened by report"), command)]
    if remarks:
        log.append(_entry(mark.at_ms, mark, Text("{words}", "{words}"), command, words=remarks))
    return Incident(
        id=incident_id(deployment, command),
        number="",
        kind=str(args["kind"]),
        title=Text(str(stated["zh"]), str(stated["en"])) if isinstance(stated, Mapping) else title,
        place=place,
        status=status,
        jurisdiction=place.adcode or jurisdiction or deployment,
        opened_ms=mark.at_ms,
        opened_by=command,
        reporter=str(args.get("reporter") or ""),
        parent=str(args.get("parent") or ""),
        fields=dict(sorted((args.get("fields") or {}).items())),
        claims=claims,
        log=tuple(log),
    )


def verify(incident: Incident, mark: Mark, *, command: str, fields: Mapping[str, Json]) -> Incident:
    """Return the incident verified (核实), with what was learned."""
    need_open(incident, "verified")
    if incident.verified is not None:
        raise _by(incident, "already verified", incident.verified)
    changed = replace(incident, state=IncidentState.VERIFIED, verified=mark, fields={**incident.fields, **fields})
    return logged(changed, mark, Text("已核实", "Verified"), command)


def link(incident: Incident, alert: Alert, mark: Mark, *, command: str) -> tuple[Incident, Alert]:
    """Return incident and alert linked; an exercise is never linked to something real."""
    need_open(incident, "linked")
    if alert.id in incident.alerts:
        raise CommandRefused("already linked", target=incident.id)
    if alert.incident and alert.incident != incident.id:
        raise CommandRefused(f"the alarm belongs to another incident ({alert.incident})", target=alert.id)
    if alert.status is not incident.status:
        raise CommandRefused(f"{alert.status} and {incident.status} are never linked", target=incident.id)
    linked = replace(incident, alerts=tuple(sorted({*incident.alerts, alert.id})))
    return logged(linked, mark, Text("关联告警", "Alarm linked"), command, alert=alert.id), replace(
        alert, incident=incident.id
    )


def unlink(incident: Incident, alert: Alert, mark: Mark, *, command: str) -> tuple[Incident, Alert]:
    """Return incident and alert without their link."""
    if alert.id not in incident.alerts:
        raise CommandRefused("not linked", target=incident.id)
    apart = replace(incident, alerts=tuple(a for a in incident.alerts if a != alert.id))
    return logged(apart, mark, Text("取消关联", "Alarm unlinked"), command, alert=alert.id), replace(alert, incident="")


def dismiss(incident: Incident, mark: Mark, *, command: str, reason: str) -> Incident:
    """Return the incident dismissed as false, with the reason."""
    need_open(incident, "dismissed")
    if not reason.strip():
        raise CommandRefused("dismissing needs a reason", target=incident.id, field="reason")
    _need_no_response(incident)
    changed = replace(incident, state=IncidentState.DISMISSED, closed=mark, disposition=reason)
    return logged(changed, mark, Text("误报排除：{reason}", "Dismissed: {reason}"), command, reason=reason)


def close(
    incident: Incident, mark: Mark, *, command: str, disposition: str, remarks: str = "", title: Text | None = None
) -> Incident:
    """Return the incident closed with its disposition; `title` is how the content calls it."""
    need_open(incident, "closed")
    if not disposition.strip():
        raise CommandRefused("closing needs a disposition", target=incident.id, field="disposition")
    _need_no_response(incident)
    owed = next((one for one in incident.reports if one.sent is None), None)
    if owed is not None:
        raise CommandRefused(f"the {owed.kind} report is owed", target=incident.id, at_ms=owed.due_ms)
    changed = replace(incident, state=IncidentState.CLOSED, closed=mark, disposition=disposition, remarks=remarks)
    said = Text("结案：{disposition}（{remarks}）", "Closed: {disposition} ({remarks})") if remarks else _CLOSED
    called = {"zh": title.zh, "en": title.en} if title else disposition
    more = {"remarks": remarks} if remarks else {}
    return logged(changed, mark, said, command, disposition=called, **more)


def reopen(incident: Incident, mark: Mark, *, command: str, reason: str) -> Incident:
    """Return the incident open again: the explicit way back from closed or dismissed."""
    if incident.state not in (IncidentState.CLOSED, IncidentState.DISMISSED):
        raise CommandRefused(f"it is {incident.state}", target=incident.id)
    if not reason.strip():
        raise CommandRefused("reopening needs a reason", target=incident.id, field="reason")
    state = IncidentState.VERIFIED if incident.verified else IncidentState.OPEN
    changed = replace(incident, state=state, closed=None, disposition="", remarks="")
    return logged(changed, mark, Text("重新打开：{reason}", "Reopened: {reason}"), command, reason=reason)


def logged(incident: Incident, mark: Mark, text: Text, cause: str, **params: Json) -> Incident:
    """Return the incident with one more line in its log."""
    return replace(incident, log=(*incident.log, _entry(mark.at_ms, mark, text, cause, **params)))


def nested(fields: Mapping[str, Json]) -> dict[str, Json]:
    """Return dotted names as nested maps; a name that is both value and map keeps the map."""
    tree: dict[str, Json] = {}
    for name in sorted(fields):
        here = tree
        *parents, leaf = name.split(".")
        for parent in parents:
            below = here.get(parent)
            if not isinstance(below, dict):
                below = here[parent] = {}
            here = below
        if not isinstance(here.get(leaf), dict):
            here[leaf] = fields[name]
    return tree


def context_of(incident: Incident) -> dict[str, Json]:
    """Return what a playbook's conditions and texts may read of an incident."""
    place = incident.place
    return {
        "incident": {
            "id": incident.id,
            "number": incident.number,
            "kind": incident.kind,
            "state": str(incident.state),
            "status": str(incident.status),
            "closed": incident.state in OVER,
            "verified": incident.verified is not None,
            "title": {"zh": incident.title.zh, "en": incident.title.en},
            "jurisdiction": incident.jurisdiction,
            "reporter": incident.reporter,
            "alerts": len(incident.alerts),
            "position": None
            if place.lon_e7 is None or place.lat_e7 is None
            else {"lon": place.lon_e7 / 1e7, "lat": place.lat_e7 / 1e7},
            "place": {
                "text": place.text or " ".join(part for part in (place.road, place.stake) if part) or place.adcode,
                "adcode": place.adcode,
                "road": place.road,
                "stake": place.stake,
            },
            "fields": nested(incident.fields),
        }
    }


_SYSTEM = Mark(by="system", post="system", at_ms=0)


def _entry(at_ms: int, mark: Mark, text: Text, cause: str, **params: Json) -> LogEntry:
    return LogEntry(at_ms=at_ms, by=mark.by, post=mark.post, text=text, caused_by=cause, params=params)


def need_open(incident: Incident, wanted: str) -> None:
    """Raise CommandRefused where it is over, saying who ended it and when."""
    if incident.state not in OVER:
        return
    if incident.closed is not None:
        raise _by(incident, f"cannot be {wanted}: it was {incident.state}", incident.closed)
    raise CommandRefused(f"cannot be {wanted}: it is {incident.state}", target=incident.id)


def _need_no_response(incident: Incident) -> None:
    running = next((one for one in incident.responses if one.ended is None), None)
    if running is not None:
        by = running.started
        reason = f"the level {running.level} response of {running.jurisdiction} has not ended"
        raise CommandRefused(reason, target=incident.id, by=by.by, at_ms=by.at_ms)


def _by(incident: Incident, reason: str, mark: Mark) -> CommandRefused:
    return CommandRefused(f"{reason} by {mark.by}", target=incident.id, by=mark.by, at_ms=mark.at_ms)
