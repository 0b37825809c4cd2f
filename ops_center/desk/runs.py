"""Drive playbook runs: suggest, start, pass happenings on, and arm their timers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ops_center.desk.carry import carry
from ops_center.desk.incidents import OVER, context_of, logged
from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident
from ops_center.domain.run import PlaybookRun, RunState
from ops_center.domain.text import Json, Text
from playbooks.book import Playbook
from playbooks.engine import SYSTEM, Happening, Setting, advance, next_due, suggested
from playbooks.engine_judge import judge
from playbooks.engine_undo import owes_undo
from playbooks.kinds import Intent


def suggest(ledger: Ledger, incident: Incident, *, cause: str, at_ms: int, also: str = "") -> None:
    """Offer the playbooks of the incident's kind, and the one its rule names; start those that start by themselves."""
    books = {book.id: book for book in ledger.definitions.books.for_kind(incident.kind)}
    named = ledger.definitions.books.newest.get(also)
    if named is not None:
        books[named.id] = named
    context = context_of(incident)
    for _, book in sorted(books.items()):
        if book.when and judge(book.when, context) is not True:
            continue
        run = _suggested(ledger, book, incident, cause=cause, at_ms=at_ms)
        if run.id in ledger.state.runs:
            continue
        ledger.state.books[_key(run)] = book
        ledger.put(run)
        if book.mode == "start":
            drive(ledger, run, Happening(kind="start", at_ms=at_ms))


def start(ledger: Ledger, incident: Incident, playbook: str, mark: Mark, *, cause: str) -> PlaybookRun:
    """Start a playbook on an incident by hand: the run that waits for it, else a new one."""
    if incident.state in OVER:
        raise CommandRefused(f"the incident is {incident.state}", target=incident.id)
    waiting = [
        run
        for _, run in sorted(ledger.state.runs.items())
        if run.incident == incident.id and run.playbook == playbook and run.state is RunState.SUGGESTED
    ]
    if waiting:
        run = waiting[0]
    else:
        book = ledger.definitions.books.newest.get(playbook)
        if book is None:
            raise CommandRefused(f"no playbook {playbook!r}", target=incident.id)
        run = _suggested(ledger, book, incident, cause=cause, at_ms=mark.at_ms)
        ledger.state.books[_key(run)] = book
    return drive(ledger, run, Happening(kind="start", at_ms=mark.at_ms, mark=mark))


def drive(ledger: Ledger, run: PlaybookRun, happening: Happening) -> PlaybookRun:
    """Return the run after a happening; keeps it, carries out what it asks for, and arms what is due next."""
    book = ledger.state.books.get(_key(run))
    if book is None:
        raise CommandRefused(f"version {run.version} of {run.playbook} is not kept", target=run.id)
    incident = ledger.state.incidents[run.incident]
    setting = Setting(playbook=book, context={**context_of(incident), **doings(ledger, run)}, judge=judge)
    after, intents = advance(run, happening, setting)
    ledger.put(after)
    _note(ledger, run, after, happening)
    due = next_due(after)
    if due is not None and due != next_due(run):
        ledger.set_timer(due, "run", run.id)
    mark = _system(happening.at_ms)
    for intent in intents:
        told = _carry(ledger, intent, mark)
        if told is not None:
            carried = Happening(kind="carried", at_ms=happening.at_ms, mark=mark, task=intent.task, args=told)
            drive(ledger, ledger.state.runs[run.id], carried)
    return ledger.state.runs[run.id]


def doings(ledger: Ledger, run: PlaybookRun) -> dict[str, Json]:
    """Return what a run's conditions and steps may know of what it asked for."""
    state = ledger.state
    sent = {one: state.dispatches[one] for task in run.tasks for one in task.dispatches if one in state.dispatches}
    warned = {task.warning: state.warnings[task.warning] for task in run.tasks if task.warning in state.warnings}
    called = {task.child: state.runs[task.child] for task in run.tasks if task.child in state.runs}
    return {
        "dispatches": {
            key: {"state": str(one.state), "resource": one.resource, "quantity": one.quantity}
            for key, one in sorted(sent.items())
        },
        "warnings": {
            key: {
                "state": str(one.last.state),
                "published": any(revision.published is not None for revision in one.revisions),
                "reason": one.last.reason,
            }
            for key, one in sorted(warned.items())
        },
        "runs": {key: str(one.state) for key, one in sorted(called.items())},
    }


def _carry(ledger: Ledger, intent: Intent, mark: Mark) -> Mapping[str, Json] | None:
    """Carry an intent out; runs that call runs are driven here, everything else by `carry`."""
    if intent.kind == "call":
        return _call(ledger, intent, mark)
    if intent.kind == "undo" and intent.args["what"] == "run":
        for identity in intent.args["ids"]:
            child = ledger.state.runs.get(identity)
            if child is not None and child.state in (RunState.RUNNING, RunState.SUGGESTED):
                args = {"reason": "the run that called it stood down"}
                drive(ledger, child, Happening(kind="stand_down", at_ms=mark.at_ms, mark=mark, args=args))
        return None
    return carry(ledger, intent, mark)


def _call(ledger: Ledger, intent: Intent, mark: Mark) -> Mapping[str, Json]:
    """Start another playbook on the incident for a step that waits for its end."""
    name = str(intent.args["playbook"])
    book = ledger.definitions.books.newest.get(name)
    if book is None:
        return {"failed": f"no playbook {name!r}"}
    caller = ledger.state.runs[intent.run]
    if name in _callers(ledger, caller):
        return {"failed": f"{name!r} called itself"}
    incident = ledger.state.incidents[caller.incident]
    child = _suggested(ledger, book, incident, cause=intent.id, at_ms=mark.at_ms, parent=intent.task)
    ledger.state.books[_key(child)] = book
    drive(ledger, child, Happening(kind="start", at_ms=mark.at_ms, mark=mark))
    return {"child": child.id}


def _callers(ledger: Ledger, run: PlaybookRun) -> set[str]:
    """Return the playbooks of a run and of all that called it."""
    found = {run.playbook}
    while run.parent:
        run = ledger.state.runs[ledger.state.task_run[run.parent]]
        found.add(run.playbook)
    return found


def incident_changed(ledger: Ledger, incident: str, at_ms: int) -> None:
    """Let the incident's runs look at it again: waits, branches and stand-downs may hold now."""
    for identity in sorted(key for key, run in ledger.state.runs.items() if run.incident == incident):
        run = ledger.state.runs[identity]
        book = ledger.state.books.get(_key(run))
        finished = run.state is RunState.FINISHED and book is not None and owes_undo(run, book)
        if run.state is RunState.RUNNING or finished:
            drive(ledger, run, Happening(kind="changed", at_ms=at_ms))


def due(ledger: Ledger, identity: str, at_ms: int) -> None:
    """Do what a run has due; a timer that is out of date does nothing."""
    run = ledger.state.runs.get(identity)
    if run is None:
        return
    at = next_due(run)
    if at is None:
        return
    if at > at_ms:
        ledger.set_timer(at, "run", identity)
        return
    drive(ledger, run, Happening(kind="time", at_ms=at_ms))


def _suggested(
    ledger: Ledger, book: Playbook, incident: Incident, *, cause: str, at_ms: int, parent: str = ""
) -> PlaybookRun:
    return suggested(
        book,
        deployment=ledger.deployment,
        incident=incident.id,
        cause=cause,
        at_ms=at_ms,
        status=incident.status,
        parent=parent,
    )


def _key(run: PlaybookRun) -> str:
    return f"{run.playbook}@{run.version}"


def _system(at_ms: int) -> Mark:
    return replace(SYSTEM, at_ms=at_ms)


_APPROVED = Text("任务 {task}：同意", "Task {task}: approved")
_UNDONE = Text("任务 {task}：已撤销", "Task {task}: undone")
_STATES = {
    RunState.RUNNING: Text("启动预案 {playbook}", "Playbook {playbook} started"),
    RunState.FINISHED: Text("预案 {playbook} 完成", "Playbook {playbook} finished"),
    RunState.STOOD_DOWN: Text("预案 {playbook} 终止", "Playbook {playbook} stood down"),
}


def _note(ledger: Ledger, before: PlaybookRun, after: PlaybookRun, happening: Happening) -> None:
    """Log in the incident what people and states changed; the run itself holds the rest."""
    incident = ledger.state.incidents[after.incident]
    mark = happening.mark if happening.mark is not SYSTEM else _system(happening.at_ms)
    if after.state is not before.state and after.state in _STATES:
        incident = logged(incident, mark, _STATES[after.state], after.id, playbook=after.playbook)
    was = {task.id: task for task in before.tasks}
    for task in after.tasks:
        old = was.get(task.id)
        if task.finished and not (old and old.finished) and happening.kind in ("done", "skip", "approve"):
            text = Text("任务 {task}：{state}", "Task {task}: {state}")
            incident = logged(incident, mark, text, task.id, task=task.step, state=str(task.state))
        if len(task.approvals) > (len(old.approvals) if old else 0):
            incident = logged(
                incident, mark, Text("任务 {task}：同意", "Task {task}: approved"), task.id, task=task.step
            )
        if task.undone and not (old and old.undone):
            incident = logged(
                incident, mark, Text("任务 {task}：已撤销", "Task {task}: undone"), task.id, task=task.step
            )
        for deadline in task.late[len(old.late) if old else 0 :]:
            text = Text("任务 {task} 超时（{deadline}）", "Task {task} is late ({deadline})")
            incident = logged(incident, mark, text, task.id, task=task.step, deadline=deadline)
    if after.level is not before.level and after.level is not None and after.state is RunState.RUNNING:
        text = Text("预案 {playbook} 建议 {level} 级响应", "Playbook {playbook} suggests response level {level}")
        incident = logged(incident, mark, text, after.id, playbook=after.playbook, level=str(after.level))
    ledger.put(incident)
