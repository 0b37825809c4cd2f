"""Commands on alarms."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk import alerts
from ops_center.desk.commands.targets import Handler, alert_of, said
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command


def _acknowledge(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, command.target)
    ledger.put(alerts.acknowledge(alert, mark, occurrence=said(command, "occurrence")))


def _claim(ledger: Ledger, command: Command, mark: Mark) -> None:
    to = command.args.get("to")
    given = Mark(by=str(to["by"]), post=str(to["post"]), at_ms=mark.at_ms) if isinstance(to, Mapping) else None
    ledger.put(alerts.claim(alert_of(ledger, command.target), mark, to=given))


def _shelve(ledger: Ledger, command: Command, mark: Mark) -> None:
    until = command.args.get("until_ms")
    until_ms = int(until) if until is not None else mark.at_ms + int(command.args["for_ms"])
    reason = said(command, "reason")
    ledger.put(alerts.shelve(alert_of(ledger, command.target), mark, until_ms=until_ms, reason=reason))
    ledger.set_timer(until_ms, "shelf", command.target)


def _unshelve(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(alerts.unshelve(alert_of(ledger, command.target)))


def _suppress(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(alerts.suppress(alert_of(ledger, command.target), reason=said(command, "reason")))


def _release(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(alerts.release(alert_of(ledger, command.target), reason=said(command, "reason")))


def _close_alert(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = alert_of(ledger, command.target)
    ledger.put(alerts.close(alert, mark, disposition=said(command, "disposition")))


HANDLERS: Mapping[str, Handler] = {
    kinds.ACKNOWLEDGE: _acknowledge,
    kinds.CLAIM: _claim,
    kinds.SHELVE: _shelve,
    kinds.UNSHELVE: _unshelve,
    kinds.SUPPRESS: _suppress,
    kinds.RELEASE: _release,
    kinds.CLOSE_ALERT: _close_alert,
}
