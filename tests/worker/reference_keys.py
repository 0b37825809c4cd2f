"""One key of a rule in the plain reference: begun, due, told, resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ops_center.domain.rule import Rule
from tests.worker.reference_lines import Judged, KeyState, Line


class Said(NamedTuple):
    """What all matches of a key say together at an instant."""

    begin: bool
    end: bool
    clear: bool
    then: bool
    then_end: bool


@dataclass
class Keys:
    """Moves keys and tells what happened."""

    happened: list[tuple[Any, ...]]

    def step(
        self,
        line: Line,
        judged: Judged,
        key: Any,
        state: KeyState,
        t: int,
        stamp: int,
        said: Said,
        *,
        observed: bool,
    ) -> None:
        """Take a key to an instant."""
        rule = judged.rule
        if rule.then:
            self._sequence(line, judged, key, state, t, stamp, said)
            return
        if state.told or state.quiet:
            if said.clear or (rule.absent_for_ms and observed):
                self._resolve(line, judged, key, state, t, stamp)
                if said.clear:
                    state.start, state.ended = None, t
        elif state.start is not None and said.end:
            state.start, state.ended = None, t
        if state.start is None and said.begin and not said.clear and state.ended != t:
            state.start = t
        due = timer(rule, line, state)
        if due is not None and due <= t:
            self.fire(line, judged, key, state, t, stamp)

    def fire(self, line: Line, judged: Judged, key: Any, state: KeyState, t: int, stamp: int) -> None:
        """Tell a firing, where as many came before it as the rule counts."""
        counting = judged.rule.count
        if counting is not None and counting.of == "firings":
            state.recent = [*state.recent, t][-counting.at_least :]
            if len(state.recent) < counting.at_least or t - state.recent[0] > counting.within_ms:
                state.quiet = True
                return
        state.told, state.last = True, t
        self.happened.append((t, line.subject, "firing", judged.rule.id, "|".join(key[1]), stamp))

    def _sequence(
        self,
        line: Line,
        judged: Judged,
        key: Any,
        state: KeyState,
        t: int,
        stamp: int,
        said: Said,
    ) -> None:
        rule = judged.rule
        if state.told or state.quiet:
            if said.clear if rule.clear_when else said.then_end:
                self._resolve(line, judged, key, state, t, stamp)
                state.armed = None
        elif said.then and state.armed is not None and state.armed < t <= state.armed + rule.then_within_ms:
            cooled = not rule.once_within_ms or state.last is None or t >= state.last + rule.once_within_ms
            if cooled:
                self.fire(line, judged, key, state, t, stamp)
        if state.start is not None and said.end:
            state.start, state.ended = None, t
        if state.start is None and said.begin and state.ended != t:
            state.start = t
        if state.start is not None and not (state.told or state.quiet) and state.start + rule.for_ms <= t:
            state.armed = t

    def _resolve(self, line: Line, judged: Judged, key: Any, state: KeyState, t: int, stamp: int) -> None:
        if state.told:
            kind = "withdrawn" if t >= judged.force[1] else "resolved"
            self.happened.append((t, line.subject, kind, judged.rule.id, "|".join(key[1]), stamp))
        state.told = state.quiet = False


def timer(rule: Rule, line: Line, state: KeyState) -> int | None:
    """Return when a key's firing falls due, None where nothing waits."""
    if state.start is None or state.told or state.quiet:
        return None
    due = state.start + rule.for_ms
    if rule.then:
        return due if state.armed is None or state.armed < due else None
    if rule.absent_for_ms:
        assert line.event is not None
        due = max(due, line.event + rule.absent_for_ms)
    if rule.once_within_ms and state.last is not None:
        due = max(due, state.last + rule.once_within_ms)
    return due
