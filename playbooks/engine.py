"""Advance a playbook run by one happening: a pure function, so a run can be rebuilt from its past.

A task goes waiting -> ready -> acknowledged -> done, or to skipped with a reason, or to cancelled
by a stand-down. Late is a fact beside the state. A run keeps the version it started with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.run import PlaybookRun, RunState, Task, TaskState, run_id
from ops_center.domain.scales import ResponseLevel, Status
from ops_center.domain.text import Json
from playbooks import engine_approval
from playbooks.book import Playbook, Step
from playbooks.engine_paths import inside, item_of, needed, opened, over
from playbooks.engine_undo import UNDO, cancelled, owes_undo, undone
from playbooks.erg import erg_of
from playbooks.kinds import KINDS, OVER, Begun, End, Inside, Intent, Judge, Scene

SYSTEM = Mark(by="system", post="system", at_ms=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What happened to a run.

    By people: start, acknowledge, done, skip, approve, stand_down. By the outside: delivery, carried
    (what the desk did of an intent), time, changed.
    """

    kind: str
    at_ms: int
    mark: Mark = SYSTEM
    task: str = ""
    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a run is played against: its own version of the playbook, the context, the judge.

    `context` holds ``incident`` (kind, state, closed, verified, position, fields…) and what the desk
    knows of the run's doings (``dispatches``, ``warnings``, ``runs`` by id); the engine adds
    ``answers.<step>.<field>`` and ``erg``.
    """

    playbook: Playbook
    context: Mapping[str, Json]
    judge: Judge


def advance(run: PlaybookRun, happening: Happening, setting: Setting) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    """Return the run after a happening, with what must be done outside; CommandRefused leaves it as it was."""
    if (run.playbook, run.version) != (setting.playbook.id, setting.playbook.version):
        raise ValueError(f"run {run.id} keeps version {run.version}, not {setting.playbook.version}")
    intents: tuple[Intent, ...] = ()
    match happening.kind:
        case "start":
            run = _start(run, happening, setting)
        case "stand_down":
            if run.state not in (RunState.RUNNING, RunState.SUGGESTED):
                raise CommandRefused(f"the run is already {run.state}", target=run.id, at_ms=run.finished_ms)
            run = cancelled(run, happening.mark, str(happening.args.get("reason", "")))
        case "approve":
            run, intents = _approve(run, _task(run, happening), happening, setting)
        case "carried":
            run, intents = _carried(run, happening, setting)
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
    run, more = _settle(run, happening, setting)
    return run, (*intents, *more)


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
    playbook: Playbook,
    *,
    deployment: str,
    incident: str,
    cause: str,
    at_ms: int,
    status: Status = Status.ACTUAL,
    parent: str = "",
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
        parent=parent,
    )


def context_of(run: PlaybookRun, context: Mapping[str, Json], task: Task | None = None) -> dict[str, Json]:
    """Return the context with the answers given so far, by the last part of the step's id.

    Inside a for_each a task sees its own item, under the name it is bound to, and the answers given
    for that item; those of other items it does not see.
    """
    item = item_of(task) + "/" if task is not None and task.bound else ""
    answers = {
        one.step.rpartition("/")[2]: dict(one.answers)
        for one in run.tasks
        if one.answers and (not one.bound or (item and one.step.startswith(item)))
    }
    known = {**context, "answers": answers, **(task.bound if task else {})}
    return {**known, "erg": erg_of(known)}


def level_of(playbook: Playbook, context: Mapping[str, Json], judge: Judge) -> ResponseLevel | None:
    """Return the response level the playbook suggests now; a person starts it, or another (MODEL: Alarms)."""
    stated = playbook.response
    if stated.get("then_suggest") and judge(str(stated.get("when", "")), context) is True:
        return ResponseLevel(stated["then_suggest"])
    return ResponseLevel(stated["suggest"]) if stated.get("suggest") else None


def _start(run: PlaybookRun, happening: Happening, setting: Setting) -> PlaybookRun:
    if run.state is not RunState.SUGGESTED:
        raise CommandRefused(f"the run is already {run.state}", target=run.id, by=run.started_by, at_ms=run.started_ms)
    started = replace(
        run, state=RunState.RUNNING, started_ms=happening.at_ms, started_by=happening.mark.by, finished_ms=None
    )
    steps = tuple(Inside(step=step) for step in setting.playbook.steps)
    return replace(started, tasks=(*run.tasks, *opened(started, steps, None)))


def _acknowledge(task: Task, happening: Happening) -> Task:
    if task.state is not TaskState.READY:
        raise _not_now(task, "acknowledged")
    return replace(task, state=TaskState.ACKNOWLEDGED, acknowledged=happening.mark)


def _done(task: Task, happening: Happening, setting: Setting, run: PlaybookRun) -> Task:
    if task.state not in (TaskState.READY, TaskState.ACKNOWLEDGED):
        raise _not_now(task, "done")
    scene = _scene(run, task, happening.at_ms, setting)
    if task.kind != "approve" and engine_approval.awaited(scene.step, task) is not None:
        raise CommandRefused("it must be approved first", target=task.id)
    answers = KINDS[task.kind].answer(scene, task, happening.args.get("answers") or {})
    return replace(
        task,
        state=TaskState.DONE,
        acknowledged=task.acknowledged or happening.mark,
        finished=happening.mark,
        answers=answers,
    )


def _approve(
    run: PlaybookRun, task: Task, happening: Happening, setting: Setting
) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    """Return the run after a yes or no; the last yes lets a step that waited for it begin."""
    step = setting.playbook.step(task.step)
    decided = engine_approval.decide(run, task, step, happening.mark, happening.args)
    run = _put(run, decided)
    if decided.state in OVER or task.kind == "approve" or engine_approval.awaited(step, decided) is not None:
        return run, ()
    return _taken(run, KINDS[task.kind].begin(_scene(run, decided, happening.at_ms, setting), decided))


def _carried(run: PlaybookRun, happening: Happening, setting: Setting) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    """Take up what the desk did of an intent; it may come for a step that is over by then."""
    task = next((one for one in run.tasks if one.id == happening.task), None)
    if task is None:
        raise CommandRefused("the run has no such task", target=happening.task)
    scene = _scene(run, task, happening.at_ms, setting)
    return _taken(run, KINDS[task.kind].carried(scene, task, happening.args))


def _skip(run: PlaybookRun, task: Task, happening: Happening) -> PlaybookRun:
    """Return the run with a task skipped, and with it all that lies inside it."""
    if task.state in OVER:
        raise _not_now(task, "skipped")
    reason = str(happening.args.get("reason") or "").strip()
    if not reason:
        raise CommandRefused("a skipped step needs a reason", target=task.id)
    for one in run.tasks:
        if one.state not in OVER and (one.id == task.id or inside(one, task)):
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
    """Begin, go on and finish what can be, until nothing changes; each round goes in the order of the tasks."""
    intents: list[Intent] = []
    over_now = _told(setting.playbook.stand_down_when, run, happening.at_ms, setting)
    if run.state is RunState.RUNNING and over_now:
        run = cancelled(run, _system(happening.at_ms), "stand_down.when")
    before: PlaybookRun | None = None
    while run.state is RunState.RUNNING and run != before:
        before = run
        for identity in [task.id for task in run.tasks]:
            run, more = _move(run, identity, happening.at_ms, setting)
            intents += more
    if run.state is RunState.RUNNING and all(task.state in OVER for task in run.tasks):
        run = replace(run, state=RunState.FINISHED, finished_ms=happening.at_ms)
    ended = run.state is RunState.STOOD_DOWN or (run.state is RunState.FINISHED and over_now)
    if ended and owes_undo(run, setting.playbook):
        mark = happening.mark if happening.kind == "stand_down" else _system(happening.at_ms)
        done = [task for task in run.tasks if not task.step.startswith(UNDO)]
        run, more = undone(run, mark, {task.id: _scene(run, task, happening.at_ms, setting) for task in done})
        intents += more
    if run.state is RunState.RUNNING:
        run = replace(run, level=level_of(setting.playbook, context_of(run, setting.context), setting.judge))
    return run, tuple(intents)


def _move(run: PlaybookRun, identity: str, at_ms: int, setting: Setting) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    task = next(one for one in run.tasks if one.id == identity)
    if task.state is TaskState.WAITING:
        needs = setting.playbook.step(task.step).needs
        met = all(over(run, needed(task, need)) for need in needs)
        return _begin(run, task, at_ms, setting) if met else (run, ())
    if task.state not in (TaskState.READY, TaskState.ACKNOWLEDGED):
        return run, ()
    scene = _scene(run, task, at_ms, setting)
    if task.kind != "approve" and engine_approval.awaited(scene.step, task) is not None:
        return run, ()
    run, intents = _taken(run, KINDS[task.kind].go_on(scene, task))
    task = next(one for one in run.tasks if one.id == identity)
    within = tuple(one for one in run.tasks if inside(one, task))
    end = KINDS[task.kind].finished(scene, task, within)
    if end is not None:
        run = _put(run, _ended(task, end, at_ms))
    return run, intents


def _ended(task: Task, end: End, at_ms: int) -> Task:
    last = task.approvals[-1] if task.kind == "approve" and task.approvals else None
    return replace(task, state=end.state, reason=end.reason or task.reason, finished=last or _system(at_ms))


def _begin(run: PlaybookRun, task: Task, at_ms: int, setting: Setting) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    step = setting.playbook.step(task.step)
    refused = engine_approval.refused_need(run, task, step)
    if step.when and not _told(step.when, run, at_ms, setting, task):
        skipped = replace(task, state=TaskState.SKIPPED, finished=_system(at_ms), reason=f"not: {step.when}")
        return _put(run, skipped), ()
    if refused is not None and not step.when:
        # Nobody goes on with what was refused, unless the step's own condition says so.
        gone = replace(task, state=TaskState.SKIPPED, finished=_system(at_ms), reason=refused.reason)
        return _put(run, replace(gone, answers=engine_approval.REFUSED)), ()
    ready = replace(
        task,
        state=TaskState.READY,
        ready_ms=at_ms,
        ack_due_ms=at_ms + step.ack_within_ms if step.ack_within_ms else None,
        done_due_ms=at_ms + step.done_within_ms if step.done_within_ms else None,
        wanted=_wanted(step),
    )
    if engine_approval.awaited(step, ready) is not None:
        return _put(run, ready), ()
    return _taken(run, KINDS[step.kind].begin(_scene(run, ready, at_ms, setting), ready))


def _wanted(step: Step) -> dict[str, Json]:
    """Return what a step asks of others, for its screen."""
    names = ("capability", "count", "quantity", "until", "template", "colour", "playbook")
    wanted = {name: step.params[name] for name in names if name in step.params}
    if step.approval is not None:
        wanted |= {"approver": step.approval.by, "approvals": step.approval.count}
    return wanted


def _taken(run: PlaybookRun, begun: Begun) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    """Return the run with what a step's beginning gave."""
    run = _put(run, begun.task)
    return replace(run, tasks=(*run.tasks, *opened(run, begun.inside, begun.task))), begun.intents


def _told(condition: str, run: PlaybookRun, at_ms: int, setting: Setting, task: Task | None = None) -> bool:
    return bool(condition) and setting.judge(condition, context_of(run, setting.context, task)) is True


def _scene(run: PlaybookRun, task: Task, at_ms: int, setting: Setting) -> Scene:
    return Scene(
        playbook=setting.playbook,
        step=setting.playbook.step(task.step),
        at_ms=at_ms,
        context=context_of(run, setting.context, task),
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
