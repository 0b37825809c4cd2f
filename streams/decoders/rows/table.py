"""Hold decoded rows as Arrow columns found by the name or path that the manifest uses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ops_center.domain.text import Json

STAMP = "__stamp"  # per-row stamp (int64 ms) in a bulk message


class Table(Protocol):
    """Rows in order; `message[i]` is the message of the block that row i came in."""

    @property
    def message(self) -> NDArray[np.int32]:
        """Row of the message of each table row."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Columns it has, as far as they are known before asking."""
        ...

    def column(self, path: str) -> pa.Array | None:
        """Return a column of all rows; None where no row has it."""
        ...


@dataclass(frozen=True, slots=True)
class ArrowTable:
    """Rows that came as columns: CSV, Parquet, Arrow."""

    table: pa.Table
    message: NDArray[np.int32]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names."""
        return tuple(self.table.column_names)

    def column(self, path: str) -> pa.Array | None:
        """Return the column of that name, chunks combined; None where absent."""
        at = self.table.schema.get_field_index(path)
        if at < 0:
            return None
        column = self.table.column(at)
        whole = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        return whole if _simple(whole.type) else _written_out(whole)


def _simple(kind: pa.DataType) -> bool:
    """Return True for the types that the conversions know."""
    if pa.types.is_dictionary(kind):
        return bool(pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    known = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_timestamp,
        pa.types.is_decimal,
        pa.types.is_null,
    )
    return any(is_known(kind) for is_known in known)


def _written_out(column: pa.Array) -> pa.Array:
    """Return a column of another type (list, binary, date, …) as text."""
    try:
        values = column.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):  # a date that Python has no name for
        values = [None] * len(column)
    return pa.array([None if value is None else str(value) for value in values], pa.string())


@dataclass(frozen=True, slots=True)
class JsonTable:
    """Rows that came as JSON objects, each with the document it stood in.

    A path is dotted; ``$.`` in front starts at the document: ``$.header.ts``.
    """

    rows: Sequence[Json]
    roots: Sequence[Json]
    message: NDArray[np.int32]

    @property
    def names(self) -> tuple[str, ...]:
        """Keys of the rows that are objects, in order of first appearance."""
        return tuple(dict.fromkeys(str(key) for row in self.rows if isinstance(row, Mapping) for key in row))

    def column(self, path: str) -> pa.Array | None:
        """Return the values at a path; None where no row has one."""
        source, inner = (self.roots, path[2:]) if path.startswith("$.") else (self.rows, path)
        values = [at_path(row, inner) for row in source]
        return None if all(value is None for value in values) else arrow_of(values)


def at_path(value: Json, path: str) -> Json:
    """Return the value at a dotted path, list positions as numbers; None where there is none."""
    if isinstance(value, dict) and path in value:  # JSON objects are dicts; asking for Mapping costs ten times that
        return value[path]
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def arrow_of(values: Sequence[Json]) -> pa.Array:
    """Return JSON values as one Arrow array; a column of mixed kinds becomes text."""
    kinds = {type(value) for value in values if value is not None}
    plain: Sequence[Any] = values
    if not (kinds <= {int, float} or kinds in ({str}, {bool})):
        plain = [_text(value) for value in values]
    try:
        return pa.array(plain)
    except (pa.ArrowInvalid, OverflowError, UnicodeEncodeError):
        return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Json) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A lone surrogate is legal in a JSON escape and no character.
    return text.encode("utf-8", "replace").decode("utf-8")
