"""Decode many location reports at once into columns: `location` and `items` over numpy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Array
from streams.decoders.jt808.bits import POSITIONED, SOUTH, WEST
from streams.decoders.jt808.items import COLDEST_C, ITEMS, PARTS, TEMPERATURE, Part
from streams.decoders.jt808.location import (
    BASIC_SIZE,
    BEIJING_AHEAD_MS,
    HEADING_LIMIT,
    LATITUDE_LIMIT,
    LONGITUDE_LIMIT,
    UNKNOWN_WORD,
)

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

# Table 23, as `location` reads it one at a time.
_BASIC = np.dtype(
    [
        ("alarm", ">u4"),
        ("status", ">u4"),
        ("lat", ">u4"),
        ("lon", ">u4"),
        ("altitude", ">u2"),
        ("speed", ">u2"),
        ("heading", ">u2"),
        ("time", "u1", (6,)),
    ]
)
EXTRA: Mapping[str, str] = {
    "positioned": "int8",  # status bit 1: 0 says that the position is the last one known
    **{name: part.dtype for name, part in PARTS.items()},
    "items_unread": "int32",  # bytes at the end of the items that could not be read, 0 where all could
}
_NULLS: Mapping[str, Any] = {"float64": np.nan, "int32": NULL_I32, "int64": NULL_I64, "int8": -1}

_YEAR_DAYS = np.array([np.datetime64(f"{year}-01-01", "D").astype(np.int64) for year in range(2000, 2100)])
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])  # index 1-12
_DAYS_BEFORE = np.concatenate(([0, 0], np.cumsum(_MONTH_DAYS[1:-1])))


def basics(bytes_: Bytes, starts: Places) -> tuple[dict[str, Array], NDArray[np.bool_]]:
    """Return the columns of the basic parts at `starts`, and where an observation is impossible."""
    # A structured view of contiguous 28-byte rows; the caller pads, so that every window exists.
    rows = sliding_window_view(bytes_, BASIC_SIZE)[starts].view(_BASIC)[:, 0]
    status = rows["status"].astype(np.int64)
    lat = _signed(rows["lat"], status & SOUTH)
    lon = _signed(rows["lon"], status & WEST)
    event_ms, timed = times(rows["time"])
    bad = (np.abs(lat) > LATITUDE_LIMIT) | (np.abs(lon) > LONGITUDE_LIMIT) | ~timed
    positioned: NDArray[np.bool_] = (status & POSITIONED) != 0
    nowhere = ~positioned & (lat == 0) & (lon == 0)  # "no fix yet" is no place (location.Location.nowhere)
    absent = bad | nowhere
    heading = rows["heading"]
    columns: dict[str, Array] = {
        "event_time": np.where(timed, event_ms, NULL_I64),
        "lon_e7": np.where(absent, NULL_I32, lon * 10).astype(np.int32),
        "lat_e7": np.where(absent, NULL_I32, lat * 10).astype(np.int32),
        "altitude_m": np.where(rows["altitude"] == UNKNOWN_WORD, np.nan, rows["altitude"].astype(np.float64)),
        "speed_kph": np.where(rows["speed"] == UNKNOWN_WORD, np.nan, rows["speed"] / 10),
        "heading_deg": np.where(heading > HEADING_LIMIT, np.nan, (heading % 360).astype(np.float64)),
        "alarm_bits": rows["alarm"].astype(np.int64),
        "status_bits": status,
        "positioned": positioned.astype(np.int8),
    }
    return columns, bad


def _signed(magnitude: Array, negative: NDArray[np.int64]) -> NDArray[np.int64]:
    wide = magnitude.astype(np.int64)
    return np.where(negative != 0, -wide, wide)


def times(bcd: Bytes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return UTC ms of rows of BCD[6] in Beijing time, and which rows are a time."""
    high, low = bcd >> 4, bcd & 0x0F
    decimal: NDArray[np.bool_] = np.all((high <= 9) & (low <= 9), axis=1)
    year, month, day, hour, minute, second = np.where(decimal[:, None], high * 10 + low, 0).T.astype(np.int64)
    month_ok = (month >= 1) & (month <= 12)
    month = np.where(month_ok, month, 1)
    leap = year % 4 == 0  # true of 2000-2099
    longest = _MONTH_DAYS[month] + (leap & (month == 2))
    timed = decimal & month_ok & (day >= 1) & (day <= longest) & (hour <= 23) & (minute <= 59) & (second <= 59)
    days = _YEAR_DAYS[year] + _DAYS_BEFORE[month] + (leap & (month > 2)) + day - 1
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return seconds * 1000 - BEIJING_AHEAD_MS, timed


def additional(bytes_: Bytes, starts: Places, ends: Places) -> dict[str, Array]:
    """Return the columns of the additional items that lie from `starts` to `ends`."""
    n = len(starts)
    columns = {name: np.full(n, _NULLS[part.dtype], dtype=part.dtype) for name, part in PARTS.items()}
    at, rows = starts.copy(), np.flatnonzero(starts + 2 <= ends)
    while len(rows):  # one turn an item: all the first ones, all the second ones, ...
        place = at[rows]
        numbers, sizes = bytes_[place], bytes_[place + 1].astype(np.int64)
        whole = place + 2 + sizes <= ends[rows]
        for number in np.flatnonzero(np.bincount(numbers[whole], minlength=256)):
            item = ITEMS.get(int(number))
            if item is None:
                continue
            for size in item.sizes:
                chosen = whole & (numbers == number) & (sizes == size)
                for part in item.parts:
                    columns[part.column][rows[chosen]] = _values(part, bytes_, place[chosen] + 2, size, item.item)
        at[rows] = np.where(whole, place + 2 + sizes, place)
        rows = rows[whole]
        rows = rows[at[rows] + 2 <= ends[rows]]
    columns["items_unread"] = (ends - at).astype(np.int32)
    return columns


def _values(part: Part, bytes_: Bytes, places: Places, size: int, number: int) -> Array:
    if part.at + part.size > size:
        return np.full(len(places), _NULLS[part.dtype], dtype=part.dtype)
    raw = np.zeros(len(places), dtype=np.int64)
    for offset in range(part.at, part.at + part.size):
        raw = raw << 8 | bytes_[places + offset]
    if number == TEMPERATURE:
        return _temperatures(raw)
    return raw / part.divisor if part.dtype == "float64" else raw


def _temperatures(words: NDArray[np.int64]) -> Array:
    magnitude, complement = 0x8000 - words, words - 0x10000
    below = np.where(magnitude >= COLDEST_C, magnitude, np.where(complement >= COLDEST_C, complement, np.nan))
    return np.where(words < 0x8000, words, below)
