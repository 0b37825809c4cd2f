"""What screens ask of a worker's state: last positions, and why a rule does not fire for a subject."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, Codes, Positions, joined, known
from ops_center.domain.text import Json
from ops_center.worker.happenings import carried_names
from ops_center.worker.state import State
from ops_center.worker.world import World
from playbooks.explain import explain_row

LABELS = ("vehicle.plate", "cargo.un_number", "cargo.hazard_class", "cargo.name", "carrier.name")
SILENT_MS = 600_000
NORMAL, SILENT = 0, 1


def positions_of(states: Mapping[str, State], world: World) -> Positions:
    """Return the last fix of every vehicle, over all feeds."""
    parts = [
        _positions(state, world)
        for name, state in sorted(states.items())
        if world.feeds[name].subject_kind == "vehicle" and state.n
    ]
    return joined(parts)


def why_not(states: Mapping[str, State], world: World, rule: str, subject: str) -> Mapping[str, Json] | None:
    """Return the rule's explanation over the subject's last row, None where nobody here knows the subject."""
    compiled = next((one for one in world.program.rules if one.rule.id == rule), None)
    if compiled is None:
        return None
    for name, state in sorted(states.items()):
        if subject in state.slots:
            slots = np.asarray([state.slots[subject]], dtype=np.int64)
            names = carried_names(state, slots, world.feeds[name], world)
            values = {wanted: _value(names.get(wanted)) for wanted in compiled.names}
            given = {wanted: value for wanted, value in values.items() if value is not None}
            return explain_row(compiled, given, int(state.arrays["item"][slots[0]]))
    return None


def _positions(state: State, world: World) -> Positions:
    arrays = state.arrays
    slots = np.flatnonzero(arrays["lon_e7"] != NULL_I32)
    subjects = tuple(state.subjects[slot] for slot in slots.tolist())
    registry = world.registry.get(world.feeds[state.feed].registry)
    labels: dict[str, Codes] = {}
    if registry is not None and len(slots):
        rows = registry.rows(Codes.of(subjects), arrays["event"][slots])
        for name in LABELS:
            column = registry.column(name, rows) if name in registry.columns else None
            if isinstance(column, Codes):
                labels[name] = column
    quiet = state.until_ms - arrays["fix"][slots] > SILENT_MS
    return Positions(
        subjects=subjects,
        lon=arrays["lon_e7"][slots] / 1e7,
        lat=arrays["lat_e7"][slots] / 1e7,
        heading_deg=_row(state, "heading_deg", slots),
        speed_kph=_row(state, "speed_kph", slots),
        event_ms=arrays["fix"][slots],
        style=np.where(quiet, SILENT, NORMAL).astype(np.uint8),
        labels=labels,
    )


def _row(state: State, name: str, slots: NDArray[np.int64]) -> NDArray[np.float64]:
    return state.row[name][slots] if name in state.row else np.full(len(slots), np.nan)


def _value(column: object) -> Json:
    if isinstance(column, Codes):
        return column.text(0)
    if not isinstance(column, np.ndarray) or not known(column)[0]:
        return None
    return bool(column[0]) if column.dtype == np.int8 else column[0].item()
