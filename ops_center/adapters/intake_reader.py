"""Reads an intake topic as one of a group: hands batches on, commits when they are durable, sets refused ones aside."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from ops_center.adapters.kafka_client import KafkaSettings, Rejoining, subscribe
from ops_center.adapters.kafka_topics import INTAKE_REFUSED
from ops_center.adapters.kafka_writer import Write, Writer
from ops_center.domain.errors import JournalError

log = logging.getLogger(__name__)

AGAIN_S = 1.0
_POLL_MS = 200
_RECORDS = 5_000
_LONGEST_MS = 3_600_000  # a batch waits for the journal as long as that is away


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that cannot be used, and why."""

    record: Any
    reason: str


Handle = Callable[[Sequence[Any], Flag], "Sequence[Refused] | None"]


class IntakeReader:
    """A thread that reads `topic`; gateways that read the same topic share its partitions.

    `handle` gets records in the order of their partition and a flag that is set when the reader is
    to stop. It returns those it refused once all others are durable, or None when it stopped
    before: then nothing is committed and they come again. So each record is journalled at least
    once; identity makes it count once.
    """

    def __init__(self, settings: KafkaSettings, topic: str, handle: Handle) -> None:
        self._settings, self._topic, self._handle = settings, topic, handle
        self._writer = Writer(settings)
        self._stopping = Flag()
        self._reason = ""
        self.refused = 0
        self._thread = Thread(target=self._run, name=topic, daemon=True)

    def start(self) -> None:
        """Begin reading."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is not yet durable comes again."""
        self._stopping.set()
        self._thread.join()
        self._writer.close()

    @property
    def reason(self) -> str:
        """Why nothing can be read now; "" when it can."""
        return self._reason

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read()
            except (JournalError, KafkaError) as error:
                if not self._reason:
                    log.error("%s cannot be read: %s", self._topic, error)
                self._reason = str(error)
                self._stopping.wait(AGAIN_S)

    def _read(self) -> None:
        consumer = self._settings.consumer(
            group_id=self._settings.name(self._topic), auto_offset_reset="earliest", max_poll_records=_RECORDS,
            max_poll_interval_ms=_LONGEST_MS, session_timeout_ms=10_000,
        )  # fmt: skip
        try:
            subscribe(consumer, self._settings.name(self._topic), Rejoining(consumer), self._stopping)
            while not self._stopping.is_set():
                fetched: dict[TopicPartition, list[Any]] = consumer.poll(_POLL_MS)
                if self._reason and consumer.assignment():
                    log.warning("%s can be read again", self._topic)
                    self._reason = ""
                records = [record for place in sorted(fetched) for record in fetched[place]]
                if not records:
                    continue
                refused = self._handle(records, self._stopping)
                if refused is None:
                    return
                self._set_aside(refused)
                ends = {place: OffsetAndMetadata(of[-1].offset + 1, "", -1) for place, of in fetched.items()}
                consumer.commit(ends)
        finally:
            consumer.close(autocommit=False)

    def _set_aside(self, refused: Sequence[Refused]) -> None:
        """Keep what cannot be used, with the reason: nothing is skipped in silence."""
        writes = [
            Write(
                self._settings.name(INTAKE_REFUSED), 0, [one.record.value or b""], [one.record.key],
                (*one.record.headers, ("reason", one.reason.encode()), ("topic", one.record.topic.encode())),
            )
            for one in refused
        ]  # fmt: skip
        if writes:
            self._writer.write(writes)
            self.refused += len(writes)
            log.warning("%s: %d refused, the last: %s", self._topic, len(writes), refused[-1].reason)
