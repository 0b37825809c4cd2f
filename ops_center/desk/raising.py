"""Raise and resolve alerts in the desk's order, and open the incidents they call for."""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk import alerts, correlation
from ops_center.desk.incidents import OVER, logged
from ops_center.desk.ledger import Ledger
from ops_center.desk.opening import open_from_alert
from ops_center.domain.alert import Mark
from ops_center.domain.event import Event, EventKind
from ops_center.domain.rule import Rule
from ops_center.domain.text import Text


def decide(ledger: Ledger, event: Event, rule: Rule) -> str:
    """Apply a FIRING, RESOLVED or WITHDRAWN event to its alert; return the alert's id."""
    identity = alerts.id_of(ledger.deployment, event)
    before = ledger.state.alerts.get(identity)
    after = alerts.apply(before, event, rule, deployment=ledger.deployment)
    if after is None:
        return identity
    firing = event.kind is EventKind.FIRING
    new = before is None or before.last.id != after.last.id
    if firing:
        after = correlation.placed(ledger, after, rule, at_ms=event.desk_ms, new=new)
    ledger.put(after)
    # What is counted under another incident is part of it and opens none of its own.
    if firing and new and rule.incident_kind and not rule.shadow and not after.under:
        _incident_for(ledger, identity, rule, at_ms=event.desk_ms)
    return identity


def _incident_for(ledger: Ledger, alert: str, rule: Rule, *, at_ms: int) -> None:
    """Open the incident of a new occurrence; one still open from an earlier occurrence is told instead."""
    now = ledger.state.alerts[alert]
    held = ledger.state.incidents.get(now.incident)
    if held is not None and held.state not in OVER:
        mark = Mark(by="system", post="system", at_ms=at_ms)
        ledger.put(logged(held, mark, Text("再次告警", "Alarm again"), now.last.id, alert=alert))
        return
    open_from_alert(ledger, now, kind=rule.incident_kind, cause=now.last.id, at_ms=at_ms)


def resolve(ledger: Ledger, alert: str, *, event_ms: int, resolution: str) -> None:
    """Resolve an alert where it is firing."""
    now = ledger.state.alerts.get(alert)
    if now is not None and now.last.resolved_ms is None:
        ledger.put(alerts.resolve(now, at_ms=event_ms, resolution=resolution))


def firing_of(event: Event, rule: Rule, **changes: object) -> Event:
    """Return the FIRING event the desk itself makes of an event; it keeps the id of its cause."""
    return replace(event, kind=EventKind.FIRING, rule=rule.id, rule_version=rule.version, **changes)  # type: ignore[arg-type]
