"""Carry out operators' commands on the ledger, one function a kind; a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ops_center.desk import alerts, incidents, runs
from ops_center.desk.ledger import Ledger
from ops_center.domain import command as kinds
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import CommandRefused
from ops_center.domain.incident import Incident
from ops_center.domain.run import PlaybookRun, RunState
from ops_center.domain.text import Json, Text
from ops_center.domain.world import ChangeKind, WorldChange, change_id
from playbooks.engine import Happening

Handler = Callable[[Ledger, Command, Mark], None]


def carry_out(ledger: Ledger, command: Command, *, at_ms: int) -> None:
    """Carry a command out and note the result; refused ones say who changed what and when."""
    mark = Mark(by=command.actor.name, post=command.actor.post, at_ms=at_ms)
    handler = HANDLERS.get(command.kind)
    try:
        if handler is None:
            raise CommandRefused(f"unknown command {command.kind!r}", target=command.target)
        handler(ledger, command, mark)
    except CommandRefused as refused:
        ledger.result(command, at_ms=at_ms, reason=refused.reason, by=refused.by, changed_ms=refused.at_ms)
    except (KeyError, TypeError, ValueError) as error:
        # The arguments come from outside; whatever is wrong with them is the submitter's to see.
        ledger.result(command, at_ms=at_ms, reason=f"wrong arguments: {error!r}")
    else:
        ledger.result(command, at_ms=at_ms)


def target_known(ledger: Ledger, command: Command) -> bool:
    """Return True where the command's target has been decided already (ORDER 23)."""
    if not command.target:
        return True
    state = ledger.state
    alert = state.alerts.get(command.target)
    if alert is not None:
        wanted = str(command.args.get("occurrence") or "")
        return not wanted or any(occurrence.id == wanted for occurrence in alert.occurrences)
    return command.target in state.incidents or command.target in state.runs or command.target in state.task_run


def _alert(ledger: Ledger, identity: str) -> Alert:
    found = ledger.state.alerts.get(identity)
    if found is None:
        raise CommandRefused("no such alarm", target=identity)
    return found


def _incident(ledger: Ledger, identity: str) -> Incident:
    found = ledger.state.incidents.get(identity)
    if found is None:
        raise CommandRefused("no such incident", target=identity)
    return found


def _run(ledger: Ledger, identity: str) -> PlaybookRun:
    found = ledger.state.runs.get(identity)
    if found is None:
        raise CommandRefused("no such run", target=identity)
    return found


def _said(command: Command, name: str) -> str:
    return str(command.args.get(name) or "")


def _acknowledge(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = _alert(ledger, command.target)
    ledger.put(alerts.acknowledge(alert, mark, occurrence=_said(command, "occurrence")))


def _claim(ledger: Ledger, command: Command, mark: Mark) -> None:
    to = command.args.get("to")
    given = Mark(by=str(to["by"]), post=str(to["post"]), at_ms=mark.at_ms) if isinstance(to, Mapping) else None
    ledger.put(alerts.claim(_alert(ledger, command.target), mark, to=given))


def _shelve(ledger: Ledger, command: Command, mark: Mark) -> None:
    until = command.args.get("until_ms")
    until_ms = int(until) if until is not None else mark.at_ms + int(command.args["for_ms"])
    reason = _said(command, "reason")
    ledger.put(alerts.shelve(_alert(ledger, command.target), mark, until_ms=until_ms, reason=reason))
    ledger.set_timer(until_ms, "shelf", command.target)


def _unshelve(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(alerts.unshelve(_alert(ledger, command.target)))


def _suppress(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(alerts.suppress(_alert(ledger, command.target), reason=_said(command, "reason")))


def _release(ledger: Ledger, command: Command, mark: Mark) -> None:
    ledger.put(alerts.release(_alert(ledger, command.target), reason=_said(command, "reason")))


def _close_alert(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = _alert(ledger, command.target)
    ledger.put(alerts.close(alert, mark, disposition=_said(command, "disposition")))


def _open(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Open an incident, by telephone or from the alarm that is the target."""
    kind = str(command.args["kind"])
    if command.target:
        open_from_alert(ledger, _alert(ledger, command.target), kind=kind, cause=command.id, at_ms=mark.at_ms)
        return
    parent = _said(command, "parent")
    if parent:
        _incident(ledger, parent)
    unnumbered = incidents.by_telephone(
        command.args,
        mark,
        command=command.id,
        deployment=ledger.deployment,
        status=ledger.status,
        title=ledger.definitions.incident_kinds.get(kind, Text(kind, kind)),
    )
    opened = _numbered(ledger, unnumbered)
    ledger.put(opened)
    runs.suggest(ledger, opened, cause=command.id, at_ms=mark.at_ms)


def open_from_alert(ledger: Ledger, alert: Alert, *, kind: str, cause: str, at_ms: int) -> None:
    """Open an incident from an alarm; one that already has an open incident is refused, saying which."""
    held = ledger.state.incidents.get(alert.incident)
    if held is not None and held.state not in incidents.OVER:
        raise CommandRefused(f"incident {held.number} is open already", target=alert.id, at_ms=held.opened_ms)
    unnumbered = incidents.from_alert(alert, kind=kind, deployment=ledger.deployment, cause=cause, at_ms=at_ms)
    opened = _numbered(ledger, unnumbered)
    ledger.put(opened)
    ledger.put(replace(ledger.state.alerts[alert.id], incident=opened.id))
    rule = ledger.definitions.rule(alert.rule)
    runs.suggest(ledger, opened, cause=cause, at_ms=at_ms, also=rule.playbook if rule else "")


def _numbered(ledger: Ledger, incident: Incident) -> Incident:
    """Return the incident with the next spoken number of its jurisdiction and day; one for each cause."""
    if incident.id in ledger.state.incidents:
        raise CommandRefused("this cause has opened its incident already", target=incident.id)
    number = incidents.next_number(
        ledger.state.sequences, jurisdiction=incident.jurisdiction, at_ms=incident.opened_ms, zone=ledger.zone
    )
    return replace(incident, number=number)


def _verify(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = _incident(ledger, command.target)
    fields: Mapping[str, Json] = command.args.get("fields") or {}
    ledger.put(incidents.verify(incident, mark, command=command.id, fields=fields))


def _link(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = _alert(ledger, str(command.args["alert"]))
    for thing in incidents.link(_incident(ledger, command.target), alert, mark, command=command.id):
        ledger.put(thing)


def _unlink(ledger: Ledger, command: Command, mark: Mark) -> None:
    alert = _alert(ledger, str(command.args["alert"]))
    for thing in incidents.unlink(_incident(ledger, command.target), alert, mark, command=command.id):
        ledger.put(thing)


def _dismiss(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = _incident(ledger, command.target)
    ledger.put(incidents.dismiss(incident, mark, command=command.id, reason=_said(command, "reason")))


def _close(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = _incident(ledger, command.target)
    ledger.put(incidents.close(incident, mark, command=command.id, disposition=_said(command, "disposition")))


def _reopen(ledger: Ledger, command: Command, mark: Mark) -> None:
    incident = _incident(ledger, command.target)
    ledger.put(incidents.reopen(incident, mark, command=command.id, reason=_said(command, "reason")))


def _start(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Start a suggested run (target is the run) or a playbook on an incident (target is the incident)."""
    run = ledger.state.runs.get(command.target)
    if run is not None:
        if ledger.state.incidents[run.incident].state in incidents.OVER:
            raise CommandRefused("the incident is over", target=run.incident)
        runs.drive(ledger, run, Happening(kind="start", at_ms=mark.at_ms, mark=mark))
        return
    playbook = str(command.args["playbook"])
    runs.start(ledger, _incident(ledger, command.target), playbook, mark, cause=command.id)


def _stand_down(ledger: Ledger, command: Command, mark: Mark) -> None:
    args = {"reason": _said(command, "reason")}
    run = _run(ledger, command.target)
    runs.drive(ledger, run, Happening(kind="stand_down", at_ms=mark.at_ms, mark=mark, args=args))


def _task(kind: str) -> Handler:
    def handle(ledger: Ledger, command: Command, mark: Mark) -> None:
        run = _run(ledger, ledger.state.task_run.get(command.target, ""))
        if run.state is RunState.SUGGESTED:
            raise CommandRefused("the playbook has not been started", target=run.id)
        happening = Happening(kind=kind, at_ms=mark.at_ms, mark=mark, task=command.target, args=command.args)
        runs.drive(ledger, run, happening)

    return handle


def _load(ledger: Ledger, command: Command, mark: Mark) -> None:
    """Announce a content version; the desk changes to it at the very time the workers do."""
    version = str(command.args["version"])
    if version not in ledger.contents:
        raise CommandRefused(f"content version {version!r} is not loaded here", target=version)
    at_ms = ledger.holds_from(mark.at_ms)
    ledger.announce(
        WorldChange(
            id=change_id(kind=ChangeKind.CONTENT, layer="content", key=version, cause=command.id),
            kind=ChangeKind.CONTENT,
            layer="content",
            key=version,
            at_ms=at_ms,
            body={"version": version},
            cause=command.id,
            status=ledger.status,
        )
    )
    ledger.set_timer(at_ms, "content", version)


HANDLERS: Mapping[str, Handler] = {
    kinds.ACKNOWLEDGE: _acknowledge,
    kinds.CLAIM: _claim,
    kinds.SHELVE: _shelve,
    kinds.UNSHELVE: _unshelve,
    kinds.SUPPRESS: _suppress,
    kinds.RELEASE: _release,
    kinds.CLOSE_ALERT: _close_alert,
    kinds.OPEN_INCIDENT: _open,
    kinds.VERIFY: _verify,
    kinds.LINK: _link,
    kinds.UNLINK: _unlink,
    kinds.DISMISS: _dismiss,
    kinds.CLOSE: _close,
    kinds.REOPEN: _reopen,
    kinds.START_RUN: _start,
    kinds.STAND_DOWN: _stand_down,
    kinds.TASK_ACKNOWLEDGE: _task("acknowledge"),
    kinds.TASK_DONE: _task("done"),
    kinds.TASK_SKIP: _task("skip"),
    kinds.LOAD_CONTENT: _load,
    kinds.DELIVERY: _task("delivery"),
}
