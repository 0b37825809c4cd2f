"""Commands on incidents."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk import correlation, incidents, runs
from ops_center.desk.commands.targets import Handler, alert_of, incident_of, said
from ops_center.desk.ledger import Ledger
from ops_center.desk.opening import numbered, open_from_alert
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.text import Json, Text


def _open(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Open an incident, by telephone or from the alarm that is the target."""
    kind = str(command.args["kind"])
    if command.target:
        open_from_alert(ledger, alert_of(ledger, command.target), kind=kind, cause=command.id, at_ms=mark.at_ms)
        return
    parent = said(command, "parent")
    if parent:
        incident_of(ledger, parent)
    unnumbered = incidents.by_telephone(
        command.args,
        mark,
        command=command.id,
        deployment=ledger.deployment,
        status=ledger.status,
        title=ledger.definitions.incident_kinds.get(kind, Text(kind, kind)),
    )
    opened = numbered(ledger, unnumbered)
    ledger.put(opened)
    runs.suggest(ledger, opened, cause=command.id, at_ms=mark.at_ms)


def _verify(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    fields: Mapping[str, Json] = command.args.get("fields") or {}
    ledger.put(incidents.verify(incident, mark, command=command.id, fields=fields))


def _link(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, str(command.args["alert"]))
    for thing in incidents.link(incident_of(ledger, command.target), alert, mark, command=command.id):
        ledger.put(thing)


def _unlink(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, str(command.args["alert"]))
    for thing in incidents.unlink(incident_of(ledger, command.target), alert, mark, command=command.id):
        ledger.put(thing)


def _dismiss(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    ledger.put(incidents.dismiss(incident, mark, command=command.id, reason=said(command, "reason")))
    correlation.parent_over(ledger, incident.id)


def _close(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    ledger.put(incidents.close(incident, mark, command=command.id, disposition=said(command, "disposition")))
    correlation.parent_over(ledger, incident.id)


def _reopen(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = incident_of(ledger, command.target)
    ledger.put(incidents.reopen(incident, mark, command=command.id, reason=said(command, "reason")))


HANDLERS: Mapping[str, Handler] = {
    kinds.OPEN_INCIDENT: _open,
    kinds.VERIFY: _verify,
    kinds.LINK: _link,
    kinds.UNLINK: _unlink,
    kinds.DISMISS: _dismiss,
    kinds.CLOSE: _close,
    kinds.REOPEN: _reopen,
}
