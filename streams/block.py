"""Block: the unit of the input journal, many messages exactly as received.

Layout, little endian: ``b"B"``, u8 layout version 1, u16 length of the JSON head, the head
(gateway, feed, partition, first, status, n), then n int64 stamps (ms), n u32 lengths, the bytes.
The same bytes are one record of a segment file and one record's value in Kafka.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import msgspec
import numpy as np

from ops_center.columns import Messages
from ops_center.domain.errors import JournalError
from ops_center.domain.scales import Status

_FIXED = struct.Struct("<cBH")


class _Head(msgspec.Struct, frozen=True):
    gateway: str
    feed: str
    partition: int
    first: int
    status: Status
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Messages of one feed and partition; `first` numbers them for gap detection only."""

    gateway: str
    feed: str
    partition: int
    first: int
    status: Status
    messages: Messages


def encode_block(block: Block) -> bytes:
    """Return the block's bytes."""
    head = msgspec.json.encode(
        _Head(block.gateway, block.feed, block.partition, block.first, block.status, len(block.messages))
    )
    lengths = np.diff(block.messages.offsets).astype("<u4")
    return b"".join(
        (
            _FIXED.pack(b"B", 1, len(head)),
            head,
            block.messages.stamps.astype("<i8").tobytes(),
            lengths.tobytes(),
            block.messages.data,
        )
    )


def decode_block(value: bytes) -> Block:
    """Return the block of a record; JournalError where the bytes are not one."""
    try:
        mark, layout, size = _FIXED.unpack_from(value)
        if mark != b"B" or layout != 1:
            raise JournalError(f"not a block of layout 1: {value[:2]!r}")
        at = _FIXED.size + size
        head = msgspec.json.decode(value[_FIXED.size : at], type=_Head)
        stamps = np.frombuffer(value, "<i8", head.n, at)
        lengths = np.frombuffer(value, "<u4", head.n, at + 8 * head.n)
    except (struct.error, ValueError, msgspec.MsgspecError) as error:
        raise JournalError(f"broken block: {error}") from error
    offsets = np.zeros(head.n + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    data = value[at + 12 * head.n :]
    if len(data) != int(offsets[-1]):
        raise JournalError(f"broken block: {len(data)} bytes of messages, {int(offsets[-1])} stated")
    return Block(
        gateway=head.gateway,
        feed=head.feed,
        partition=head.partition,
        first=head.first,
        status=head.status,
        messages=Messages(data, offsets, stamps.astype(np.int64)),
    )
