"""Carry out operators' commands on the ledger, one function a kind; a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk.commands import (
    alerts,
    casework,
    content,
    deliveries,
    dispatches,
    incidents,
    runs,
    shifts,
    warnings,
)
from ops_center.desk.commands.targets import Handler, known
from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused

__all__ = ["HANDLERS", "carry_out", "known"]

HANDLERS: Mapping[str, Handler] = {
    **alerts.HANDLERS,
    **incidents.HANDLERS,
    **casework.HANDLERS,
    **runs.HANDLERS,
    **warnings.HANDLERS,
    **deliveries.HANDLERS,
    **shifts.HANDLERS,
    **dispatches.HANDLERS,
    **content.HANDLERS,
}


def carry_out(ledger: Ledger, command: Command, *, at_ms: int) -> None:
    """Carry a command out and note the result; refused ones say who changed what and when."""
    mark = Mark(by=command.actor.name, post=shifts.post_of(ledger, command.actor), at_ms=at_ms)
    handler = HANDLERS.get(command.kind)
    try:
        if handler is None:
            raise CommandRefused(f"unknown command {command.kind!r}", target=command.target)
        handler(ledger, command, mark)
    except CommandRefused as refused:
        _refuse(ledger, command, refused, at_ms=at_ms)
    except KeyError as error:
        name = str(error.args[0]) if error.args else ""
        ledger.result(command, at_ms=at_ms, reason=f"wrong arguments: {name!r} is missing", field=name)
    except (TypeError, ValueError) as error:
        # The arguments come from outside; whatever is wrong with them is the submitter's to see.
        ledger.result(command, at_ms=at_ms, reason=f"wrong arguments: {error!r}")
    else:
        ledger.state.given[_key(command)] = mark
        ledger.result(command, at_ms=at_ms)


def _refuse(ledger: Ledger, command: Command, refused: CommandRefused, *, at_ms: int) -> None:
    """Note a refusal; where the thing itself no longer shows who changed it, the last such command does."""
    by, changed_ms = refused.by, refused.at_ms
    last = ledger.state.given.get(_key(command))
    if not by and not refused.field and last is not None:
        by, changed_ms = last.by, last.at_ms
    ledger.result(command, at_ms=at_ms, reason=refused.reason, by=by, changed_ms=changed_ms, field=refused.field)


def _key(command: Command) -> str:
    return f"{command.target} {command.kind}"
