"""Durable steps into Kafka: what one step writes to a partition is one record batch, whole or absent."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from kafka.errors import KafkaError

from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.domain.errors import JournalError

log = logging.getLogger(__name__)

BATCH_OCTETS = 15 << 20  # below the broker's message.max.bytes
_RECORD_OCTETS = 128  # of a record beside key and value, at most
_LINGER_MS_PER_WAIT_S = 250  # a batch leaves when the step is complete, not when a thread happens to look


@dataclass(frozen=True, slots=True)
class Write:
    """Records for one partition; `keys` None: none has a key. A value None is a tombstone."""

    topic: str
    partition: int
    values: Sequence[bytes | None]
    keys: Sequence[bytes | None] | None = None
    headers: tuple[tuple[str, bytes], ...] = ()  # of every record


class Writer:
    """Any thread may write; steps follow each other.

    A step returns once every in-sync replica has all of it. When it raises, any of its partitions
    may have it or not (Kafka tells no more), so the caller writes it again and a record may be
    there twice: harmless, for identity is made of content (ORDER 8). Within one partition a step's
    records are never torn apart or reordered: they travel as one batch. So a tick can never be
    there without the blocks before it. A step above 15 MiB in one partition goes as several.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._producer: Any = None

    def write(self, writes: Sequence[Write]) -> list[int]:
        """Write one step; return the first offset of each (-1 where it has no records)."""
        firsts = [-1] * len(writes)
        with self._lock:
            for part in _parts(writes):
                for number, first in self._step(part):
                    firsts[number] = first if firsts[number] < 0 else firsts[number]
        return firsts

    def close(self) -> None:
        """Let go of the connection; what was acknowledged is with the broker."""
        with self._lock:
            self._drop()

    def _step(self, part: Sequence[tuple[int, Write]]) -> list[tuple[int, int]]:
        if self._producer is None:
            self._producer = self._settings.producer(
                linger_ms=int(self._settings.wait_s * _LINGER_MS_PER_WAIT_S),
                batch_size=BATCH_OCTETS,
                max_request_size=BATCH_OCTETS + (1 << 20),
            )
        try:
            sent = [(number, self._send(write)) for number, write in part]
            self._producer.flush(self._settings.wait_s + 2)
            return [(number, futures[0].get(0).offset) for number, futures in sent if all(f.get(0) for f in futures)]
        except KafkaError as error:
            self._drop()
            raise JournalError(
                f"not acknowledged: {error}; what was written is unknown, write it again",
                path=f"Kafka at {self._settings.where}",
            ) from error

    def _send(self, write: Write) -> list[Any]:
        keys: Sequence[bytes | None] = write.keys or [None] * len(write.values)
        return [
            self._producer.send(
                write.topic, value=value, key=key, partition=write.partition, headers=list(write.headers)
            )
            for key, value in zip(keys, write.values, strict=True)
        ]

    def _drop(self) -> None:
        """Close the producer: a new one starts with an order of its own."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError):  # it has failed already, and was told
                producer.close(timeout=1)


def _parts(writes: Sequence[Write]) -> list[list[tuple[int, Write]]]:
    """Cut writes into parts that hold one batch for each partition, in order."""
    parts: list[list[tuple[int, Write]]] = [[]]
    octets: dict[tuple[str, int], int] = {}
    for number, write in enumerate(writes):
        start = 0
        place = (write.topic, write.partition)
        for row, value in enumerate(write.values):
            size = len(value or b"") + (len(write.keys[row] or b"") if write.keys else 0) + _RECORD_OCTETS
            if octets.get(place, 0) + size > BATCH_OCTETS and octets.get(place, 0):
                _add(parts, number, write, start, row)
                parts.append([])
                octets, start = {}, row
            octets[place] = octets.get(place, 0) + size
        _add(parts, number, write, start, len(write.values))
    return [part for part in parts if part]


def _add(parts: list[list[tuple[int, Write]]], number: int, write: Write, start: int, end: int) -> None:
    if start < end:
        keys = write.keys[start:end] if write.keys else None
        parts[-1].append((number, replace(write, values=write.values[start:end], keys=keys)))
