"""Step kinds: how each begins and when it is finished; one row of `KINDS` a kind.

A kind is a value of four functions. The engine knows nothing else about a step, so approve,
dispatch, warn, act, for_each and call are further rows (and files in playbooks/actions), not
changes of the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ops_center.domain.errors import CommandRefused
from ops_center.domain.ids import make_id
from ops_center.domain.run import Task, TaskState
from ops_center.domain.text import Json
from playbooks.actions.notify import compose
from playbooks.book import Playbook, Step
from playbooks.engine_form import check_answers

Judge = Callable[[str, Mapping[str, Json]], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Something to be done outside; it is journalled in the run before anybody does it.

    `id` is made of its cause, goes out in the text, and lets a receiver drop a repeat.
    """

    id: str
    kind: str  # notify
    run: str
    task: str
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a kind may look at: no clock, no store, nothing outside."""

    playbook: Playbook
    step: Step
    at_ms: int
    context: Mapping[str, Json]
    judge: Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What beginning a step gives: its task, what to send, which steps open inside it."""

    task: Task
    intents: tuple[Intent, ...] = ()
    inside: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One step kind. `finished` gets the tasks inside; `answer` checks what a person hands in."""

    by_person: bool
    begin: Callable[[Scene, Task], Begun]
    finished: Callable[[Scene, Task, tuple[Task, ...]], bool]
    answer: Callable[[Scene, Task, Mapping[str, Json]], Mapping[str, Json]]


OVER = (TaskState.DONE, TaskState.SKIPPED, TaskState.CANCELLED)


def intent_id(task: str, recipient: str) -> str:
    """Return the id of one message to one recipient."""
    return make_id("intent", task, recipient)


def _form(scene: Scene, task: Task) -> Begun:
    return Begun(task=replace(task, form=str(scene.step.params.get("form", ""))))


def _never(scene: Scene, task: Task, inside: tuple[Task, ...]) -> bool:
    return False


def _no_answer(scene: Scene, task: Task, answers: Mapping[str, Json]) -> Mapping[str, Json]:
    raise CommandRefused(f"a {task.kind} step ends by itself; skip it with a reason", target=task.id)


def _answers(scene: Scene, task: Task, answers: Mapping[str, Json]) -> Mapping[str, Json]:
    form = scene.playbook.forms.get(task.form)
    missing = [name for name in scene.step.evidence if not answers.get(name)]
    if missing:
        raise CommandRefused(f"evidence is missing: {', '.join(missing)}", target=task.id)
    if form is None:
        return {name: answers[name] for name in scene.step.evidence}
    return {**check_answers(form, answers, target=task.id), **{n: answers[n] for n in scene.step.evidence}}


def _notify(scene: Scene, task: Task) -> Begun:
    recipients, message = compose(scene.step.params, scene.playbook.texts, scene.context)
    told = replace(task, message=message, deliveries=tuple((to, "intended") for to in recipients))
    intents = tuple(
        Intent(id=intent_id(task.id, to), kind="notify", run=task.run, task=task.id, recipient=to) for to in recipients
    )
    return Begun(task=told, intents=intents)


def _all_told(scene: Scene, task: Task, inside: tuple[Task, ...]) -> bool:
    """A notify ends when each recipient is reached; a failed one leaves it to the officer."""
    reached = ("receipted",) if scene.step.params.get("receipt") else ("sent", "delivered", "receipted")
    return all(state in reached for _, state in task.deliveries)


def _by_hand(scene: Scene, task: Task, answers: Mapping[str, Json]) -> Mapping[str, Json]:
    """An officer who told a recipient by telephone ends the notify, saying how."""
    how = str(answers.get("by_hand") or "").strip()
    if not how:
        raise CommandRefused("say how the recipients were told (by_hand)", target=task.id)
    return {"by_hand": how}


def _wait(scene: Scene, task: Task) -> Begun:
    for_ms = scene.step.params.get("for_ms")
    return Begun(task=replace(task, until_ms=None if for_ms is None else scene.at_ms + int(for_ms)))


def _waited(scene: Scene, task: Task, inside: tuple[Task, ...]) -> bool:
    until = str(scene.step.params.get("until", ""))
    over = task.until_ms is not None and scene.at_ms >= task.until_ms
    return over or bool(until and scene.judge(until, scene.context) is True)


def _branch(scene: Scene, task: Task) -> Begun:
    for arm in scene.step.arms:
        if not arm.when or scene.judge(arm.when, scene.context) is True:
            return Begun(task=replace(task, chosen=arm.name), inside=arm.steps)
    return Begun(task=replace(task, chosen="none"))


def _parallel(scene: Scene, task: Task) -> Begun:
    return Begun(task=task, inside=scene.step.steps)


def _all_over(scene: Scene, task: Task, inside: tuple[Task, ...]) -> bool:
    return all(one.state in OVER for one in inside)


KINDS: Mapping[str, Kind] = {
    "task": Kind(by_person=True, begin=_form, finished=_never, answer=_answers),
    "ask": Kind(by_person=True, begin=_form, finished=_never, answer=_answers),
    "notify": Kind(by_person=False, begin=_notify, finished=_all_told, answer=_by_hand),
    "wait": Kind(by_person=False, begin=_wait, finished=_waited, answer=_no_answer),
    "branch": Kind(by_person=False, begin=_branch, finished=_all_over, answer=_no_answer),
    "parallel": Kind(by_person=False, begin=_parallel, finished=_all_over, answer=_no_answer),
}
