"""Drive playbook runs: suggest, start, pass happenings on, and arm their timers."""

from __future__ import annotations

from ops_center.desk.incidents import OVER, context_of, logged
from ops_center.desk.ledger import Ledger
from ops_center.domain.alert import Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident
from ops_center.domain.run import PlaybookRun, RunState
from ops_center.domain.text import Text
from playbooks.book import Playbook
from playbooks.engine import SYSTEM, Happening, Setting, advance, next_due, suggested
from playbooks.engine_judge import judge


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
    """Return the run after a happening; keeps it, and arms what is due next."""
    book = ledger.state.books.get(_key(run))
    if book is None:
        raise CommandRefused(f"version {run.version} of {run.playbook} is not kept", target=run.id)
    incident = ledger.state.incidents[run.incident]
    setting = Setting(playbook=book, context=context_of(incident), judge=judge)
    after, _ = advance(run, happening, setting)  # intents lie in the run's deliveries as "intended"
    ledger.put(after)
    _note(ledger, run, after, happening)
    due = next_due(after)
    if due is not None and due != next_due(run):
        ledger.set_timer(due, "run", run.id)
    return after


def incident_changed(ledger: Ledger, incident: str, at_ms: int) -> None:
    """Let the incident's runs look at it again: waits, branches and stand-downs may hold now."""
    for _, run in sorted(ledger.state.runs.items()):
        if run.incident == incident and run.state is RunState.RUNNING:
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


def _suggested(ledger: Ledger, book: Playbook, incident: Incident, *, cause: str, at_ms: int) -> PlaybookRun:
    return suggested(
        book,
        deployment=ledger.deployment,
        incident=incident.id,
        cause=cause,
        at_ms=at_ms,
        status=incident.status,
    )


def _key(run: PlaybookRun) -> str:
    return f"{run.playbook}@{run.version}"


_STATES = {
    RunState.RUNNING: Text("启动预案 {playbook}", "Playbook {playbook} started"),
    RunState.FINISHED: Text("预案 {playbook} 完成", "Playbook {playbook} finished"),
    RunState.STOOD_DOWN: Text("预案 {playbook} 终止", "Playbook {playbook} stood down"),
}


def _note(ledger: Ledger, before: PlaybookRun, after: PlaybookRun, happening: Happening) -> None:
    """Log in the incident what people and states changed; the run itself holds the rest."""
    incident = ledger.state.incidents[after.incident]
    mark = happening.mark if happening.mark is not SYSTEM else Mark(by="system", post="system", at_ms=happening.at_ms)
    if after.state is not before.state and after.state in _STATES:
        incident = logged(incident, mark, _STATES[after.state], after.id, playbook=after.playbook)
    was = {task.id: task for task in before.tasks}
    for task in after.tasks:
        old = was.get(task.id)
        if task.finished and not (old and old.finished) and happening.kind in ("done", "skip"):
            text = Text("任务 {task}：{state}", "Task {task}: {state}")
            incident = logged(incident, mark, text, task.id, task=task.step, state=str(task.state))
        for deadline in task.late[len(old.late) if old else 0 :]:
            text = Text("任务 {task} 超时（{deadline}）", "Task {task} is late ({deadline})")
            incident = logged(incident, mark, text, task.id, task=task.step, deadline=deadline)
    ledger.put(incident)
