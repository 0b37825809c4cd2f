"""The meaning of a rule, row by row, in plain Python: what the planes must agree with.

Slow and short on purpose. It runs a rule's own tests and is the oracle of the fast plane:

- a subject's rows are taken in order of time; whatever is due by a row's time happens before it;
- the condition holds at a row where `when` is true, every join finds its feature, and calendar and
  validity hold; unknown is not true; at a calendar's edge the last row is judged again;
- `for`: it fires at the instant it has held that long, without a row in between where it did not;
- `absent_for`: it fires when no row came for that long after one where it held;
- `then`: it fires at a row where `then` is true, at most `within` after a row where `when` held;
- a firing ends at a row where `clear_when` is true, or without one, where it no longer holds; one
  of `absent_for` ends at the next row;
- `count` looks at firings (or subjects firing) of the group within the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ops_center.domain.text import Json
from playbooks.cel import flatten
from playbooks.explain import FIRES, explain_row
from playbooks.program import CompiledRule

Group = tuple[tuple[str, str], ...]
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One observation with all that the rule reads, as dotted or nested names."""

    at_ms: int
    subject: str
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A firing, or its end."""

    at_ms: int
    fires: bool
    subject: str
    group: Group


def run(compiled: CompiledRule, rows: Sequence[Row], until_ms: int) -> tuple[Change, ...]:
    """Return every firing and end of `rows` watched until a time, in order."""
    lines: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda r: r.at_ms):
        lines.setdefault(row.subject, []).append(row)
    changes = [change for _, line in sorted(lines.items()) for change in _Line(compiled).watch(line, until_ms)]
    changes.sort(key=lambda c: (c.at_ms, c.subject))  # stable: a line keeps its own order
    if compiled.rule.count is None:
        return tuple(changes)
    return tuple(_counted(compiled, changes, until_ms))


@dataclass(slots=True)
class _State:
    """One group on one subject's line."""

    since_ms: int | None = None  # the condition has held since
    held_ms: int | None = None  # `when` of a `then` last held
    firing: bool = False
    fired_ms: int | None = None


@dataclass(slots=True)
class _Line:
    """One subject's line."""

    compiled: CompiledRule
    groups: dict[Group, _State] = field(default_factory=dict)
    last: Row | None = None
    now_ms: int = 0
    subject: str = ""
    out: list[Change] = field(default_factory=list)

    def watch(self, rows: Sequence[Row], until_ms: int) -> list[Change]:
        self.now_ms, self.subject = rows[0].at_ms - 1, rows[0].subject
        for row in rows:
            self._advance(row.at_ms)
            self._observe(row, row.at_ms, report=True)
            self.last = row
        self._advance(until_ms)
        return self.out

    def _advance(self, to_ms: int) -> None:
        """Let everything due up to a time happen, in order."""
        while (due := min(self._due(to_ms), default=None)) is not None:
            at_ms, kind, group = due
            self.now_ms = max(self.now_ms, at_ms)
            if kind == "edge" and self.last is not None:
                self._observe(self.last, at_ms, report=False)
            elif kind == "timer":
                self._fire(group, self.groups[group], at_ms)
        self.now_ms = max(self.now_ms, to_ms)

    def _due(self, to_ms: int) -> Iterator[tuple[int, str, Group]]:
        rule = self.compiled.rule
        wait_ms = rule.for_ms or rule.absent_for_ms
        for group, state in self.groups.items():
            if wait_ms and state.since_ms is not None and not state.firing and state.since_ms + wait_ms <= to_ms:
                yield state.since_ms + wait_ms, "timer", group
        if self.last is not None:
            for at_ms in self._edges(to_ms):
                yield at_ms, "edge", ()

    def _edges(self, to_ms: int) -> list[int]:
        valid, found = self.compiled.rule.valid, []
        if self.compiled.calendar is not None:
            found += list(self.compiled.calendar.edges(self.now_ms, to_ms))
        return found + [at for at in (valid.from_ms, valid.to_ms) if at is not None and self.now_ms < at <= to_ms]

    def _observe(self, row: Row, at_ms: int, *, report: bool) -> None:
        rule = self.compiled.rule
        explained = explain_row(self.compiled, row.values, at_ms)
        holds = explained["result"] == FIRES
        group = self._group(row)
        state = self.groups.setdefault(group, _State())
        for other, theirs in self.groups.items():
            if other != group:
                self._leave(other, theirs, explained, at_ms)
        if rule.absent_for_ms:
            self._arm(group, state, holds=holds, at_ms=at_ms, report=report)
        elif rule.then:
            self._sequence(group, state, holds=holds, explained=explained, at_ms=at_ms)
        elif holds:
            state.since_ms = at_ms if state.since_ms is None else state.since_ms
            if not rule.for_ms and not state.firing:
                self._fire(group, state, at_ms)
        else:
            self._leave(group, state, explained, at_ms)
        if holds and state.firing and rule.clear_when and explained["clear_when"]["result"] is True:
            self._end(group, state, at_ms)

    def _leave(self, group: Group, state: _State, explained: Mapping[str, Json], at_ms: int) -> None:
        """The group's condition does not hold: pending is broken, a firing ends unless it waits to be cleared."""
        if self.compiled.rule.then and not self.compiled.rule.clear_when:
            return
        state.since_ms = None
        if state.firing and (not self.compiled.rule.clear_when or explained["clear_when"]["result"] is True):
            self._end(group, state, at_ms)

    def _arm(self, group: Group, state: _State, *, holds: bool, at_ms: int, report: bool) -> None:
        if report and state.firing:
            self._end(group, state, at_ms)
        if not holds:
            state.since_ms = None
        elif report or state.since_ms is None:
            state.since_ms = at_ms

    def _sequence(self, group: Group, state: _State, *, holds: bool, explained: Mapping[str, Json], at_ms: int) -> None:
        follows = explained["then"]["result"] is True
        armed = state.held_ms is not None and at_ms - state.held_ms <= self.compiled.rule.then_within_ms
        if state.firing and not self.compiled.rule.clear_when and not follows:
            self._end(group, state, at_ms)
        elif follows and armed and not state.firing:
            state.held_ms = None
            self._fire(group, state, at_ms)
        elif state.firing and self.compiled.rule.clear_when and explained["clear_when"]["result"] is True:
            self._end(group, state, at_ms)
        if holds:
            state.held_ms = at_ms

    def _fire(self, group: Group, state: _State, at_ms: int) -> None:
        state.firing = True
        once_ms = self.compiled.rule.once_within_ms
        if once_ms and state.fired_ms is not None and at_ms - state.fired_ms < once_ms:
            return
        state.fired_ms = at_ms
        self._say(group, at_ms, fires=True)

    def _end(self, group: Group, state: _State, at_ms: int) -> None:
        state.firing = False
        if state.fired_ms is not None and self._open(group):
            self._say(group, at_ms, fires=False)

    def _open(self, group: Group) -> bool:
        return next((c.fires for c in reversed(self.out) if c.group == group), False)

    def _say(self, group: Group, at_ms: int, *, fires: bool) -> None:
        self.out.append(Change(at_ms, fires, self.subject, group))

    def _group(self, row: Row) -> Group:
        values = {"subject": row.subject, **flatten(row.values)}
        pairs = ((name, values.get(column)) for name, column in self.compiled.group)
        return tuple((name, "" if value is None else str(value)) for name, value in pairs)


def _counted(compiled: CompiledRule, changes: Sequence[Change], until_ms: int) -> Iterator[Change]:
    """Fold firings into those of the count, as ops_center/desk/cross.py does."""
    count = compiled.rule.count
    if count is None:
        return
    for group in sorted({change.group for change in changes}):
        mine = [change for change in changes if change.group == group]
        looks = sorted({c.at_ms for c in mine} | {c.at_ms + count.within_ms + 1 for c in mine})
        firing = False
        for at_ms in (look for look in looks if look <= until_ms):
            live = [start for start, end in _matches(mine, at_ms) if end is None or end + count.within_ms >= at_ms]
            enough = (len({start.subject for start in live}) if count.of == "subjects" else len(live)) >= count.at_least
            if enough != firing:
                firing = enough
                yield Change(at_ms, firing, "", group)


def _matches(changes: Sequence[Change], at_ms: int) -> list[tuple[Change, int | None]]:
    """Return each firing up to a time with its end (None while it lasts)."""
    found: list[tuple[Change, int | None]] = []
    for change in changes:
        if change.at_ms > at_ms:
            break
        if change.fires:
            found.append((change, None))
        else:
            found = [
                (start, change.at_ms if end is None and start.subject == change.subject else end)
                for start, end in found
            ]
    return found
