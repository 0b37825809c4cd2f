"""While a whole feed is silent, its alarm stands for the silence of everyone it would tell of (MODEL: Identity).

Subjects that fall silent meanwhile are alerts like others, so that nothing is lost, but they call
nobody and open no incident. When the feed speaks again each has its rule's whole time to do so too;
who is silent still after that calls then.
"""

from __future__ import annotations

from dataclasses import replace

from ops_center.desk import handling
from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Alert, Condition, Mark, SuppressionReason, alert_id
from ops_center.domain.rule import Rule

TIMER = "unheard"
_SYSTEM = "system"


def placed(ledger: Ledger, alert: Alert, rule: Rule, *, at_ms: int, new: bool) -> Alert:
    """Return a firing alert, put aside where it is the silence of somebody whose feed is silent."""
    if not new or not rule.absent_for_ms or rule.subject == "feed" or not _silent(ledger, alert.feed):
        return alert
    held = alert
    if SuppressionReason.FEED_SILENT not in alert.suppressed:
        mark = Mark(by=_SYSTEM, post=_SYSTEM, at_ms=at_ms)
        held = handling.suppress(alert, mark, reason=SuppressionReason.FEED_SILENT)
    return replace(held, occurrences=(*held.occurrences[:-1], replace(held.last, quiet=True)))


def spoke_again(ledger: Ledger, feed: str, *, at_ms: int) -> None:
    """Give back what a feed's silence kept quiet, each alert after the time its rule gives its subject."""
    for identity, alert in sorted(ledger.state.alerts.items()):
        rule = ledger.rule(alert.rule)
        if alert.feed == feed and SuppressionReason.FEED_SILENT in alert.suppressed and rule is not None:
            ledger.set_timer(at_ms + rule.absent_for_ms, TIMER, identity)


def given_back(ledger: Ledger, identity: str) -> Alert | None:
    """Return an alert that calls from now on; None where its subject spoke, or its feed is silent again."""
    alert = ledger.state.alerts.get(identity)
    if alert is None or SuppressionReason.FEED_SILENT not in alert.suppressed or _silent(ledger, alert.feed):
        return None
    released = handling.release(alert, reason=SuppressionReason.FEED_SILENT)
    ledger.put(released)
    return released if released.last.condition is Condition.FIRING else None


def _silent(ledger: Ledger, feed: str) -> bool:
    rule = ledger.definitions.feed_rule(feed)
    alert = ledger.state.alerts.get(alert_id(ledger.deployment, rule.id, (("feed", feed),)))
    return alert is not None and alert.last.condition is Condition.FIRING
