"""Alarm load: what the list asked of the officers, by the figures of EEMUA 191 and ISA-18.2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ops_center.desk.alerts import listed
from ops_center.desk.flood import WINDOW_MS, annunciated, episodes
from ops_center.domain.alert import Alert, Condition, Occurrence
from ops_center.domain.scales import AlertClass, Role, Severity
from ops_center.domain.shift import Shift, ShiftState
from ops_center.domain.text import Json, Text
from ops_center.picture import Kpi

DAY_MS = 86_400_000
MINUTE_MS = 60_000
CHATTERS = 3  # firings of one alarm within a minute (ISA-18.2)
FLEETING_MS = 60_000  # gone before anybody could have acted
STALE_MS = DAY_MS
TOP = 10
# What one officer can bear (EEMUA 191, as quoted in public papers; ISA-18.2 where said).
TARGETS: Mapping[str, float] = {
    "per_officer_10min": 1.0,
    "peak_10min": 10.0,
    "flood_percent": 1.0,  # ISA-18.2: below
    "chattering": 0.0,  # ISA-18.2
    "fleeting": 0.0,  # ISA-18.2
    "stale": 5.0,  # ISA-18.2: below, on any day
    "top_ten_percent": 5.0,  # ISA-18.2
}
PRIORITY_TARGET: Mapping[str, float] = {"high": 5.0, "medium": 15.0, "low": 80.0}
_DAY = Text("24 小时", "24 h")
_ALARMS = Text("个", "")
_PERCENT = Text("%", "%")
# Unit, title and definition of each tile.
_TILES: Mapping[str, tuple[Text, Text, Text]] = {
    "per_officer_10min": (
        Text("个/人·10 分钟", "per officer and 10 min"),
        Text("人均每 10 分钟告警", "Alarms per officer and 10 minutes"),
        Text("告警数 ÷ 10 分钟数 ÷ 值班席位数", "Alarms by ten-minute periods and posts on duty"),
    ),
    "peak_10min": (
        _ALARMS,
        Text("10 分钟峰值", "Peak in 10 minutes"),
        Text("任一 10 分钟内新告警最大数（滑动窗口）", "Most new alarms in any ten minutes, sliding window"),
    ),
    "flood_percent": (
        _PERCENT,
        Text("告警洪泛时间占比", "Time in flood"),
        Text("洪泛：10 分钟超过 10 个起，少于 5 个止", "Flood: from above 10 in 10 minutes to below 5"),
    ),
    "chattering": (
        _ALARMS,
        Text("抖动告警", "Chattering alarms"),
        Text("一分钟内触发三次及以上", "Three or more firings within a minute"),
    ),
    "fleeting": (
        _ALARMS,
        Text("瞬时告警", "Fleeting alarms"),
        Text("一分钟内自行恢复且无人签收", "Over within a minute, before anybody acknowledged"),
    ),
    "stale": (
        _ALARMS,
        Text("陈旧告警", "Stale alarms"),
        Text("持续触发超过 24 小时", "Firing for more than 24 hours"),
    ),
    "top_ten_percent": (
        _PERCENT,
        Text("前十规则占比", "Share of the top ten rules"),
        Text("触发最多的十条规则占全部告警的比例", "Alarms of the ten busiest rules, of all"),
    ),
    "standing": (
        _ALARMS,
        Text("在列告警", "Standing alarms"),
        Text("触发中，或已恢复未签收", "Firing, or resolved and not acknowledged"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The load over [from_ms, at_ms]; percentages of time or of alarms."""

    from_ms: int
    at_ms: int
    officers: int
    alarms: int
    per_officer_10min: float  # mean
    last_10min: int
    peak_10min: int  # in any ten minutes: the window slides
    peak_ms: int | None
    flood_percent: float
    floods: tuple[tuple[int, int | None], ...]
    chattering: tuple[str, ...]  # alerts
    fleeting: tuple[str, ...]  # alerts
    stale: tuple[str, ...]  # alerts
    standing: int
    unacknowledged: int
    top_ten: tuple[tuple[str, int, float], ...]  # rule, alarms, percent of all
    top_ten_percent: float
    priority: tuple[tuple[str, float], ...]  # severity, percent


def officers_of(shifts: Iterable[Shift]) -> int:
    """Return how many share the alarms: duty officers and commanders on duty, one at least."""
    on_duty = {
        shift.post
        for shift in shifts
        if shift.state is ShiftState.ON_DUTY and shift.role in (Role.DUTY_OFFICER, Role.COMMANDER)
    }
    return max(1, len(on_duty))


def load_of(alerts: Iterable[Alert], *, at_ms: int, from_ms: int, officers: int) -> Load:
    """Return the load of a time; the alarms are those that called somebody."""
    alarms = sorted(
        (one for one in alerts if one.alert_class is AlertClass.ALARM and not one.shadow), key=lambda one: one.id
    )
    every = annunciated(alarms, until_ms=at_ms)
    starts = [at for at in every if at > from_ms]
    began = [(alert, one) for alert in alarms for one in alert.occurrences if _counts(one, from_ms, at_ms)]
    length_ms = max(at_ms - from_ms, 1)
    floods = tuple(
        (max(begin, from_ms), end) for begin, end in episodes(every, until_ms=at_ms) if end is None or end > from_ms
    )
    peak, peak_ms = peak_of(starts)
    rules = Counter(alert.rule for alert, _ in began)
    top = sorted(rules.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP]
    firing = [alert for alert in alarms if alert.last.condition is Condition.FIRING]
    return Load(
        from_ms=from_ms,
        at_ms=at_ms,
        officers=officers,
        alarms=len(starts),
        per_officer_10min=round(len(starts) * WINDOW_MS / length_ms / officers, 2),
        last_10min=sum(at > at_ms - WINDOW_MS for at in starts),
        peak_10min=peak,
        peak_ms=peak_ms,
        flood_percent=_percent(sum((end or at_ms) - begin for begin, end in floods), length_ms),
        floods=floods,
        chattering=tuple(alert.id for alert in alarms if _chatters(alert, from_ms, at_ms)),
        fleeting=tuple(sorted({alert.id for alert, one in began if _fleeting(one)})),
        stale=tuple(alert.id for alert in firing if at_ms - alert.last.started_ms > STALE_MS),
        standing=sum(listed(alert) for alert in alarms),
        unacknowledged=sum(alert.last.acknowledged is None for alert in alarms if listed(alert)),
        top_ten=tuple((rule, n, _percent(n, len(began))) for rule, n in top),
        top_ten_percent=_percent(sum(n for _, n in top), len(began)),
        priority=tuple(
            (str(one), _percent(sum(occ.severities[0][1] is one for _, occ in began), len(began))) for one in Severity
        ),
    )


def peak_of(starts: Sequence[int]) -> tuple[int, int | None]:
    """Return the most alarms in any ten minutes of sorted starts, and when that was first reached."""
    most, at_ms, first = 0, None, 0
    for n, at in enumerate(starts):
        while starts[first] <= at - WINDOW_MS:
            first += 1
        if n - first + 1 > most:
            most, at_ms = n - first + 1, at
    return most, at_ms


def tiles_of(load: Load) -> tuple[Kpi, ...]:
    """Return the load as tiles, each with its definition and the list it counts."""
    alarms: Mapping[str, Json] = {"class": "alarm", "since_ms": load.from_ms}
    counted: tuple[tuple[str, float, Mapping[str, Json]], ...] = (
        ("per_officer_10min", load.per_officer_10min, alarms),
        ("peak_10min", load.peak_10min, alarms),
        ("flood_percent", load.flood_percent, alarms),
        ("chattering", len(load.chattering), {"ids": list(load.chattering)}),
        ("fleeting", len(load.fleeting), {"ids": list(load.fleeting)}),
        ("stale", len(load.stale), {"ids": list(load.stale)}),
        ("top_ten_percent", load.top_ten_percent, {"rules": [rule for rule, _, _ in load.top_ten]}),
        ("standing", load.standing, {"class": "alarm", "open": True}),
    )
    return tuple(_tile(identity, value, where) for identity, value, where in counted)


def _tile(identity: str, value: float, where: Mapping[str, Json]) -> Kpi:
    unit, title, what = _TILES[identity]
    return Kpi(
        id=identity, title=title, value=value, unit=unit, definition=what, window=_DAY, list="alerts", filter=where
    )


def _counts(one: Occurrence, from_ms: int, at_ms: int) -> bool:
    return not one.quiet and from_ms < one.started_ms <= at_ms


def _chatters(alert: Alert, from_ms: int, at_ms: int) -> bool:
    starts = [one.started_ms for one in alert.occurrences if from_ms < one.started_ms <= at_ms]
    return any(last - first < MINUTE_MS for first, last in zip(starts, starts[CHATTERS - 1 :], strict=False))


def _fleeting(one: Occurrence) -> bool:
    if one.resolved_ms is None or one.resolved_ms - one.started_ms >= FLEETING_MS:
        return False
    return one.acknowledged is None or one.acknowledged.at_ms > one.resolved_ms


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
