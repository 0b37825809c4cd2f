"""Open incidents: give them their number, and offer the playbooks of their kind."""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk import correlation, handling, incidents, runs
from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Alert, SuppressionReason
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident


def open_from_alert(ledger: Ledger, alert: Alert, *, kind: str, cause: str, at_ms: int) -> None:
    """Open an incident from an alarm; one that already has an open incident is refused, saying which."""
    held = ledger.state.incidents.get(alert.incident)
    if held is not None and held.state not in incidents.OVER:
        raise CommandRefused(f"incident {held.number} is open already", target=alert.id, at_ms=held.opened_ms)
    unnumbered = incidents.from_alert(alert, kind=kind, deployment=ledger.deployment, cause=cause, at_ms=at_ms)
    opened = numbered(ledger, unnumbered)
    ledger.put(opened)
    held_back = ledger.state.alerts[alert.id]
    if held_back.under:  # it is dealt with by itself now
        held_back = handling.release(held_back, reason=SuppressionReason.PARENT_ACTIVE)
    ledger.put(replace(held_back, incident=opened.id))
    correlation.gather_around(ledger, alert.id, at_ms=at_ms)
    rule = ledger.definitions.rule(alert.rule)
    runs.suggest(ledger, opened, cause=cause, at_ms=at_ms, also=rule.playbook if rule else "")


def numbered(ledger: Ledger, incident: Incident) -> Incident:
    """Return the incident with the next spoken number of its jurisdiction and day; one for each cause."""
    if incident.id in ledger.state.incidents:
        raise CommandRefused("this cause has opened its incident already", target=incident.id)
    number = incidents.next_number(
        ledger.state.sequences, jurisdiction=incident.jurisdiction, at_ms=incident.opened_ms, zone=ledger.zone
    )
    return replace(incident, number=number)
