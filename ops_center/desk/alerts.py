"""Alert transitions as pure functions: what events make of an alert's facts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ops_center.domain.alert import Alert, Condition, Occurrence, alert_id, occurrence_id
from ops_center.domain.changed import changed
from ops_center.domain.event import Event, EventKind
from ops_center.domain.rule import Rule
from ops_center.domain.scales import AlertClass, Severity, Status
from ops_center.domain.text import Json, Message, Text

CLEARED = "cleared"
RULE_WITHDRAWN = "rule_withdrawn"
EDIT_MS = 120_000  # an edited rule fires again with its subject's next message; by then it has sent one
_SEVERITIES = frozenset(Severity)
MOST_OCCURRENCES = 50  # kept on the alert; the store and the journal keep all of them


def id_of(deployment: str, event: Event) -> str:
    """Return the id of the alert an event belongs to.

    An exercise's alert is another alert than the actual one of the same rule and group, so an
    exercise can never raise, resolve or hide something real (MODEL: Identity).
    """
    return _id_of(deployment, event.rule, event.group, event.status)


@lru_cache(maxsize=65_536)
def _id_of(deployment: str, rule: str, group: tuple[tuple[str, str], ...], status: Status) -> str:
    marked = () if status is Status.ACTUAL else (("status", str(status)),)
    return alert_id(deployment, rule, (*group, *marked))


def apply(alert: Alert | None, event: Event, rule: Rule, *, deployment: str) -> Alert | None:
    """Return the alert after an event of its rule; None where there is nothing to resolve."""
    if event.kind is EventKind.FIRING:
        return fire(alert, event, rule, deployment=deployment)
    if alert is None or alert.last.condition is Condition.RESOLVED:
        return alert
    resolution = RULE_WITHDRAWN if event.kind is EventKind.WITHDRAWN else CLEARED
    return resolve(alert, at_ms=event.event_ms, resolution=resolution)


def fire(alert: Alert | None, event: Event, rule: Rule, *, deployment: str) -> Alert:
    """Return the alert with the event's occurrence: new, resumed, raised, or going on."""
    if alert is None:
        return _new(event, rule, deployment=deployment)
    if alert.last.condition is Condition.FIRING:
        return _raised(_placed(alert, event, rule), event, rule)
    if _goes_on(alert, event, rule):
        again = changed(alert.last, condition=Condition.FIRING, resolved_ms=None, resolution="")
        return _raised(_with_last(_placed(alert, event, rule), again), event, rule)
    kept = alert.occurrences[1 - MOST_OCCURRENCES :]
    # A new occurrence ends the shelf ("returns on change"); what else puts the alert aside stays.
    placed = changed(_placed(alert, event, rule), shelf=None, claimed=None, disposition="", remarks="", closed=None)
    occurrence = changed(_occurrence(alert.id, event, rule), quiet=placed.put_aside)
    return changed(placed, occurrences=(*kept, occurrence))


def _goes_on(alert: Alert, event: Event, rule: Rule) -> bool:
    """Return True where a firing continues the occurrence that ended, so that nobody is called again.

    Either it chatters, or its rule was edited: the edited rule starts with empty timers (ORDER 13)
    and its acknowledgements are kept (MODEL: Identity).
    """
    last = alert.last
    if rule.once_within_ms and event.event_ms - last.started_ms < rule.once_within_ms:
        return True
    edited = last.resolution == RULE_WITHDRAWN and last.rule_version != event.rule_version
    timers_ms = rule.for_ms + rule.absent_for_ms + EDIT_MS
    return edited and last.resolved_ms is not None and event.event_ms - last.resolved_ms <= timers_ms


def resolve(alert: Alert, *, at_ms: int, resolution: str) -> Alert:
    """Return the alert with its occurrence resolved; an unacknowledged one stays in the list."""
    last = changed(alert.last, condition=Condition.RESOLVED, resolved_ms=at_ms, resolution=resolution)
    return _with_last(alert, last)


def alarming(alert: Alert) -> bool:
    """Return True where it calls someone now: an alarm nobody has acknowledged or put aside."""
    return (
        alert.alert_class is AlertClass.ALARM
        and not alert.shadow
        and alert.last.acknowledged is None
        and not alert.put_aside
    )


def listed(alert: Alert) -> bool:
    """Return True while it is in a list: an alarm by its acknowledgement too, others while firing."""
    if alert.alert_class is AlertClass.ALARM:
        return alert.open
    return alert.last.condition is not Condition.RESOLVED


def forgettable(alert: Alert, *, before_ms: int) -> bool:
    """Return True where memory may let go of it: over since `before_ms` and nothing hangs on it."""
    ended = alert.last.resolved_ms
    if ended is None or ended >= before_ms:
        return False
    return not (listed(alert) or alert.put_aside or alert.incident)


def county_of(facts: Mapping[str, Json]) -> str:
    """Return the 6-digit code of the county a row was joined to, "" where it was not."""
    return str(facts.get("admin.county") or "").rpartition("/")[2]


def message_of(rule: Rule, facts: Mapping[str, Json]) -> Message:
    """Return the rule's message with the parameters its template names, and no others."""
    version = int(rule.version) if rule.version.isdigit() else 1
    params = {name: facts.get(name) for name in _places(rule.message)}
    return Message(template=rule.message, version=version, params=params)


@lru_cache(maxsize=4_096)
def _places(text: Text) -> tuple[str, ...]:
    return tuple(sorted({part.partition("}")[0] for said in (text.zh, text.en) for part in said.split("{")[1:]}))


def _new(event: Event, rule: Rule, *, deployment: str) -> Alert:
    identity = id_of(deployment, event)
    return Alert(
        id=identity,
        rule=rule.id,
        group=event.group,
        alert_class=rule.alert_class,
        title=rule.title,
        message=message_of(rule, event.facts),
        status=event.status,
        jurisdiction=county_of(event.facts) or rule.jurisdiction or deployment,
        subject=event.subject,
        feed=event.feed,
        lon_e7=event.lon_e7,
        lat_e7=event.lat_e7,
        occurrences=(_occurrence(identity, event, rule),),
        shadow=rule.shadow,
    )


def _occurrence(alert: str, event: Event, rule: Rule) -> Occurrence:
    return Occurrence(
        id=occurrence_id(alert, event.event_ms),
        started_ms=event.event_ms,
        rule_version=event.rule_version or rule.version,
        severities=((event.event_ms, _severity(event, rule)),),
        caused_by=event.id,
        why=event.facts,
    )


def _placed(alert: Alert, event: Event, rule: Rule) -> Alert:
    """Return the alert with the place, wording and class of the newest firing."""
    known = event.lon_e7 is not None
    return changed(
        alert,
        title=rule.title,
        message=message_of(rule, event.facts),
        alert_class=rule.alert_class,
        shadow=rule.shadow,
        subject=event.subject or alert.subject,
        jurisdiction=county_of(event.facts) or alert.jurisdiction,
        lon_e7=event.lon_e7 if known else alert.lon_e7,
        lat_e7=event.lat_e7 if known else alert.lat_e7,
    )


def _raised(alert: Alert, event: Event, rule: Rule) -> Alert:
    """Return the alert with the event's severity in its history; a higher one alarms again."""
    severity = _severity(event, rule)
    if severity is alert.severity:
        return alert
    higher = severity.rank > alert.severity.rank
    last = alert.last
    graded = changed(
        last,
        severities=(*last.severities, (event.event_ms, severity)),
        acknowledged=None if higher else last.acknowledged,
    )
    return changed(_with_last(alert, graded), shelf=None if higher else alert.shelf)


def _severity(event: Event, rule: Rule) -> Severity:
    """Return the severity the facts state (a rule that grades), else the rule's."""
    stated = event.facts.get("severity")
    return Severity(stated) if stated in _SEVERITIES else rule.severity


def _with_last(alert: Alert, last: Occurrence) -> Alert:
    return changed(alert, occurrences=(*alert.occurrences[:-1], last))
