"""Kind: what the engine knows of a step kind, and the values that pass between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ops_center.domain.errors import CommandRefused
from ops_center.domain.ids import make_id
from ops_center.domain.run import Task, TaskState
from ops_center.domain.text import Json, Message
from playbooks.areas import GeoJson, area_of
from playbooks.book import Playbook, Step

Judge = Callable[[str, Mapping[str, Json]], bool | None]
OVER = (TaskState.DONE, TaskState.SKIPPED, TaskState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Something to be done outside the run; it is journalled with the run before anybody does it.

    notify: a message to `recipient`, carried by a notifier. All others are carried out by the desk
    in the same decision, which tells the run what became of them (Happening "carried"):

    find (layer, area, most) -> items, found; dispatch (capability, amount, counted, to, without) ->
    dispatches, short; warn (template, colour, area, ...) -> warning; announce (layer, key, geometry,
    fields) -> zone; call (playbook) -> child; undo (what, ids) -> nothing.
    """

    id: str
    kind: str
    run: str
    task: str
    recipient: str = ""
    args: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a kind may look at: no clock, no store, nothing outside.

    `context` holds ``incident``, ``answers``, ``erg`` and what the desk knows of the step's own
    doings: ``dispatches``, ``warnings`` and ``runs`` by id.
    """

    playbook: Playbook
    step: Step
    at_ms: int
    context: Mapping[str, Json]
    judge: Judge

    def area(self, name: str) -> GeoJson | None:
        """Return a zone of the playbook as it now is, None where its place or size is not known."""
        return area_of(self.playbook.zones, name, self.context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """A step that opens inside another; `key` and `bound` where it is of one item of a for_each."""

    step: Step
    key: str = ""
    bound: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What beginning or going on with a step gives: its task, what to do, which steps open inside it."""

    task: Task
    intents: tuple[Intent, ...] = ()
    inside: tuple[Inside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a step ended by itself."""

    state: TaskState = TaskState.DONE
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """What takes a step back: intents, and a message to those who were told."""

    intents: tuple[Intent, ...] = ()
    recipients: tuple[str, ...] = ()
    message: Message | None = None


def not_by_hand(scene: Scene, task: Task, answers: Mapping[str, Json]) -> Mapping[str, Json]:
    """Refuse: the step ends by itself."""
    raise CommandRefused(f"a {task.kind} step ends by itself; skip it with a reason", target=task.id)


def by_hand(scene: Scene, task: Task, answers: Mapping[str, Json]) -> Mapping[str, Json]:
    """An officer who did by telephone what the step could not ends it, saying how."""
    how = str(answers.get("by_hand") or "").strip()
    if not how:
        raise CommandRefused("say how it was done (by_hand)", target=task.id)
    return {**task.answers, "by_hand": how}


def never(scene: Scene, task: Task, inside: tuple[Task, ...]) -> End | None:
    """A person ends it."""
    return None


def nothing_carried(scene: Scene, task: Task, args: Mapping[str, Json]) -> Begun:
    """The kind asks the desk for nothing."""
    raise ValueError(f"a {task.kind} step asked for nothing")


def nothing_more(scene: Scene, task: Task) -> Begun:
    """Everything was asked for when it began."""
    return Begun(task=task)


def nothing_to_undo(scene: Scene, task: Task) -> Undoing:
    """It changed nothing that could be taken back."""
    return Undoing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One step kind, as functions of the scene and the task; the engine knows nothing else about it.

    `begin` opens it; `finished` (which gets the tasks inside) ends it by itself; `answer` checks what
    a person hands in; `carried` takes up what the desk did; `go_on` asks for more while it is open;
    `undo` takes it back. `gated`: an approval beside it is had before it begins; else it is passed on.
    """

    begin: Callable[[Scene, Task], Begun] = nothing_more
    finished: Callable[[Scene, Task, tuple[Task, ...]], End | None] = never
    answer: Callable[[Scene, Task, Mapping[str, Json]], Mapping[str, Json]] = not_by_hand
    carried: Callable[[Scene, Task, Mapping[str, Json]], Begun] = nothing_carried
    go_on: Callable[[Scene, Task], Begun] = nothing_more
    undo: Callable[[Scene, Task], Undoing] = nothing_to_undo
    gated: bool = True


def intent_id(task: str, recipient: str) -> str:
    """Return the id of one message to one recipient."""
    return make_id("intent", task, recipient)


def asked(task: Task, kind: str, cause: str = "", **args: Json) -> Intent:
    """Return what a task asks of the desk; `cause` tells several of one kind apart."""
    return Intent(id=make_id("intent", task.id, kind, cause), kind=kind, run=task.run, task=task.id, args=args)


def told(task: Task, recipients: tuple[str, ...], message: Message) -> Begun:
    """Return a task whose message is intended for these recipients."""
    kept = dict(task.deliveries)
    intended = {to: kept.get(to, "intended") for to in recipients}
    intents = tuple(
        Intent(id=intent_id(task.id, to), kind="notify", run=task.run, task=task.id, recipient=to)
        for to in recipients
        if to not in kept
    )
    return Begun(task=replace(task, message=message, deliveries=tuple(intended.items())), intents=intents)
