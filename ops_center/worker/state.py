"""State of one feed in one partition: dense arrays by slot, and what rules and zones keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Array, Batch, Codes, Column

I64 = NDArray[np.int64]

# Per slot: name -> (dtype, null). Times are event times unless said; all integers (ORDER 14).
SLOTS: Mapping[str, tuple[str, int]] = {
    "event": ("int64", NULL_I64),  # last accepted observation
    "decided": ("int64", NULL_I64),  # last thing decided on the line (ORDER 10)
    "act": ("int64", NULL_I64),  # stamp at which the last message acted
    "behind": ("int64", NULL_I64),  # stamp of the last message more than delay late (ORDER 12)
    "item": ("int64", NULL_I64),  # time of the last item on the line
    "hash": ("int64", 0),  # content of the last observation
    "lon_e7": ("int32", NULL_I32),  # last known position
    "lat_e7": ("int32", NULL_I32),
    "fix": ("int64", NULL_I64),  # event time of that position
    "moving": ("int8", -1),  # 1, 0, -1 unknown
    "stop": ("int64", NULL_I64),  # since when it stands
    "drive": ("int64", 0),  # driven since the last rest, ms
    "gap": ("int64", NULL_I64),  # between the last two observations, ms
}
COUNTS = ("messages", "rows", "late", "refused", "repeated", "jumps", "dead")


@dataclass(frozen=True, slots=True)
class Table:
    """What a rule or tracked layer keeps per key: parallel arrays, sorted by (slot, group)."""

    key: I64  # slot << 32 | group
    start: I64  # since when its condition holds, NULL_I64 where it does not
    fired: NDArray[np.int8]  # 1 while firing
    last: I64  # when it last fired
    ended: I64  # when its last run ended
    armed: I64  # when the first of two conditions was last met (`then`)
    recent: tuple[tuple[int, ...], ...] = ()  # latest firings, where they are counted

    def __len__(self) -> int:
        return len(self.key)

    @staticmethod
    def empty() -> Table:
        """Return a table without keys."""
        none = np.empty(0, np.int64)
        return Table(none, none, np.empty(0, np.int8), none, none, none)


@dataclass(frozen=True, slots=True)
class About:
    """What a key's events say beside their time and facts."""

    parts: bytes  # of the id: subject, and zone or what else tells events of one kind and time apart
    zone: str = ""
    group: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class State:
    """All that one feed's subjects of one partition carry from batch to batch."""

    feed: str
    subjects: tuple[str, ...] = ()
    slots: dict[str, int] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    row: dict[str, Array] = field(default_factory=dict)  # the last observation's columns; text as ids
    row_text: frozenset[str] = frozenset()  # those of `row` that hold text
    texts: tuple[str, ...] = ()
    text_ids: dict[str, int] = field(default_factory=dict)
    groups: list[tuple[str, ...]] = field(default_factory=lambda: [()])
    group_ids: dict[tuple[str, ...], int] = field(default_factory=lambda: {(): 0})
    tables: dict[str, Table] = field(default_factory=dict)  # "rule@version" or "layer:name"
    same: dict[int, tuple[int, ...]] = field(default_factory=dict)  # slot -> contents seen at its last instant
    broken: frozenset[tuple[str, int]] = frozenset()  # (rule, slot) whose condition raised
    waiting: Batch | None = None  # rows that wait for earlier ones
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    until_ms: int = NULL_I64
    # What events say of a key, by table and key: follows from the rest, so forks share it, snapshots leave it out.
    about: dict[str, dict[int, About]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of slots."""
        return len(self.subjects)

    def fork(self) -> State:
        """Return a copy that may be changed without changing this one."""
        return State(
            feed=self.feed,
            subjects=self.subjects,
            slots=dict(self.slots),
            arrays={name: array.copy() for name, array in self.arrays.items()},
            row={name: array.copy() for name, array in self.row.items()},
            row_text=self.row_text,
            texts=self.texts,
            text_ids=dict(self.text_ids),
            groups=list(self.groups),
            group_ids=dict(self.group_ids),
            tables=dict(self.tables),
            same=dict(self.same),
            broken=self.broken,
            waiting=self.waiting,
            counts=dict(self.counts),
            until_ms=self.until_ms,
            about=self.about,
        )

    def slots_of(self, subjects: Codes) -> I64:
        """Return the slot of each row's subject, giving new ones a slot in order of appearance."""
        used = np.unique(subjects.codes)
        table = np.full(len(subjects.values) + 1, -1, dtype=np.int64)
        fresh: list[tuple[int, str]] = []
        for code in used.tolist():
            text = subjects.values[code] if code >= 0 else ""
            slot = self.slots.get(text)
            if slot is None:
                fresh.append((code, text))
            else:
                table[code] = slot
        if fresh:
            for code, text in fresh:
                table[code] = self.slots.setdefault(text, len(self.slots))
            self._grow()
        return table[subjects.codes]

    def _grow(self) -> None:
        n = len(self.slots)
        self.subjects = (*self.subjects, *list(self.slots)[len(self.subjects) :])
        for name, (dtype, null) in SLOTS.items():
            self.arrays[name] = _longer(self.arrays.get(name), n, np.dtype(dtype), null)
        for name, old in self.row.items():
            self.row[name] = _longer(old, n, old.dtype, null_of(old.dtype))

    def group_id(self, group: tuple[str, ...]) -> int:
        """Return the number of a group key, new ones in order of appearance."""
        found = self.group_ids.get(group)
        if found is None:
            found = self.group_ids[group] = len(self.groups)
            self.groups.append(group)
        return found

    def text_codes(self, column: Codes) -> NDArray[np.int32]:
        """Return a text column as numbers of this state's own texts."""
        table = np.full(len(column.values) + 1, -1, dtype=np.int32)
        fresh: list[str] = []
        for code in np.unique(column.codes).tolist():
            if code < 0:
                continue
            text = column.values[code]
            if text not in self.text_ids:
                self.text_ids[text] = len(self.text_ids)
                fresh.append(text)
            table[code] = self.text_ids[text]
        if fresh:
            self.texts = (*self.texts, *fresh)
        return table[column.codes]

    def keep_row(self, name: str, slots: I64, column: Column) -> None:
        """Keep a column's values as the last ones of these slots."""
        values = self.text_codes(column) if isinstance(column, Codes) else column
        if isinstance(column, Codes):
            self.row_text = self.row_text | {name}
        old = self.row.get(name)
        if old is None:
            old = np.full(self.n, null_of(values.dtype), dtype=values.dtype)
        elif old.dtype != values.dtype:
            old = old.astype(np.result_type(old.dtype, values.dtype))
        old[slots] = values
        self.row[name] = old

    def row_column(self, name: str, slots: I64) -> Column:
        """Return the last values of these slots."""
        values = self.row[name][slots]
        return Codes(values, self.texts) if name in self.row_text else values


def null_of(dtype: np.dtype[Any]) -> Any:
    """Return the null of a column's dtype (ops_center/columns.py)."""
    if dtype.kind == "f":
        return np.nan
    if dtype == np.int8:
        return -1
    return np.iinfo(dtype).min if dtype.kind == "i" and dtype.itemsize == 8 else -1


def dump(states: Iterable[State]) -> bytes:
    """Return states as bytes: MessagePack of plain values and raw arrays, no pickle."""
    return msgspec.msgpack.encode([_plain(state) for state in states])


def load(value: bytes) -> list[State]:
    """Return the states that `dump` wrote."""
    return [_state(plain) for plain in msgspec.msgpack.decode(value)]


def _longer(old: Array | None, n: int, dtype: np.dtype[Any], null: Any) -> Array:
    new = np.full(n, null, dtype=dtype)
    if old is not None:
        new[: len(old)] = old
    return new


def _pack(array: Array) -> list[Any]:
    return [array.dtype.str, array.tobytes()]


def _unpack(plain: list[Any]) -> Array:
    return np.frombuffer(plain[1], dtype=plain[0]).copy()


def pack_batch(batch: Batch | None) -> Any:
    """Return a batch as plain values for a snapshot."""
    if batch is None:
        return None
    columns = {}
    for name, column in batch.columns.items():
        if isinstance(column, Codes):
            columns[name] = ["codes", column.codes.tobytes(), list(column.values)]
        else:
            columns[name] = _pack(column)
    return [batch.n, columns]


def unpack_batch(plain: Any) -> Batch | None:
    """Return the batch of a snapshot."""
    if plain is None:
        return None
    columns: dict[str, Column] = {}
    for name, packed in plain[1].items():
        if packed[0] == "codes":
            columns[name] = Codes(np.frombuffer(packed[1], np.int32).copy(), tuple(packed[2]))
        else:
            columns[name] = _unpack(packed)
    return Batch(columns, plain[0])


def _plain(state: State) -> dict[str, Any]:
    return {
        "feed": state.feed,
        "subjects": list(state.subjects),
        "arrays": {name: _pack(array) for name, array in state.arrays.items()},
        "row": {name: _pack(array) for name, array in state.row.items()},
        "row_text": sorted(state.row_text),
        "texts": list(state.texts),
        "groups": [list(group) for group in state.groups],
        "tables": {name: _plain_table(table) for name, table in state.tables.items()},
        "same": [[slot, list(seen)] for slot, seen in state.same.items()],
        "broken": [list(pair) for pair in sorted(state.broken)],
        "waiting": pack_batch(state.waiting),
        "counts": state.counts,
        "until_ms": state.until_ms,
    }


def _plain_table(table: Table) -> list[Any]:
    arrays = (table.key, table.start, table.fired, table.last, table.ended, table.armed)
    return [*(_pack(array) for array in arrays), [list(times) for times in table.recent]]


def _table(parts: list[Any]) -> Table:
    key, start, fired, last, ended, armed = (_unpack(part) for part in parts[:6])
    return Table(key, start, fired, last, ended, armed, tuple(tuple(times) for times in parts[6]))


def _state(plain: Mapping[str, Any]) -> State:
    groups = [tuple(group) for group in plain["groups"]]
    return State(
        feed=plain["feed"],
        subjects=tuple(plain["subjects"]),
        slots={subject: slot for slot, subject in enumerate(plain["subjects"])},
        arrays={name: _unpack(array) for name, array in plain["arrays"].items()},
        row={name: _unpack(array) for name, array in plain["row"].items()},
        row_text=frozenset(plain["row_text"]),
        texts=tuple(plain["texts"]),
        text_ids={text: number for number, text in enumerate(plain["texts"])},
        groups=groups,
        group_ids={group: number for number, group in enumerate(groups)},
        tables={name: _table(parts) for name, parts in plain["tables"].items()},
        same={slot: tuple(seen) for slot, seen in plain["same"]},
        broken=frozenset((rule, slot) for rule, slot in plain["broken"]),
        waiting=unpack_batch(plain["waiting"]),
        counts=dict(plain["counts"]),
        until_ms=plain["until_ms"],
    )
