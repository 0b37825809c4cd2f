"""PlaybookRun and Task: the execution of a playbook on an incident.

A run keeps the playbook's version. A task goes waiting -> ready -> acknowledged -> done, or to
skipped (needs a reason) or cancelled (stand-down). Late is a fact beside the state, not a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ops_center.domain.alert import Mark
from ops_center.domain.ids import make_id
from ops_center.domain.scales import ResponseLevel, Status
from ops_center.domain.text import Json, Message, Text


class TaskState(StrEnum):
    """Of a task."""

    WAITING = "waiting"  # its needs are not met
    READY = "ready"  # offered to its owner
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


# Kinds of step that hold others or end by themselves: nobody is asked to do them.
UNATTENDED = frozenset({"wait", "branch", "parallel", "for_each", "call"})


class RunState(StrEnum):
    """Of a run."""

    SUGGESTED = "suggested"  # a person may start it
    RUNNING = "running"
    FINISHED = "finished"
    STOOD_DOWN = "stood_down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step's execution, owned by a post's role."""

    id: str
    run: str
    incident: str
    step: str
    kind: str  # task | ask | approve | notify | dispatch | warn | act | wait | branch | parallel | for_each | call
    title: Text
    owner: str  # role
    state: TaskState = TaskState.WAITING
    status: Status = Status.ACTUAL
    ready_ms: int | None = None
    ack_due_ms: int | None = None
    done_due_ms: int | None = None
    late: tuple[str, ...] = ()  # which deadlines passed: acknowledge, done
    escalated_to: tuple[str, ...] = ()
    acknowledged: Mark | None = None
    finished: Mark | None = None
    reason: str = ""  # of a skip
    form: str = ""
    answers: Mapping[str, Json] = field(default_factory=dict)
    deliveries: tuple[tuple[str, str], ...] = ()  # (recipient, intended|sent|delivered|receipted|failed)
    message: Message | None = None  # of a notify: what its recipients are told
    until_ms: int | None = None  # of a wait: when it ends at the latest
    chosen: str = ""  # of a branch: the arm taken
    approvals: tuple[Mark, ...] = ()  # of an approve, or of a step that needs approval before it acts
    bound: Mapping[str, Json] = field(default_factory=dict)  # of a step inside a for_each: its variable and item
    wanted: Mapping[str, Json] = field(default_factory=dict)  # capability and amount; approver and approvals
    dispatches: tuple[str, ...] = ()  # of a dispatch: what it asked for
    asked: int = 0  # of a dispatch: how many units (or how much of a stock) it asked for so far
    short: int = 0  # of these, how many were not to be had
    warning: str = ""  # of a warn: the warning it drafted
    child: str = ""  # of a call: the run it started
    undone: Mark | None = None  # its undo was carried out at stand-down


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookRun:
    """One run of one version of a playbook."""

    id: str
    playbook: str
    version: str
    incident: str
    title: Text
    state: RunState = RunState.RUNNING
    status: Status = Status.ACTUAL
    started_ms: int
    started_by: str
    finished_ms: int | None = None
    tasks: tuple[Task, ...] = ()
    parent: str = ""  # the task that called it
    level: ResponseLevel | None = None  # the response it suggests; only a person starts one


def run_id(deployment: str, playbook: str, incident: str, cause: str) -> str:
    """Return the id of the run of `playbook` on `incident` that `cause` started."""
    return make_id("run", deployment, playbook, incident, cause)


def task_id(run: str, path: str) -> str:
    """Return the id of the task for the step at `path` (``respond/0``) of `run`."""
    return make_id("task", run, path)
