"""Count alarms under the hazard they follow from, where their rule says so, and give them back.

After a quake hundreds of sensors say the same. A rule with ``follows`` names the hazards its alarms
stem from: inside such a hazard's area and time they belong to it, and while its incident is open
they call nobody. They stay counted and reachable in its group. What is extreme, or has an incident
of its own, is never put under anything.
"""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk import handling
from ops_center.desk.alerts import listed
from ops_center.desk.incidents import OVER
from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Alert, Mark, SuppressionReason
from ops_center.domain.rule import Rule
from ops_center.domain.scales import Severity
from ops_center.domain.world import HazardRevision

SYSTEM = "system"
# An origin time is known to some seconds, and a sensor's clock is its own.
EARLY_MS = 30_000


def begins(revisions: tuple[HazardRevision, ...]) -> int:
    """Return when a hazard began, by all that was said of it."""
    return min(one.onset_ms if one.onset_ms is not None else one.issued_ms for one in revisions)


def placed(ledger: Ledger, alert: Alert, rule: Rule, *, at_ms: int, new: bool) -> Alert:
    """Return a firing alert with the hazard it follows from; a new one under it begins quietly."""
    if not new:
        return _surfaced(alert) if alert.severity is Severity.EXTREME else alert
    hazard = _cause(ledger, alert, rule)
    if not hazard:
        surfaced = _surfaced(alert)
        return replace(surfaced, hazard="") if surfaced.hazard else surfaced
    below = _below(ledger, replace(alert, hazard=hazard), at_ms=at_ms)
    return _with_quiet(below) if below.put_aside else below


def gather(ledger: Ledger, hazard: str, *, at_ms: int) -> None:
    """Put what fired before its hazard or its incident was known under it now."""
    for _, alert in sorted(ledger.state.alerts.items()):
        rule = ledger.rule(alert.rule)
        if rule is None or not rule.follows or not listed(alert) or alert.hazard not in ("", hazard):
            continue
        if alert.hazard == hazard or _follows(ledger, alert, rule, hazard):
            ledger.put(_below(ledger, replace(alert, hazard=hazard), at_ms=at_ms))


def gather_around(ledger: Ledger, alert: str, *, at_ms: int) -> None:
    """Gather for every hazard that raised this alert: its incident has just been opened."""
    for hazard, raised in sorted(ledger.state.hazard_alerts.items()):
        if alert in raised:
            gather(ledger, hazard, at_ms=at_ms)


def parent_over(ledger: Ledger, incident: str) -> None:
    """Give back every alert that an incident kept quiet."""
    for _, alert in sorted(ledger.state.alerts.items()):
        if alert.under == incident:
            ledger.put(handling.release(alert, reason=SuppressionReason.PARENT_ACTIVE))


def parent_moved(ledger: Ledger, incident: str, into: str) -> None:
    """Let what an incident kept quiet stand under the one it was merged into."""
    for _, alert in sorted(ledger.state.alerts.items()):
        if alert.under == incident:
            ledger.put(replace(alert, under=into))


def false(ledger: Ledger, hazard: str) -> None:
    """Give back what was counted under a hazard that was called off."""
    for _, alert in sorted(ledger.state.alerts.items()):
        if alert.hazard == hazard:
            ledger.put(replace(_surfaced(alert), hazard=""))


def parent_of(ledger: Ledger, hazard: str) -> str:
    """Return the open incident of a hazard: of the first alert it raised that has one, "" without."""
    for raised in ledger.state.hazard_alerts.get(hazard, ()):
        alert = ledger.state.alerts.get(raised)
        incident = ledger.state.incidents.get(alert.incident) if alert else None
        if incident is not None and incident.state not in OVER:
            return incident.id
    return ""


def _cause(ledger: Ledger, alert: Alert, rule: Rule) -> str:
    """Return the newest hazard the alert follows from, "" where there is none."""
    if not rule.follows:
        return ""
    found = [
        (begins(revisions), identity)
        for identity, revisions in ledger.state.hazards.items()
        if _follows(ledger, alert, rule, identity)
    ]
    return max(found)[1] if found else ""


def _follows(ledger: Ledger, alert: Alert, rule: Rule, hazard: str) -> bool:
    revisions = ledger.state.hazards.get(hazard)
    if not revisions or alert.incident or alert.lon_e7 is None or alert.lat_e7 is None:
        return False
    revision = revisions[-1]
    if revision.action == "cancel" or revision.kind not in rule.follows or revision.status is not alert.status:
        return False
    began = begins(revisions)
    if not began - EARLY_MS <= alert.last.started_ms <= began + rule.follows_within_ms:
        return False
    lon, lat = alert.lon_e7 / 1e7, alert.lat_e7 / 1e7
    areas = [
        zone.geometry
        for _, zone in sorted(ledger.state.zones.items())
        if zone.key == hazard or zone.key.startswith(f"{hazard}/")
    ]
    return any(ledger.places.covers(area, lon, lat) for area in areas)


def _below(ledger: Ledger, alert: Alert, *, at_ms: int) -> Alert:
    """Return the alert under its hazard's open incident, quiet unless it is extreme."""
    parent = parent_of(ledger, alert.hazard)
    held = SuppressionReason.PARENT_ACTIVE in alert.suppressed
    if not parent or held or alert.severity is Severity.EXTREME or alert.incident:
        return alert
    mark = Mark(by=SYSTEM, post=SYSTEM, at_ms=at_ms)
    return handling.suppress(alert, mark, reason=SuppressionReason.PARENT_ACTIVE, under=parent)


def _surfaced(alert: Alert) -> Alert:
    """Return the alert without the suppression that correlation gave it; a person's stays."""
    if not alert.suppressions:
        return alert
    mine = any(one.reason is SuppressionReason.PARENT_ACTIVE and one.mark.by == SYSTEM for one in alert.suppressions)
    return handling.release(alert, reason=SuppressionReason.PARENT_ACTIVE) if mine else alert


def _with_quiet(alert: Alert) -> Alert:
    return replace(alert, occurrences=(*alert.occurrences[:-1], replace(alert.last, quiet=True)))
