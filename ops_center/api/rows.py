"""Rows: how alerts, incidents, runs and the rest look on the wire to screens, masked by scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from ops_center.api.masking import PERSONAL, Opaque, covered, mask, veil
from ops_center.api.scope import Scope
from ops_center.desk.casework import GRADING, current, suggested_grade
from ops_center.desk.reckoning import units_of
from ops_center.desk.warnings import PENDING, faults
from ops_center.domain.alert import Alert, Occurrence
from ops_center.domain.incident import Incident
from ops_center.domain.law import COMMAND, COMMAND_BASIS, GRADE_BASIS
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.text import Json
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import HazardRevision
from ops_center.picture import Group, Kpi, Moving, Picture

E7 = 1e7
MOST_MEMBERS = 50
MOST_OCCURRENCES = 10
MOST_LINES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Makes the rows of one scope."""

    scope: Scope
    opaque: Opaque

    def alert(self, alert: Alert) -> dict[str, Json]:
        """Return the list's row: the alert with its current occurrence, and the newest where it has several."""
        last = alert.last
        row: dict[str, Json] = {
            "id": alert.id,
            "rule": alert.rule,
            "class": alert.alert_class,
            "title": _builtin(alert.title),
            "message": _builtin(alert.message),
            "status": alert.status,
            "jurisdiction": alert.jurisdiction,
            "feed": alert.feed,
            "lon": None if alert.lon_e7 is None else alert.lon_e7 / E7,
            "lat": None if alert.lat_e7 is None else alert.lat_e7 / E7,
            "severity": alert.severity,
            "occurrence": last.id,
            "started_ms": last.started_ms,
            "raised_ms": last.severities[-1][0],
            "condition": last.condition,
            "resolved_ms": last.resolved_ms,
            "resolution": last.resolution,
            "acknowledged": _builtin(last.acknowledged),
            "count": len(alert.occurrences),
            "shelf": _builtin(alert.shelf),
            "suppressed": list(alert.suppressed),
            "out_of_service": _builtin(alert.out_of_service),
            "claimed": _builtin(alert.claimed),
            "incident": alert.incident,
            "hazard": alert.hazard,
            "under": alert.under,
            "severities": [[at_ms, severity] for at_ms, severity in last.severities],
            "quiet": last.quiet,
            "closed": _builtin(alert.closed),
            "disposition": alert.disposition,
            "remarks": alert.remarks,
            "shadow": alert.shadow,
            "open": alert.open,
        }
        if len(alert.occurrences) > 1:
            row["occurrences"] = [_occurrence(one) for one in alert.occurrences[-MOST_OCCURRENCES:]]
        row = self.covered(row, subject=alert.subject)
        row["subject"] = self.opaque(alert.subject) if alert.subject else ""
        return row

    def group(self, group: Group) -> dict[str, Json]:
        """Return a line of the list in a flood; of many members the newest, all are behind its route."""
        row = _builtin(group)
        row["members"] = row["members"][:MOST_MEMBERS]
        return dict(row)

    def load(self, picture: Picture) -> dict[str, Json]:
        """Return whether a flood lasts and the order of the list's lines in it."""
        return {"flood": picture.flood, "order": [group.id for group in picture.groups][:MOST_LINES]}

    def incident(self, incident: Incident) -> dict[str, Json]:
        """Return the drawer's row."""
        row = _builtin(incident)
        place = row["place"]
        place["lon"] = None if incident.place.lon_e7 is None else incident.place.lon_e7 / E7
        place["lat"] = None if incident.place.lat_e7 is None else incident.place.lat_e7 / E7
        suggested = suggested_grade(incident.claims)
        graded = incident.grade or suggested
        row["figures"] = current(incident.claims)
        row["suggested_grade"] = suggested  # by the claims; only a person grades
        row["suggested_command"] = COMMAND[graded] if graded else None
        row["grade_basis"] = _builtin(GRADE_BASIS)
        row["command_basis"] = _builtin(COMMAND_BASIS)
        advised = suggested_grade(incident.claims)
        figures = current(incident.claims)
        row["suggested_grade"] = advised and {
            "grade": advised,
            "basis": _builtin(GRADE_BASIS),
            "figures": [[what, figures[what]] for what in GRADING if what in figures],
        }
        return self.covered(row)

    def run(self, run: PlaybookRun) -> dict[str, Json]:
        """Return a run with its tasks."""
        return self.covered(_builtin(run))

    def warning(self, warning: PublicWarning) -> dict[str, Json]:
        """Return a warning with its revisions, and what a draft still lacks before it can be approved."""
        row = _builtin(warning)
        pending = warning.last.state in PENDING
        row["faults"] = list(faults(warning.last, now_ms=warning.last.drafted.at_ms)) if pending else []
        return self.covered(row)

    def shift(self, shift: Shift) -> dict[str, Json]:
        """Return a shift with its log."""
        return self.covered(_builtin(shift))

    def resource(self, resource: Resource) -> dict[str, Json]:
        """Return what can be sent, with its home; what a stock holds now."""
        row = _builtin(resource)
        row["lon"] = None if resource.lon_e7 is None else resource.lon_e7 / E7
        row["lat"] = None if resource.lat_e7 is None else resource.lat_e7 / E7
        row["subject"] = self.opaque(resource.subject) if resource.subject else ""
        return dict(row)

    def dispatch(self, dispatch: Dispatch) -> dict[str, Json]:
        """Return a dispatch with its marks and the way it takes, as (lon, lat)."""
        row = _builtin(dispatch)
        row["route"] = [[lon / E7, lat / E7] for lon, lat, _ in dispatch.route]
        return dict(row)

    def units(self, picture: Picture) -> list[Json]:
        """Return where dispatched units are, reported or reckoned."""
        return [{**_builtin(unit), "lon": unit.lon_e7 / E7, "lat": unit.lat_e7 / E7} for unit in units_of(picture)]

    def hazard(self, hazard: HazardRevision) -> dict[str, Json]:
        """Return a hazard; published ones hold nothing personal."""
        row = _builtin(hazard)
        row["lon"] = None if hazard.lon_e7 is None else hazard.lon_e7 / E7
        row["lat"] = None if hazard.lat_e7 is None else hazard.lat_e7 / E7
        return dict(row)

    def zone(self, zone: Moving) -> dict[str, Json]:
        """Return a dynamic zone as a GeoJSON feature."""
        return {
            "id": f"{zone.layer}/{zone.key}",
            "layer": zone.layer,
            "type": "Feature",
            "geometry": _builtin(zone.geometry),
            "properties": {**_builtin(zone.fields), "key": zone.key, "from_ms": zone.from_ms, "status": zone.status},
        }

    def kpi(self, kpi: Kpi) -> dict[str, Json]:
        """Return a tile."""
        return dict(_builtin(kpi))

    def dead(self, picture: Picture) -> list[Json]:
        """Return the dead letters; raw bytes may hold a telephone number, so they need the role."""
        letters = [dict(_builtin(letter)) for letter in picture.dead_letters]
        if not self.scope.unmasked:
            for letter in letters:
                if "bytes" in letter:
                    letter["bytes"] = ""
        return list(letters)

    def results(self, picture: Picture) -> list[Json]:
        """Return the newest decisions on commands whose target this scope sees."""
        seen = {alert.id for alert in picture.alerts} | {one.id for one in picture.incidents}
        seen |= {one.id for one in picture.warnings} | {one.id for one in picture.shifts}
        seen |= {one.id for one in picture.dispatches} | {one.id for one in picture.resources}
        for run in picture.runs:
            seen |= {run.id, *(task.id for task in run.tasks)}
        kept = [result for result in picture.results[:50] if not result.get("target") or result["target"] in seen]
        return [_builtin(result) for result in kept]

    def covered(self, row: Json, *, subject: str = "") -> dict[str, Json]:
        """Return a row with subject keys opaque and, for roles that need it, personal values covered."""
        veiled = veil(row, subject=subject, opaque=self.opaque)
        if self.scope.unmasked:
            return dict(veiled)
        masked = dict(mask(veiled))
        named = _personal(row)
        return dict(_replaced(masked, named)) if named else masked


def encoded(row: Mapping[str, Json]) -> bytes:
    """Return a row's bytes."""
    return msgspec.json.encode(row)


def _occurrence(one: Occurrence) -> dict[str, Json]:
    return {
        "id": one.id,
        "started_ms": one.started_ms,
        "resolved_ms": one.resolved_ms,
        "condition": one.condition,
        "severities": [[at_ms, severity] for at_ms, severity in one.severities],
        "acknowledged": _builtin(one.acknowledged),
    }


def _builtin(thing: Json) -> Json:
    return msgspec.to_builtins(thing)


def _personal(row: Json) -> dict[str, str]:
    """Return the personal values named in a row (named, telephone numbers), to cover them wherever they stand."""
    found: dict[str, str] = {}
    match row:
        case Mapping():
            for key, value in row.items():
                if isinstance(value, str) and len(value) >= 5 and PERSONAL.search(str(key)):
                    found[value] = covered(value)
                else:
                    found |= _personal(value)
        case list() | tuple():
            for value in row:
                found |= _personal(value)
    return found


def _replaced(value: Json, named: Mapping[str, str]) -> Json:
    match value:
        case Mapping():
            return {key: _replaced(one, named) for key, one in value.items()}
        case list() | tuple():
            return [_replaced(one, named) for one in value]
        case str():
            for plate, cover in named.items():
                value = value.replace(plate, cover)
            return value
        case _:
            return value
