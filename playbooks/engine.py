"""Advance a playbook run by one happening: a pure function, so a run can be rebuilt from its past.

A task goes waiting -> ready -> acknowledged -> done, or to skipped with a reason, or to cancelled
by a stand-down. Late is a fact beside the state. A run keeps the version it started with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.run import PlaybookRun, RunState, Task, TaskState, run_id, task_id
from ops_center.domain.scales import Status
from ops_center.domain.text import Json
from playbooks.book import Playbook, Step
from playbooks.engine_kinds import KINDS, OVER, Intent, Judge, Scene

SYSTEM = Mark(by="system", post="system", at_ms=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What happened to a run: start, acknowledge, done, skip, stand_down, delivery, time, changed."""

    kind: str
    at_ms: int
    mark: Mark = SYSTEM
    task: str = ""
    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a run is played against: its own version of the playbook, the context, the judge.

    `context` holds ``incident`` (kind, state, closed, verified, fields…) and whatever else the
    desk knows; the engine adds ``answers.<step>.<field>``.
    """

    playbook: Playbook
    context: Mapping[str, Json]
    judge: Judge


def advance(run: PlaybookRun, happening: Happening, setting: Setting) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    """Return the run after a happening, with what must be done outside; CommandRefused leaves it as it was."""
    if (run.playbook, run.version) != (setting.playbook.id, setting.playbook.version):
        raise ValueError(f"run {run.id} keeps version {run.version}, not {setting.playbook.version}")
    match happening.kind:
        case "start":
            run = _start(run, happening, setting)
        case "stand_down":
            run = _stand_down(run, happening)
        case "acknowledge":
            run = _put(run, _acknowledge(_task(run, happening), happening))
        case "done":
            run = _put(run, _done(_task(run, happening), happening, setting, run))
        case "skip":
            run = _skip(run, _task(run, happening), happening)
        case "delivery":
            run = _put(run, _deliver(_task(run, happening), happening))
        case "time":
            run = _late(run, happening.at_ms, setting.playbook)
        case "changed":
            pass
        case other:
            raise ValueError(f"unknown happening {other!r}")
    return _settle(run, happening, setting)


def next_due(run: PlaybookRun) -> int | None:
    """Return when the run next has something to do by itself, None where nothing is due."""
    if run.state is not RunState.RUNNING:
        return None
    due: list[int] = []
    for task in run.tasks:
        if task.state not in (TaskState.READY, TaskState.ACKNOWLEDGED):
            continue
        if task.ack_due_ms is not None and task.state is TaskState.READY and "acknowledge" not in task.late:
            due.append(task.ack_due_ms)
        if task.done_due_ms is not None and "done" not in task.late:
            due.append(task.done_due_ms)
        if task.until_ms is not None:
            due.append(task.until_ms)
    return min(due, default=None)


def suggested(
    playbook: Playbook, *, deployment: str, incident: str, cause: str, at_ms: int, status: Status = Status.ACTUAL
) -> PlaybookRun:
    """Return a run that waits for a person to start it."""
    return PlaybookRun(
        id=run_id(deployment, playbook.id, incident, cause),
        playbook=playbook.id,
        version=playbook.version,
        incident=incident,
        title=playbook.title,
        state=RunState.SUGGESTED,
        started_ms=at_ms,
        started_by="",
        status=status,
    )


def context_of(run: PlaybookRun, context: Mapping[str, Json]) -> dict[str, Json]:
    """Return the context with the answers given so far, by the last part of the step's id."""
    answers = {task.step.rpartition("/")[2]: dict(task.answers) for task in run.tasks if task.answers}
    return {**context, "answers": answers}


def _start(run: PlaybookRun, happening: Happening, setting: Setting) -> PlaybookRun:
    if run.state is not RunState.SUGGESTED:
        raise CommandRefused(f"the run is already {run.state}", target=run.id, by=run.started_by, at_ms=run.started_ms)
    started = replace(
        run, state=RunState.RUNNING, started_ms=happening.at_ms, started_by=happening.mark.by, finished_ms=None
    )
    return _with_tasks(started, setting.playbook.steps)


def _with_tasks(run: PlaybookRun, steps: Iterable[Step]) -> PlaybookRun:
    have = {task.id for task in run.tasks}
    new = tuple(
        Task(
            id=task_id(run.id, step.id),
            run=run.id,
            incident=run.incident,
            step=step.id,
            kind=step.kind,
            title=step.title,
            owner=step.owner,
            status=run.status,
        )
        for step in steps
        if task_id(run.id, step.id) not in have
    )
    return replace(run, tasks=(*run.tasks, *new))


def _stand_down(run: PlaybookRun, happening: Happening) -> PlaybookRun:
    if run.state not in (RunState.RUNNING, RunState.SUGGESTED):
        raise CommandRefused(f"the run is already {run.state}", target=run.id, at_ms=run.finished_ms)
    reason = str(happening.args.get("reason", ""))
    tasks = tuple(
        task if task.state in OVER else replace(task, state=TaskState.CANCELLED, finished=happening.mark, reason=reason)
        for task in run.tasks
    )
    return replace(run, state=RunState.STOOD_DOWN, finished_ms=happening.at_ms, tasks=tasks)


def _acknowledge(task: Task, happening: Happening) -> Task:
    if task.state is not TaskState.READY:
        raise _not_now(task, "acknowledged")
    return replace(task, state=TaskState.ACKNOWLEDGED, acknowledged=happening.mark)


def _done(task: Task, happening: Happening, setting: Setting, run: PlaybookRun) -> Task:
    if task.state not in (TaskState.READY, TaskState.ACKNOWLEDGED):
        raise _not_now(task, "done")
    scene = _scene(run, task, happening.at_ms, setting)
    answers = KINDS[task.kind].answer(scene, task, happening.args.get("answers") or {})
    return replace(
        task,
        state=TaskState.DONE,
        acknowledged=task.acknowledged or happening.mark,
        finished=happening.mark,
        answers=answers,
    )


def _skip(run: PlaybookRun, task: Task, happening: Happening) -> PlaybookRun:
    """Return the run with a task skipped, and with it all that lies inside it."""
    if task.state in OVER:
        raise _not_now(task, "skipped")
    reason = str(happening.args.get("reason") or "").strip()
    if not reason:
        raise CommandRefused("a skipped step needs a reason", target=task.id)
    for one in run.tasks:
        if one.state not in OVER and (one.id == task.id or _inside(one, task)):
            run = _put(run, replace(one, state=TaskState.SKIPPED, finished=happening.mark, reason=reason))
    return run


def _deliver(task: Task, happening: Happening) -> Task:
    """Return the task with one recipient's newest state; a late "sent" never undoes a receipt."""
    recipient, state = str(happening.args.get("recipient")), str(happening.args.get("status"))
    if recipient not in dict(task.deliveries):
        raise CommandRefused(f"{recipient!r} is no recipient of this step", target=task.id)
    if state not in _RANK:
        raise CommandRefused(f"{state!r} is no state of a delivery", target=task.id)
    return replace(
        task,
        deliveries=tuple(
            (to, state if to == recipient and _RANK[state] > _RANK[now] else now) for to, now in task.deliveries
        ),
    )


# A failure is known before a retry succeeds, so anything that arrived outranks it.
_RANK = {"intended": 0, "failed": 1, "sent": 2, "delivered": 3, "receipted": 4}


def _late(run: PlaybookRun, at_ms: int, playbook: Playbook) -> PlaybookRun:
    for task in run.tasks:
        if task.state not in (TaskState.READY, TaskState.ACKNOWLEDGED):
            continue
        due = (
            ("acknowledge", task.ack_due_ms if task.state is TaskState.READY else None),
            ("done", task.done_due_ms),
        )
        passed = tuple(name for name, at in due if at is not None and at <= at_ms and name not in task.late)
        if passed:
            to = playbook.step(task.step).escalate
            more = (to,) if to and to not in task.escalated_to else ()
            run = _put(run, replace(task, late=(*task.late, *passed), escalated_to=(*task.escalated_to, *more)))
    return run


def _settle(run: PlaybookRun, happening: Happening, setting: Setting) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    """Begin and finish what can be, until nothing changes; each round goes in the order of the tasks."""
    intents: list[Intent] = []
    if run.state is RunState.RUNNING and _told(setting.playbook.stand_down_when, run, happening.at_ms, setting):
        run = _stand_down(run, replace(happening, mark=_system(happening.at_ms), args={"reason": "stand_down.when"}))
    before: PlaybookRun | None = None
    while run.state is RunState.RUNNING and run != before:
        before = run
        for identity in [task.id for task in run.tasks]:
            run, more = _move(run, identity, happening.at_ms, setting)
            intents += more
    if run.state is RunState.RUNNING and all(task.state in OVER for task in run.tasks):
        run = replace(run, state=RunState.FINISHED, finished_ms=happening.at_ms)
    return run, tuple(intents)


def _move(run: PlaybookRun, identity: str, at_ms: int, setting: Setting) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    task = next(one for one in run.tasks if one.id == identity)
    if task.state is TaskState.WAITING:
        return _begin(run, task, at_ms, setting) if _needs_met(run, task, setting.playbook) else (run, ())
    if task.state not in (TaskState.READY, TaskState.ACKNOWLEDGED):
        return run, ()
    inside = tuple(one for one in run.tasks if _inside(one, task))
    if KINDS[task.kind].finished(_scene(run, task, at_ms, setting), task, inside):
        run = _put(run, replace(task, state=TaskState.DONE, finished=_system(at_ms)))
    return run, ()


def _begin(run: PlaybookRun, task: Task, at_ms: int, setting: Setting) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    step = setting.playbook.step(task.step)
    if step.when and not _told(step.when, run, at_ms, setting):
        skipped = replace(task, state=TaskState.SKIPPED, finished=_system(at_ms), reason=f"not: {step.when}")
        return _put(run, skipped), ()
    ready = replace(
        task,
        state=TaskState.READY,
        ready_ms=at_ms,
        ack_due_ms=at_ms + step.ack_within_ms if step.ack_within_ms else None,
        done_due_ms=at_ms + step.done_within_ms if step.done_within_ms else None,
    )
    begun = KINDS[step.kind].begin(_scene(run, ready, at_ms, setting), ready)
    return _with_tasks(_put(run, begun.task), begun.inside), begun.intents


def _needs_met(run: PlaybookRun, task: Task, playbook: Playbook) -> bool:
    return all(_over(run, need) for need in playbook.step(task.step).needs)


def _over(run: PlaybookRun, step: str) -> bool:
    """Return True where a step is finished, or lies in an arm that a finished branch did not take."""
    for task in run.tasks:
        if task.step == step:
            return task.state in OVER
    outer = step.rpartition("/")[0]
    return bool(outer) and _over(run, outer)


def _inside(inner: Task, outer: Task) -> bool:
    return inner.step.startswith(outer.step + "/")


def _told(condition: str, run: PlaybookRun, at_ms: int, setting: Setting) -> bool:
    return bool(condition) and setting.judge(condition, context_of(run, setting.context)) is True


def _scene(run: PlaybookRun, task: Task, at_ms: int, setting: Setting) -> Scene:
    return Scene(
        playbook=setting.playbook,
        step=setting.playbook.step(task.step),
        at_ms=at_ms,
        context=context_of(run, setting.context),
        judge=setting.judge,
    )


def _task(run: PlaybookRun, happening: Happening) -> Task:
    # A receipt may arrive after the run is over, and is written down all the same.
    if run.state is not RunState.RUNNING and happening.kind != "delivery":
        raise CommandRefused(f"the run is {run.state}", target=run.id, at_ms=run.finished_ms)
    for task in run.tasks:
        if task.id == happening.task:
            return task
    raise CommandRefused("the run has no such task", target=happening.task)


def _put(run: PlaybookRun, task: Task) -> PlaybookRun:
    return replace(run, tasks=tuple(task if one.id == task.id else one for one in run.tasks))


def _not_now(task: Task, wanted: str) -> CommandRefused:
    mark = task.finished or task.acknowledged
    by, at_ms = (mark.by, mark.at_ms) if mark else ("", None)
    who = f" by {by}" if by else ""
    return CommandRefused(f"cannot be {wanted}: it is {task.state}{who}", target=task.id, by=by, at_ms=at_ms)


def _system(at_ms: int) -> Mark:
    return replace(SYSTEM, at_ms=at_ms)
