"""Stand-down of a run: what is owed is cancelled, what was done is taken back, each once."""

from __future__ import annotations

from dataclasses import replace

from ops_center.domain.alert import Mark
from ops_center.domain.run import PlaybookRun, RunState, Task, TaskState, task_id
from playbooks.book import Playbook
from playbooks.kinds import KINDS, OVER, Intent, Scene, Undoing, intent_id

UNDO = "stand_down/"  # tasks of this path carry the messages that say it is over


def cancelled(run: PlaybookRun, mark: Mark, reason: str) -> PlaybookRun:
    """Return the run stood down, with everything still owed cancelled."""
    tasks = tuple(
        task if task.state in OVER else replace(task, state=TaskState.CANCELLED, finished=mark, reason=reason)
        for task in run.tasks
    )
    return replace(run, state=RunState.STOOD_DOWN, finished_ms=mark.at_ms, tasks=tasks)


def owes_undo(run: PlaybookRun, playbook: Playbook) -> bool:
    """Return True where the run is over and has something that a stand-down would still take back."""
    return playbook.undo_all and any(_may_be_undone(task) for task in run.tasks)


def undone(run: PlaybookRun, mark: Mark, scenes: dict[str, Scene]) -> tuple[PlaybookRun, tuple[Intent, ...]]:
    """Return the run with all that was done taken back, the last first; `scenes` by task.

    Messages that say it is over are tasks of their own, so that their deliveries show.
    """
    intents: list[Intent] = []
    for task in reversed(run.tasks):
        scene = scenes.get(task.id)
        if scene is None or not _may_be_undone(task) or scene.step.undo == {}:
            continue
        undoing = KINDS[task.kind].undo(scene, task)
        if undoing == Undoing():
            continue
        changed = replace(task, undone=mark)
        tasks = [changed if one.id == task.id else one for one in run.tasks]
        intents += undoing.intents
        if undoing.message is not None:
            told = _all_clear(run, task, undoing, mark)
            tasks.append(told)
            intents += [
                Intent(id=intent_id(told.id, to), kind="notify", run=run.id, task=told.id, recipient=to)
                for to in undoing.recipients
            ]
        run = replace(run, tasks=tuple(tasks))
    return run, tuple(intents)


def _may_be_undone(task: Task) -> bool:
    return task.ready_ms is not None and task.undone is None and not task.step.startswith(UNDO)


def _all_clear(run: PlaybookRun, task: Task, undoing: Undoing, mark: Mark) -> Task:
    path = UNDO + task.step
    return replace(
        task,
        id=task_id(run.id, path),
        step=path,
        kind="notify",
        state=TaskState.DONE,
        late=(),
        escalated_to=(),
        acknowledged=None,
        finished=mark,
        ready_ms=mark.at_ms,
        ack_due_ms=None,
        done_due_ms=None,
        until_ms=None,
        reason="",
        answers={},
        message=undoing.message,
        deliveries=tuple((to, "intended") for to in undoing.recipients),
        approvals=(),
        asked=0,
        undone=None,
    )
