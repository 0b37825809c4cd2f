"""What a command speaks of: its target, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.warning import PublicWarning

Handler = Callable[[Ledger, Command, Mark], None]
T = TypeVar("T")


def alert_of(ledger: Ledger, identity: str) -> Alert:
    """Return an alert; CommandRefused where there is none."""
    return _there(ledger.state.alerts.get(identity), "alarm", identity)


def incident_of(ledger: Ledger, identity: str) -> Incident:
    """Return an incident; CommandRefused where there is none."""
    return _there(ledger.state.incidents.get(identity), "incident", identity)


def run_of(ledger: Ledger, identity: str) -> PlaybookRun:
    """Return a run; CommandRefused where there is none."""
    return _there(ledger.state.runs.get(identity), "run", identity)


def resource_of(ledger: Ledger, identity: str) -> Resource:
    """Return a resource; CommandRefused where there is none."""
    return _there(ledger.resource(identity), "resource", identity)


def dispatch_of(ledger: Ledger, identity: str) -> Dispatch:
    """Return a dispatch; CommandRefused where there is none."""
    return _there(ledger.state.dispatches.get(identity), "dispatch", identity)


def warning_of(ledger: Ledger, identity: str) -> PublicWarning:
    """Return a warning; CommandRefused where there is none."""
    return _there(ledger.state.warnings.get(identity), "warning", identity)


def shift_of(ledger: Ledger, identity: str) -> Shift:
    """Return a shift; CommandRefused where there is none."""
    return _there(ledger.state.shifts.get(identity), "shift", identity)


def said(command: Command, name: str) -> str:
    """Return a text argument, "" where it is absent."""
    return str(command.args.get(name) or "")


def known(ledger: Ledger, command: Command) -> bool:
    """Return True where the command's target has been decided already (ORDER 23)."""
    if not command.target:
        return True
    state = ledger.state
    alert = state.alerts.get(command.target)
    if alert is not None:
        wanted = said(command, "occurrence")
        return not wanted or any(occurrence.id == wanted for occurrence in alert.occurrences)
    kept = (state.incidents, state.runs, state.task_run, state.dispatches, state.warnings, state.shifts)
    return any(command.target in one for one in kept) or ledger.resource(command.target) is not None


def _there(found: T | None, what: str, identity: str) -> T:
    if found is None:
        raise CommandRefused(f"no such {what}", target=identity)
    return found
