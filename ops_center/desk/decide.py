"""Decide one item in the desk's order: an event, a command, or a timer."""

from __future__ import annotations

from ops_center.desk import alerts, commands, cross, handling, hazards, raising, reports, runs, unheard
from ops_center.desk.drafting import lapse
from ops_center.desk.incidents import OVER
from ops_center.desk.ledger import Ledger
from ops_center.desk.state import Timer
from ops_center.domain.alert import Mark
from ops_center.domain.command import Command
from ops_center.domain.errors import BadInput
from ops_center.domain.event import Event, EventKind
from ops_center.domain.rule import Rule
from ops_center.domain.world import ChangeKind, WorldChange, change_id

PARK_MS = 2_000  # a command waits this long for its target: more than any feed's `ahead_s` (ORDER 2, 23)
HOUR_MS = 3_600_000
KEEP_MS = 24 * HOUR_MS  # what is over stays in memory as long as the time bar shows
# Events the fast plane keeps for analysts; nothing is decided by them here.
PASSED_BY = (EventKind.ENTER, EventKind.EXIT)
SHOWN_EARLY = (EventKind.FIRING, EventKind.RESOLVED, EventKind.WITHDRAWN)


def one_subject(event: Event, rule: Rule | None) -> bool:
    """Return True where the event may be shown on receipt, before the desk's order (ORDER 20)."""
    return event.kind in SHOWN_EARLY and rule is not None and rule.one_subject


def take(ledger: Ledger, item: Event | Command) -> None:
    """Decide an event or a command."""
    if isinstance(item, Command):
        _command(ledger, item, at_ms=item.stamp_ms)
        _settle(ledger, item.stamp_ms)
        return
    try:
        _event(ledger, item)
    except BadInput as error:
        _bury(ledger, item, str(error))
    _settle(ledger, item.desk_ms)


def fire(ledger: Ledger, timer: Timer) -> None:
    """Do what is due; a timer whose reason has gone does nothing."""
    at_ms, kind, identity = timer
    match kind:
        case "shelf":
            alert = ledger.state.alerts.get(identity)
            if alert is not None and alert.shelf is not None and alert.shelf.until_ms <= at_ms:
                ledger.put(handling.unshelve(alert))
        case "run":
            runs.due(ledger, identity, at_ms)
        case "window":
            cross.due(ledger, identity, at_ms)
        case "report":
            _report_due(ledger, identity, at_ms)
        case "hazard" if identity in ledger.state.hazards:
            hazards.expire(ledger, identity, at_ms)
        case "parked":
            for command in ledger.state.parked.pop(identity, ()):
                commands.carry_out(ledger, command, at_ms=at_ms)
        case "content":
            _change_content(ledger, identity, at_ms)
        case "hazard":
            pass
        case unheard.TIMER:
            raising.heard_in_vain(ledger, identity, at_ms=at_ms)
        case "warning":
            lapse(ledger, identity, at_ms)
        case "hour":
            _forget(ledger, at_ms)
            ledger.set_timer(at_ms + HOUR_MS, "hour", "")
        case other:
            raise ValueError(f"unknown timer {other!r}")
    _settle(ledger, at_ms)


def adopt(ledger: Ledger, at_ms: int) -> None:
    """Go on with other content than the snapshot had: what no rule here can end is ended now."""
    for identity, alert in sorted(ledger.state.alerts.items()):
        if ledger.rule(alert.rule) is None:
            raising.resolve(ledger, identity, event_ms=at_ms, resolution=alerts.RULE_WITHDRAWN)
    for identity, window in sorted(ledger.state.windows.items()):
        if ledger.rule(window.rule) is None:
            del ledger.state.windows[identity]
    ledger.state.content = ledger.definitions.version


def _event(ledger: Ledger, event: Event) -> None:
    match event.kind:
        case EventKind.HAZARD:
            hazards.revise(ledger, event)
        case EventKind.REGISTRY:
            _registry(ledger, event)
        case EventKind.VALUE:
            _value(ledger, event)
        case EventKind.DEAD:
            ledger.bury(event)
        case EventKind.JUMP:
            ledger.state.jumps[event.feed] = ledger.state.jumps.get(event.feed, 0) + 1
        case EventKind.FACT | EventKind.FIRING | EventKind.RESOLVED | EventKind.WITHDRAWN:
            _ruled(ledger, event)
        case _:
            return


def _ruled(ledger: Ledger, event: Event) -> None:
    rule = ledger.rule(event.rule)
    if rule is None:
        _bury(ledger, event, f"no rule {event.rule!r} in force")
    elif rule.one_subject or rule.subject == "feed":
        identity = raising.decide(ledger, event, rule)
        if ledger.definitions.rule(event.rule) is None:
            # It fired before its rule was withdrawn and arrived after; nothing else will resolve it.
            raising.resolve(ledger, identity, event_ms=event.event_ms, resolution=alerts.RULE_WITHDRAWN)
        _unpark(ledger, identity, at_ms=event.desk_ms)
    else:
        cross.observe(ledger, event, rule)


def _command(ledger: Ledger, command: Command, *, at_ms: int) -> None:
    """Carry a command out, or let it wait where its target's own time is still to come (ORDER 23)."""
    if any(result["command"] == command.id for result in ledger.state.results):
        return  # a client that heard no answer sent it again
    if commands.known(ledger, command):
        commands.carry_out(ledger, command, at_ms=at_ms)
        return
    waiting = ledger.state.parked.get(command.target, ())
    ledger.state.parked[command.target] = (*waiting, command)
    if not waiting:
        ledger.set_timer(at_ms + PARK_MS, "parked", command.target)


def _unpark(ledger: Ledger, target: str, *, at_ms: int) -> None:
    waiting = ledger.state.parked.get(target, ())
    ready = [command for command in waiting if commands.known(ledger, command)]
    for command in ready:
        commands.carry_out(ledger, command, at_ms=at_ms)
    if ready:
        rest = tuple(command for command in waiting if command not in ready)
        if rest:
            ledger.state.parked[target] = rest
        else:
            del ledger.state.parked[target]


def _registry(ledger: Ledger, event: Event) -> None:
    """Announce a version of a registry record; it holds for decisions after it, never before."""
    registry, key = event.facts.get("registry"), event.facts.get("key")
    if not isinstance(registry, str) or not isinstance(key, str):
        raise BadInput("a registry record without registry or key", feed=event.feed)
    ledger.announce(
        WorldChange(
            id=change_id(kind=ChangeKind.REGISTRY, layer=registry, key=key, cause=event.id),
            kind=ChangeKind.REGISTRY,
            layer=registry,
            key=key,
            at_ms=ledger.holds_from(event.desk_ms),
            body=dict(event.facts),
            cause=event.id,
            status=event.status,
        )
    )


def _value(ledger: Ledger, event: Event) -> None:
    """Announce a place's value where it changed."""
    name, key = event.facts.get("name"), event.facts.get("key")
    if not isinstance(name, str) or not isinstance(key, str) or "value" not in event.facts:
        raise BadInput("a value without name, key or value", feed=event.feed)
    value = event.facts["value"]
    known = f"{name}/{key}"
    if known in ledger.state.values and ledger.state.values[known] == value:
        return
    ledger.state.values[known] = value
    ledger.announce(
        WorldChange(
            id=change_id(kind=ChangeKind.VALUE, layer=name, key=key, cause=event.id),
            kind=ChangeKind.VALUE,
            layer=name,
            key=key,
            at_ms=ledger.holds_from(event.desk_ms),
            body={"value": value},
            cause=event.id,
            status=event.status,
        )
    )


def _change_content(ledger: Ledger, version: str, at_ms: int) -> None:
    """Change to a content version; rules judged here that went away end their alerts."""
    before, after = ledger.definitions, ledger.contents[version]
    ledger.definitions = after
    ledger.state.content = version
    ledger.state.changes += 1
    for compiled in before.program.rules:
        if after.rule(compiled.rule.id) is None:
            ledger.state.retired[compiled.rule.id] = compiled.rule
            cross.withdraw(ledger, compiled.rule.id, at_ms=at_ms)
    for compiled in after.program.rules:
        ledger.state.retired.pop(compiled.rule.id, None)


def _report_due(ledger: Ledger, incident: str, at_ms: int) -> None:
    """Note that a report is late, and look again when the next one falls due."""
    held = ledger.state.incidents.get(incident)
    if held is None or held.state in OVER:
        return
    after = reports.overdue(held, Mark(by="system", post="system", at_ms=at_ms))
    ledger.put(after)
    due = reports.next_due(after)
    if due is not None:
        ledger.set_timer(due, "report", incident)


def _forget(ledger: Ledger, at_ms: int) -> None:
    """Let go of what has been over for a day; store and journal keep it."""
    state, before_ms = ledger.state, at_ms - KEEP_MS
    for identity in [i for i, a in state.alerts.items() if alerts.forgettable(a, before_ms=before_ms)]:
        del state.alerts[identity]
    for identity in [i for i, r in state.hazards.items() if hazards.ends(r[-1]) < before_ms]:
        del state.hazards[identity]
        state.hazard_alerts.pop(identity, None)
    for identity in [i for i, s in state.shifts.items() if s.ended is not None and s.ended.at_ms < before_ms]:
        del state.shifts[identity]
    state.given = {key: mark for key, mark in state.given.items() if mark.at_ms >= before_ms}


def _settle(ledger: Ledger, at_ms: int) -> None:
    """Let runs look again at the incidents this decision changed, until nothing changes."""
    while ledger.touched:
        touched, ledger.touched = sorted(ledger.touched), set()
        for incident in touched:
            runs.incident_changed(ledger, incident, at_ms)


def _bury(ledger: Ledger, event: Event, reason: str) -> None:
    facts = {"reason": reason, "field": "", "bytes": "", "at_ms": event.stamp_ms, "event": event.id}
    ledger.bury(
        Event(
            id=f"{event.id}/dead",
            kind=EventKind.DEAD,
            feed=event.feed,
            subject=event.subject,
            rule=event.rule,
            event_ms=event.event_ms,
            stamp_ms=event.stamp_ms,
            desk_ms=event.desk_ms,
            status=event.status,
            facts=facts,
        )
    )
