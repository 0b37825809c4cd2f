"""CEL arithmetic on arrays: doubles by IEEE 754, 64-bit integers with errors as unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from playbooks.cel.values import Mask, Value, both

_I64 = np.iinfo(np.int64)


def doubles(op: str, a: Value, b: Value) -> Value:
    """Return ``a op b`` for doubles; division by zero is infinite or NaN, never an error."""
    with np.errstate(all="ignore"):
        return Value(_DOUBLE[op](a.data, b.data), both(a.known, b.known))


def integers(op: str, a: Value, b: Value) -> Value:
    """Return ``a op b`` for integers; overflow and division by zero are unknown."""
    with np.errstate(all="ignore"):
        data, right = _INTEGER[op](np.asarray(a.data), np.asarray(b.data))
    return Value(data, both(a.known, b.known, _unless_all(right)))


def negate_double(value: Value) -> Value:
    """Return ``-x``."""
    return Value(-value.data, value.known)


def negate_integer(value: Value) -> Value:
    """Return ``-x``; the lowest integer has no negative."""
    data = np.asarray(value.data)
    with np.errstate(all="ignore"):
        return Value(-data, both(value.known, _unless_all(data != _I64.min)))


def to_double(value: Value) -> Value:
    """Return ``double(x)`` of an integer."""
    return Value(np.asarray(value.data).astype(np.float64), value.known)


def to_integer(value: Value) -> Value:
    """Return ``int(x)`` of a double, toward zero; unknown where it does not fit."""
    data = np.trunc(value.data)
    fits = (data > -(2.0**63)) & (data < 2.0**63)
    return Value(np.where(fits, data, 0.0).astype(np.int64), both(value.known, _unless_all(fits)))


def bit(value: Value, place: int) -> Value:
    """Return whether bit `place` (0 is the lowest) of an integer is set."""
    return Value((np.asarray(value.data) >> place) & 1 == 1, value.known)


def _unless_all(mask: Any) -> Mask | None:
    """Return the mask, or None where it holds everywhere (the usual case)."""
    return None if bool(np.all(mask)) else np.asarray(mask)


def _add(a: Any, b: Any) -> tuple[Any, Any]:
    total = a + b
    return total, ((a ^ total) & (b ^ total)) >= 0


def _subtract(a: Any, b: Any) -> tuple[Any, Any]:
    difference = a - b
    return difference, ((a ^ b) & (a ^ difference)) >= 0


def _multiply(a: Any, b: Any) -> tuple[Any, Any]:
    product = a * b
    safe = np.where(a == 0, 1, a)
    back = (product // safe == b) & (product % safe == 0)
    wrong = ((a == -1) & (b == _I64.min)) | ((b == -1) & (a == _I64.min))
    return product, ((a == 0) | back) & ~wrong


def _divide(a: Any, b: Any) -> tuple[Any, Any]:
    """Divide toward zero."""
    right = (b != 0) & ~((a == _I64.min) & (b == -1))
    safe = np.where(right, b, 1)
    return (a - np.fmod(a, safe)) // safe, right


def _modulo(a: Any, b: Any) -> tuple[Any, Any]:
    """Return the remainder, with the sign of the dividend."""
    right = (b != 0) & ~((a == _I64.min) & (b == -1))
    return np.fmod(a, np.where(right, b, 1)), right


_DOUBLE: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}
_INTEGER: Mapping[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _modulo,
}
