"""Events from what happened on the lines: who, where, when, which facts, at which desk time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Batch, Codes
from ops_center.domain.event import Event, EventKind
from ops_center.domain.feed import Feed
from ops_center.domain.ids import encoded, id_of
from ops_center.domain.text import Json
from ops_center.worker.elements import GROUP_BITS, Elements, Force, elements_of, facts_of, keyed, value_of, values_of
from ops_center.worker.items import Items, Moments
from ops_center.worker.locate import Names
from ops_center.worker.rows import Rows
from ops_center.worker.state import State
from ops_center.worker.turns import Turns
from ops_center.worker.world import World
from playbooks.program import CompiledRule

COUNTY = "admin.county"
GROUPS = (1 << GROUP_BITS) - 1
I64 = NDArray[np.int64]
_EMPTY = Batch({}, 0)


@dataclass(frozen=True, slots=True)
class About:
    """What a key's events say beside their time and facts."""

    zone: str = ""
    cause: str = ""  # tells events of one kind, subject and time apart where there is no zone
    group: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Teller:
    """Makes the events of one pass; the state is still the one before it."""

    feed: Feed
    world: World
    state: State
    items: Items
    moments: Moments
    names: Names
    events: list[Event] = field(default_factory=list)

    def rule_turns(self, compiled: CompiledRule, elements: Elements, turns: Turns, force: Force) -> None:
        """Tell the firings and ends of a rule."""
        rule = compiled.rule
        facts = self._all_facts(compiled, elements, turns, force)
        if rule.absent_for_ms:
            for row in np.flatnonzero(turns.firing).tolist():
                facts[row]["silent_s"] = round((int(turns.at[row]) - self._heard(turns, row)) / 1000, 3)
        ended = [EventKind.WITHDRAWN if at >= force[1] else EventKind.RESOLVED for at in turns.at.tolist()]
        kinds = [EventKind.FIRING if fires else end for fires, end in zip(turns.firing.tolist(), ended, strict=True)]
        about = {key: self._about(compiled, key) for key in set(turns.key.tolist())}
        self._tell(kinds, turns, about, facts, rule=rule.id, version=rule.version)

    def layer_turns(self, layer: str, turns: Turns) -> None:
        """Tell who entered and left the zones of a tracked layer."""
        dwelt = ((turns.at - turns.start) / 1000).tolist()
        facts: list[dict[str, Json]] = [
            {} if firing else {"dwell_s": round(dwell, 3)}
            for firing, dwell in zip(turns.firing.tolist(), dwelt, strict=True)
        ]
        kinds = [EventKind.ENTER if firing else EventKind.EXIT for firing in turns.firing.tolist()]
        groups = self.state.groups
        zones = {group: About(f"{layer}/{groups[group][0]}") for group in set((turns.key & GROUPS).tolist())}
        about = {key: zones[key & GROUPS] for key in set(turns.key.tolist())}
        self._tell(kinds, turns, about, facts)

    def jumps(self, rows: Rows, which: I64, lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> None:
        """Tell of fixes that were refused as impossible jumps."""
        for row in which.tolist():
            slot, event_ms, stamp_ms = int(rows.slot[row]), int(rows.event[row]), int(rows.act[row])
            self._one(EventKind.JUMP, slot, event_ms, stamp_ms, (int(lon_e7[row]), int(lat_e7[row])))

    def values(self, columns: tuple[str, ...]) -> None:
        """Tell the values that this feed's observations give to places, where they changed."""
        items = self.items
        for name in columns:
            column = self.names.get(name)
            if column is None or isinstance(column, Codes):
                continue
            kept = self.state.row.get(name)
            for item in np.flatnonzero(items.observed).tolist():
                slot = int(items.slot[item])
                value = value_of(column, item)
                earlier = _earlier(items, item)
                old = value_of(column, earlier) if earlier >= 0 else None
                if earlier < 0 and kept is not None and int(self.state.arrays["event"][slot]) != NULL_I64:
                    old = value_of(kept, slot)
                if value is not None and value != old:
                    self._tell_value(name, value, item)

    def _tell_value(self, name: str, value: object, item: int) -> None:
        items = self.items
        slot = int(items.slot[item])
        county = self._county()
        place = county.text(item) if county is not None else self.state.subjects[slot]
        if place is None:
            return
        self._one(
            EventKind.VALUE,
            slot,
            int(items.t[item]),
            int(items.stamp[item]),
            (int(items.lon_e7[item]), int(items.lat_e7[item])),
            facts={"name": name, "key": place, "value": value},
            cause=name,
        )

    def _county(self) -> Codes | None:
        """Return the county of each item, None where the world has none."""
        county = self.names[COUNTY] if self.world.admin is not None else None
        return county if isinstance(county, Codes) else None

    def _all_facts(
        self, compiled: CompiledRule, elements: Elements, turns: Turns, force: Force
    ) -> list[dict[str, Json]]:
        """Return the facts of each turn: of its pair, of its item where the feature is gone, of the last row."""
        facts: list[dict[str, Json]] = [{}] * len(turns)
        row = np.where(turns.seen >= 0, elements.rows_at(turns.key, turns.seen), -1)
        found, gone = np.flatnonzero(row >= 0), np.flatnonzero((row < 0) & (turns.seen >= 0))
        self._fill(facts, found, facts_of(compiled, elements.joined, row[found]), turns)
        self._fill(facts, gone, facts_of(compiled, self.names, turns.seen[gone]), turns)
        before = np.flatnonzero(turns.seen < 0)
        if len(before):
            for at, one in zip(before.tolist(), self._carried(compiled, turns.key[before], force), strict=True):
                facts[at] = one
        return facts

    def _fill(self, facts: list[dict[str, Json]], at: I64, given: list[dict[str, Json]], turns: Turns) -> None:
        county = self._county() if len(at) else None
        counties = values_of(county, turns.seen[at]) if county is not None else None
        for n, (place, one) in enumerate(zip(at.tolist(), given, strict=True)):
            if counties is not None:
                one.setdefault(COUNTY, counties[n])
            facts[place] = one

    def _carried(self, compiled: CompiledRule, keys: I64, force: Force) -> list[dict[str, Json]]:
        """Return the facts of subjects whose timer acted before anything of this pass: of their last row."""
        slots, item = np.unique(keys >> GROUP_BITS, return_inverse=True)
        names = carried_names(self.state, slots, self.feed, self.world)
        elements = elements_of(compiled, names, self.state, force=force)
        row = elements.rows_at(keys, item)
        pairs = facts_of(compiled, elements.joined, np.maximum(row, 0)) if len(elements) else []
        alone = facts_of(compiled, names, item)
        facts = [pairs[n] if at >= 0 else alone[n] for n, at in enumerate(row.tolist())]
        if self.world.admin is not None:
            for one, county in zip(facts, values_of(names[COUNTY], item), strict=True):
                one.setdefault(COUNTY, county)
        return facts

    def _about(self, compiled: CompiledRule, key: int) -> About:
        group, subject = self.state.groups[key & GROUPS], self.state.subjects[key >> GROUP_BITS]
        parts = iter(group)
        named = tuple((name, subject if column == "subject" else next(parts)) for name, column in compiled.group)
        return About(_zone(compiled, group), "|".join(group), named)

    def _heard(self, turns: Turns, row: int) -> int:
        """Return the subject's last observation before a timer."""
        seen = int(turns.seen[row])
        source = int(self.items.source[seen]) if seen >= 0 else -1
        slot = int(turns.key[row]) >> GROUP_BITS
        return int(self.items.rows.event[source] if source >= 0 else self.state.arrays["event"][slot])

    def _stamps(self, turns: Turns, slots: I64) -> list[int]:
        items = self.items
        stamps = items.stamp[np.maximum(turns.item, 0)] if len(items) else np.zeros(len(turns), np.int64)
        for row in np.flatnonzero(turns.item < 0).tolist():
            stamps[row] = self.moments.stamp(int(slots[row]), int(turns.at[row]), int(turns.set_by[row]))
        return list(stamps.tolist())

    def _tell(
        self,
        kinds: Sequence[EventKind],
        turns: Turns,
        about: Mapping[int, About],
        facts: Sequence[dict[str, Json]],
        *,
        rule: str = "",
        version: str = "",
    ) -> None:
        """Make the events of all turns."""
        slots = turns.key >> GROUP_BITS
        at = np.maximum(turns.seen, 0)
        inside = (turns.seen >= 0) & (len(self.items) > 0)
        lon, lat = self.state.arrays["lon_e7"][slots], self.state.arrays["lat_e7"][slots]
        if len(self.items):
            lon = np.where(inside, self.items.lon_e7[at], lon)
            lat = np.where(inside, self.items.lat_e7[at], lat)
        rows = zip(
            kinds,
            turns.key.tolist(),
            slots.tolist(),
            turns.at.tolist(),
            self._stamps(turns, slots),
            lon.tolist(),
            lat.tolist(),
            facts,
            strict=True,
        )
        subjects, feed, status, slack_ms = self.state.subjects, self.feed.id, self.feed.status, self.world.slack_ms
        first = {kind: encoded(rule, kind) for kind in set(kinds)}
        for (
            kind,
            key,
            slot,
            event_ms,
            stamp_ms,
            x,
            y,
            why,
        ) in rows:
            of, subject = about[key], subjects[slot]
            known = x != NULL_I32 and y != NULL_I32
            self.events.append(
                Event(
                    # ORDER 8; a subject is scoped to its feed, so the id names both.
                    id=id_of("event", first[kind] + encoded(f"{feed}/{subject}", of.zone or of.cause, event_ms)),
                    kind=kind,
                    feed=feed,
                    subject=subject,
                    rule=rule,
                    rule_version=version,
                    zone=of.zone,
                    group=of.group,
                    event_ms=event_ms,
                    stamp_ms=stamp_ms,
                    desk_ms=max(event_ms, stamp_ms - slack_ms),
                    lon_e7=x if known else None,
                    lat_e7=y if known else None,
                    status=status,
                    facts=why,
                )
            )

    def _one(
        self,
        kind: EventKind,
        slot: int,
        event_ms: int,
        stamp_ms: int,
        place: tuple[int, int],
        *,
        facts: Mapping[str, Json] | None = None,
        cause: str = "",
    ) -> None:
        """Make one event that is no turn of a run."""
        subject = self.state.subjects[slot]
        known = NULL_I32 not in place
        self.events.append(
            Event(
                id=id_of("event", encoded("", kind, f"{self.feed.id}/{subject}", cause, event_ms)),
                kind=kind,
                feed=self.feed.id,
                subject=subject,
                event_ms=event_ms,
                stamp_ms=stamp_ms,
                desk_ms=max(event_ms, stamp_ms - self.world.slack_ms),
                lon_e7=place[0] if known else None,
                lat_e7=place[1] if known else None,
                status=self.feed.status,
                facts=facts or {},
            )
        )


def carried_names(state: State, slots: I64, feed: Feed, world: World) -> Names:
    """Return the columns of these slots' last rows, each at the time of its last item."""
    arrays, none = state.arrays, np.empty(0, np.int64)
    n = len(slots)
    rows = Rows(_EMPTY, none, none, none, none, np.empty(0, np.bool_), none)
    unused = np.full(state.n, -1, np.int64)
    items = Items(
        rows,
        slots,
        arrays["item"][slots],
        arrays["act"][slots],
        np.ones(n, dtype=np.bool_),
        np.full(n, -1, np.int64),
        arrays["lon_e7"][slots],
        arrays["lat_e7"][slots],
        unused,
        unused,
        False,
    )
    return Names(items, feed=feed, world=world, state=state)


def _zone(compiled: CompiledRule, group: tuple[str, ...]) -> str:
    """Return the zone an alert is about: the first joined feature of its group key."""
    layers = {f"{join.name}.key": join.layer for join in compiled.rule.joins}
    for (_, column), value in zip(keyed(compiled), group, strict=True):
        if column in layers:
            return f"{layers[column]}/{value}"
    return ""


def _earlier(items: Items, item: int) -> int:
    """Return the item before on the same line, -1 where it is the pass's first."""
    return item - 1 if item and items.slot[item - 1] == items.slot[item] else -1
