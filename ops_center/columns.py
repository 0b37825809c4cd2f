"""The batch of the fast plane: its core fields with dtype, unit and null, declared once.

A column is a numpy array of one value a row, or `Codes` for text. Null is NaN in floats,
`NULL_I32`/`NULL_I64` in integers, -1 in codes and in booleans (int8). Positions are EPSG:4326
in 1e-7 degrees; times are UTC milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

NULL_I32 = np.iinfo(np.int32).min
NULL_I64 = np.iinfo(np.int64).min

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One declared column."""

    name: str
    dtype: str  # numpy dtype name, or "codes"
    unit: str
    doc: str


CORE: tuple[Field, ...] = (
    Field("subject", "codes", "", "key of what reports, as the feed's manifest names it"),
    Field("event_time", "int64", "ms UTC", "when it happened"),
    Field("stamp", "int64", "ms UTC", "when the gateway received it"),
    Field("message", "int32", "", "row of the message in its block"),
    Field("lon_e7", "int32", "1e-7 deg", "longitude, WGS-84"),
    Field("lat_e7", "int32", "1e-7 deg", "latitude, WGS-84"),
    Field("altitude_m", "float64", "m", "above sea level"),
    Field("speed_kph", "float64", "km/h", "over ground"),
    Field("heading_deg", "float64", "deg", "clockwise from north"),
    Field("alarm_bits", "int64", "", "JT/T 808 0x0200 alarm word"),
    Field("status_bits", "int64", "", "JT/T 808 0x0200 status word"),
)
CORE_BY_NAME: Mapping[str, Field] = {f.name: f for f in CORE}


@dataclass(frozen=True, slots=True)
class Codes:
    """A text column: `values[codes[i]]` is the text of row i, -1 is null."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Array) -> Codes:
        """Return the column of these rows (indices or mask)."""
        return Codes(self.codes[rows], self.values)

    def text(self, row: int) -> str | None:
        """Return the text of one row, None where null."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]

    @staticmethod
    def of(texts: Sequence[str | None]) -> Codes:
        """Encode texts in order of first appearance."""
        seen: dict[str, int] = {}
        codes = [-1 if text is None else seen.setdefault(text, len(seen)) for text in texts]
        return Codes(np.asarray(codes, dtype=np.int32), tuple(seen))


Column = Array | Codes


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one feed as named columns of one length; never changed in place."""

    columns: Mapping[str, Column]
    n: int

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def array(self, name: str) -> Array:
        """Return a numeric column; TypeError for a text column."""
        column = self.columns[name]
        if isinstance(column, Codes):
            raise TypeError(f"{name} is text")
        return column

    def codes(self, name: str) -> Codes:
        """Return a text column; TypeError for a numeric one."""
        column = self.columns[name]
        if not isinstance(column, Codes):
            raise TypeError(f"{name} is not text")
        return column

    def take(self, rows: Array) -> Batch:
        """Return the batch of these rows (indices or mask)."""
        picked: dict[str, Column] = {
            name: column.take(rows) if isinstance(column, Codes) else column[rows]
            for name, column in self.columns.items()
        }
        n = int(np.count_nonzero(rows)) if rows.dtype == np.bool_ else len(rows)
        return Batch(picked, n)

    def with_columns(self, more: Mapping[str, Column]) -> Batch:
        """Return the batch with columns added or replaced."""
        return replace(self, columns={**self.columns, **more})


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages of one block as received: message i is ``data[offsets[i]:offsets[i+1]]``."""

    data: bytes
    offsets: NDArray[np.int64]
    stamps: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.stamps)

    def __getitem__(self, row: int) -> bytes:
        return self.data[int(self.offsets[row]) : int(self.offsets[row + 1])]

    @staticmethod
    def of(messages: Sequence[bytes], stamps: Sequence[int]) -> Messages:
        """Pack messages with their stamps (ms)."""
        offsets = np.zeros(len(messages) + 1, dtype=np.int64)
        np.cumsum([len(m) for m in messages], out=offsets[1:])
        return Messages(b"".join(messages), offsets, np.asarray(stamps, dtype=np.int64))

    @staticmethod
    def joined(parts: Sequence[Messages]) -> Messages:
        """Return the messages of several blocks, one after another."""
        if len(parts) == 1:
            return parts[0]
        lengths = np.concatenate([np.diff(part.offsets) for part in parts])
        offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return Messages(b"".join(part.data for part in parts), offsets, np.concatenate([p.stamps for p in parts]))


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a message (dead letter) or one observation in it was refused."""

    message: int  # row in the block
    reason: str
    field: str = ""
    whole: bool = True  # False: the message was read, this observation of it was not accepted


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a decoder made of a block: rows, slow-plane records, refusals. Nothing is lost."""

    batch: Batch
    refused: tuple[Refused, ...] = ()
    records: tuple[tuple[int, Any], ...] = ()  # (message row, HazardRevision | RegistryVersion)


def empty_batch(extra: Mapping[str, str] | None = None) -> Batch:
    """Return a batch of no rows with the core columns and `extra` ones (name -> dtype)."""
    columns: dict[str, Column] = {}
    for name, dtype in {**{f.name: f.dtype for f in CORE}, **(extra or {})}.items():
        columns[name] = Codes(np.empty(0, np.int32), ()) if dtype == "codes" else np.empty(0, dtype)
    return Batch(columns, 0)


def core_batch(n: int, given: Mapping[str, Column]) -> Batch:
    """Return a batch of `n` rows: `given` columns, every other core column null."""
    columns: dict[str, Column] = {}
    for f in CORE:
        if f.name in given:
            continue
        if f.dtype == "codes":
            columns[f.name] = Codes(np.full(n, -1, np.int32), ())
        elif f.dtype == "float64":
            columns[f.name] = np.full(n, np.nan)
        else:
            columns[f.name] = np.full(n, np.iinfo(f.dtype).min, dtype=f.dtype)
    return Batch({**columns, **given}, n)


def known(column: Column) -> NDArray[np.bool_]:
    """Return where a column is not null."""
    if isinstance(column, Codes):
        return np.asarray(column.codes >= 0)
    if column.dtype.kind == "f":
        return np.asarray(~np.isnan(column))
    if column.dtype == np.int8:
        return column >= 0
    if column.dtype in (np.int32, np.int64):
        return np.asarray(column != np.iinfo(column.dtype).min)
    return np.ones(len(column), dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Last known positions for the map, one row a subject; EPSG:4326 degrees."""

    subjects: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    heading_deg: NDArray[np.float64]
    speed_kph: NDArray[np.float64]
    event_ms: NDArray[np.int64]
    style: NDArray[np.uint8]  # 0 normal, 1 silent, 2 notice, 3.. severity + 3
    labels: Mapping[str, Codes] = field(default_factory=dict)  # vehicle.plate, cargo.un_number, ...


def joined(parts: Sequence[Positions]) -> Positions:
    """Return positions of several partitions as one, in order of subject."""
    subjects = tuple(subject for part in parts for subject in part.subjects)
    order = np.asarray(sorted(range(len(subjects)), key=subjects.__getitem__), dtype=np.int64)
    names = sorted({name for part in parts for name in part.labels})
    labels = {
        name: Codes.of(
            [
                part.labels[name].text(row) if name in part.labels else None
                for part in parts
                for row in range(len(part.subjects))
            ]
        ).take(order)
        for name in names
    }

    def column(of: str) -> Array:
        return np.concatenate([getattr(part, of) for part in parts])[order] if parts else np.empty(0)

    return Positions(
        subjects=tuple(subjects[row] for row in order.tolist()),
        lon=column("lon"),
        lat=column("lat"),
        heading_deg=column("heading_deg"),
        speed_kph=column("speed_kph"),
        event_ms=column("event_ms"),
        style=column("style"),
        labels=labels,
    )
