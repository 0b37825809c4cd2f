"""Steps that people end: task, ask, approve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.domain.errors import CommandRefused
from ops_center.domain.run import Task
from ops_center.domain.text import Json
from playbooks.engine_form import check_answers
from playbooks.kinds.kind import Begun, End, Kind, Scene


def _form(scene: Scene, task: Task) -> Begun:
    return Begun(task=replace(task, form=str(scene.step.params.get("form", ""))))


def _answers(scene: Scene, task: Task, answers: Mapping[str, Json]) -> Mapping[str, Json]:
    form = scene.playbook.forms.get(task.form)
    missing = [name for name in scene.step.evidence if not answers.get(name)]
    if missing:
        raise CommandRefused(f"evidence is missing: {', '.join(missing)}", target=task.id)
    evidence = {name: answers[name] for name in scene.step.evidence}
    if form is None:
        return evidence
    return {**check_answers(form, answers, target=task.id), **evidence}


def _approved(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    """An approve ends when everybody it needs has said yes."""
    wanted = scene.step.approval
    return End() if wanted is not None and len(task.approvals) >= wanted.count else None


def _only_by_approval(scene: Scene, task: Task, answers: Mapping[str, Json]) -> Mapping[str, Json]:
    raise CommandRefused("approve or refuse it; it cannot be done otherwise", target=task.id)


TASK = Kind(begin=_form, answer=_answers)
ASK = Kind(begin=_form, answer=_answers)
APPROVE = Kind(finished=_approved, answer=_only_by_approval, gated=False)
