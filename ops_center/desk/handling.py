"""What officers do with an alert, as pure functions: acknowledge, claim, hand over, put aside, close.

Every refusal says who changed it and when, or names the argument that is wrong.
"""

from __future__ import annotations

from dataclasses import replace

from ops_center.domain.alert import Alert, Mark, Outage, Shelf, Suppression, SuppressionReason
from ops_center.domain.errors import CommandRefused

MOST_SHELF_MS = 24 * 3_600_000  # what is put aside longer is out of service, and another person decides that


def acknowledge(alert: Alert, mark: Mark, *, occurrence: str = "") -> Alert:
    """Return the alert acknowledged; the mark belongs to the occurrence the officer saw."""
    last = alert.last
    if occurrence and occurrence != last.id:
        raise CommandRefused("a newer occurrence has begun", target=alert.id, at_ms=last.started_ms)
    if last.acknowledged is not None:
        raise _taken("already acknowledged", alert, last.acknowledged)
    return _acknowledged(alert, mark)


def claim(alert: Alert, mark: Mark, *, gone: bool = False) -> Alert:
    """Return the alert claimed by `mark`; `gone` says that its holder's shift is over."""
    holder = alert.claimed
    if holder is not None and not gone:
        raise _taken("already claimed", alert, holder)
    return replace(alert, claimed=mark)


def hand_over(alert: Alert, mark: Mark, *, to: Mark) -> Alert:
    """Return the alert given away by its holder; nobody else can give it."""
    holder = alert.claimed
    if not to.by or not to.post:
        raise CommandRefused("it is handed over to a person at a post", target=alert.id, field="to")
    if holder is None:
        raise CommandRefused("nobody holds it; claim it first", target=alert.id)
    if (holder.by, holder.post) != (mark.by, mark.post):
        raise _taken("held", alert, holder)
    if (to.by, to.post) == (holder.by, holder.post):
        raise CommandRefused("it is yours already", target=alert.id, field="to")
    return replace(alert, claimed=to)


def shelve(alert: Alert, mark: Mark, *, until_ms: int, reason: str) -> Alert:
    """Return the alert put aside until a time; every shelf has an end and a reason."""
    if until_ms <= mark.at_ms:
        raise CommandRefused("the shelf must end in the future", target=alert.id, field="until_ms")
    if until_ms > mark.at_ms + MOST_SHELF_MS:
        raise CommandRefused("a shelf ends within a day", target=alert.id, field="until_ms")
    _need(alert, reason, "a shelf needs a reason")
    if alert.shelf is not None:
        raise _taken("already shelved", alert, alert.shelf.mark)
    return replace(alert, shelf=Shelf(until_ms=until_ms, reason=reason, mark=mark))


def unshelve(alert: Alert) -> Alert:
    """Return the alert back from its shelf."""
    if alert.shelf is None:
        raise CommandRefused("it is not shelved", target=alert.id)
    return replace(alert, shelf=None)


def suppress(alert: Alert, mark: Mark, *, reason: str, under: str = "") -> Alert:
    """Return the alert with one more suppression reason; `under` is the incident of `parent_active`."""
    if reason not in set(SuppressionReason):
        listed = ", ".join(SuppressionReason)
        raise CommandRefused(f"{reason!r} is no reason; those are {listed}", target=alert.id, field="reason")
    given = SuppressionReason(reason)
    held = next((one for one in alert.suppressions if one.reason is given), None)
    if held is not None:
        raise _taken(f"already suppressed ({reason})", alert, held.mark)
    parent = given is SuppressionReason.PARENT_ACTIVE
    if parent and not under:
        raise CommandRefused("no open incident stands above it", target=alert.id, field="incident")
    kept = sorted((*alert.suppressions, Suppression(reason=given, mark=mark)), key=lambda one: one.reason)
    return replace(alert, suppressions=tuple(kept), under=under if parent else alert.under)


def release(alert: Alert, *, reason: str) -> Alert:
    """Return the alert without one suppression reason; the other reasons stay."""
    if reason not in alert.suppressed:
        raise CommandRefused(f"it is not suppressed for {reason!r}", target=alert.id)
    kept = tuple(one for one in alert.suppressions if one.reason != reason)
    under = "" if reason == SuppressionReason.PARENT_ACTIVE else alert.under
    return replace(alert, suppressions=kept, under=under)


def out_of_service(alert: Alert, mark: Mark, *, reason: str) -> Alert:
    """Return the alert out of service, with the reason, until a person returns it."""
    _need(alert, reason, "taking it out of service needs a reason")
    if alert.out_of_service is not None:
        raise _taken("already out of service", alert, alert.out_of_service.mark)
    return replace(alert, out_of_service=Outage(reason=reason, mark=mark))


def return_to_service(alert: Alert) -> Alert:
    """Return the alert back in service."""
    if alert.out_of_service is None:
        raise CommandRefused("it is in service", target=alert.id)
    return replace(alert, out_of_service=None)


def close(alert: Alert, mark: Mark, *, disposition: str, remarks: str = "") -> Alert:
    """Return the alert with its disposition; closing acknowledges what was not acknowledged."""
    if alert.closed is not None:
        raise _taken(f"already closed as {alert.disposition!r}", alert, alert.closed)
    _need(alert, disposition, "closing needs a disposition", field="disposition")
    seen = alert if alert.last.acknowledged else _acknowledged(alert, mark)
    return replace(seen, disposition=disposition, remarks=remarks, closed=mark)


def _acknowledged(alert: Alert, mark: Mark) -> Alert:
    return replace(alert, occurrences=(*alert.occurrences[:-1], replace(alert.last, acknowledged=mark)))


def _need(alert: Alert, text: str, reason: str, *, field: str = "reason") -> None:
    if not text.strip():
        raise CommandRefused(reason, target=alert.id, field=field)


def _taken(reason: str, alert: Alert, mark: Mark) -> CommandRefused:
    return CommandRefused(f"{reason} by {mark.by}", target=alert.id, by=mark.by, at_ms=mark.at_ms)
