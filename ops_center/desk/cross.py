"""Rules that look across subjects: count matches within a window, by group."""

from __future__ import annotations

from ops_center.desk import alerts, raising
from ops_center.desk.ledger import Ledger
from ops_center.desk.state import Match, Window
from ops_center.domain.changed import changed
from ops_center.domain.event import Event, EventKind
from ops_center.domain.rule import Counting, Rule

SHOWN = 20  # subjects named in the facts of a counted alert
ONE = Counting(of="subjects", at_least=1, within_ms=0)


def observe(ledger: Ledger, event: Event, rule: Rule) -> None:
    """Take in an event of a rule that is judged here.

    A FACT is a match at one instant; a FIRING is one that goes on until its RESOLVED.
    """
    identity = alerts.id_of(ledger.deployment, event)
    window = ledger.state.windows.get(identity, Window(rule=rule.id, matches=()))
    if event.kind in (EventKind.FACT, EventKind.FIRING):
        to_ms = event.event_ms if event.kind is EventKind.FACT else None
        match = Match(subject=event.subject, from_ms=event.event_ms, to_ms=to_ms, event=event)
        matches = (*window.matches, match)
    else:
        matches = tuple(
            changed(m, to_ms=event.event_ms) if m.subject == event.subject and m.to_ms is None else m
            for m in window.matches
        )
    _judge(ledger, identity, window, matches, rule, at_ms=event.desk_ms, cause=event)


def due(ledger: Ledger, identity: str, at_ms: int) -> None:
    """Look at a window again: matches may have left it."""
    window = ledger.state.windows.get(identity)
    if window is None:
        return
    rule = ledger.definitions.rule(window.rule)
    if rule is not None:
        _judge(ledger, identity, window, window.matches, rule, at_ms=at_ms, cause=None)


def withdraw(ledger: Ledger, rule: str, *, at_ms: int) -> None:
    """End what a withdrawn rule still holds open."""
    for identity, window in sorted(ledger.state.windows.items()):
        if window.rule == rule:
            del ledger.state.windows[identity]
            raising.resolve(ledger, identity, event_ms=at_ms, resolution=alerts.RULE_WITHDRAWN)


def _judge(
    ledger: Ledger,
    identity: str,
    window: Window,
    matches: tuple[Match, ...],
    rule: Rule,
    *,
    at_ms: int,
    cause: Event | None,
) -> None:
    """Judge a group with these matches, of which some may have left its window."""
    counting = rule.count or ONE
    # A match at t counts in [t, t + within]; the timer below looks again one millisecond later.
    oldest_ms = at_ms - counting.within_ms
    live = tuple([m for m in matches if m.to_ms is None or m.to_ms >= oldest_ms])
    subjects = {m.subject for m in live}
    n = len(subjects) if counting.of == "subjects" else len(live)
    firing = n >= counting.at_least
    if firing and not window.firing and cause is not None:
        facts = {**cause.facts, "count": n, "subjects": sorted(subjects)[:SHOWN]}
        raising.decide(ledger, raising.firing_of(cause, rule, facts=facts), rule)
    elif window.firing and not firing:
        raising.resolve(ledger, identity, event_ms=at_ms, resolution=alerts.CLEARED)
    if not live:
        ledger.state.windows.pop(identity, None)
        return
    first_ms = min([m.to_ms for m in live if m.to_ms is not None], default=None)
    due_ms = None if first_ms is None else first_ms + counting.within_ms + 1
    ledger.state.windows[identity] = Window(rule=window.rule, matches=live, firing=firing, due_ms=due_ms)
    if due_ms is not None and due_ms != window.due_ms:
        ledger.set_timer(due_ms, "window", identity)
