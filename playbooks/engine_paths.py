"""Paths of tasks: which step a task is of, and which of several items of a for_each it belongs to."""

from __future__ import annotations

from ops_center.domain.run import PlaybookRun, Task, task_id
from playbooks.book import ITEM, definition_of
from playbooks.kinds import OVER, Inside


def opened(run: PlaybookRun, inside: tuple[Inside, ...], outer: Task | None) -> tuple[Task, ...]:
    """Return the tasks of steps that open, those left out that the run has already."""
    have = {task.id for task in run.tasks}
    new: list[Task] = []
    for one in inside:
        step, path = one.step, one.step.id
        if outer is not None:
            rest = path.removeprefix(definition_of(outer.step))
            if one.key:
                rest = rest.replace(f"/{ITEM}/", f"/{ITEM}{_safe(one.key)}/", 1)
            path = outer.step + rest
        identity = task_id(run.id, path)
        if identity in have:
            continue
        have.add(identity)
        new.append(
            Task(
                id=identity,
                run=run.id,
                incident=run.incident,
                step=path,
                kind=step.kind,
                title=step.title,
                owner=step.owner,
                status=run.status,
                bound={**(outer.bound if outer else {}), **one.bound},
            )
        )
    return tuple(new)


def _safe(key: str) -> str:
    return key.replace("/", "~")


def inside(inner: Task, outer: Task) -> bool:
    """Return True where a task lies in another."""
    return inner.step.startswith(outer.step + "/")


def needed(task: Task, need: str) -> str:
    """Return the path of a needed step as seen from a task: inside a for_each, the one of the same item."""
    mine, wanted = task.step.split("/"), need.split("/")
    for n, part in enumerate(wanted):
        if n >= len(mine) or part != (ITEM if mine[n].startswith(ITEM) else mine[n]):
            break
        wanted[n] = mine[n]
    return "/".join(wanted)


def over(run: PlaybookRun, path: str) -> bool:
    """Return True where a step is finished, or lies in an arm that a finished branch did not take."""
    for task in run.tasks:
        if task.step == path:
            return task.state in OVER
    outer = path.rpartition("/")[0]
    return bool(outer) and over(run, outer)


def item_of(task: Task) -> str:
    """Return the path up to the innermost item the task belongs to, "" outside every for_each."""
    parts = task.step.split("/")
    last = max((n for n, part in enumerate(parts) if part.startswith(ITEM)), default=-1)
    return "/".join(parts[: last + 1])
