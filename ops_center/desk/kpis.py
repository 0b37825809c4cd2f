"""KPI tiles: each figure with its definition, unit, window, and the list it counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from ops_center.columns import Positions
from ops_center.desk.alerts import alarming, listed
from ops_center.desk.incidents import OVER
from ops_center.domain.alert import Alert
from ops_center.domain.incident import Incident
from ops_center.domain.run import PlaybookRun, TaskState
from ops_center.domain.scales import AlertClass
from ops_center.domain.text import Json, Text
from ops_center.picture import FeedHealth, Kpi

TEN_MINUTES_MS = 600_000
ONLINE_MS = 300_000  # JT/T 808 terminals report at least every 30 s; ten missed reports are offline
DAY_MS = 86_400_000
_COUNT = Text("个", "")
_NOW = Text("当前", "now")


def kpis_of(
    *,
    at_ms: int,
    alerts: Iterable[Alert],
    incidents: Iterable[Incident],
    runs: Iterable[PlaybookRun],
    feeds: Iterable[FeedHealth],
    positions: Positions,
    officers: int,
) -> tuple[Kpi, ...]:
    """Return the tiles at one instant, in the order they are shown."""
    seen = [alert for alert in alerts if not alert.shadow]
    alarms = [alert for alert in seen if alert.alert_class is AlertClass.ALARM]
    notices = [alert for alert in seen if alert.alert_class is AlertClass.NOTICE and listed(alert)]
    return (
        *_alarm_tiles(alarms, notices, at_ms=at_ms, officers=officers),
        *_work_tiles(incidents, runs),
        *_feed_tiles(feeds, positions, at_ms=at_ms),
        _acknowledging(alarms, at_ms=at_ms),
    )


def _alarm_tiles(alarms: Sequence[Alert], notices: Sequence[Alert], *, at_ms: int, officers: int) -> tuple[Kpi, ...]:
    begun = _begun(alarms, after_ms=at_ms - TEN_MINUTES_MS, until_ms=at_ms)
    return (
        _kpi(
            "alarms_per_officer",
            round(begun / max(officers, 1), 2),
            Text("人均告警", "Alarms per officer"),
            # EEMUA 191 and ISA-18.2: about one per ten minutes is what an operator can bear.
            Text("10 分钟内新告警数 ÷ 值班席位数", "New alarms in 10 minutes, divided by posts on duty"),
            unit=Text("个/人", "per officer"),
            window=Text("10 分钟", "10 min"),
            opens="alerts",
            where={"class": "alarm", "since_ms": at_ms - TEN_MINUTES_MS},
        ),
        _kpi(
            "alerts_open",
            len([alert for alert in alarms if listed(alert)]),
            Text("未结告警", "Open alarms"),
            Text("触发中，或已恢复未签收", "Firing, or resolved and not acknowledged"),
            opens="alerts",
            where={"class": "alarm", "open": True},
        ),
        _kpi(
            "alerts_unacknowledged",
            len([alert for alert in alarms if alarming(alert)]),
            Text("未签收", "Not acknowledged"),
            Text("未签收且未搁置、未抑制的告警", "Alarms nobody has acknowledged, shelved or suppressed"),
            opens="alerts",
            where={"class": "alarm", "acknowledged": False},
        ),
        _kpi(
            "notices",
            len(notices),
            Text("提示", "Notices"),
            Text("触发中的提示，无需值班员处置", "Notices firing; no officer is called"),
            opens="alerts",
            where={"class": "notice"},
        ),
    )


def _work_tiles(incidents: Iterable[Incident], runs: Iterable[PlaybookRun]) -> tuple[Kpi, ...]:
    open_incidents = [incident for incident in incidents if incident.state not in OVER]
    late = [task for run in runs for task in run.tasks if task.late and task.state in _OWED]
    return (
        _kpi(
            "incidents_open",
            len(open_incidents),
            Text("处置中事件", "Open incidents"),
            Text("未结案、未排除、未合并的事件", "Not closed, dismissed or merged"),
            opens="incidents",
            where={"open": True},
        ),
        _kpi(
            "tasks_late",
            len(late),
            Text("超时任务", "Late tasks"),
            Text("超过签收或完成时限且未完成的任务", "Past a deadline and not finished"),
            opens="tasks",
            where={"late": True},
        ),
    )


def _feed_tiles(feeds: Iterable[FeedHealth], positions: Positions, *, at_ms: int) -> tuple[Kpi, ...]:
    online = int((positions.event_ms > at_ms - ONLINE_MS).sum())
    stale = [feed for feed in feeds if feed.stale]
    return (
        _kpi(
            "vehicles_online",
            online,
            Text("在线车辆", "Vehicles online"),
            Text("5 分钟内有定位的车辆", "Vehicles with a fix in the last 5 minutes"),
            window=Text("5 分钟", "5 min"),
            opens="vehicles",
            where={"since_ms": at_ms - ONLINE_MS},
        ),
        _kpi(
            "feeds_stale",
            len(stale),
            Text("中断数据源", "Stale feeds"),
            Text("超过静默时限的数据源", "Feeds past their silence limit"),
            opens="feeds",
            where={"stale": True},
        ),
    )


def _acknowledging(alarms: Iterable[Alert], *, at_ms: int) -> Kpi:
    return _kpi(
        "seconds_to_acknowledge",
        _median_seconds(alarms, after_ms=at_ms - DAY_MS),
        Text("签收用时中位数", "Median time to acknowledge"),
        Text("告警触发到签收的时间的中位数", "From firing to acknowledgement, median"),
        unit=Text("秒", "s"),
        window=Text("24 小时", "24 h"),
        opens="alerts",
        where={"class": "alarm", "acknowledged": True},
    )


_OWED = (TaskState.READY, TaskState.ACKNOWLEDGED)


def _kpi(
    identity: str,
    value: float | None,
    title: Text,
    definition: Text,
    *,
    opens: str,
    where: Mapping[str, Json],
    unit: Text = _COUNT,
    window: Text = _NOW,
) -> Kpi:
    return Kpi(
        id=identity,
        title=title,
        value=value,
        unit=unit,
        definition=definition,
        window=window,
        list=opens,
        filter=where,
    )


def _begun(alarms: Iterable[Alert], *, after_ms: int, until_ms: int) -> int:
    return sum(after_ms < occurrence.started_ms <= until_ms for alert in alarms for occurrence in alert.occurrences)


def _median_seconds(alarms: Iterable[Alert], *, after_ms: int) -> float | None:
    waits = [
        occurrence.acknowledged.at_ms - occurrence.started_ms
        for alert in alarms
        for occurrence in alert.occurrences
        if occurrence.acknowledged is not None and occurrence.started_ms > after_ms
    ]
    return round(median(waits) / 1000, 1) if waits else None
