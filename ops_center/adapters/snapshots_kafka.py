"""Snapshots in the compacted `state` topic: in parts below the message limit, the last part written last.

A record's key is ``<name>/<at_ms>/<part>``, its value ``OPSP``, u16 part, u16 parts, u32 CRC-32C and u64
length of the deflated state, then this part of it. A snapshot is there when all its parts are and
the sum is right; else the one before it is the truth.
"""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from crc32c import crc32c
from kafka import TopicPartition

from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_topics import STATE
from ops_center.adapters.kafka_writer import Write, Writer
from ops_center.adapters.snapshots_file import superfluous

log = logging.getLogger(__name__)

PART_OCTETS = 4 << 20
_HEAD = struct.Struct("<4sHHIQ")
_MAGIC = b"OPSP"
_LEVEL = 1


@dataclass(slots=True)
class _Parts:
    """What has been read of one snapshot."""

    head: tuple[int, int, int] = (0, 0, 0)  # parts, crc, length
    found: dict[int, bytes] = field(default_factory=dict)

    def take(self, value: bytes) -> None:
        """Take in a part; one of another writing of the same time begins anew."""
        magic, part, *head = _HEAD.unpack_from(value)
        if magic != _MAGIC:
            return
        if tuple(head) != self.head:
            self.head, self.found = (head[0], head[1], head[2]), {}
        self.found[part] = value[_HEAD.size :]

    def state(self) -> bytes | None:
        """Return the state, None where it is not whole."""
        parts, crc, length = self.head
        if len(self.found) != parts or not parts:
            return None
        packed = b"".join(self.found[part] for part in sorted(self.found))
        return zlib.decompress(packed) if (len(packed), crc32c(packed)) == (length, crc) else None


class KafkaSnapshots:
    """Implements `ports.Snapshots`; any process may save and read.

    `keep_last` and `keep_every_ms`: after each save of a name what is superfluous of it is removed
    (a tombstone for each part); None keeps everything until `prune`.
    """

    def __init__(
        self, settings: KafkaSettings, partitions: int, *, keep_last: int | None = None, keep_every_ms: int = 3_600_000
    ) -> None:
        self._settings, self._partitions = settings, partitions
        self._keep_last, self._keep_every_ms = keep_last, keep_every_ms
        self._writer = Writer(settings)
        self._lock = Lock()
        self._known: dict[str, dict[int, int]] = {}  # name -> time -> parts

    def close(self) -> None:
        """Let go of the connection."""
        self._writer.close()

    def save(self, name: str, at_ms: int, state: bytes) -> None:
        """Keep a snapshot; one of the same name and time is replaced."""
        if at_ms < 0:
            raise ValueError(f"snapshot {name} at {at_ms} ms: times begin at 0")
        packed = zlib.compress(state, _LEVEL)
        pieces = [packed[at : at + PART_OCTETS] for at in range(0, len(packed), PART_OCTETS)]
        crc = crc32c(packed)
        values: list[bytes | None] = [
            _HEAD.pack(_MAGIC, part, len(pieces), crc, len(packed)) + piece for part, piece in enumerate(pieces)
        ]
        with self._lock:
            known = self._times_of(name)
            surplus = range(len(pieces), known.get(at_ms, 0))  # of a longer one of the same time
            keys = [_key(name, at_ms, part) for part in [*range(len(pieces)), *surplus]]
            self._write(name, keys, [*values, *(None for _ in surplus)])
            known[at_ms] = len(pieces)
        if self._keep_last is not None:
            self.prune(name, keep_every_ms=self._keep_every_ms, keep_last=self._keep_last)

    def latest(self, name: str, *, not_after_ms: int | None = None) -> tuple[int, bytes] | None:
        """Return (at_ms, state) of the newest whole snapshot at or before the given time."""
        snapshots: dict[int, _Parts] = {}
        for at_ms, value in self._read(name):
            if not_after_ms is None or at_ms <= not_after_ms:
                snapshots.setdefault(at_ms, _Parts()).take(value)
        for at_ms in sorted(snapshots, reverse=True):
            state = snapshots.pop(at_ms).state()
            if state is not None:
                return at_ms, state
            log.warning("%s at %d: snapshot is not whole; an older one is taken", name, at_ms)
        return None

    def times(self, name: str) -> Sequence[int]:
        """Return the times of a name's snapshots, oldest first."""
        with self._lock:
            return sorted(self._times_of(name))

    def prune(self, name: str, *, keep_every_ms: int, keep_last: int, before_ms: int = 0) -> int:
        """Remove all but the newest `keep_last` and the first of each `keep_every_ms`; return how many went."""
        with self._lock:
            known = self._times_of(name)
            gone = superfluous(sorted(known), keep_every_ms=keep_every_ms, keep_last=keep_last, before_ms=before_ms)
            keys = [_key(name, at_ms, part) for at_ms in gone for part in range(known[at_ms])]
            if keys:
                self._write(name, keys, [None] * len(keys))
            for at_ms in gone:
                del known[at_ms]
        return len(gone)

    def _times_of(self, name: str) -> dict[int, int]:
        """Return time -> parts of a name, read once; what others save of it later they prune."""
        if name not in self._known:
            known = self._known[name] = {}
            for at_ms, value in self._read(name):
                known[at_ms] = max(known.get(at_ms, 0), _HEAD.unpack_from(value)[1] + 1)
        return self._known[name]

    def _read(self, name: str) -> Iterator[tuple[int, bytes]]:
        """Yield the time and value of every part of a name that is not tombstoned."""
        alive: dict[tuple[int, int], Any] = {}
        for record in self._settings.whole(self._place(name)):
            of, at_ms, part = (record.key or b"").decode().rsplit("/", 2)
            if of == name:
                alive.pop((int(at_ms), int(part)), None)  # in the order of writing
                if record.value is not None:
                    alive[int(at_ms), int(part)] = record.value
        for (at_ms, _), value in alive.items():
            yield at_ms, value

    def _write(self, name: str, keys: Sequence[bytes], values: Sequence[bytes | None]) -> None:
        place = self._place(name)
        self._writer.write([Write(place.topic, place.partition, values, keys)])

    def _place(self, name: str) -> TopicPartition:
        return TopicPartition(self._settings.name(STATE), crc32c(name.encode()) % self._partitions)


def _key(name: str, at_ms: int, part: int) -> bytes:
    return f"{name}/{at_ms}/{part}".encode()
