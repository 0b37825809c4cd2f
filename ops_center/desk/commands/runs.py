"""Commands on playbook runs and their tasks."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk import incidents, runs
from ops_center.desk.commands.targets import Handler, incident_of, run_of, said
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.run import RunState
from playbooks.engine import Happening


def _start(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Start a suggested run (target is the run) or a playbook on an incident (target is the incident)."""
    run = ledger.state.runs.get(command.target)
    if run is not None:
        if ledger.state.incidents[run.incident].state in incidents.OVER:
            raise CommandRefused("the incident is over", target=run.incident)
        runs.drive(ledger, run, Happening(kind="start", at_ms=mark.at_ms, mark=mark))
        return
    incident = incident_of(ledger, command.target)
    runs.start(ledger, incident, str(command.args["playbook"]), mark, cause=command.id)


def _stand_down(ledger: Ledger, command: Command, mark: Mark) -> None:
    args = {"reason": said(command, "reason")}
    run = run_of(ledger, command.target)
    runs.drive(ledger, run, Happening(kind="stand_down", at_ms=mark.at_ms, mark=mark, args=args))


def task_handler(kind: str) -> Handler:
    """Return the handler that passes a command on a task to its run as a happening of `kind`."""

    def handle(ledger: Ledger, command: Command, mark: Mark) -> None:
        args = {**command.args, "role": command.actor.role.value}  # who may approve is judged by it
        run = run_of(ledger, ledger.state.task_run.get(command.target, ""))
        if run.state is RunState.SUGGESTED:
            raise CommandRefused("the playbook has not been started", target=run.id)
        happening = Happening(kind=kind, at_ms=mark.at_ms, mark=mark, task=command.target, args=args)
        runs.drive(ledger, run, happening)

    return handle


HANDLERS: Mapping[str, Handler] = {
    kinds.START_RUN: _start,
    kinds.STAND_DOWN: _stand_down,
    kinds.TASK_ACKNOWLEDGE: task_handler("acknowledge"),
    kinds.TASK_DONE: task_handler("done"),
    kinds.TASK_SKIP: task_handler("skip"),
    kinds.TASK_APPROVE: task_handler("approve"),
}
