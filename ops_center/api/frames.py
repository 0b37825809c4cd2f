"""Frames of the live channel: a JSON header and typed columns, little endian, padded to 8 bytes.

```
u32 'OPS1' | u32 header length (multiple of 8) | header JSON | columns, each padded to 8 bytes
```
``cols`` of the header lists name, type, values a row, offset and bytes of each column; the last one
tells where the frame ends. One WebSocket message is a bundle: frames one after another, the first
of kind ``bundle`` with the number that the client acknowledges.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ops_center.domain.text import Json

MAGIC = b"OPS1"
TYPES: Mapping[str, str] = {"float32": "f32", "uint8": "u8", "uint32": "u32", "float64": "f64"}

Column = tuple[str, int, NDArray[np.generic]]  # name, values a row, array


def padded(raw: bytes, fill: bytes = b" ") -> bytes:
    """Return `raw` filled up to a multiple of 8, so that typed arrays lie on their columns."""
    return raw + fill * (-len(raw) % 8)


def frame(header: bytes, columns: Sequence[Column] = ()) -> bytes:
    """Return one frame; `header` is a JSON object, to which ``cols`` is added where there are any."""
    parts: list[bytes] = []
    listed: list[list[str | int]] = []
    offset = 0
    for name, size, array in columns:
        raw = np.ascontiguousarray(array).tobytes()
        listed.append([name, TYPES[array.dtype.name], size, offset, len(raw)])
        parts.append(padded(raw, b"\0"))
        offset += len(parts[-1])
    if listed:
        header = header[:-1] + b',"cols":' + msgspec.json.encode(listed) + b"}"
    head = padded(header)
    return b"".join((MAGIC, struct.pack("<I", len(head)), head, *parts))


def json_frame(header: Mapping[str, Json]) -> bytes:
    """Return a frame of a header only."""
    return frame(msgspec.json.encode(header))


def rows_header(header: Mapping[str, Json], *, rows: Iterable[bytes], gone: Sequence[str]) -> bytes:
    """Return the header of a rows frame from rows encoded once and kept."""
    head = msgspec.json.encode(header)[:-1]
    return head + b',"gone":' + msgspec.json.encode(list(gone)) + b',"rows":[' + b",".join(rows) + b"]}"


def bundle(number: int, frames: Sequence[bytes]) -> bytes:
    """Return one message: its number, which the client acknowledges, then the frames."""
    return b"".join((json_frame({"k": "bundle", "n": number}), *frames))


def parsed(message: bytes) -> list[tuple[dict[str, Json], dict[str, NDArray[np.generic]]]]:
    """Return the (header, columns) of every frame in a message; what a client in Python needs."""
    found: list[tuple[dict[str, Json], dict[str, NDArray[np.generic]]]] = []
    kinds = {short: name for name, short in TYPES.items()}
    at = 0
    while at < len(message):
        if message[at : at + 4] != MAGIC:
            raise ValueError(f"no frame at byte {at}")
        (head,) = struct.unpack_from("<I", message, at + 4)
        header = msgspec.json.decode(message[at + 8 : at + 8 + head])
        at += 8 + head
        columns: dict[str, NDArray[np.generic]] = {}
        end = at
        for name, kind, _, begin, length in header.get("cols", ()):
            columns[name] = np.frombuffer(message[at + begin : at + begin + length], kinds[kind])
            end = at + begin + length + -length % 8
        found.append((header, columns))
        at = end
    return found
