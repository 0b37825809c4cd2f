"""Commands on alarms."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk import handling
from ops_center.desk.commands.targets import Handler, alert_of, incident_of, said
from ops_center.desk.incidents import OVER
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Alert, Mark, SuppressionReason
from ops_center.domain.command import Command
from ops_center.domain.disposition import check_disposition
from ops_center.domain.errors import CommandRefused
from ops_center.domain.shift import ShiftState


def _acknowledge(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, command.target)
    ledger.put(handling.acknowledge(alert, mark, occurrence=said(command, "occurrence")))


def _claim(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, command.target)
    gone = alert.claimed is not None and _gone(ledger, alert.claimed)
    ledger.put(handling.claim(alert, mark, gone=gone))


def _hand_over(ledger: Ledger, command: Command, mark: Mark) -> None:
    to = command.args["to"]
    given = to if isinstance(to, Mapping) else {}
    taker = Mark(by=str(given.get("by") or ""), post=str(given.get("post") or ""), at_ms=mark.at_ms)
    if taker.by and _gone(ledger, taker):
        raise CommandRefused(f"{taker.by} is not on duty", target=command.target, field="to")
    ledger.put(handling.hand_over(alert_of(ledger, command.target), mark, to=taker))


def _shelve(ledger: Ledger, command: Command, mark: Mark) -> None:
    until = command.args.get("until_ms")
    until_ms = int(until) if until is not None else mark.at_ms + int(command.args["for_ms"])
    reason = said(command, "reason")
    ledger.put(handling.shelve(alert_of(ledger, command.target), mark, until_ms=until_ms, reason=reason))
    ledger.set_timer(until_ms, "shelf", command.target)


def _unshelve(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(handling.unshelve(alert_of(ledger, command.target)))


def _suppress(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, command.target)
    under = _parent(ledger, alert, said(command, "incident"))
    if said(command, "reason") == SuppressionReason.FEED_SILENT:
        raise CommandRefused("only the desk itself says so", target=alert.id, field="reason")
    ledger.put(handling.suppress(alert, mark, reason=said(command, "reason"), under=under))


def _release(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(handling.release(alert_of(ledger, command.target), reason=said(command, "reason")))


def _out_of_service(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, command.target)
    ledger.put(handling.out_of_service(alert, mark, reason=said(command, "reason")))


def _return_to_service(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(handling.return_to_service(alert_of(ledger, command.target)))


def _close_alert(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, command.target)
    given, remarks = said(command, "disposition"), said(command, "remarks")
    closed = handling.close(alert, mark, disposition=given, remarks=remarks)
    check_disposition(ledger.definitions.dispositions, given, of="alarm", remarks=remarks, target=alert.id)
    ledger.put(closed)


def _gone(ledger: Ledger, holder: Mark) -> bool:
    """Return True where this person's shifts are all over; who never signed on is not known to be gone."""
    shifts = [shift for shift in ledger.state.shifts.values() if shift.person == holder.by]
    return bool(shifts) and all(shift.state is not ShiftState.ON_DUTY for shift in shifts)


def _parent(ledger: Ledger, alert: Alert, named: str) -> str:
    """Return the open incident that stands above an alert: the one named, else the one it is linked to."""
    if named and incident_of(ledger, named).status is not alert.status:
        raise CommandRefused("an exercise never hides something real", target=alert.id, field="incident")
    held = ledger.state.incidents.get(named or alert.incident)
    return held.id if held is not None and held.state not in OVER else ""


HANDLERS: Mapping[str, Handler] = {
    kinds.ACKNOWLEDGE: _acknowledge,
    kinds.CLAIM: _claim,
    kinds.HAND_OVER: _hand_over,
    kinds.SHELVE: _shelve,
    kinds.UNSHELVE: _unshelve,
    kinds.SUPPRESS: _suppress,
    kinds.RELEASE: _release,
    kinds.OUT_OF_SERVICE: _out_of_service,
    kinds.RETURN_TO_SERVICE: _return_to_service,
    kinds.CLOSE_ALERT: _close_alert,
}
