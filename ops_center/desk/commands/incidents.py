"""Commands on an incident's life: open, verify, link, merge, dismiss, close, reopen."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk import correlation, incidents, intake, merging, reports, runs
from ops_center.desk.commands.targets import Handler, alert_of, incident_of, said
from ops_center.desk.ledger import Ledger
from ops_center.desk.opening import numbered, open_from_alert
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.disposition import check_disposition
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident, Place
from ops_center.domain.jurisdiction import covers
from ops_center.domain.text import Json, Text


def _open(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Open an incident, by telephone or from the alarm that is the target."""
    kind = str(command.args["kind"])
    known = ledger.definitions.incident_kinds
    if known and kind not in known:
        raise CommandRefused(f"no kind {kind!r}", field="kind")
    if command.target:
        open_from_alert(ledger, alert_of(ledger, command.target), kind=kind, cause=command.id, at_ms=mark.at_ms)
        return
    parent = said(command, "parent")
    if parent:
        incidents.need_open(incident_of(ledger, parent), "made a parent")
    place = intake.place_of(command.args, ledger.places)
    within(ledger, command, place)
    reporter = said(command, "reporter")
    unnumbered = incidents.by_telephone(
        command.args,
        mark,
        command=command.id,
        deployment=ledger.deployment,
        status=ledger.status,
        title=known.get(kind, Text(kind, kind)),
        place=place,
        jurisdiction=command.actor.jurisdiction,
        claims=intake.claims_of(command.args, at_ms=mark.at_ms, source=reporter or mark.by),
    )
    opened = numbered(ledger, unnumbered)
    opened = reports.owe_first(opened, ledger.definitions.kinds.get(kind), at_ms=mark.at_ms)
    keep(ledger, opened)
    runs.suggest(ledger, opened, cause=command.id, at_ms=mark.at_ms)


def _verify(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    fields: Mapping[str, Json] = command.args.get("fields") or {}
    verified = incidents.verify(incident, mark, command=command.id, fields=fields)
    # What a person has seen is known to the authority from now on, and its clock runs.
    kind = ledger.definitions.kinds.get(incident.kind)
    keep(ledger, reports.owe_first(verified, kind, at_ms=mark.at_ms))


def _link(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, str(command.args["alert"]))
    for thing in incidents.link(incident_of(ledger, command.target), alert, mark, command=command.id):
        ledger.put(thing)


def _unlink(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, str(command.args["alert"]))
    for thing in incidents.unlink(incident_of(ledger, command.target), alert, mark, command=command.id):
        ledger.put(thing)


def _merge(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident, into = incident_of(ledger, command.target), incident_of(ledger, str(command.args["into"]))
    merging.merge(ledger, incident, into, mark, command=command.id)


def _dismiss(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    dismissed = incidents.dismiss(incident, mark, command=command.id, reason=said(command, "reason"))
    ledger.put(reports.dropped(dismissed))
    correlation.parent_over(ledger, incident.id)


def _close(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    known, given, remarks = ledger.definitions.dispositions, said(command, "disposition"), said(command, "remarks")
    title = known[given].title if given in known else None
    closed = incidents.close(incident, mark, command=command.id, disposition=given, remarks=remarks, title=title)
    check_disposition(known, given, of="incident", remarks=remarks, target=incident.id)
    ledger.put(closed)
    correlation.parent_over(ledger, incident.id)


def _reopen(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    again = incidents.reopen(incident, mark, command=command.id, reason=said(command, "reason"))
    told = again.verified is not None or bool(again.reporter)
    kind = ledger.definitions.kinds.get(incident.kind)
    keep(ledger, reports.owe_first(again, kind, at_ms=mark.at_ms) if told else again)


def keep(ledger: Ledger, incident: Incident) -> None:
    """Keep an incident, and look at it again when its next report falls due."""
    ledger.put(incident)
    due = reports.next_due(incident)
    if due is not None:
        ledger.set_timer(due, "report", incident.id)


def within(ledger: Ledger, command: Command, place: Place) -> None:
    """Refuse a place outside the officer's jurisdiction; it is known only now, after it was found."""
    if place.adcode and not covers(command.actor.jurisdiction, place.adcode):
        reason = f"{place.adcode} lies outside {command.actor.jurisdiction}"
        raise CommandRefused(reason, target=command.target, field="place")


HANDLERS: Mapping[str, Handler] = {
    kinds.OPEN_INCIDENT: _open,
    kinds.VERIFY: _verify,
    kinds.LINK: _link,
    kinds.UNLINK: _unlink,
    kinds.MERGE: _merge,
    kinds.DISMISS: _dismiss,
    kinds.CLOSE: _close,
    kinds.REOPEN: _reopen,
}
