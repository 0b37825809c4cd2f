"""Record format of a segment file: what one record looks like on disk, and where a good run of them ends.

A record is u32 length, u32 CRC-32C (Castagnoli, RFC 3720 B.4) over the length word and the bytes,
then the bytes; little endian. With the length under the checksum a stretch of zeros is no record.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from crc32c import crc32c

HEADER = struct.Struct("<II")
_LENGTH = struct.Struct("<I")
MAX_RECORD_BYTES = 1 << 30
INDEX_EVERY_BYTES = 64 * 1024
_SEARCH_BUDGET_BYTES = 4 << 30  # checksums tried while looking for records after a flaw


def frame(value: bytes) -> bytes:
    """Return the record's header."""
    length = _LENGTH.pack(len(value))
    return length + _LENGTH.pack(crc32c(value, crc32c(length)))


def frames(values: Iterable[bytes]) -> bytes:
    """Return records ready to be written."""
    return b"".join(part for value in values for part in (frame(value), value))


@dataclass(frozen=True, slots=True)
class Walk:
    """Records found from the start of a segment; all bytes from `end` on are no good record."""

    count: int
    end: int
    index: tuple[tuple[int, int], ...]  # (records before, position), one each INDEX_EVERY_BYTES


def walk(data: bytes) -> Walk:
    """Check records one by one from the start until the bytes end or a record is broken."""
    at, count, size = 0, 0, len(data)
    index: list[tuple[int, int]] = []
    marked = -INDEX_EVERY_BYTES
    while is_record(data, at):
        if at - marked >= INDEX_EVERY_BYTES:
            index.append((count, at))
            marked = at
        at += HEADER.size + _LENGTH.unpack_from(data, at)[0]
        count += 1
    return Walk(count, min(at, size), tuple(index))


def is_record(data: bytes, at: int) -> bool:
    """Return True where a whole record with the right checksum starts at `at`."""
    if at + HEADER.size > len(data):
        return False
    length, crc = HEADER.unpack_from(data, at)
    stop = at + HEADER.size + length
    if stop > len(data):
        return False
    return bool(crc32c(memoryview(data)[at + HEADER.size : stop], crc32c(data[at : at + _LENGTH.size])) == crc)


def record_after(data: bytes, flaw: int) -> int | None:
    """Return where a good record starts after the broken one at `flaw`; None for a torn tail.

    A writer that was killed leaves nothing behind the record it was writing, so a good record
    there means that acknowledged bytes have changed. A search that grows too long counts as found.
    """
    size = len(data)
    if flaw + HEADER.size <= size:
        following = flaw + HEADER.size + int(_LENGTH.unpack_from(data, flaw)[0])
        if is_record(data, following):
            return following
    octets = np.frombuffer(data, np.uint8)
    budget, step = _SEARCH_BUDGET_BYTES, 1 << 20
    for start in range(flaw + 1, size - HEADER.size + 1, step):
        at = np.arange(start, min(start + step, size - HEADER.size + 1))
        lengths = sum(octets[at + i].astype(np.int64) << (8 * i) for i in range(4))
        for candidate in at[at + HEADER.size + lengths <= size].tolist():
            if is_record(data, candidate):
                return int(candidate)
            budget -= int(_LENGTH.unpack_from(data, candidate)[0])
            if budget < 0:
                return int(candidate)
    return None
