"""Raise and resolve alerts in the desk's order, and open the incidents they call for."""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk import alerts, correlation, unheard
from ops_center.desk.incidents import OVER, logged
from ops_center.desk.ledger import Ledger
from ops_center.desk.opening import open_from_alert
from ops_center.domain.alert import Alert, Mark, SuppressionReason
from ops_center.domain.event import Event, EventKind
from ops_center.domain.rule import Rule
from ops_center.domain.text import Text


def decide(ledger: Ledger, event: Event, rule: Rule) -> str:
    """Apply a FIRING, RESOLVED or WITHDRAWN event to its alert; return the alert's id."""
    identity = alerts.id_of(ledger.deployment, event)
    before = ledger.state.alerts.get(identity)
    after = ledger.applied(before, event, rule)
    if after is None:
        return identity
    firing = event.kind is EventKind.FIRING
    new = before is None or before.last.id != after.last.id
    if firing:
        after = put_aside(ledger, after, rule, at_ms=event.desk_ms, new=new)
    ledger.put(after)
    if firing and new:
        _incident_for(ledger, after, rule, at_ms=event.desk_ms)
    elif event.kind is EventKind.RESOLVED and rule.subject == "feed":
        unheard.spoke_again(ledger, after.feed, at_ms=event.desk_ms)
    return identity


def put_aside(ledger: Ledger, alert: Alert, rule: Rule, *, at_ms: int, new: bool) -> Alert:
    """Return a firing alert with what it belongs to; where that is dealt with already it calls nobody."""
    alert = correlation.placed(ledger, alert, rule, at_ms=at_ms, new=new)
    return unheard.placed(ledger, alert, rule, at_ms=at_ms, new=new)


def heard_in_vain(ledger: Ledger, identity: str, *, at_ms: int) -> None:
    """Let an alert call whose subject is still silent though its feed speaks again."""
    alert = unheard.given_back(ledger, identity)
    rule = ledger.rule(alert.rule) if alert is not None else None
    if alert is not None and rule is not None:
        _incident_for(ledger, alert, rule, at_ms=at_ms)


def _incident_for(ledger: Ledger, now: Alert, rule: Rule, *, at_ms: int) -> None:
    """Open the incident of a new occurrence; one still open from an earlier occurrence is told instead.

    What is counted under another incident, or under a silent feed, is part of that and opens none of its own.
    """
    if not rule.incident_kind or rule.shadow or now.under or SuppressionReason.FEED_SILENT in now.suppressed:
        return
    held = ledger.state.incidents.get(now.incident)
    if held is not None and held.state not in OVER:
        mark = Mark(by="system", post="system", at_ms=at_ms)
        ledger.put(logged(held, mark, Text("再次告警", "Alarm again"), now.last.id, alert=now.id))
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
