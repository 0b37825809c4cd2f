"""A place in a Kafka consumer group, used only to share out partitions; nothing is fetched through it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from threading import Event as Flag
from threading import Lock, Thread

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import MemberToRemove
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from kafka.errors import KafkaError

from ops_center.adapters.kafka_client import RETRY_S, KafkaSettings, Rejoining, subscribe
from ops_center.domain.errors import JournalError

log = logging.getLogger(__name__)

SESSION_S = 6.0  # ORDER 25: at most ten seconds
HEARTBEAT_S = 1.5
POLL_S = 0.2


class KafkaMembership:
    """Implements `ports.Membership` over the partitions of one topic.

    The group is served by a thread of its own. Before partitions go to another member it waits until
    the owner's next `poll` has handed them over, though no longer than half a session: what an owner
    that hangs still writes is dropped by its ids.
    """

    def __init__(
        self, settings: KafkaSettings, *, topic: str, group: str, name: str, session_s: float = SESSION_S
    ) -> None:
        self._settings, self._topic, self._group, self._name = settings, topic, group, name
        self._session_s = session_s
        self._lock = Lock()
        self._held: frozenset[int] = frozenset()
        self._leaving: tuple[frozenset[int], Flag] | None = None
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name=f"group {group}", daemon=True)
        self._thread.start()

    def poll(self, leaving: Callable[[frozenset[int]], None]) -> frozenset[int]:
        """Hand over what is asked for; return the partitions held now."""
        with self._lock:
            asked = self._leaving
            if asked is None:
                return self._held
        leaving(asked[0])
        with self._lock:
            self._leaving = None
            asked[1].set()
            return self._held

    def close(self) -> None:
        """Leave the group at once; the caller has handed over already."""
        self._stopping.set()
        with self._lock:
            if self._leaving is not None:
                self._leaving[1].set()
        self._thread.join(self._session_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._serve()
            except (KafkaError, JournalError, OSError) as error:
                log.warning("group %s: %s", self._group, error)
                self._lost(None)
                self._stopping.wait(RETRY_S)

    def _serve(self) -> None:
        consumer = self._settings.consumer(
            group_id=self._settings.name(self._group),
            group_instance_id=self._name,
            session_timeout_ms=int(self._session_s * 1000),
            heartbeat_interval_ms=int(HEARTBEAT_S * 1000),
            partition_assignment_strategy=[StickyPartitionAssignor],
        )
        try:
            subscribe(consumer, self._settings.name(self._topic), _Listener(self, consumer), self._stopping)
            while not self._stopping.is_set():
                consumer.poll(timeout_ms=int(POLL_S * 1000))
        finally:
            consumer.close(autocommit=False, timeout_ms=2_000)
            if self._stopping.is_set():
                self._leave()

    def _leave(self) -> None:
        """Tell the broker that this member will not be back: a static one is else waited for (KIP-345)."""
        admin = self._settings.admin()
        try:
            member = MemberToRemove(group_instance_id=self._name, reason="closed")
            admin.remove_group_members(self._settings.name(self._group), [member])
        finally:
            admin.close()

    # Told by the group's own loop.

    def _gained(self, partitions: frozenset[int]) -> None:
        with self._lock:
            self._held |= partitions
        log.info("group %s: %s holds %s", self._group, self._name, sorted(self._held))

    def _revoked(self, partitions: frozenset[int]) -> None:
        with self._lock:
            self._held -= partitions
            if not partitions or self._stopping.is_set():
                return
            handed = Flag()
            self._leaving = (partitions, handed)
        if not handed.wait(self._session_s / 2):
            log.warning("group %s: partitions %s went without being handed over", self._group, sorted(partitions))

    def _lost(self, partitions: frozenset[int] | None) -> None:
        with self._lock:
            self._held = frozenset() if partitions is None else self._held - partitions


class _Listener(Rejoining):
    def __init__(self, place: KafkaMembership, consumer: KafkaConsumer) -> None:
        super().__init__(consumer)
        self._place, self._consumer = place, consumer

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Take partitions; they are paused, since reading is the journal's."""
        self._consumer.pause(*assigned)
        self._place._gained(_numbers(assigned))

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Let partitions be handed over before another member gets them."""
        super().on_partitions_revoked(revoked)
        self._place._revoked(_numbers(revoked))

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        """Forget partitions that another may hold already."""
        self._place._lost(_numbers(lost))


def _numbers(partitions: Collection[TopicPartition]) -> frozenset[int]:
    return frozenset(one.partition for one in partitions)
