"""Carry out what runs ask for, in the same decision: features found, units sent, warnings drafted, zones put."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.desk import warnings
from ops_center.desk.closures import put_zone, remove_zone
from ops_center.desk.drafting import draft_warning, note
from ops_center.desk.ledger import Ledger
from ops_center.desk.sending import send_back, send_recommended
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident
from ops_center.domain.text import Json, Text
from playbooks.kinds import Intent

STOOD_DOWN = "the playbook stood down"
REACH_M = 100_000.0  # no zone of a playbook is larger


def carry(ledger: Ledger, intent: Intent, mark: Mark) -> Mapping[str, Json] | None:
    """Return what the run is told of an intent that was carried out, None where it is told nothing.

    A refusal is told too (``failed``): the task then shows it and the officer has the manual way.
    """
    run = ledger.state.runs[intent.run]
    args = intent.args
    match intent.kind:
        case "notify":
            return None  # it lies in the task's deliveries as intended; a notifier carries it
        case "find":
            return _found(ledger, ledger.state.incidents[run.incident], args)
        case "dispatch":
            incident = ledger.state.incidents[run.incident]
            return send_recommended(ledger, incident, args, task=intent.task, cause=intent.id, mark=mark)
        case "warn":
            return _drafted(ledger, ledger.state.incidents[run.incident], intent, mark)
        case "announce":
            zone = put_zone(
                ledger,
                layer=args["layer"],
                key=intent.task,
                geometry=args["geometry"],
                fields=args["fields"],
                cause=intent.id,
                at_ms=mark.at_ms,
                status=run.status,
            )
            return {"zone": zone}
        case "undo":
            _undo(ledger, intent, mark)
            return None
        case other:
            raise ValueError(f"unknown intent {other!r}")


def _found(ledger: Ledger, incident: Incident, args: Mapping[str, Json]) -> dict[str, Json]:
    """Return the features of a layer that an area touches; where they are too many, those nearest to the incident."""
    found = list(ledger.places.touching(args["layer"], args["area"]))
    place, most = incident.place, int(args["most"])
    if len(found) > most and place.lon_e7 is not None and place.lat_e7 is not None:
        near = ledger.places.near(args["layer"], place.lon_e7 / 1e7, place.lat_e7 / 1e7, REACH_M)
        rank = {one["key"]: n for n, one in enumerate(near)}
        found.sort(key=lambda one: (rank.get(one["key"], len(rank)), one["key"]))
    return {"items": [dict(one) for one in found[:most]], "found": len(found)}


def _drafted(ledger: Ledger, incident: Incident, intent: Intent, mark: Mark) -> dict[str, Json]:
    """Draft a warning; the playbook may ask for more approvals than the template, never for fewer."""
    args = intent.args
    try:
        warning = draft_warning(ledger, incident, args, mark, cause=intent.id, task=intent.task)
    except CommandRefused as refused:
        return {"failed": refused.reason}
    if "approvals" in args:
        needed = max(warning.approvals_needed, int(args["approvals"]))
        ledger.put(replace(warning, approvals_needed=needed, approver=str(args["approver"])))
    return {"warning": warning.id}


def _take_back(ledger: Ledger, identity: str, mark: Mark) -> None:
    """Cancel a warning that is in force, in the name of whoever published it; give a mere draft up."""
    warning = ledger.state.warnings.get(identity)
    if warning is None:
        return
    held = warning.in_force
    if held is not None:
        by = warnings.Publisher(
            issuer=held.issuer or Text(ledger.deployment, ledger.deployment),
            web=held.web,
            sender=held.sender,
            zone=ledger.zone,
        )
        ledger.put(warnings.cancel(warning, mark, by, reason=STOOD_DOWN))
    elif warning.last.state in warnings.PENDING:
        ledger.put(warnings.discard(warning, mark, reason=STOOD_DOWN))
    else:
        return
    note(ledger, ledger.state.warnings[identity], mark, Text("预警撤回：{headline}", "Warning taken back: {headline}"))


def _undo(ledger: Ledger, intent: Intent, mark: Mark) -> None:
    match intent.args["what"]:
        case "zones":
            for name in intent.args["ids"]:
                remove_zone(ledger, name, cause=intent.id, at_ms=mark.at_ms)
        case "dispatches":
            for identity in intent.args["ids"]:
                send_back(ledger, identity, mark, reason=STOOD_DOWN)
        case "warning":
            for identity in intent.args["ids"]:
                _take_back(ledger, identity, mark)
        case other:
            raise ValueError(f"nothing takes back {other!r}")
