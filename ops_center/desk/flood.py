"""Flood mode: more alarms than an officer can take, and the few groups the list then shows.

EEMUA 191: a flood begins above 10 alarms in 10 minutes; ISA-18.2: it ends below 5. The window slides:
(t - 10 min, t]. All is a pure function of alerts and an instant, so that a replay shows the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ops_center.desk.alerts import alarming, listed
from ops_center.domain.alert import Alert, SuppressionReason
from ops_center.domain.ids import make_id
from ops_center.domain.scales import AlertClass, Severity
from ops_center.domain.text import Text
from ops_center.picture import Group

WINDOW_MS = 600_000
BEGINS_ABOVE = 10
ENDS_BELOW = 5
Key = tuple[str, str, str, str, str]  # cause kind, cause, place, severity, status


def annunciated(alerts: Iterable[Alert], *, until_ms: int) -> list[int]:
    """Return when alarms called somebody, sorted; what began quietly, or on trial, called nobody."""
    return sorted(
        occurrence.started_ms
        for alert in alerts
        if alert.alert_class is AlertClass.ALARM and not alert.shadow
        for occurrence in alert.occurrences
        if not occurrence.quiet and occurrence.started_ms <= until_ms
    )


def episodes(starts: Sequence[int], *, until_ms: int) -> tuple[tuple[int, int | None], ...]:
    """Return each flood as (begin, end) from sorted starts; end None: it goes on at `until_ms`."""
    steps = Counter(starts)
    steps.subtract(at + WINDOW_MS for at in starts if at + WINDOW_MS <= until_ms)
    found: list[tuple[int, int | None]] = []
    count, flooded = 0, False
    for at, step in sorted(steps.items()):  # what enters and leaves at one instant counts together
        count += step
        if not flooded and count > BEGINS_ABOVE:
            flooded = True
            found.append((at, None))
        elif flooded and count < ENDS_BELOW:
            flooded = False
            found[-1] = (found[-1][0], at)
    return tuple(found)


def flooded(alerts: Iterable[Alert], *, at_ms: int) -> bool:
    """Return True while a flood lasts."""
    found = episodes(annunciated(alerts, until_ms=at_ms), until_ms=at_ms)
    return bool(found) and found[-1][1] is None


def groups_of(alerts: Iterable[Alert], *, hazards: Mapping[str, Text]) -> tuple[Group, ...]:
    """Return what the list shows in a flood, in its order; every open alarm is in exactly one group.

    Grouped are alarms of one rule, county and severity, so that a graver one stands by itself, and
    those of one hazard, wherever they are. An extreme alarm is always a group of its own, pinned.
    """
    gathered: dict[Key, list[Alert]] = {}
    for alert in alerts:
        if _in_list(alert):
            gathered.setdefault(_key(alert), []).append(alert)
    found = [_group(key, members, hazards) for key, members in gathered.items()]
    return tuple(sorted(found, key=lambda g: (not g.pinned, -g.severity.rank, -g.newest_ms, g.id)))


def _in_list(alert: Alert) -> bool:
    """Return True for open alarms, those kept quiet under a parent too; not for what a person put aside."""
    if alert.alert_class is not AlertClass.ALARM or alert.shadow or not listed(alert):
        return False
    others = [reason for reason in alert.suppressed if reason != SuppressionReason.PARENT_ACTIVE]
    return alert.shelf is None and alert.out_of_service is None and not others


def _key(alert: Alert) -> Key:
    if alert.severity is Severity.EXTREME:
        return ("alert", alert.id, alert.jurisdiction, alert.severity, alert.status)
    if alert.hazard:
        return ("hazard", alert.hazard, "", "", alert.status)
    return ("rule", alert.rule, alert.jurisdiction, alert.severity, alert.status)


def _group(key: Key, members: list[Alert], hazards: Mapping[str, Text]) -> Group:
    kind, cause, place, _, _ = key
    ordered = sorted(members, key=lambda alert: (-alert.last.started_ms, alert.id))
    newest, worst = ordered[0], max(members, key=lambda alert: (alert.severity.rank, alert.id))
    title = hazards.get(cause, newest.title) if kind == "hazard" else newest.title
    return Group(
        id=make_id("group", *key),
        kind=kind,
        cause=cause,
        place=place,
        title=title,
        status=newest.status,
        severity=worst.severity,
        count=len(members),
        calling=sum(alarming(alert) for alert in members),
        unacknowledged=sum(alert.last.acknowledged is None for alert in members),
        newest_ms=newest.last.started_ms,
        oldest_ms=ordered[-1].last.started_ms,
        members=tuple(alert.id for alert in ordered),
        places=_counted(alert.jurisdiction for alert in members),
        rules=_counted(alert.rule for alert in members),
        under=next((alert.under for alert in ordered if alert.under), ""),
        pinned=kind == "alert",
    )


def _counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))
