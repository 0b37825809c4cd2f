"""Judge rules and tracked layers over the items of a pass: turns out, tables kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I64
from ops_center.domain.rule import Rule
from ops_center.domain.scales import AlertClass, Severity
from ops_center.domain.text import Text
from ops_center.worker.elements import GROUP_BITS, Elements, elements_of, layer_elements
from ops_center.worker.happenings import Teller
from ops_center.worker.items import Items, Moments
from ops_center.worker.machine import run_keys
from ops_center.worker.rows import among
from ops_center.worker.runs import find_runs, merged, reached_runs, settle, take
from ops_center.worker.state import State, Table
from ops_center.worker.turns import Turns, both
from ops_center.worker.world import Force
from playbooks.program import CompiledRule

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
LONG_MS = 2**60  # longer than any run


@dataclass(slots=True)
class Judge:
    """Applies definitions to one pass; `timers` collects (slot, due) of every timer that acted."""

    teller: Teller
    state: State
    items: Items
    moments: Moments
    timers: list[tuple[int, int]] = field(default_factory=list)

    def rule(self, compiled: CompiledRule, force: Force) -> None:
        """Judge one version of a rule."""
        name = f"{compiled.rule.id}@{compiled.rule.version}"
        table = self.state.tables.get(name, Table.empty())
        outside = len(self.items) == 0 or int(self.items.t.max()) < force[0]
        if not len(table) and outside:
            return
        elements = elements_of(compiled, self.teller.names, self.state, force=force)
        if not len(table) and not elements.begin.any() and not elements.broke:
            return
        turns, table = self._turns(compiled.rule, elements, table)
        self._keep(name, table)
        for item, slot in elements.broke:
            if (compiled.rule.id, slot) not in self.state.broken:
                self.state.broken |= {(compiled.rule.id, slot)}
                self.teller.disabled(compiled.rule, item, slot)
        if len(turns):
            self.teller.rule_turns(compiled, elements, turns, force)

    def layer(self, layer: str) -> None:
        """Follow who is inside the zones of a tracked layer."""
        name = f"layer:{layer}"
        table = self.state.tables.get(name, Table.empty())
        if not len(self.items):
            return
        elements = layer_elements(self.teller.names, layer, self.state)
        turns, table = self._plain(_MEMBERSHIP, elements, table)
        self._keep(name, table)
        if len(turns):
            self.teller.layer_turns(layer, turns)

    def _keep(self, name: str, table: Table) -> None:
        if len(table):
            self.state.tables[name] = table
        else:
            self.state.tables.pop(name, None)

    def _turns(self, rule: Rule, elements: Elements, table: Table) -> tuple[Turns, Table]:
        counted = rule.count is not None and rule.count.of == "firings" and rule.one_subject
        intricate = bool(rule.then or rule.once_within_ms or counted)
        if rule.absent_for_ms:
            return self._silent(rule, elements, table, every=intricate)
        if intricate:
            return self._stepwise(rule, elements, table)
        if rule.clear_when and rule.for_ms:
            return self._clearing(rule, elements, table)
        return self._plain(rule, elements, table)

    def _plain(self, rule: Rule, elements: Elements, table: Table) -> tuple[Turns, Table]:
        """Judge as columns; what has two items at one instant goes step by step."""
        tied = self._tied(elements, table)
        if len(tied):
            return self._split(rule, elements, table, tied, for_ms=rule.for_ms)
        return self._columns(elements, table, for_ms=rule.for_ms)

    def _tied(self, elements: Elements, table: Table) -> I64:
        """Return the keys of slots with two items at one instant, sorted."""
        tied = self.items.tied
        if not tied.any():
            return np.empty(0, dtype=np.int64)
        return np.union1d(*(keys[tied[keys >> GROUP_BITS]] for keys in (elements.key, table.key)))

    def _columns(self, elements: Elements, table: Table, *, for_ms: int) -> tuple[Turns, Table]:
        runs = find_runs(elements, table, self.items)
        turns, after = settle(runs, table, self.items, self.moments, for_ms=for_ms)
        timed = np.flatnonzero(turns.firing & (turns.item < 0))
        self.timers += zip((turns.key[timed] >> GROUP_BITS).tolist(), turns.at[timed].tolist(), strict=True)
        return turns, after

    def _stepwise(self, rule: Rule, elements: Elements, table: Table, keys: I64 | None = None) -> tuple[Turns, Table]:
        turns, timers, after = run_keys(
            rule,
            elements,
            table,
            self.items,
            self.moments,
            event=self.state.arrays["event"],
            keys=None if keys is None else keys.tolist(),
        )
        self.timers += timers
        return turns, after

    def _silent(self, rule: Rule, elements: Elements, table: Table, *, every: bool) -> tuple[Turns, Table]:
        """Judge an `absent_for`: only keys of subjects that were silent that long go step by step."""
        slots = self._long_silent(rule.absent_for_ms)
        fired = np.unique(table.key[table.fired != 0] >> GROUP_BITS)
        slots[fired] = True
        slots |= self.items.tied
        if every:
            slots[:] = True
        keys = np.union1d(elements.key[elements.begin], table.key)
        return self._split(rule, elements, table, keys[slots[keys >> GROUP_BITS]], for_ms=LONG_MS)

    def _clearing(self, rule: Rule, elements: Elements, table: Table) -> tuple[Turns, Table]:
        """Judge `for` with `clear_when`: until it fires a run ends like any other, so few keys go step by step."""
        pending = replace(elements, begin=elements.begin & ~elements.clear, clear=elements.end)
        runs = find_runs(pending, table, self.items)
        reached = runs.key[reached_runs(runs, self.items, self.moments, for_ms=rule.for_ms)]
        stepped = np.union1d(np.union1d(reached, table.key[table.fired != 0]), self._tied(elements, table))
        return self._split(rule, elements, table, stepped, for_ms=LONG_MS, pending=pending)

    def _split(
        self,
        rule: Rule,
        elements: Elements,
        table: Table,
        stepped: I64,
        *,
        for_ms: int,
        pending: Elements | None = None,
    ) -> tuple[Turns, Table]:
        """Take some keys, which are sorted, step by step, the others as columns."""
        known = among(table.key, stepped)
        turns, walked = self._stepwise(rule, elements, take(table, np.flatnonzero(known)), stepped)
        columns = pending or elements
        rest = columns.of_keys(~among(columns.key, stepped))
        more, others = self._columns(rest, take(table, np.flatnonzero(~known)), for_ms=for_ms)
        return both(turns, more), merged(walked, others)

    def _long_silent(self, absent_ms: int) -> Mask:
        """Return the slots in which an observation, or the stamp, comes that long after the one before."""
        items, event = self.items, self.state.arrays["event"]
        out = np.zeros(self.state.n, dtype=np.bool_)
        seen = np.flatnonzero(items.observed)
        slot, t = items.slot[seen], items.t[seen]
        newest = event.copy()
        if len(seen):
            before = np.concatenate([[NULL_I64], t[:-1]])
            head = np.concatenate([[True], slot[1:] != slot[:-1]])
            before[head] = event[slot[head]]
            out[slot[(before != NULL_I64) & (t - np.where(before == NULL_I64, t, before) >= absent_ms)]] = True
            newest[slot] = t
        known = newest != NULL_I64
        due = np.where(known, newest + np.where(known, absent_ms, 0), 0)
        out |= known & self.moments.acts_all(np.arange(self.state.n), due)
        return out


_NO_TEXT = Text("", "")
# Being inside a zone is a rule whose condition is its join.
_MEMBERSHIP = Rule(
    id="",
    version="",
    title=_NO_TEXT,
    alert_class=AlertClass.RECORD,
    severity=Severity.MINOR,
    subject="",
    message=_NO_TEXT,
    source=_NO_TEXT,
)
