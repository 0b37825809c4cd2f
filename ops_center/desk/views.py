"""Views: the picture of one instant, made of what the desk has decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ops_center.columns import Positions
from ops_center.desk.alerts import listed
from ops_center.desk.desk import Desk
from ops_center.desk.flood import flooded, groups_of
from ops_center.desk.incidents import OVER
from ops_center.desk.kpis import kpis_of
from ops_center.desk.load import officers_of
from ops_center.domain.alert import Alert
from ops_center.domain.scales import AlertClass
from ops_center.domain.text import Text
from ops_center.domain.world import HazardRevision
from ops_center.picture import FeedHealth, Picture


def picture_of(desk: Desk, positions: Positions, *, replay: bool = False, early: bool = True) -> Picture:
    """Return what the screens show now.

    `early` puts alerts on top that were received and not yet decided. Without it the picture is a
    pure function of the journal and the desk's progress, which a replay reproduces.
    """
    state, at_ms = desk.state, desk.progress_ms
    every = desk.shown() if early else state.alerts
    shown_ms = max(at_ms, desk.last_tick_ms or at_ms) if early else at_ms
    alerts = tuple(alert for _, alert in sorted(every.items()) if _in_picture(desk, alert))
    decided = tuple(alert for _, alert in sorted(state.alerts.items()) if _in_picture(desk, alert)) if early else None
    feeds = feeds_of(desk)
    hazards = tuple(revisions[-1] for _, revisions in sorted(state.hazards.items()))
    incidents = tuple(incident for _, incident in sorted(state.incidents.items()))
    runs = tuple(run for _, run in sorted(state.runs.items()))
    shifts = tuple(one for _, one in sorted(state.shifts.items()))
    notices = sum(alert.alert_class is AlertClass.NOTICE and listed(alert) for alert in every.values())
    return Picture(
        at_ms=at_ms,
        replay=replay,
        status=desk.status,
        version=state.changes,
        alerts=alerts,
        incidents=incidents,
        runs=runs,
        hazards=hazards,
        zones=tuple(zone for _, zone in sorted(state.zones.items())),
        feeds=feeds,
        kpis=kpis_of(
            at_ms=at_ms,
            alerts=alerts,
            incidents=incidents,
            runs=runs,
            feeds=feeds,
            positions=positions,
            officers=officers_of(shifts),
        ),
        positions=positions,
        dead_letters=tuple({"feed": event.feed, **event.facts} for event in reversed(state.dead)),
        notices=notices,
        decided=decided,
        results=tuple(reversed(state.results)),
        resources=tuple(desk.resources()),
        dispatches=tuple(one for _, one in sorted(state.dispatches.items())),
        warnings=tuple(one for _, one in sorted(state.warnings.items())),
        shifts=shifts,
        shown_ms=shown_ms,
        flood=flooded(alerts, at_ms=shown_ms),
        groups=groups_of(alerts, hazards=titles_of(hazards)),
    )


def titles_of(hazards: Iterable[HazardRevision]) -> Mapping[str, Text]:
    """Return what each hazard is called, by id."""
    named = {one.id: (one.title.get("zh") or one.id, one.title) for one in hazards}
    return {identity: Text(zh, title.get("en") or zh) for identity, (zh, title) in named.items()}


def feeds_of(desk: Desk) -> tuple[FeedHealth, ...]:
    """Return each feed's health, by id; a dead feed is stale, not empty."""
    counts, now_ms = desk.counts(), desk.last_tick_ms
    found: list[FeedHealth] = []
    for identity, feed in desk.definitions.feeds.items():
        watched, numbers = desk.watches.get(identity), counts.get(identity, {})
        last_ms = watched.last_ms if watched else None
        quiet_ms = now_ms - last_ms if now_ms is not None and last_ms is not None else None
        silent = watched is not None and watched.silent
        stale = silent or bool(feed.silent_after_ms and quiet_ms is not None and quiet_ms >= feed.silent_after_ms)
        found.append(
            FeedHealth(
                id=identity,
                title=feed.title,
                status=feed.status,
                jurisdiction=feed.jurisdiction,
                last_ms=last_ms,
                messages=numbers.get("messages", 0),
                late=numbers.get("late", 0),
                refused=numbers.get("refused", 0),
                dead=numbers.get("dead", 0),
                stale=stale,
            )
        )
    return tuple(found)


def _in_picture(desk: Desk, alert: Alert) -> bool:
    """Return True for every alarm of the last day, and for the notices that are firing now."""
    if alert.alert_class is AlertClass.ALARM or (listed(alert) and alert.alert_class is AlertClass.NOTICE):
        return True
    incident = desk.state.incidents.get(alert.incident)
    return incident is not None and incident.state not in OVER
