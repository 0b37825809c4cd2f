"""What the states show: last positions for the map, and why a rule says what it says of a subject."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Codes, Positions
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from ops_center.worker.elements import GROUP_BITS, elements_of, value_of
from ops_center.worker.happenings import carried_names
from ops_center.worker.locate import Joined, Names
from ops_center.worker.state import State
from ops_center.worker.world import Force, World
from playbooks.program import CompiledRule

# The county decides who may see a vehicle at all (api.scope); the rest is what the map tells of it.
LABELS = ("vehicle.plate", "cargo.un_number", "cargo.hazard_class", "carrier.name", "admin.county")
SILENT = 1  # style of a subject not heard for the feed's `silent_after`


def positions_of(states: Mapping[str, State], world: World, now_ms: int | None) -> Positions:
    """Return the last known position of every vehicle, in order of feed and subject."""
    kept = [state for _, state in sorted(states.items()) if state.n]
    moving = [state for state in kept if world.feeds[state.feed].subject_kind == "vehicle"]
    parts = [_of_feed(state, world, now_ms) for state in moving]
    subjects = tuple(subject for part in parts for subject in part.subjects)

    def column(name: str) -> NDArray[np.float64]:
        return np.concatenate([getattr(part, name) for part in parts]) if parts else np.empty(0)

    labels = {
        name: Codes.of([part.labels[name].text(row) for part in parts for row in range(len(part.subjects))])
        for name in LABELS
    }
    return Positions(
        subjects=subjects,
        lon=column("lon"),
        lat=column("lat"),
        heading_deg=column("heading_deg"),
        speed_kph=column("speed_kph"),
        event_ms=column("event_ms").astype(np.int64),
        style=column("style").astype(np.uint8),
        labels=labels,
    )


def _of_feed(state: State, world: World, now_ms: int | None) -> Positions:
    feed = world.feeds[state.feed]
    arrays = state.arrays
    placed = arrays["lon_e7"] != NULL_I32 if state.n else np.empty(0, np.bool_)
    slots = np.flatnonzero(placed)
    slots = slots[np.argsort(np.asarray([state.subjects[slot] for slot in slots.tolist()], dtype=object))]
    names = carried_names(state, slots, feed, world)
    event_ms = arrays["event"][slots] if state.n else np.empty(0, np.int64)
    silent = np.zeros(len(slots), dtype=np.bool_)
    if feed.silent_after_ms and now_ms is not None:
        silent = event_ms + feed.silent_after_ms < now_ms
    return Positions(
        subjects=tuple(state.subjects[slot] for slot in slots.tolist()),
        lon=arrays["lon_e7"][slots] / 1e7 if state.n else np.empty(0),
        lat=arrays["lat_e7"][slots] / 1e7 if state.n else np.empty(0),
        heading_deg=_numbers(names, "heading_deg", len(slots)),
        speed_kph=_numbers(names, "speed_kph", len(slots)),
        event_ms=event_ms,
        style=np.where(silent, SILENT, 0).astype(np.uint8),
        labels={name: _texts(names, name, len(slots)) for name in LABELS},
    )


def why_not(states: Mapping[str, State], world: World, rule: str, subject: str) -> Mapping[str, Json] | None:
    """Return what a rule's condition says of a subject's last row, part by part, and what else it needs."""
    for _, state in sorted(states.items()):
        slot = state.slots.get(subject)
        if slot is None or int(state.arrays["event"][slot]) == NULL_I64:
            continue
        feed = world.feeds[state.feed]
        for compiled, force in reversed(world.rules_for(feed)):
            if compiled.rule.id == rule:
                return _explained(compiled, force, state, slot, feed, world)
        return {"rule": rule, "subject": subject, "result": "unknown", "reason": "the rule does not judge this feed"}
    return None


def _explained(
    compiled: CompiledRule, force: Force, state: State, slot: int, feed: Feed, world: World
) -> Mapping[str, Json]:
    rule = compiled.rule
    names = carried_names(state, np.asarray([slot], dtype=np.int64), feed, world)
    elements = elements_of(compiled, names, state.fork(), force=force)
    joined = elements.joined
    t = int(state.arrays["item"][slot])
    needs: dict[str, Json] = {
        "joins": {name: bool(len(joined.item)) for name in sorted(joined.joins)},
        "calendar": compiled.calendar is None or bool(compiled.calendar.holds(np.asarray([t]))[0]),
        "valid": force[0] <= t < force[1] and _valid(compiled, t),
        "for_ms": rule.for_ms,
        "absent_for_ms": rule.absent_for_ms,
    }
    row = int(elements.row[0]) if len(elements) else -1
    columns: Joined | Names = joined if row >= 0 else names
    values = {
        name: value_of(columns[name], max(row, 0))
        for name in sorted({*compiled.names, *compiled.when.names})
        if name in columns
    }
    return {
        "rule": rule.id,
        "version": rule.version,
        "subject": state.subjects[slot],
        "row_ms": t,
        **compiled.when.explain(values),
        "values": values,
        "needs": needs,
        "runs": _runs(state, compiled, slot),
    }


def _valid(compiled: CompiledRule, t: int) -> bool:
    valid = compiled.rule.valid
    return (valid.from_ms is None or t >= valid.from_ms) and (valid.to_ms is None or t < valid.to_ms)


def _runs(state: State, compiled: CompiledRule, slot: int) -> list[Json]:
    """Return what the rule has under way for a subject: since when, and whether it fires."""
    table = state.tables.get(f"{compiled.rule.id}@{compiled.rule.version}")
    if table is None:
        return []
    rows = np.flatnonzero((table.key >> GROUP_BITS == slot) & (table.start != NULL_I64))
    return [
        {
            "group": list(state.groups[int(table.key[row]) & ((1 << GROUP_BITS) - 1)]),
            "since_ms": int(table.start[row]),
            "firing": bool(table.fired[row] == 1),
        }
        for row in rows.tolist()
    ]


def _numbers(names: Names, name: str, n: int) -> NDArray[np.float64]:
    column = names.get(name)
    return np.full(n, np.nan) if column is None or isinstance(column, Codes) else column.astype(np.float64)


def _texts(names: Names, name: str, n: int) -> Codes:
    column = names.get(name)
    return column if isinstance(column, Codes) else Codes(np.full(n, -1, np.int32), ())
