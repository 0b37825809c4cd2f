"""Write many location frames at once (history of a fleet): `encode.location_body` over columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streams.decoders.jt808.encode import V2013, V2019
from streams.decoders.jt808.framing import DELIMITER, escape
from streams.decoders.jt808.header import VERSIONED
from streams.decoders.jt808.location import BASIC_SIZE, BEIJING_AHEAD_MS

_BODY: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [
    ("alarm", ">u4"),
    ("status", ">u4"),
    ("lat", ">u4"),
    ("lon", ">u4"),
    ("altitude", ">u2"),
    ("speed", ">u2"),
    ("heading", ">u2"),
    ("time", "u1", (6,)),
]
_MILEAGE: list[tuple[str, str]] = [("mileage_head", ">u2"), ("mileage", ">u4")]  # item 0x01, 4 bytes
_MILEAGE_HEAD = 0x0104


def encode_locations(
    *,
    phones: Sequence[str],
    subject: NDArray[np.integer],
    serial: NDArray[np.integer],
    event_ms: NDArray[np.int64],
    lon_e7: NDArray[np.integer],
    lat_e7: NDArray[np.integer],
    altitude_m: NDArray[np.integer] | int = 0,
    speed_kph: NDArray[np.floating] | float = 0.0,
    heading_deg: NDArray[np.floating] | float = 0.0,
    alarm_bits: NDArray[np.integer] | int = 0,
    status_bits: NDArray[np.integer] | int = 0b11,
    mileage_km: NDArray[np.floating] | None = None,
    version: str = V2013,
) -> list[bytes]:
    """Return one 0x0200 frame a row; row i is of terminal ``phones[subject[i]]``.

    Positions are EPSG:4326 in 1e-7 degrees, rounded to the 1e-6 that the standard carries.
    """
    n = len(subject)
    new = version == V2019
    digits = 20 if new else 12
    head: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [("id", ">u2"), ("props", ">u2")]
    head += [("version", "u1"), ("phone", "u1", (10,))] if new else [("phone", "u1", (6,))]
    head += [("serial", ">u2")]
    record = np.dtype([*head, *_BODY, *(_MILEAGE if mileage_km is not None else []), ("check", "u1")])
    rows = np.zeros(n, record)
    size = BASIC_SIZE + (6 if mileage_km is not None else 0)
    rows["id"], rows["props"] = 0x0200, size | (VERSIONED if new else 0)
    if new:
        rows["version"] = 1
    table = np.frombuffer(bytes.fromhex("".join(phone.zfill(digits) for phone in phones)), np.uint8)
    rows["phone"] = table.reshape(-1, digits // 2)[subject]
    rows["serial"] = np.asarray(serial) & 0xFFFF
    rows["alarm"] = alarm_bits
    signs = np.where(lat_e7 < 0, 0b0100, 0) | np.where(lon_e7 < 0, 0b1000, 0)
    rows["status"] = np.asarray(status_bits) & ~0b1100 | signs
    rows["lat"], rows["lon"] = np.rint(np.abs(lat_e7) / 10), np.rint(np.abs(lon_e7) / 10)
    rows["altitude"] = altitude_m
    rows["speed"] = np.rint(np.asarray(speed_kph) * 10)
    rows["heading"] = np.rint(heading_deg) % 360
    rows["time"] = _bcd(event_ms)
    if mileage_km is not None:
        rows["mileage_head"], rows["mileage"] = _MILEAGE_HEAD, np.rint(mileage_km * 10)
    return _sealed(rows.view(np.uint8).reshape(n, record.itemsize))


def _bcd(event_ms: NDArray[np.int64]) -> NDArray[np.uint8]:
    local = (event_ms + BEIJING_AHEAD_MS).astype("datetime64[ms]")
    months = local.astype("datetime64[M]")
    month = months.astype(np.int64)
    day = (local.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64) + 1
    second = (event_ms + BEIJING_AHEAD_MS) // 1000
    parts = (month // 12 + 1970) % 100, month % 12 + 1, day, second // 3600 % 24, second // 60 % 60, second % 60
    decimal = np.stack(parts, axis=1)
    return np.asarray(decimal // 10 << 4 | decimal % 10, dtype=np.uint8)


def _sealed(content: NDArray[np.uint8]) -> list[bytes]:
    """Return the frames of rows of content whose last byte is for the check code."""
    n, width = content.shape
    content[:, -1] = np.bitwise_xor.reduce(content[:, :-1], axis=1)
    framed = np.full((n, width + 2), 0x7E, np.uint8)
    framed[:, 1:-1] = content
    whole, step = framed.tobytes(), width + 2
    frames = [whole[at : at + step] for at in range(0, n * step, step)]
    for row in np.flatnonzero(((content == 0x7D) | (content == 0x7E)).any(axis=1)).tolist():
        frames[row] = DELIMITER + escape(frames[row][1:-1]) + DELIMITER
    return frames
