"""Positions as journal records: a partition's whole set now and then, between them what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ops_center.columns import Codes, Positions
from ops_center.domain.errors import JournalError

MARK = b"P"
# On the wire 1e-7 degrees, tenths of km/h and whole degrees do: the map draws no finer.
_COLUMNS = {"lon": "<i4", "lat": "<i4", "heading_deg": "<f4", "speed_kph": "<f4", "event_ms": "<i8", "style": "u1"}
_PER_DEGREE = 1e7


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Positions written by a worker at a journal time; `key` is the offset of the whole set they belong to."""

    at_ms: int
    key: int | None  # None: these are the whole set
    positions: Positions
    labelled: bool = True  # False: the labels are those told before


def encode_sighting(sighting: Sighting) -> bytes:
    """Return the record of a sighting."""
    positions = sighting.positions
    columns = {name: _packed(name, getattr(positions, name)) for name in _COLUMNS}
    labels = {name: [codes.codes.tobytes(), list(codes.values)] for name, codes in positions.labels.items()}
    body = [sighting.at_ms, sighting.key, list(positions.subjects), columns, labels if sighting.labelled else None]
    return MARK + msgspec.msgpack.encode(body)


def decode_sighting(value: bytes) -> Sighting:
    """Return the sighting of a record; JournalError where it is none."""
    if value[:1] != MARK:
        raise JournalError(f"no positions: {value[:16]!r}")
    try:
        at_ms, key, subjects, columns, labels = msgspec.msgpack.decode(value[1:])
        positions = Positions(
            subjects=tuple(subjects),
            labels={
                name: Codes(np.frombuffer(codes, np.int32).copy(), tuple(values))
                for name, (codes, values) in (labels or {}).items()
            },
            **{name: _unpacked(name, columns[name]) for name in _COLUMNS},
        )
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        raise JournalError(f"broken positions: {error}") from error
    return Sighting(at_ms=at_ms, key=key, positions=positions, labelled=labels is not None)


def changed(before: Positions, after: Positions) -> tuple[NDArray[np.int64], bool]:
    """Return the rows of `after` that differ from `before`, and whether labels do."""
    if before.subjects is after.subjects or before.subjects == after.subjects:
        rows, same = np.arange(len(after.subjects)), np.arange(len(after.subjects))
    else:
        place = {subject: row for row, subject in enumerate(before.subjects)}
        same = np.asarray([place.get(subject, -1) for subject in after.subjects], dtype=np.int64)
        rows = np.arange(len(after.subjects))
    old = np.maximum(same, 0)
    differs = same < 0
    if len(before.subjects):
        for name in _COLUMNS:
            was, now = getattr(before, name)[old], getattr(after, name)
            differs |= (was != now) & ~((was != was) & (now != now))
    relabelled = bool((same < 0).any()) or any(
        not _alike(codes, before.labels.get(name)) for name, codes in after.labels.items()
    )
    return rows[differs], relabelled


def taken(positions: Positions, rows: NDArray[np.int64]) -> Positions:
    """Return the positions of some rows."""
    return Positions(
        subjects=tuple(positions.subjects[row] for row in rows.tolist()),
        labels={name: Codes.of([c.text(row) for row in rows.tolist()]) for name, c in positions.labels.items()},
        **{name: getattr(positions, name)[rows] for name in _COLUMNS},
    )


def merged(before: Positions, seen: Sighting) -> Positions:
    """Return a partition's positions after a sighting."""
    later = seen.positions
    if seen.key is None or not before.subjects:
        return later
    place = {subject: row for row, subject in enumerate(before.subjects)}
    subjects = list(before.subjects)
    for subject in later.subjects:
        if place.setdefault(subject, len(subjects)) == len(subjects):
            subjects.append(subject)
    at = np.asarray([place[subject] for subject in later.subjects], dtype=np.int64)
    more = len(subjects) - len(before.subjects)
    columns: dict[str, Any] = {}
    for name in _COLUMNS:
        column = np.concatenate((getattr(before, name), np.zeros(more, getattr(before, name).dtype)))
        column[at] = getattr(later, name)
        columns[name] = column
    return Positions(subjects=tuple(subjects), labels=_labels(before, later, at, more, seen.labelled), **columns)


def _labels(
    before: Positions, later: Positions, at: NDArray[np.int64], more: int, labelled: bool
) -> Mapping[str, Codes]:
    found: dict[str, Codes] = {}
    for name in sorted({*before.labels, *later.labels}):
        old = before.labels.get(name)
        if not labelled and not more and old is not None:
            found[name] = old
            continue
        texts = [old.text(row) if old else None for row in range(len(before.subjects))] + [None] * more
        if labelled and name in later.labels:
            for row, place in enumerate(at.tolist()):
                texts[place] = later.labels[name].text(row)
        found[name] = Codes.of(texts)
    return found


def _alike(one: Codes, other: Codes | None) -> bool:
    return other is not None and one.values == other.values and np.array_equal(one.codes, other.codes)


def _packed(name: str, column: NDArray[Any]) -> bytes:
    if name in ("lon", "lat"):
        column = np.rint(column * _PER_DEGREE)
    return column.astype(_COLUMNS[name]).tobytes()


def _unpacked(name: str, packed: bytes) -> NDArray[Any]:
    column = np.frombuffer(packed, _COLUMNS[name])
    if name in ("lon", "lat"):
        return column / _PER_DEGREE
    return column.astype(np.float64) if _COLUMNS[name] == "<f4" else column.copy()
