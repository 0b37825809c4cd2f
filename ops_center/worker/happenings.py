"""Events from what happened on the lines: who, where, when, which facts, at which desk time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Batch, Codes
from ops_center.domain.event import EventKind
from ops_center.domain.feed import Feed
from ops_center.domain.ids import encoded, encoded_times, ended_ids, started_id
from ops_center.domain.rule import Rule
from ops_center.domain.text import Json
from ops_center.worker.elements import GROUP_BITS, Elements, Force, elements_of, facts_of, keyed, value_of, values_of
from ops_center.worker.items import Items, Moments
from ops_center.worker.locate import Names
from ops_center.worker.rows import Rows
from ops_center.worker.state import About, State
from ops_center.worker.told import Told
from ops_center.worker.turns import Turns
from ops_center.worker.world import World
from playbooks.program import CompiledRule

COUNTY = "admin.county"
GROUPS = (1 << GROUP_BITS) - 1
I64 = NDArray[np.int64]
_EMPTY = Batch({}, 0)
_NO_FACTS: Mapping[str, Json] = {}


@dataclass(slots=True)
class Teller:
    """Makes the events of one pass; the state is still the one before it."""

    feed: Feed
    world: World
    state: State
    items: Items
    moments: Moments
    names: Names
    events: list[Told] = field(default_factory=list)

    def rule_turns(self, compiled: CompiledRule, elements: Elements, turns: Turns, force: Force) -> None:
        """Tell the firings and ends of a rule."""
        rule = compiled.rule
        facts = self._all_facts(compiled, elements, turns, force)
        if rule.absent_for_ms:
            for row in np.flatnonzero(turns.firing).tolist():
                facts[row]["silent_s"] = round((int(turns.at[row]) - self._heard(turns, row)) / 1000, 3)
        ended = [EventKind.WITHDRAWN if at >= force[1] else EventKind.RESOLVED for at in turns.at.tolist()]
        kinds = [EventKind.FIRING if fires else end for fires, end in zip(turns.firing.tolist(), ended, strict=True)]
        known = self.state.about.setdefault(f"{rule.id}@{rule.version}", {})
        fresh = set(turns.key.tolist()) - known.keys()
        if fresh:
            zones = _zone_places(compiled)
            known.update((key, self._about(compiled, key, zones)) for key in fresh)
        self._tell(kinds, turns, known, facts, rule=rule.id, version=rule.version)

    def layer_turns(self, layer: str, turns: Turns) -> None:
        """Tell who entered and left the zones of a tracked layer."""
        enters = turns.firing.tolist()
        dwelt = ((turns.at - turns.start) / 1000).tolist()
        facts: list[Mapping[str, Json]] = [
            _NO_FACTS if enter else {"dwell_s": round(dwell, 3)} for enter, dwell in zip(enters, dwelt, strict=True)
        ]
        kinds = [EventKind.ENTER if enter else EventKind.EXIT for enter in enters]
        groups, known = self.state.groups, self.state.about.setdefault(f"layer:{layer}", {})
        fresh = set(turns.key.tolist()) - known.keys()
        zones = {group: f"{layer}/{groups[group][0]}" for group in {key & GROUPS for key in fresh}}
        parts = {group: encoded(zone) for group, zone in zones.items()}
        for key in fresh:
            group = key & GROUPS
            known[key] = About(self._whose(key >> GROUP_BITS) + parts[group], zones[group])
        self._tell(kinds, turns, known, facts)

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

    def disabled(self, rule: Rule, item: int, slot: int) -> None:
        """Tell that a rule raised at an item and no longer judges its subject (ORDER 14)."""
        items = self.items
        stamp_ms = int(items.stamp[item])
        self._one(
            EventKind.DEAD,
            slot,
            int(items.t[item]),
            stamp_ms,
            (int(items.lon_e7[item]), int(items.lat_e7[item])),
            facts={
                "reason": f"rule {rule.id} {rule.version} raised and is disabled for this subject",
                "field": "rule",
                "bytes": "",
                "at_ms": stamp_ms,
            },
            cause=f"{rule.id}@{rule.version}",
        )

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
        for place, one in zip(at.tolist(), given, strict=True):
            facts[place] = one
        county = self._county() if len(at) else None
        if county is not None:
            for one, code in zip(given, values_of(county, turns.seen[at]), strict=True):
                one.setdefault(COUNTY, code)

    def _carried(self, compiled: CompiledRule, keys: I64, force: Force) -> list[dict[str, Json]]:
        """Return the facts of subjects whose timer acted before anything of this pass: of their last row."""
        slots, item = np.unique(keys >> GROUP_BITS, return_inverse=True)
        names = carried_names(self.state, slots, self.feed, self.world)
        facts = facts_of(compiled, names, item)
        if compiled.rule.joins:
            elements = elements_of(compiled, names, self.state, force=force)
            row = elements.rows_at(keys, item)
            found = np.flatnonzero(row >= 0)
            for n, one in zip(found.tolist(), facts_of(compiled, elements.joined, row[found]), strict=True):
                facts[n] = one
        if self.world.admin is not None:
            for one, county in zip(facts, values_of(names[COUNTY], item), strict=True):
                one.setdefault(COUNTY, county)
        return facts

    def _about(self, compiled: CompiledRule, key: int, zones: Sequence[tuple[int, str]]) -> About:
        group, subject = self.state.groups[key & GROUPS], self.state.subjects[key >> GROUP_BITS]
        parts = iter(group)
        named = tuple((name, subject if column == "subject" else next(parts)) for name, column in compiled.group)
        zone = next((f"{layer}/{group[place]}" for place, layer in zones), "")
        return About(self._whose(key >> GROUP_BITS) + encoded(zone or "|".join(group)), zone, named)

    def _whose(self, slot: int) -> bytes:
        """Return the subject as ids have it; it is scoped to its feed, so both are named."""
        return _subject_part(self.feed.id, self.state.subjects[slot])

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
        facts: Sequence[Mapping[str, Json]],
        *,
        rule: str = "",
        version: str = "",
    ) -> None:
        """Make the events of all turns, field by field: they are many."""
        slots = turns.key >> GROUP_BITS
        at = np.maximum(turns.seen, 0)
        inside = (turns.seen >= 0) & (len(self.items) > 0)
        lon, lat = self.state.arrays["lon_e7"][slots], self.state.arrays["lat_e7"][slots]
        if len(self.items):
            lon = np.where(inside, self.items.lon_e7[at], lon)
            lat = np.where(inside, self.items.lat_e7[at], lat)
        stamps = self._stamps(turns, slots)
        late_ms = np.asarray(stamps, dtype=np.int64) - self.world.slack_ms
        of = [about[key] for key in turns.key.tolist()]
        first = {kind: started_id("event", rule, kind) for kind in set(kinds)}
        times = encoded_times(turns.at.tolist())
        parts = [one.parts + time for one, time in zip(of, times, strict=True)]
        ids = ended_ids([first[kind] for kind in kinds], parts)  # ORDER 8
        self.events += map(
            Told,
            ids,
            kinds,
            repeat(self.feed.id),
            map(self.state.subjects.__getitem__, slots.tolist()),
            repeat(rule),
            repeat(version),
            [one.zone for one in of],
            [one.group for one in of],
            turns.at.tolist(),
            stamps,
            np.maximum(turns.at, late_ms).tolist(),
            *_places(lon, lat),
            repeat(self.feed.status),
            facts,
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
        known = NULL_I32 not in place
        self.events.append(
            Told(
                started_id("event", "", kind).ended(self._whose(slot) + encoded(cause, event_ms)),
                kind,
                self.feed.id,
                self.state.subjects[slot],
                "",
                "",
                "",
                (),
                event_ms,
                stamp_ms,
                max(event_ms, stamp_ms - self.world.slack_ms),
                place[0] if known else None,
                place[1] if known else None,
                self.feed.status,
                facts or {},
            )
        )


@lru_cache(maxsize=65_536)
def _subject_part(feed: str, subject: str) -> bytes:
    return encoded(f"{feed}/{subject}")


def _places(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> tuple[list[int | None], list[int | None]]:
    """Return positions as JSON has them, both None where one is unknown."""
    lon: list[int | None] = lon_e7.tolist()
    lat: list[int | None] = lat_e7.tolist()
    for row in np.flatnonzero((lon_e7 == NULL_I32) | (lat_e7 == NULL_I32)).tolist():
        lon[row] = lat[row] = None
    return lon, lat


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
        np.zeros(state.n, dtype=np.bool_),
    )
    return Names(items, feed=feed, world=world, state=state)


def _zone_places(compiled: CompiledRule) -> tuple[tuple[int, str], ...]:
    """Return which parts of a group key are zones, and of which layers; an alert is about the first."""
    layers = {f"{join.name}.key": join.layer for join in compiled.rule.joins}
    return tuple((place, layers[column]) for place, (_, column) in enumerate(keyed(compiled)) if column in layers)


def _earlier(items: Items, item: int) -> int:
    """Return the item before on the same line, -1 where it is the pass's first."""
    return item - 1 if item and items.slot[item - 1] == items.slot[item] else -1
