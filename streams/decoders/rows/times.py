"""Read event times as the manifest states them: epoch, ISO 8601 or a strptime form with its zone."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ops_center.columns import NULL_I64
from ops_center.domain.text import Json
from streams.decoders.rows import convert
from streams.decoders.rows.convert import Mask

_EPOCH = {"epoch_s": 1_000, "epoch_ms": 1}
_OFFSET = r"(?:[Zz]|[T ].*[+-][0-9]{2}(?::?[0-9]{2})?)$"
# 0001-01-01 to 9999-12-31; beyond it no calendar of ours reaches.
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999


def read(column: pa.Array, form: Mapping[str, Json]) -> tuple[NDArray[np.int64], Mask]:
    """Return (UTC milliseconds with NULL_I64 for null, where there is something that is no time).

    `form`: ``format`` epoch_s | epoch_ms | iso | a strptime form, ``zone`` an IANA name for times
    that state none. An hour that a change of clocks repeats is taken as its first occurrence.
    """
    kind = str(form.get("format") or "iso")
    if kind in _EPOCH:
        return _epoch(column, _EPOCH[kind])
    zone = str(form.get("zone") or "")
    if pa.types.is_timestamp(column.type):
        return _timestamps(column, zone)
    column = convert.without(convert.plain(column), [])
    if not convert.is_text(column):
        column = pc.cast(column, pa.string())
    return _texts(column, kind, zone)


def _epoch(column: pa.Array, factor: int) -> tuple[NDArray[np.int64], Mask]:
    values, bad = convert.integers(column)
    if bad.any():  # fractions of a second
        floats, no_number = convert.numbers(column)
        millis = np.round(floats * factor)
        usable = bad & ~no_number & np.isfinite(millis) & (np.abs(millis) <= _LAST_MS)
        found = np.where(values == NULL_I64, NULL_I64, values * factor)
        found = np.where(usable, np.nan_to_num(millis), found).astype(np.int64)
        return _in_range(found, bad & ~usable)
    far = (values != NULL_I64) & (np.abs(values) > _LAST_MS // factor)
    return _in_range(np.where(values == NULL_I64, NULL_I64, np.where(far, 0, values) * factor), far)


def _texts(column: pa.Array, kind: str, zone: str) -> tuple[NDArray[np.int64], Mask]:
    series = pd.Series(column.to_numpy(zero_copy_only=False), dtype="object")
    given = np.asarray(series.notna())
    if kind == "iso":
        aware = np.asarray(series.fillna("").astype(str).str.contains(_OFFSET, regex=True)) & given
    else:
        aware = given if "%z" in kind else np.zeros(len(series), np.bool_)
    found = np.full(len(series), NULL_I64, dtype=np.int64)
    form = "ISO8601" if kind == "iso" else kind
    for mask, has_offset in ((aware, True), (given & ~aware, False)):
        if mask.any():
            found[mask] = _parsed(series[mask], form, has_offset, zone)
    return _in_range(found, given & (found == NULL_I64))


def _parsed(series: pd.Series[str], form: str, aware: bool, zone: str) -> NDArray[np.int64]:
    if not aware and not zone:
        return np.full(len(series), NULL_I64, dtype=np.int64)
    try:
        stamps = pd.to_datetime(series, format=form, utc=aware, errors="coerce")
        if aware or stamps.dt.tz is None:
            return _millis(stamps, "" if aware else zone)
    except (ValueError, OverflowError, AttributeError):  # one value spoils a column: a year out of range, a mixture
        pass
    if len(series) == 1:
        return np.full(1, NULL_I64, dtype=np.int64)
    return np.concatenate([_parsed(series.iloc[at : at + 1], form, aware, zone) for at in range(len(series))])


def _millis(stamps: pd.Series[pd.Timestamp], zone: str) -> NDArray[np.int64]:
    if zone:
        first = np.ones(len(stamps), dtype=np.bool_)
        stamps = stamps.dt.tz_localize(ZoneInfo(zone), ambiguous=first, nonexistent="NaT").dt.tz_convert("UTC")
    elif stamps.dt.tz is not None:
        stamps = stamps.dt.tz_convert("UTC")
    values = stamps.to_numpy(dtype="datetime64[ms]").astype(np.int64)
    return np.where(np.isnat(stamps.to_numpy(dtype="datetime64[ms]")), NULL_I64, values)


def _timestamps(column: pa.Array, zone: str) -> tuple[NDArray[np.int64], Mask]:
    given = np.asarray(pc.is_valid(column).to_numpy(zero_copy_only=False))
    if column.type.tz is None and not zone:
        return np.full(len(column), NULL_I64, dtype=np.int64), given
    series = pd.Series(column.cast(pa.timestamp("ms", column.type.tz), safe=False).to_pandas())
    found = _millis(series, zone if column.type.tz is None else "")
    return _in_range(found, given & (found == NULL_I64))


def _in_range(values: NDArray[np.int64], bad: Mask) -> tuple[NDArray[np.int64], Mask]:
    far = (values != NULL_I64) & ((values < _FIRST_MS) | (values > _LAST_MS))
    return np.where(far | bad, NULL_I64, values), bad | far
