"""Values of a batch while a condition is evaluated: data with a mask of what is known.

Numbers follow IEEE 754 doubles and 64-bit integers as CEL does: integer overflow and division by
zero are errors, and an error is *unknown*, exactly like a missing input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import Codes, Column
from ops_center.columns import known as known_of

Mask = NDArray[np.bool_]

NUMBER, INTEGER, TEXT, BOOLEAN = "number", "integer", "text", "boolean"
KINDS = (NUMBER, INTEGER, TEXT, BOOLEAN)
_EXACT = 2**53  # every integer up to here is a double


@dataclass(frozen=True, slots=True)
class Value:
    """One value a row, or one for all rows (a 0-d array); `known` None means known in every row.

    Data of rows that are not known is arbitrary, except booleans: there it is False.
    """

    data: Any  # NDArray, or Codes for text; a text constant is str
    known: Mask | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The batch a condition reads."""

    namespace: Mapping[str, Column]
    n: int

    def known(self, name: str) -> Mask:
        """Return where a name has a value."""
        column = self.namespace.get(name)
        return np.zeros(self.n, np.bool_) if column is None else known_of(column)

    def value(self, name: str, kind: str) -> Value:
        """Return a column as a value of its declared kind; TypeError where it holds another."""
        column = self.namespace.get(name)
        if column is None:
            return Value(_nothing(kind, self.n), np.zeros(self.n, np.bool_))
        if isinstance(column, Codes) != (kind == TEXT):
            raise TypeError(f"column {name} is not {kind}")
        known = known_of(column)
        if isinstance(column, Codes):
            return Value(column, known)
        return Value(_as_kind(column, kind, known), known)


def both(*masks: Mask | None) -> Mask | None:
    """Return where all masks hold; None is everywhere."""
    found: Mask | None = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else found & mask
    return found


def truth(data: Any, known: Mask | None) -> Value:
    """Return a boolean value that is False wherever it is unknown."""
    return Value(data if known is None else data & known, known)


def invert(value: Value) -> Value:
    """Return ``!x``."""
    return truth(~np.asarray(value.data), value.known)


def conjunction(a: Value, b: Value) -> Value:
    """Return ``a && b``: false wins over unknown (CEL language definition, "Logical Operators")."""
    data = a.data & b.data
    if a.known is None and b.known is None:
        return Value(data)
    ka, kb = _full(a), _full(b)
    return Value(data, (ka & kb) | (ka & ~a.data) | (kb & ~b.data))


def disjunction(a: Value, b: Value) -> Value:
    """Return ``a || b``: true wins over unknown."""
    data = a.data | b.data
    if a.known is None and b.known is None:
        return Value(data)
    return Value(data, (_full(a) & _full(b)) | data)


def choose(condition: Value, yes: Value, no: Value, kind: str) -> Value:
    """Return ``c ? a : b``; the branch not taken may be unknown."""
    taken = np.asarray(condition.data)
    if kind == TEXT:
        first, second, values = unify(yes.data, no.data)
        data: Any = Codes(np.where(taken, first, second).astype(np.int32), values)
    else:
        data = np.where(taken, yes.data, no.data)
    if yes.known is None and no.known is None:
        known = condition.known
    else:
        known = both(condition.known, np.where(taken, _full(yes), _full(no)))
    return truth(data, known) if kind == BOOLEAN else Value(data, known)


def unify(a: Codes | str, b: Codes | str) -> tuple[Any, Any, tuple[str, ...]]:
    """Return both texts' codes in one sorted dictionary, so that codes compare as the texts do."""
    left, right = as_codes(a), as_codes(b)
    values = tuple(sorted(set(left.values) | set(right.values)))
    rank = {value: i for i, value in enumerate(values)}
    pair = []
    for side in (left, right):
        table = np.asarray([*(rank[v] for v in side.values), -1], dtype=np.int32)
        pair.append(table[side.codes])
    return pair[0], pair[1], values


def as_codes(text: Codes | str) -> Codes:
    """Return a text constant as a column of one code for all rows."""
    return text if isinstance(text, Codes) else Codes(np.asarray(0, dtype=np.int32), (text,))


def compare_mixed(op: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """Compare an integer array with a double array exactly, also beyond 2**53."""
    if a.dtype.kind == "f":
        return _compare_exact(lambda x, y: op(y, x), b, a)
    return _compare_exact(op, a, b)


def as_double(value: int) -> float | None:
    """Return an integer constant as the double that equals it, None where there is none."""
    return float(value) if abs(value) <= _EXACT else None


def _compare_exact(op: Callable[[Any, Any], Any], integer: Any, double: Any) -> Any:
    """Compare through the sign of (integer - double): floor of the double first, then its fraction."""
    floor = np.floor(double)
    inside = (floor >= -(2.0**63)) & (floor < 2.0**63)
    whole = np.where(inside, floor, 0.0).astype(np.int64)
    sign = np.where(integer > whole, 1, np.where(integer < whole, -1, 0))
    sign = np.where((sign == 0) & (double > floor), -1, sign)
    sign = np.where(inside, sign, np.where(double > 0, -1, 1))
    return np.where(np.isnan(double), op(0.0, np.nan), op(sign, 0))


def _full(value: Value) -> Any:
    return np.True_ if value.known is None else value.known


def _nothing(kind: str, n: int) -> Any:
    if kind == TEXT:
        return Codes(np.full(n, -1, np.int32), ())
    dtype = {NUMBER: np.float64, INTEGER: np.int64, BOOLEAN: np.bool_}[kind]
    return np.zeros(n, dtype)


def _as_kind(column: NDArray[Any], kind: str, known: Mask) -> NDArray[Any]:
    if kind == BOOLEAN:
        return np.asarray(column == 1) & known
    dtype = np.float64 if kind == NUMBER else np.int64
    if kind == INTEGER and column.dtype.kind == "f":
        raise TypeError("an integer column holds doubles")
    return column if column.dtype == dtype else column.astype(dtype)
