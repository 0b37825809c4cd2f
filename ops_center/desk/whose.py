"""Whose a thing on the screen is: the jurisdiction of whatever an id names in a picture."""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.desk.state import State
from ops_center.domain.command import Command
from ops_center.domain.text import Json
from ops_center.picture import Picture

# Arguments that name another thing; whoever gives the command must be allowed both.
NAMING = ("alert", "incident", "parent", "into", "resource")


def named(target: str, args: Mapping[str, Json]) -> tuple[str, ...]:
    """Return every id a command speaks of: its target, and the things its arguments name."""
    return tuple(str(one) for one in (target, *(args.get(name) for name in NAMING)) if one)


def jurisdiction_in(picture: Picture, target: str) -> str | None:
    """Return the code of what `target` names, None where the picture has no such thing.

    Alerts (and their occurrences), incidents, runs and their tasks, resources, dispatches, warnings
    and shifts; "" belongs to the whole deployment.
    """
    for alert in picture.alerts:
        if alert.id == target or any(one.id == target for one in alert.occurrences):
            return alert.jurisdiction
    held = {incident.id: incident.jurisdiction for incident in picture.incidents}
    if target in held:
        return held[target]
    for run in picture.runs:
        if run.id == target or any(task.id == target for task in run.tasks):
            return held.get(run.incident, "")
    for things in (picture.resources, picture.dispatches, picture.warnings, picture.shifts):
        for thing in things:
            if thing.id == target:
                return thing.jurisdiction or held.get(getattr(thing, "incident", ""), "")
    return None


def jurisdiction_of(state: State, target: str) -> str | None:
    """Return the code of what the desk has decided, None where it knows no such thing.

    A command may follow so closely on a decision that no picture shows its target yet.
    """
    alert = state.alerts.get(target)
    if alert is not None:
        return alert.jurisdiction
    run = state.runs.get(state.task_run.get(target, target))
    incident = state.incidents.get(run.incident if run else target)
    if incident is not None:
        return incident.jurisdiction
    other = state.dispatches.get(target) or state.warnings.get(target) or state.shifts.get(target)
    return None if other is None else other.jurisdiction


def places_of(picture: Picture, state: State, command: Command, *, deployment: str) -> tuple[str, ...]:
    """Return the codes of all a command speaks of; one that neither screen nor desk knows is nowhere ("")."""
    found: list[str] = []
    for one in named(command.target, command.args):
        code = jurisdiction_in(picture, one)
        code = jurisdiction_of(state, one) if code is None else code
        found.append("" if code is None else code or deployment)
    return tuple(found)
