"""Events from what happened on the lines: who, where, when, which facts, at which desk time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ops_center.columns import NULL_I32, NULL_I64, Batch, Codes, Column
from ops_center.domain.event import Event, EventKind, event_id
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from ops_center.worker.elements import GROUP_BITS, Elements, Force, elements_of, facts_of, keyed, value_of
from ops_center.worker.items import Items, Moments
from ops_center.worker.locate import Names
from ops_center.worker.rows import Rows
from ops_center.worker.runs import Turn
from ops_center.worker.state import State
from ops_center.worker.world import World
from playbooks.program import CompiledRule

COUNTY = "admin.county"
_EMPTY = Batch({}, 0)


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

    def rule_turns(self, compiled: CompiledRule, elements: Elements, turns: list[Turn], force: Force) -> None:
        """Tell the firings and ends of a rule."""
        before = sorted({turn.key >> GROUP_BITS for turn in turns if turn.seen < 0})
        carried = _Carried(self, compiled, before, force) if before else None
        for turn in turns:
            row = elements.at(turn.key, turn.seen) if turn.seen >= 0 else -1
            if turn.seen < 0 and carried is not None:
                facts = carried.facts(turn.key)
            elif row >= 0:
                facts = self._facts(compiled, elements.joined, row, turn.seen)
            else:
                facts = self._facts(compiled, self.names, turn.seen, turn.seen)
            self._tell_rule(compiled, turn, facts, force)

    def layer_turns(self, layer: str, turns: list[Turn]) -> None:
        """Tell who entered and left the zones of a tracked layer."""
        for turn in turns:
            (zone,) = self.state.groups[turn.key & ((1 << GROUP_BITS) - 1)]
            kind = EventKind.ENTER if turn.firing else EventKind.EXIT
            facts = {} if turn.firing else {"dwell_s": round((turn.at_ms - turn.start_ms) / 1000, 3)}
            self._tell(
                kind,
                turn.key >> GROUP_BITS,
                event_ms=turn.at_ms,
                stamp_ms=int(self.items.stamp[turn.item]),
                item=turn.item,
                zone=f"{layer}/{zone}",
                facts=facts,
            )

    def jump(self, rows: Rows, row: int, lon_e7: int, lat_e7: int) -> None:
        """Tell of a fix that was refused as an impossible jump."""
        slot, event_ms, stamp_ms = int(rows.slot[row]), int(rows.event[row]), int(rows.act[row])
        self._tell(EventKind.JUMP, slot, event_ms=event_ms, stamp_ms=stamp_ms, place=(lon_e7, lat_e7))

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
        slot = int(self.items.slot[item])
        county = self.names.get(COUNTY)
        place = county.text(item) if isinstance(county, Codes) else self.state.subjects[slot]
        if place is None:
            return
        self._tell(
            EventKind.VALUE,
            slot,
            event_ms=int(self.items.t[item]),
            stamp_ms=int(self.items.stamp[item]),
            item=item,
            facts={"name": name, "key": place, "value": value},
            cause=name,
        )

    def _facts(self, compiled: CompiledRule, columns: Mapping[str, Column], row: int, item: int) -> dict[str, Json]:
        facts = facts_of(compiled, columns, row)
        county = self.names.get(COUNTY)
        if COUNTY not in facts and county is not None:
            facts[COUNTY] = value_of(county, item)
        return facts

    def _tell_rule(self, compiled: CompiledRule, turn: Turn, facts: dict[str, Json], force: Force) -> None:
        rule, slot = compiled.rule, turn.key >> GROUP_BITS
        group = self.state.groups[turn.key & ((1 << GROUP_BITS) - 1)]
        subject = self.state.subjects[slot]
        parts = iter(group)
        named = tuple((name, subject if column == "subject" else next(parts)) for name, column in compiled.group)
        kind = EventKind.FIRING if turn.firing else EventKind.RESOLVED
        if not turn.firing and turn.at_ms >= force[1]:
            kind = EventKind.WITHDRAWN
        if turn.firing and rule.absent_for_ms:
            facts["silent_s"] = round((turn.at_ms - self._heard(slot, turn)) / 1000, 3)
        self._tell(
            kind,
            slot,
            event_ms=turn.at_ms,
            stamp_ms=self._stamp(turn, slot),
            item=turn.seen,
            zone=_zone(compiled, group),
            facts=facts,
            rule=rule.id,
            version=rule.version,
            group=named,
            cause="|".join(group),
        )

    def _heard(self, slot: int, turn: Turn) -> int:
        """Return the subject's last observation before a timer."""
        source = int(self.items.source[turn.seen]) if turn.seen >= 0 else -1
        return int(self.items.rows.event[source] if source >= 0 else self.state.arrays["event"][slot])

    def _stamp(self, turn: Turn, slot: int) -> int:
        if turn.item >= 0:
            return int(self.items.stamp[turn.item])
        return self.moments.stamp(slot, turn.at_ms, turn.set_by)

    def _tell(
        self,
        kind: EventKind,
        slot: int,
        *,
        event_ms: int,
        stamp_ms: int,
        item: int = -1,
        place: tuple[int, int] | None = None,
        zone: str = "",
        facts: Mapping[str, Json] | None = None,
        rule: str = "",
        version: str = "",
        group: tuple[tuple[str, str], ...] = (),
        cause: str = "",
    ) -> None:
        subject = self.state.subjects[slot]
        if place is None:
            arrays, items = self.state.arrays, self.items
            here = (items.lon_e7[item], items.lat_e7[item]) if item >= 0 else None
            lon, lat = here if here is not None else (arrays["lon_e7"][slot], arrays["lat_e7"][slot])
            place = (int(lon), int(lat))
        known = place[0] != NULL_I32 and place[1] != NULL_I32
        self.events.append(
            Event(
                # A subject is scoped to its feed, so the id names both.
                id=event_id(
                    rule=rule, kind=kind, subject=f"{self.feed.id}/{subject}", zone=zone or cause, event_ms=event_ms
                ),
                kind=kind,
                feed=self.feed.id,
                subject=subject,
                rule=rule,
                rule_version=version,
                zone=zone,
                group=group,
                event_ms=event_ms,
                stamp_ms=stamp_ms,
                desk_ms=max(event_ms, stamp_ms - self.world.slack_ms),
                lon_e7=place[0] if known else None,
                lat_e7=place[1] if known else None,
                status=self.feed.status,
                facts=facts or {},
            )
        )


class _Carried:
    """Facts of subjects whose timer acted before anything of this pass: their last row."""

    def __init__(self, teller: Teller, compiled: CompiledRule, slots: list[int], force: Force) -> None:
        self._names = carried_names(teller.state, np.asarray(slots, dtype=np.int64), teller.feed, teller.world)
        self._elements = elements_of(compiled, self._names, teller.state, force=force)
        self._compiled, self._item_of = compiled, {slot: item for item, slot in enumerate(slots)}

    def facts(self, key: int) -> dict[str, Json]:
        """Return the values of the last row for a key."""
        item = self._item_of[key >> GROUP_BITS]
        row = self._elements.at(key, item)
        columns: Mapping[str, Column] = self._elements.joined if row >= 0 else self._names
        facts = facts_of(self._compiled, columns, row if row >= 0 else item)
        county = self._names.get(COUNTY)
        if COUNTY not in facts and county is not None:
            facts[COUNTY] = value_of(county, item)
        return facts


def carried_names(state: State, slots: np.ndarray[tuple[int], np.dtype[np.int64]], feed: Feed, world: World) -> Names:
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
