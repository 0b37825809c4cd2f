"""Scope: the part of a picture one actor may see, by jurisdiction and role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ops_center.api.masking import UNMASKED
from ops_center.columns import Codes, Positions
from ops_center.desk.flood import flooded, groups_of
from ops_center.desk.kpis import kpis_of
from ops_center.desk.load import officers_of
from ops_center.desk.views import titles_of
from ops_center.desk.whose import jurisdiction_in
from ops_center.domain.alert import Alert
from ops_center.domain.command import Actor
from ops_center.domain.incident import Incident
from ops_center.domain.jurisdiction import covers
from ops_center.domain.run import PlaybookRun
from ops_center.domain.scales import AlertClass, Role
from ops_center.domain.text import Json
from ops_center.domain.warning import PublicWarning
from ops_center.picture import FeedHealth, Picture

PLACE_LABELS = ("admin.county", "admin.key", "jurisdiction", "adcode")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is seen: everything under `jurisdiction`; actors with one scope share their frames."""

    deployment: str
    jurisdiction: str
    unmasked: bool
    trials: bool  # alerts of rules on trial

    @property
    def whole(self) -> bool:
        """True where the scope covers the whole deployment."""
        return covers(self.jurisdiction, self.deployment)

    def sees(self, code: str) -> bool:
        """Return True where a thing of this code is inside."""
        return covers(self.jurisdiction, code or self.deployment)


def scope_of(actor: Actor, *, deployment: str) -> Scope:
    """Return the actor's scope."""
    return Scope(
        deployment=deployment,
        jurisdiction=actor.jurisdiction,
        unmasked=actor.role in UNMASKED,
        trials=actor.role in (Role.ANALYST, Role.ADMINISTRATOR),
    )


def scoped(picture: Picture, scope: Scope) -> Picture:
    """Return the picture with only what the scope sees; tiles count the same rows as the lists."""
    alerts = tuple(alert for alert in picture.alerts if sees_alert(scope, alert))
    titles = titles_of(picture.hazards)
    if scope.whole:
        return replace(picture, alerts=alerts, groups=groups_of(alerts, hazards=titles))
    shifts = tuple(one for one in picture.shifts if scope.sees(one.jurisdiction))
    incidents = tuple(one for one in picture.incidents if sees_incident(scope, one))
    seen = {one.id for one in incidents}
    warnings = tuple(one for one in picture.warnings if sees_warning(scope, picture, one))
    runs = tuple(run for run in picture.runs if run.incident in seen)
    feeds = tuple(feed for feed in picture.feeds if _sees_feed(scope, feed))
    own_feeds = {feed.id for feed in picture.feeds if scope.sees(feed.jurisdiction)}
    positions = positions_of(picture.positions, scope.sees)
    return replace(
        picture,
        alerts=alerts,
        decided=None,
        incidents=incidents,
        runs=runs,
        warnings=warnings,
        hazards=tuple(h for h in picture.hazards if not h.adcodes or any(_near(scope, code) for code in h.adcodes)),
        feeds=feeds,
        positions=positions,
        resources=tuple(one for one in picture.resources if scope.sees(one.jurisdiction)),
        dispatches=tuple(one for one in picture.dispatches if one.incident in seen or scope.sees(one.jurisdiction)),
        shifts=shifts,
        flood=flooded(alerts, at_ms=picture.shown_ms or picture.at_ms),
        groups=groups_of(alerts, hazards=titles),
        dead_letters=tuple(letter for letter in picture.dead_letters if letter.get("feed") in own_feeds),
        notices=sum(alert.alert_class is AlertClass.NOTICE and alert.open for alert in alerts),
        kpis=kpis_of(
            at_ms=picture.at_ms,
            alerts=alerts,
            incidents=incidents,
            runs=runs,
            feeds=feeds,
            positions=positions,
            officers=officers_of(shifts),
        ),
    )


def sees_alert(scope: Scope, alert: Alert) -> bool:
    """Return True where the alert is listed for this scope."""
    if alert.alert_class is AlertClass.RECORD or (alert.shadow and not scope.trials):
        return False
    return scope.sees(alert.jurisdiction)


def sees_incident(scope: Scope, incident: Incident) -> bool:
    """Return True inside the scope, or where one of its responses is: one lead, many concerned."""
    return scope.sees(incident.jurisdiction) or any(scope.sees(one.jurisdiction) for one in incident.responses)


def sees_warning(scope: Scope, picture: Picture, warning: PublicWarning) -> bool:
    """Return True inside the scope, where its incident is seen, or where it warns somebody in the scope."""
    if scope.sees(warning.jurisdiction) or any(scope.sees(code) for code in warning.last.adcodes):
        return True
    return any(one.id == warning.incident and sees_incident(scope, one) for one in picture.incidents)


def sees_target(scope: Scope, picture: Picture, target: str) -> bool:
    """Return True where whatever this id names is in the scope: alert, incident, run, task, dispatch, ..."""
    for alert in picture.alerts:
        if alert.id == target or any(one.id == target for one in alert.occurrences):
            return sees_alert(scope, alert)
    seen = {one.id for one in picture.incidents if sees_incident(scope, one)}
    if target in seen or any(run.incident in seen for run in picture.runs if _holds(run, target)):
        return True
    if any(one.id == target and one.incident in seen for one in picture.dispatches):
        return True
    if any(one.id == target and sees_warning(scope, picture, one) for one in picture.warnings):
        return True
    code = jurisdiction_in(picture, target)
    return code is not None and scope.sees(code)


def _holds(run: PlaybookRun, target: str) -> bool:
    return run.id == target or any(task.id == target for task in run.tasks)


def positions_of(positions: Positions, sees: Callable[[str], bool]) -> Positions:
    """Return the rows whose county the scope sees; a row without a known county is not among them."""
    label = next((positions.labels[name] for name in PLACE_LABELS if name in positions.labels), None)
    n = len(positions.subjects)
    rows: NDArray[np.int64] = np.empty(0, np.int64)
    if label is not None and n:
        allowed = np.array([sees(value.rpartition("/")[2]) for value in label.values] + [False], dtype=np.bool_)
        rows = np.flatnonzero(allowed[label.codes])  # code -1, null, reads the last entry: False
    return Positions(
        subjects=tuple(positions.subjects[int(row)] for row in rows),
        lon=positions.lon[rows],
        lat=positions.lat[rows],
        heading_deg=positions.heading_deg[rows],
        speed_kph=positions.speed_kph[rows],
        event_ms=positions.event_ms[rows],
        style=positions.style[rows],
        labels={name: codes.take(rows) for name, codes in positions.labels.items()},
    )


def vehicle_of(positions: Positions, row: int) -> Mapping[str, Json]:
    """Return what is known of one row, by dotted names."""
    heading, speed = float(positions.heading_deg[row]), float(positions.speed_kph[row])
    facts: dict[str, Json] = {
        "lon": round(float(positions.lon[row]), 6),
        "lat": round(float(positions.lat[row]), 6),
        "heading_deg": None if np.isnan(heading) else round(heading),
        "speed_kph": None if np.isnan(speed) else round(speed, 1),
        "event_ms": int(positions.event_ms[row]),
        "style": int(positions.style[row]),
    }
    labels: dict[str, Json] = {name: _label(codes, row) for name, codes in sorted(positions.labels.items())}
    return {**facts, "labels": labels}


def _label(codes: Codes, row: int) -> str | None:
    return codes.text(row)


def _near(scope: Scope, code: str) -> bool:
    return covers(scope.jurisdiction, code) or covers(code, scope.jurisdiction)


def _sees_feed(scope: Scope, feed: FeedHealth) -> bool:
    """Return True for feeds inside the scope and for those that serve it from above."""
    return _near(scope, feed.jurisdiction or scope.deployment)
