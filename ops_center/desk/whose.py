"""Whose a thing on the screen is: the jurisdiction of whatever an id names in a picture."""

from __future__ import annotations

from collections.abc import Mapping

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


def places_of(picture: Picture, command: Command, *, deployment: str) -> tuple[str, ...]:
    """Return the codes of all a command speaks of; one that is not on the screen is nowhere ("")."""
    ids = named(command.target, command.args)
    found = [jurisdiction_in(picture, one) for one in ids]
    return tuple("" if code is None else code or deployment for code in found)
