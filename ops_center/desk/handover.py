"""What a shift leaves behind: what is owed at an instant, and what changed since it began; pure views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ops_center.desk.alerts import listed
from ops_center.desk.incidents import OVER
from ops_center.desk.warnings import PENDING
from ops_center.domain.alert import Alert, Condition
from ops_center.domain.incident import Incident
from ops_center.domain.jurisdiction import covers
from ops_center.domain.resource import Dispatch
from ops_center.domain.run import UNATTENDED, PlaybookRun, RunState, TaskState
from ops_center.domain.scales import AlertClass
from ops_center.domain.shift import Shift
from ops_center.domain.text import Json, Message, Text
from ops_center.domain.warning import PublicWarning


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Everything that can be owed or have changed, of a picture or of the desk's state."""

    alerts: Iterable[Alert]
    incidents: Iterable[Incident]
    runs: Iterable[PlaybookRun]
    dispatches: Iterable[Dispatch] = ()
    warnings: Iterable[PublicWarning] = ()
    names: Mapping[str, Text] = field(default_factory=dict)  # of resources, by id

    def within(self, jurisdiction: str, deployment: str) -> Held:
        """Return what lies under a jurisdiction; "" lies in the whole deployment."""

        def mine(code: str) -> bool:
            return covers(jurisdiction, code or deployment)

        incidents = [one for one in self.incidents if mine(one.jurisdiction)]
        known = {one.id for one in incidents}
        return Held(
            alerts=[one for one in self.alerts if mine(one.jurisdiction)],
            incidents=incidents,
            runs=[one for one in self.runs if one.incident in known],
            dispatches=[one for one in self.dispatches if one.incident in known],
            warnings=[one for one in self.warnings if one.incident in known or mine(one.jurisdiction)],
            names=self.names,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One thing somebody must still do; `kind` is alarm, shelf, aside, incident, task, report, dispatch or warning."""

    kind: str
    id: str
    title: Text
    since_ms: int
    due_ms: int | None = None
    late: bool = False
    incident: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that happened; `id` is what it happened to."""

    at_ms: int
    kind: str  # alarm | incident | remark
    id: str
    by: str
    message: Message
    title: Text
    incident: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """The hand-over screen of one shift: changes oldest first, debts by what is due first."""

    shift: Shift
    until_ms: int
    owed: tuple[Owed, ...]
    changed: tuple[Change, ...]
    counts: Mapping[str, int] = field(default_factory=dict)


def hand_over(shift: Shift, held: Held, *, at_ms: int) -> HandOver:
    """Return what a shift hands over at an instant, or handed over when it ended."""
    until_ms = shift.ended.at_ms if shift.ended else at_ms
    changed = changed_in(held, shift, since_ms=shift.began.at_ms, until_ms=until_ms)
    return HandOver(
        shift=shift,
        until_ms=until_ms,
        owed=owed_of(held, at_ms=at_ms),
        changed=changed,
        counts=counts_of(held, since_ms=shift.began.at_ms, until_ms=until_ms),
    )


def owed_of(held: Held, *, at_ms: int) -> tuple[Owed, ...]:
    """Return what is owed at an instant: late first, then by what is due first, then by age."""
    owed = [
        *_alarms(held.alerts),
        *_incidents(held.incidents, at_ms=at_ms),
        *_tasks(held.runs),
        *_dispatches(held.dispatches, held.names),
        *_warnings(held.warnings),
    ]
    return tuple(
        sorted(owed, key=lambda one: (not one.late, one.due_ms is None, one.due_ms or 0, one.since_ms, one.id))
    )


def changed_in(held: Held, shift: Shift | None, *, since_ms: int, until_ms: int) -> tuple[Change, ...]:
    """Return what happened in [since_ms, until_ms], oldest first, with the remarks of a shift where one is given."""
    remarks = _of_shift(shift) if shift else ()
    every = [*_of_alarms(held.alerts), *_of_incidents(held.incidents), *remarks]
    return tuple(
        sorted(
            (one for one in every if since_ms <= one.at_ms <= until_ms), key=lambda one: (one.at_ms, one.kind, one.id)
        )
    )


def counts_of(held: Held, *, since_ms: int, until_ms: int) -> dict[str, int]:
    """Return the figures of a shift, by name."""

    def then(at_ms: int | None) -> bool:
        return at_ms is not None and since_ms <= at_ms <= until_ms

    firings = [one for alert in held.alerts if _alarm(alert) for one in alert.occurrences]
    done = [task.finished for run in held.runs for task in run.tasks if task.state is TaskState.DONE]
    published = [one.published for warning in held.warnings for one in warning.revisions]
    return {
        "alarms": sum(then(one.started_ms) for one in firings),
        "acknowledged": sum(one.acknowledged is not None and then(one.acknowledged.at_ms) for one in firings),
        "incidents_opened": sum(then(one.opened_ms) for one in held.incidents),
        "incidents_closed": sum(one.closed is not None and then(one.closed.at_ms) for one in held.incidents),
        "tasks_done": sum(mark is not None and then(mark.at_ms) for mark in done),
        "dispatches": sum(bool(one.marks) and then(one.marks[0][1].at_ms) for one in held.dispatches),
        "warnings_published": sum(mark is not None and then(mark.at_ms) for mark in published),
    }


def _alarm(alert: Alert) -> bool:
    return alert.alert_class is AlertClass.ALARM and not alert.shadow


def _alarms(alerts: Iterable[Alert]) -> Iterator[Owed]:
    for alert in alerts:
        if not _alarm(alert):
            continue
        if alert.shelf is not None:
            yield Owed(
                kind="shelf",
                id=alert.id,
                title=alert.title,
                since_ms=alert.shelf.mark.at_ms,
                due_ms=alert.shelf.until_ms,
                incident=alert.incident,
            )
        elif listed(alert):
            started_ms = alert.last.started_ms
            kind = "aside" if alert.suppressions or alert.out_of_service is not None else "alarm"
            yield Owed(kind=kind, id=alert.id, title=alert.title, since_ms=started_ms, incident=alert.incident)


def _incidents(incidents: Iterable[Incident], *, at_ms: int) -> Iterator[Owed]:
    for one in incidents:
        if one.state not in OVER:
            yield Owed(kind="incident", id=one.id, title=one.title, since_ms=one.opened_ms, incident=one.id)
        for report in one.reports:
            if report.sent is None and report.due_ms is not None and one.state not in OVER:
                yield Owed(
                    kind="report",
                    id=f"{one.id}/{report.kind}/{report.number}",
                    title=report.basis or one.title,
                    since_ms=one.opened_ms,
                    due_ms=report.due_ms,
                    late=report.late or report.due_ms <= at_ms,
                    incident=one.id,
                )


def _tasks(runs: Iterable[PlaybookRun]) -> Iterator[Owed]:
    for run in runs:
        if run.state is not RunState.RUNNING:
            continue
        for task in run.tasks:
            if task.kind not in UNATTENDED and task.state in (TaskState.READY, TaskState.ACKNOWLEDGED):
                due = [at for at in (task.ack_due_ms, task.done_due_ms) if at is not None]
                yield Owed(
                    kind="task",
                    id=task.id,
                    title=task.title,
                    since_ms=task.ready_ms or run.started_ms,
                    due_ms=min(due, default=None),
                    late=bool(task.late),
                    incident=task.incident,
                )


def _dispatches(dispatches: Iterable[Dispatch], names: Mapping[str, Text]) -> Iterator[Owed]:
    for one in dispatches:
        if one.over:
            continue
        bare = one.resource.rpartition("/")[2]
        yield Owed(
            kind="dispatch",
            id=one.id,
            title=names.get(one.resource, Text(bare, bare)),
            since_ms=one.marks[0][1].at_ms if one.marks else 0,
            due_ms=one.eta_ms,
            incident=one.incident,
        )


def _warnings(warnings: Iterable[PublicWarning]) -> Iterator[Owed]:
    for one in warnings:
        if one.last.state in PENDING or one.in_force is not None:
            held = one.in_force or one.last
            yield Owed(
                kind="warning",
                id=one.id,
                title=held.headline,
                since_ms=held.drafted.at_ms,
                due_ms=held.expires_ms,
                incident=one.incident,
            )


_BEGAN = Message(template=Text("告警触发", "Alarm"))
_CLEARED = Message(template=Text("告警恢复", "Alarm cleared"))
_SEEN = Message(template=Text("告警签收", "Alarm acknowledged"))


def _of_alarms(alerts: Iterable[Alert]) -> Iterator[Change]:
    for alert in alerts:
        if not _alarm(alert):
            continue
        for one in alert.occurrences:
            yield _change(alert, one.started_ms, "system", _BEGAN)
            if one.condition is Condition.RESOLVED and one.resolved_ms is not None:
                yield _change(alert, one.resolved_ms, "system", _CLEARED)
            if one.acknowledged is not None:
                yield _change(alert, one.acknowledged.at_ms, one.acknowledged.by, _SEEN)


def _change(alert: Alert, at_ms: int, by: str, message: Message) -> Change:
    return Change(
        at_ms=at_ms, kind="alarm", id=alert.id, by=by, message=message, title=alert.title, incident=alert.incident
    )


def _of_incidents(incidents: Iterable[Incident]) -> Iterator[Change]:
    for one in incidents:
        for line in one.log:
            params: Mapping[str, Json] = line.params
            yield Change(
                at_ms=line.at_ms,
                kind="incident",
                id=one.id,
                by=line.by,
                message=Message(template=line.text, params=params),
                title=one.title,
                incident=one.id,
            )


def _of_shift(shift: Shift) -> Iterator[Change]:
    for line in shift.log:
        yield Change(
            at_ms=line.at_ms,
            kind="remark",
            id=shift.id,
            by=line.by,
            message=line.message,
            title=Text(shift.post, shift.post),
            incident=line.incident,
        )
