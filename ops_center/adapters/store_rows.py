"""Rows of the store from the nouns, one function a noun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import shapely

from ops_center.domain.alert import Alert
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.text import Json
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import HazardRevision

Row = Mapping[str, Any]
SHAPES = ("place", "area")
LONGEST = 600  # characters: an entry of a PostgreSQL B-tree holds 2,704 bytes at most


def alert_row(alert: Alert) -> Row:
    """Return the row of an alert."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "alert_class": str(alert.alert_class),
        "severity": str(alert.severity),
        "status": str(alert.status),
        "condition": str(alert.last.condition),
        "is_open": alert.open,
        "shadow": alert.shadow,
        "jurisdiction": alert.jurisdiction,
        "subject": alert.subject,
        "feed": alert.feed,
        "incident": alert.incident,
        "started_ms": alert.last.started_ms,
        "place": _point(alert.lon_e7, alert.lat_e7),
        "body": msgspec.json.encode(alert),
    }


def occurrence_rows(alert: Alert) -> Iterator[Row]:
    """Yield a row for each occurrence the alert still holds."""
    for occurrence in alert.occurrences:
        seen = occurrence.acknowledged
        yield {
            "id": occurrence.id,
            "alert": alert.id,
            "started_ms": occurrence.started_ms,
            "resolved_ms": occurrence.resolved_ms,
            "severity": str(occurrence.severities[-1][1]),
            "acknowledged_by": seen.by if seen else None,
            "acknowledged_ms": seen.at_ms if seen else None,
            "rule_version": occurrence.rule_version,
        }


def incident_row(incident: Incident) -> Row:
    """Return the row of an incident."""
    return {
        "id": incident.id,
        "number": incident.number,
        "kind": incident.kind,
        "state": str(incident.state),
        "status": str(incident.status),
        "jurisdiction": incident.jurisdiction,
        "responding": "".join(f" {one.jurisdiction}" for one in incident.responses),
        "opened_ms": incident.opened_ms,
        "place": _point(incident.place.lon_e7, incident.place.lat_e7),
        "body": msgspec.json.encode(incident),
    }


def run_row(run: PlaybookRun) -> Row:
    """Return the row of a run."""
    return {
        "id": run.id,
        "playbook": run.playbook,
        "version": run.version,
        "incident": run.incident,
        "state": str(run.state),
        "started_ms": run.started_ms,
        "body": msgspec.json.encode(run),
    }


def task_rows(run: PlaybookRun) -> Iterator[Row]:
    """Yield a row for each task of a run."""
    for task in run.tasks:
        yield {
            "id": task.id,
            "run": run.id,
            "incident": run.incident,
            "step": task.step,
            "kind": task.kind,
            "owner": task.owner,
            "state": str(task.state),
            "late": " ".join(task.late),
            "done_due_ms": task.done_due_ms,
        }


def resource_row(resource: Resource) -> Row:
    """Return the row of a resource."""
    return {
        "id": resource.id,
        "kind": str(resource.kind),
        "state": str(resource.state),
        "jurisdiction": resource.jurisdiction,
        "capability": "".join(f" {one}" for one in resource.capability),
        "subject": resource.subject,
        "place": _point(resource.lon_e7, resource.lat_e7),
        "body": msgspec.json.encode(resource),
    }


def dispatch_row(dispatch: Dispatch) -> Row:
    """Return the row of a dispatch."""
    return {
        "id": dispatch.id,
        "incident": dispatch.incident,
        "resource": dispatch.resource,
        "state": str(dispatch.state),
        "jurisdiction": dispatch.jurisdiction,
        "requested_ms": dispatch.marks[0][1].at_ms if dispatch.marks else None,
        "place": _point(dispatch.lon_e7, dispatch.lat_e7),
        "body": msgspec.json.encode(dispatch),
    }


def warning_row(warning: PublicWarning) -> Row:
    """Return the row of a warning."""
    area = warning.last.area
    return {
        "id": warning.id,
        "incident": warning.incident,
        "state": str(warning.last.state),
        "in_force": warning.in_force is not None,
        "jurisdiction": warning.jurisdiction,
        "drafted_ms": warning.revisions[0].drafted.at_ms,
        "area": None if area is None else _shape(area),
        "body": msgspec.json.encode(warning),
    }


def shift_row(shift: Shift) -> Row:
    """Return the row of a shift."""
    return {
        "id": shift.id,
        "post": shift.post,
        "person": shift.person,
        "state": str(shift.state),
        "jurisdiction": shift.jurisdiction,
        "began_ms": shift.began.at_ms,
        "body": msgspec.json.encode(shift),
    }


def hazard_row(revision: HazardRevision) -> Row:
    """Return the row of one revision; a hazard without an area is its point."""
    area = _point(revision.lon_e7, revision.lat_e7)
    if revision.area is not None:
        area = _shape(revision.area)
    return {
        "id": revision.id,
        "revision": revision.revision,
        "kind": revision.kind,
        "action": revision.action,
        "issued_ms": revision.issued_ms,
        "area": area,
        "body": msgspec.json.encode(revision),
    }


def storable(row: Row) -> dict[str, Any]:
    """Return a row as a database can hold it: PostgreSQL's text knows no NUL and no half of a surrogate pair.

    Geometries come as text too, but are ours.
    """
    texts = {name: clean(value) for name, value in row.items() if isinstance(value, str) and name not in SHAPES}
    return {**row, **texts}


def clean(text: str) -> str:
    """Return text with what PostgreSQL refuses replaced, cut to what fits into an index."""
    return text[:LONGEST].replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _shape(geometry: Mapping[str, Json]) -> str:
    return f"SRID=4326;{shapely.from_geojson(msgspec.json.encode(geometry)).wkt}"


def _point(lon_e7: int | None, lat_e7: int | None) -> str | None:
    if lon_e7 is None or lat_e7 is None:
        return None
    return f"SRID=4326;POINT ({lon_e7 / 1e7:.7f} {lat_e7 / 1e7:.7f})"
