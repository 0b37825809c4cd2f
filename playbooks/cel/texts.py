"""CEL text functions on dictionary-coded columns: each distinct text is looked at once, not each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ops_center.columns import Codes
from playbooks.cel.values import Value, as_codes, both, truth

Test = Callable[[str], bool | int]


class Lookup:
    """A function of one text as a table over a column's dictionary.

    The table of the last dictionary is kept, for batches share theirs; it is a memo, not a state.
    """

    def __init__(self, function: Callable[[str], Any], dtype: type[Any]) -> None:
        self._function, self._dtype = function, dtype
        self._last: tuple[tuple[str, ...], Any] = ((), np.zeros(1, dtype))

    def __call__(self, text: Codes | str) -> Any:
        """Return one result a row; that of a null row is zero."""
        codes = as_codes(text)
        values, table = self._last
        if values is not codes.values:
            found = [self._function(value) for value in codes.values]
            table = np.asarray([*found, self._dtype()], dtype=self._dtype)
            self._last = (codes.values, table)
        return table[codes.codes]


def pairwise(function: Callable[[str, str], Any], a: Value, b: Value, dtype: type[Any]) -> Value:
    """Return a function of two text columns, looking at each distinct pair once."""
    left, right = as_codes(a.data), as_codes(b.data)
    known = both(a.known, b.known)
    pairs, inverse = _pairs(left, right)
    found = [
        function(left.values[p // _width(right)], right.values[p % _width(right)]) if p >= 0 else dtype()
        for p in pairs.tolist()
    ]
    data = np.asarray(found, dtype=dtype)[inverse]
    return truth(data, known) if dtype is np.bool_ else Value(data, known)


def concatenate(a: Value, b: Value) -> Value:
    """Return ``a + b`` of two texts."""
    left, right = as_codes(a.data), as_codes(b.data)
    pairs, inverse = _pairs(left, right)
    width = _width(right)
    texts = [left.values[p // width] + right.values[p % width] if p >= 0 else None for p in pairs.tolist()]
    joined = Codes.of(texts)
    return Value(Codes(joined.codes[inverse], joined.values), both(a.known, b.known))


def _width(right: Codes) -> int:
    return max(len(right.values), 1)


def _pairs(left: Codes, right: Codes) -> tuple[Any, Any]:
    """Return the distinct pairs of codes as single numbers (-1 where one is null) and each row's."""
    number = left.codes.astype(np.int64) * _width(right) + right.codes
    number = np.where((left.codes < 0) | (right.codes < 0), -1, number)
    pairs, inverse = np.unique(number, return_inverse=True)
    return pairs, inverse.reshape(number.shape)
