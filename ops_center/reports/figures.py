"""The figures of one incident: how long until it was verified, sent to, reached; what was late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, DispatchState
from ops_center.domain.run import PlaybookRun, TaskState

IN_PLAY = (TaskState.READY, TaskState.ACKNOWLEDGED, TaskState.DONE, TaskState.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Durations from the call (the incident's opening) in ms, None where it has not happened."""

    verify_ms: int | None
    dispatch_ms: int | None
    on_scene_ms: int | None
    reports_on_time: int
    reports_late: int
    reports_owed: int
    tasks: int
    tasks_done: int
    tasks_skipped: int
    tasks_late: int


def figures_of(incident: Incident, runs: Sequence[PlaybookRun], dispatches: Sequence[Dispatch]) -> Figures:
    """Return the figures of an incident with its runs and dispatches."""
    opened = incident.opened_ms
    tasks = [task for run in runs for task in run.tasks if task.state in IN_PLAY]
    sent = [one for one in incident.reports if one.sent is not None]
    late = [one for one in sent if one.due_ms is not None and one.sent is not None and one.sent.at_ms > one.due_ms]
    return Figures(
        verify_ms=incident.verified.at_ms - opened if incident.verified else None,
        dispatch_ms=_first(dispatches, DispatchState.REQUESTED, opened),
        on_scene_ms=_first(dispatches, DispatchState.ON_SCENE, opened),
        reports_on_time=len(sent) - len(late),
        reports_late=len(late),
        reports_owed=sum(one.sent is None and one.due_ms is not None for one in incident.reports),
        tasks=len(tasks),
        tasks_done=sum(task.state is TaskState.DONE for task in tasks),
        tasks_skipped=sum(task.state is TaskState.SKIPPED for task in tasks),
        tasks_late=sum(bool(task.late) for task in tasks),
    )


def _first(dispatches: Sequence[Dispatch], state: DispatchState, opened_ms: int) -> int | None:
    """Return when a dispatch first came to a state, counted from the opening."""
    times = [mark.at_ms for one in dispatches for at, mark in one.marks if at is state]
    return min(times) - opened_ms if times else None
