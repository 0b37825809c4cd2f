"""Turn Arrow columns into numpy columns: numbers, integers, texts, booleans; what fails is a mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ops_center.columns import NULL_I64, Codes
from ops_center.domain.text import Json

Mask = NDArray[np.bool_]
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_DIGITS = r"^[+-]?[0-9]{1,18}$"
_TRUE = ("true", "t", "yes", "y", "1", "是")
_FALSE = ("false", "f", "no", "n", "0", "否")


def numbers(column: pa.Array, missing: Sequence[Json] = ()) -> tuple[NDArray[np.float64], Mask]:
    """Return (values with NaN for null, where the column holds something that is no number)."""
    column = without(plain(column), [m for m in missing if isinstance(m, str)])
    if is_text(column):
        given = _given(column)
        right = _mask(pc.match_substring_regex(column, _NUMBER))
        column = pc.cast(pc.if_else(pa.array(right), column, None), pa.float64())
        bad = given & ~right
    elif pa.types.is_boolean(column.type):
        column, bad = pc.cast(column, pa.float64()), np.zeros(len(column), np.bool_)
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column, bad = pc.cast(column, pa.float64(), safe=False), np.zeros(len(column), np.bool_)
    else:
        return np.full(len(column), np.nan), _mask(pc.is_valid(column))
    values = np.array(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    sentinels = [float(m) for m in missing if isinstance(m, int | float) and not isinstance(m, bool)]
    if sentinels:
        values[np.isin(values, sentinels)] = np.nan
    infinite = np.isinf(values)
    if infinite.any():
        values[infinite] = np.nan
        bad = bad | infinite
    return values, bad


def integers(column: pa.Array, missing: Sequence[Json] = ()) -> tuple[NDArray[np.int64], Mask]:
    """Return (values with NULL_I64 for null, where the column holds something that is no whole number)."""
    column = plain(column)
    if pa.types.is_integer(column.type):
        far = np.zeros(len(column), np.bool_)
        if pa.types.is_uint64(column.type):
            far = _mask(pc.greater(column, pa.scalar(2**63 - 1, pa.uint64())))
            column = pc.if_else(pa.array(far), None, column)
        values = np.array(pc.fill_null(pc.cast(column, pa.int64(), safe=False), NULL_I64).to_numpy(), dtype=np.int64)
        sentinels = [m for m in missing if isinstance(m, int)]
        if sentinels:
            values[np.isin(values, sentinels)] = NULL_I64
        return values, far
    if is_text(column):
        return _integer_texts(column, missing)
    return _whole(*numbers(column, missing))


def _integer_texts(column: pa.Array, missing: Sequence[Json]) -> tuple[NDArray[np.int64], Mask]:
    """Digits are read as digits, since a double would change a long number."""
    digits = pa.array(_mask(pc.match_substring_regex(column, _DIGITS)))
    exact, _ = integers(pc.cast(pc.if_else(digits, column, None), pa.int64()), missing)
    rest, bad = _whole(*numbers(pc.if_else(digits, None, column), missing))
    return np.where(exact == NULL_I64, rest, exact), bad


def _whole(floats: NDArray[np.float64], bad: Mask) -> tuple[NDArray[np.int64], Mask]:
    # Beyond 2^53 a double no longer names one integer.
    odd = ~np.isnan(floats) & ((floats != np.round(floats)) | (np.abs(floats) > 2**53))
    values = np.where(np.isnan(floats) | odd, NULL_I64, np.where(odd, 0, np.nan_to_num(floats))).astype(np.int64)
    return values, bad | odd


def texts(column: pa.Array, missing: Sequence[Json] = ()) -> Codes:
    """Return a text column, white space around it removed, "" as null; numbers are written out."""
    if pa.types.is_dictionary(column.type):
        return _from_dictionary(column, missing)
    column = plain(column)
    if not is_text(column):
        column = pc.cast(column, pa.string())
    column = without(column, [str(m) for m in missing])
    return _from_dictionary(column.dictionary_encode(), ())


def booleans(column: pa.Array, missing: Sequence[Json] = ()) -> tuple[NDArray[np.int8], Mask]:
    """Return (1, 0, -1 for null; where the column holds neither)."""
    column = plain(column)
    if pa.types.is_integer(column.type):
        values, _ = integers(column, missing)
        bad = (values != NULL_I64) & (values != 0) & (values != 1)
        return np.where((values == NULL_I64) | bad, -1, values).astype(np.int8), bad
    if not is_text(column):
        column = pc.cast(column, pa.string())
    column = pc.utf8_lower(without(column, [str(m).lower() for m in missing]))
    yes, no = (_mask(pc.is_in(column, value_set=pa.array(list(v)))) for v in (_TRUE, _FALSE))
    return np.where(yes, 1, np.where(no, 0, -1)).astype(np.int8), _given(column) & ~yes & ~no


def plain(column: pa.Array) -> pa.Array:
    """Return a column without dictionary encoding, text trimmed."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if is_text(column):
        return pc.utf8_trim_whitespace(column)
    return pc.cast(column, pa.string()) if pa.types.is_null(column.type) else column


def is_text(column: pa.Array) -> bool:
    """Return True for a text column."""
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def without(column: pa.Array, words: Sequence[str]) -> pa.Array:
    """Return a text column with "" and the sentinel `words` as null; another column as it is."""
    if not is_text(column):
        return column
    unwanted = pc.is_in(column, value_set=pa.array(["", *words], column.type))
    return pc.if_else(unwanted, None, column)


def _from_dictionary(column: pa.DictionaryArray, missing: Sequence[Json]) -> Codes:
    words = [str(value).strip() if value is not None else "" for value in column.dictionary.to_pylist()]
    dropped = {"", *(str(m) for m in missing)}
    names = dict.fromkeys(word for word in words if word not in dropped)
    codes_of = {name: code for code, name in enumerate(names)}
    lookup = np.array([codes_of.get(word, -1) for word in words] + [-1], dtype=np.int32)
    raw = pc.fill_null(pc.cast(column.indices, pa.int64()), len(words)).to_numpy(zero_copy_only=False)
    return Codes(lookup[raw], tuple(names))


def _mask(column: pa.Array) -> Mask:
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _given(column: pa.Array) -> Mask:
    return _mask(pc.is_valid(column))
