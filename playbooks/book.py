"""Playbook and Step: the definition of what is done; loaded, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ops_center.domain.text import Json, Text

ITEM = "@"  # in a path: each item of a for_each; "@<key>" in a task's path is one of them


def definition_of(path: str) -> str:
    """Return the step's own path of a task's path: tell/@sc-0001/call -> tell/@/call."""
    return "/".join(ITEM if part.startswith(ITEM) else part for part in path.split("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm of a branch: taken where `when` is true; `when` "" is the otherwise."""

    name: str
    when: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who must say yes: `count` different persons of the role `by` or above it."""

    by: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `id` is its path ("respond/tell"), unique in the playbook; "@" stands for each item of a for_each.

    Begins when every step in `needs` is finished. `ack_within_ms` and `done_within_ms` are
    counted from that moment; passing one escalates to `escalate` and never fails the step.
    What only one kind of step uses lies in `params`, checked by the schema at load.
    """

    id: str
    kind: str
    title: Text
    owner: str = "duty_officer"  # a role, not a person
    needs: tuple[str, ...] = ()
    when: str = ""  # where this is not true at the start, the step is skipped with that reason
    ack_within_ms: int = 0
    done_within_ms: int = 0
    escalate: str = ""
    evidence: tuple[str, ...] = ()
    params: Mapping[str, Json] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()  # of a parallel, or of each item of a for_each
    arms: tuple[Arm, ...] = ()  # of a branch
    approval: Approval | None = None  # what must be had before it acts
    undo: Mapping[str, Json] | None = None  # at stand-down: {} keeps what was done, `text` tells its recipients

    def walk(self) -> Iterator[Step]:
        """Yield this step and every step inside it, in the order of the file."""
        yield self
        for inner in self.steps:
            yield from inner.walk()
        for arm in self.arms:
            for inner in arm.steps:
                yield from inner.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form."""

    name: str
    kind: str  # text | integer | number | boolean | choice
    label: Text
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    most: int = 0  # characters, 0 = the general limit
    pattern: str = ""
    choices: tuple[tuple[str, Text], ...] = ()
    unit: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that an ask shows and a task may carry."""

    id: str
    version: str
    title: Text
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A text that is sent out; ``{dotted.name}`` places are filled from the run's context."""

    id: str
    version: int
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """One version of one playbook, with the forms and wordings it uses."""

    id: str
    version: str
    title: Text
    plan: Text
    edition: str = ""
    incident_kinds: tuple[str, ...] = ()
    mode: str = "suggest"  # suggest: a person starts it; start: it starts by itself
    when: str = ""  # only incidents for which this is true
    steps: tuple[Step, ...]
    stand_down_when: str = "incident.closed"
    undo_all: bool = False  # at stand-down, take back what was done
    response: Mapping[str, Json] = field(default_factory=dict)  # levels it may suggest
    zones: Mapping[str, Json] = field(default_factory=dict)
    forms: Mapping[str, Form] = field(default_factory=dict)
    texts: Mapping[str, Wording] = field(default_factory=dict)
    tests: tuple[Mapping[str, Json], ...] = ()
    file: str = ""

    def walk(self) -> Iterator[Step]:
        """Yield every step, in the order of the file."""
        for step in self.steps:
            yield from step.walk()

    def step(self, path: str) -> Step:
        """Return the step of an id or of a task's path; KeyError where there is none."""
        wanted = definition_of(path)
        for step in self.walk():
            if step.id == wanted:
                return step
        raise KeyError(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookcase:
    """All playbooks in force, and older versions that running runs keep."""

    newest: Mapping[str, Playbook] = field(default_factory=dict)
    kept: Mapping[tuple[str, str], Playbook] = field(default_factory=dict)

    def get(self, playbook: str, version: str) -> Playbook | None:
        """Return exactly this version; a running run never changes to another."""
        return self.kept.get((playbook, version))

    def for_kind(self, incident_kind: str) -> tuple[Playbook, ...]:
        """Return the playbooks an incident of this kind may start, by id."""
        return tuple(b for _, b in sorted(self.newest.items()) if incident_kind in b.incident_kinds)

    def joined(self, playbooks: tuple[Playbook, ...]) -> Bookcase:
        """Return the bookcase with these in force; what they replace is kept for its runs."""
        kept = {**self.kept, **{(b.id, b.version): b for b in playbooks}}
        return Bookcase(newest={b.id: b for b in playbooks}, kept=kept)


def bookcase_of(playbooks: tuple[Playbook, ...]) -> Bookcase:
    """Return a bookcase of these playbooks."""
    return Bookcase().joined(playbooks)
