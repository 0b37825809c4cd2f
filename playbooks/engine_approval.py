"""Approvals of steps: who may say yes, twice by two persons, never only by who drafted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.run import PlaybookRun, Task, TaskState
from ops_center.domain.text import Json
from playbooks.book import Approval, Step
from playbooks.engine_paths import needed
from playbooks.kinds import KINDS

STANDING: Mapping[str, int] = {"duty_officer": 1, "shift_leader": 2, "commander": 3}
REFUSED: Mapping[str, Json] = {"approved": False}


def awaited(step: Step, task: Task) -> Approval | None:
    """Return the approval a step still waits for before it acts, None where it has it or needs none."""
    wanted = step.approval
    if wanted is None or (step.kind != "approve" and not KINDS[step.kind].gated):
        return None
    return wanted if len(task.approvals) < wanted.count else None


def decide(run: PlaybookRun, task: Task, step: Step, mark: Mark, args: Mapping[str, Json]) -> Task:
    """Return the task with one more yes, or refused with its reason; CommandRefused where this person may not."""
    if task.state not in (TaskState.READY, TaskState.ACKNOWLEDGED):
        raise _not_now(task)
    wanted = awaited(step, task)
    if wanted is None:
        raise CommandRefused("this step needs no approval", target=task.id)
    role, decision = str(args.get("role") or ""), str(args.get("decision") or "")
    if STANDING.get(role, 0) < STANDING.get(wanted.by, max(STANDING.values())):
        raise CommandRefused(f"only a {wanted.by} may approve it", target=task.id)
    if decision == "refuse":
        reason = str(args.get("reason") or "").strip()
        if not reason:
            raise CommandRefused("a refusal needs a reason", target=task.id)
        return replace(task, answers=REFUSED, reason=reason, finished=mark, state=TaskState.SKIPPED)
    if decision != "approve":
        raise CommandRefused(f"decision: {decision!r} is neither approve nor refuse", target=task.id)
    first = next((one for one in task.approvals if one.by == mark.by), None)
    if first is not None:
        raise CommandRefused(
            f"{mark.by} has approved it already; another person must", target=task.id, by=first.by, at_ms=first.at_ms
        )
    if wanted.count == 1 and mark.by in drafters(run, task, step):
        raise CommandRefused("who drafted it cannot approve it alone", target=task.id, by=mark.by)
    approvals = (*task.approvals, mark)
    if step.kind != "approve":
        return replace(task, approvals=approvals)  # its owner still has to acknowledge the step itself
    agreed = {"approved": True} if len(approvals) >= wanted.count else task.answers
    first_yes = task.acknowledged or mark
    return replace(task, approvals=approvals, answers=agreed, state=TaskState.ACKNOWLEDGED, acknowledged=first_yes)


def drafters(run: PlaybookRun, task: Task, step: Step) -> frozenset[str]:
    """Return the persons who did the tasks this step needs: what is approved is their work."""
    paths = {needed(task, need) for need in step.needs}
    done = (one for one in run.tasks if one.step in paths and one.kind in ("task", "ask"))
    return frozenset(one.finished.by for one in done if one.finished is not None)


def refused_need(run: PlaybookRun, task: Task, step: Step) -> Task | None:
    """Return the needed step that somebody refused, None where all were agreed to."""
    paths = {needed(task, need) for need in step.needs}
    return next((one for one in run.tasks if one.step in paths and one.answers == REFUSED), None)


def _not_now(task: Task) -> CommandRefused:
    mark = task.finished
    who = f" by {mark.by}" if mark and mark.by else ""
    return CommandRefused(
        f"cannot be approved: it is {task.state}{who}",
        target=task.id,
        by=mark.by if mark else "",
        at_ms=mark.at_ms if mark else None,
    )
