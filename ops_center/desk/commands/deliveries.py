"""What became of messages: said by a notifier, or by an officer who heard the recipient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.desk import warnings
from ops_center.desk.commands.runs import task_handler
from ops_center.desk.commands.targets import Handler, said
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command

_to_task = task_handler("delivery")


def _delivery(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Note one recipient's fate at the task or the warning that told them."""
    warning = ledger.state.warnings.get(command.target)
    if warning is None:
        _to_task(ledger, command, mark)
        return
    number = command.args.get("revision")
    ledger.put(
        warnings.delivered(
            warning,
            number=warning.last.number if number is None else int(number),
            recipient=said(command, "recipient"),
            status=said(command, "status"),
        )
    )


def _receipt(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Note that a recipient confirmed, as an officer heard it."""
    _delivery(ledger, replace(command, args={**command.args, "status": "receipted"}), mark)


HANDLERS: Mapping[str, Handler] = {kinds.DELIVERY: _delivery, kinds.RECEIPT: _receipt}
