"""Take the frames of a block apart at once: unescape, check and read headers over numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ops_center.columns import Codes, Messages
from streams.decoders.jt808.header import (
    ENCRYPTION_MASK,
    ENCRYPTION_SHIFT,
    FIXED_2013,
    FIXED_2019,
    LENGTH_MASK,
    PACKAGE_FIELDS,
    PACKAGED,
    VERSIONED,
)

# Tables 2 (2013) and 2 (2019), without the package fields.
_HEAD_2013 = np.dtype([("id", ">u2"), ("props", ">u2"), ("phone", "u1", (6,)), ("serial", ">u2")])
_HEAD_2019 = np.dtype([("id", ">u2"), ("props", ">u2"), ("version", "u1"), ("phone", "u1", (10,)), ("serial", ">u2")])
_PAD = 64  # zero bytes behind the last frame, so that fixed windows always exist
_SHORTEST = 2 + FIXED_2013 + 1  # delimiters, header, check code


@dataclass(frozen=True, slots=True)
class Layout:
    """Frames of a block, unescaped; the arrays have one value a message.

    `sound` says which messages are one frame without a fault; the other values mean nothing
    elsewhere. `plain` marks those whose body is to be read as it stands: no package, not encrypted.
    """

    content: NDArray[np.uint8]  # all messages unescaped, one after another, then padding
    sound: NDArray[np.bool_]
    plain: NDArray[np.bool_]
    msg_id: NDArray[np.int64]
    versioned: NDArray[np.bool_]
    phone_high: NDArray[np.uint64]  # the phone's first two bytes of ten (2019), else 0
    phone_low: NDArray[np.uint64]  # the rest: eight bytes, or six
    body_start: NDArray[np.int64]  # in `content`
    body_end: NDArray[np.int64]


def lay_out(messages: Messages) -> Layout:
    """Return the frames of a block taken apart; faults are left to `header.read_frame` to name."""
    content, starts, ends, sound = _unescaped(messages)
    windows = sliding_window_view(content, FIXED_2019)
    heads = windows[np.where(sound, starts + 1, 0)]
    old = np.ascontiguousarray(heads[:, :FIXED_2013]).view(_HEAD_2013)[:, 0]
    new = heads.view(_HEAD_2019)[:, 0]
    props = old["props"].astype(np.int64)
    versioned = (props & VERSIONED) != 0
    packaged = (props & PACKAGED) != 0
    size = np.where(versioned, FIXED_2019, FIXED_2013) + np.where(packaged, PACKAGE_FIELDS, 0)
    body_start, body_end = starts + 1 + size, ends - 2
    sound &= body_end - body_start == (props & LENGTH_MASK)
    high, low = _phone(old["phone"], new["phone"], versioned)
    return Layout(
        content=content,
        sound=sound,
        plain=sound & ~packaged & ((props >> ENCRYPTION_SHIFT & ENCRYPTION_MASK) == 0),
        msg_id=old["id"].astype(np.int64),
        versioned=versioned,
        phone_high=high,
        phone_low=low,
        body_start=body_start,
        body_end=body_end,
    )


def _unescaped(
    messages: Messages,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return (content, starts, ends, sound): the bytes without escapes and where each message lies."""
    raw = np.frombuffer(messages.data, np.uint8)
    offsets = messages.offsets
    long_enough = np.diff(offsets) >= _SHORTEST
    sound = long_enough.copy()
    first, last = offsets[:-1][long_enough], offsets[1:][long_enough] - 1
    sound[long_enough] = (raw[first] == 0x7E) & (raw[last] == 0x7E)
    sound &= np.diff(np.searchsorted(np.flatnonzero(raw == 0x7E), offsets)) == 2
    marks = np.flatnonzero(raw == 0x7D)
    after = raw[np.minimum(marks + 1, len(raw) - 1)] if len(marks) else raw[:0]
    legal = (after == 1) | (after == 2)
    illegal = np.searchsorted(offsets, marks[~legal], side="right") - 1
    sound[illegal] = False
    kept = np.ones(len(raw) + _PAD, dtype=np.bool_)
    kept[marks[legal] + 1] = False
    padded = np.concatenate((raw, np.zeros(_PAD, np.uint8)))
    padded[marks[legal]] = 0x7C + after[legal]  # 7D 01 -> 7D, 7D 02 -> 7E
    bounds = offsets - np.searchsorted(marks[legal] + 1, offsets)
    content = padded[kept] if len(marks) else padded
    starts, ends = bounds[:-1], bounds[1:]
    sound &= ends - starts >= _SHORTEST
    sound &= _xor(content, starts, ends) == 0
    return content, starts, ends, sound


def _xor(content: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the XOR of every message; the two delimiters cancel, so a right check code gives 0."""
    whole = np.zeros(len(starts), np.uint8)
    filled = np.flatnonzero(ends > starts)
    if len(filled):
        whole[filled] = np.bitwise_xor.reduceat(content[: ends[-1]], starts[filled])
    return whole


def _phone(
    old: NDArray[np.uint8], new: NDArray[np.uint8], versioned: NDArray[np.bool_]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    low_bytes = np.zeros((len(old), 8), np.uint8)
    low_bytes[:, 2:] = old
    low_bytes[versioned] = new[versioned, 2:]
    high = np.where(versioned, new[:, 0].astype(np.uint64) << np.uint64(8) | new[:, 1], np.uint64(0))
    return high.astype(np.uint64), low_bytes.view(">u8")[:, 0].astype(np.uint64)


def subjects(layout: Layout, rows: NDArray[np.int64]) -> Codes:
    """Return the phones of these messages as codes, sorted by length and digits."""
    low, codes = np.unique(layout.phone_low[rows], return_inverse=True)
    versioned = layout.versioned[rows]
    if not versioned.any():
        return Codes(codes.astype(np.int32), tuple(f"{value:012x}" for value in low.tolist()))
    # (2019?, first two bytes, index of the rest) in one number: 1 + 16 + 32 bits, exact.
    key = versioned.astype(np.uint64) << np.uint64(48) | layout.phone_high[rows] << np.uint64(32)
    keys, codes = np.unique(key | codes.astype(np.uint64), return_inverse=True)
    texts = tuple(
        f"{key >> 32 & 0xFFFF:04x}{value:016x}" if key >> 48 else f"{value:012x}"
        for key, value in ((key, int(low[key & 0xFFFF_FFFF])) for key in keys.tolist())
    )
    return Codes(codes.astype(np.int32), texts)
