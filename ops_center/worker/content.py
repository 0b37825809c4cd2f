"""The content hash of observations, from their columns (DECISIONS 3): which rows say the same."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import Batch, Codes

# What a row says, not how it came: the same fix in two messages counts once.
_ENVELOPE = frozenset({"subject", "stamp", "message", "event_time"})
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio, splitmix64 (Steele, Lea, Flood 2014)
_MIX_A, _MIX_B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def content_hash(batch: Batch, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 64 bits a row over all columns but those of the envelope, in order of name."""
    total = np.zeros(len(rows), dtype=np.uint64)
    for name in sorted(batch.columns):
        if name in _ENVELOPE:
            continue
        column = batch.columns[name]
        if isinstance(column, Codes):
            bits = _text_bits(column.take(rows))
        elif column.dtype.kind == "f":
            values = column[rows].astype(np.float64) + 0.0  # -0.0 says 0.0
            bits = np.where(np.isnan(values), np.uint64(0x7FF8 << 48), values.view(np.uint64))
        else:
            bits = column[rows].astype(np.int64).view(np.uint64)
        total = _mix((total ^ bits) + _GOLDEN)
    return total.view(np.int64)


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * _MIX_A
    x = (x ^ (x >> np.uint64(27))) * _MIX_B
    return x ^ (x >> np.uint64(31))


def _text_bits(column: Codes) -> NDArray[np.uint64]:
    table = np.zeros(len(column.values) + 1, dtype=np.uint64)
    for code in np.unique(column.codes).tolist():
        if code >= 0:
            table[code] = _bits_of(column.values[code])
    return table[column.codes]


@lru_cache(maxsize=65_536)
def _bits_of(text: str) -> int:
    raw = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "little")
