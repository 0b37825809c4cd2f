"""Kafka clients: opened with one deployment's settings, their errors told as `JournalError`."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Lock
from typing import Any, TypeVar

from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from ops_center.adapters.clocks import monotonic_s
from ops_center.domain.errors import JournalError, SetupError, words_of

T = TypeVar("T")

SECURITY = frozenset(
    {
        "security_protocol", "ssl_check_hostname", "ssl_cafile", "ssl_certfile", "ssl_keyfile", "ssl_password",
        "ssl_crlfile", "ssl_ciphers", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password",
        "sasl_kerberos_name", "sasl_kerberos_service_name", "sasl_kerberos_domain_name",
    }
)  # fmt: skip
FILES = frozenset({"ssl_cafile", "ssl_certfile", "ssl_keyfile", "ssl_crlfile"})
RETRY_S = 1.0
_REACH_S = 2.0
_AGAIN_S = 0.1
_BACKOFF_MS = 20  # a new topic is known after one of these


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """Where a deployment's Kafka is and how to reach it.

    `code` begins every topic's and group's name. `security` is handed to the client as it stands.
    `wait_s` is how long one call waits for a broker that is away before it is a `JournalError`.
    `sync`: where there is one broker, inputs are on its disk before they are acknowledged, as a power
    cut asks for; it costs a disk sync for each partition and step, and holds for topics made from then on.
    """

    servers: tuple[str, ...]
    code: str
    replication: int = 1
    sync: bool = True
    security: Mapping[str, str | bool] = field(default_factory=dict)
    wait_s: float = 10.0

    def __post_init__(self) -> None:
        unknown = sorted(self.security.keys() - SECURITY)
        if unknown:
            raise SetupError(
                f"unknown key {unknown[0]!r}",
                setting="kafka.security",
                suggestion=f"one of {', '.join(sorted(SECURITY))}",
            )

    def name(self, topic: str) -> str:
        """Return a topic's or group's name on the broker."""
        return f"{self.code}.{topic}"

    @property
    def where(self) -> str:
        """The servers, in words."""
        return ", ".join(self.servers)

    def producer(self, **more: Any) -> Any:
        """Return an idempotent producer that answers when every in-sync replica has the record."""
        half_ms = int(self.wait_s * 500)
        return self._opened(
            KafkaProducer, acks="all", enable_idempotence=True, delivery_timeout_ms=int(self.wait_s * 1000),
            request_timeout_ms=half_ms, max_block_ms=half_ms, allow_auto_create_topics=False, metrics_enabled=False,
            **more,
        )  # fmt: skip

    def consumer(self, **more: Any) -> Any:
        """Return a consumer without automatic commits; partitions are assigned or subscribed by the caller."""
        return self._opened(
            KafkaConsumer, enable_auto_commit=False, allow_auto_create_topics=False, metrics_enabled=False,
            request_timeout_ms=max(int(self.wait_s * 500), 2_000), **more,
        )  # fmt: skip

    def whole(self, place: TopicPartition) -> Iterator[Any]:
        """Yield every record of a partition up to where it ends now; JournalError when that takes too long."""
        with self.told():
            consumer = self.consumer(auto_offset_reset="earliest", max_partition_fetch_bytes=16 << 20)
            try:
                consumer.assign([place])
                consumer.seek_to_beginning(place)
                end = consumer.end_offsets([place])[place]
                until_s = monotonic_s() + self.wait_s
                while consumer.position(place) < end:
                    records = consumer.poll(200).get(place, ())
                    if records:
                        until_s = monotonic_s() + self.wait_s
                    elif monotonic_s() > until_s:
                        raise JournalError(f"{place.topic} cannot be read to its end", path=f"Kafka at {self.where}")
                    yield from records
            finally:
                consumer.close()

    def admin(self) -> Any:
        """Return an admin client."""
        return self._opened(KafkaAdminClient, request_timeout_ms=max(int(self.wait_s * 500), 2_000))

    def _opened(self, kind: Callable[..., Any], **config: Any) -> Any:
        """Return a client; when it cannot be opened nothing of it stays behind."""
        self._reach()
        nets: list[KafkaNetClient] = []

        def net(**options: Any) -> KafkaNetClient:
            nets.append(KafkaNetClient(**options))
            return nets[-1]

        try:
            return kind(
                bootstrap_servers=list(self.servers), client_id=self.code, kafka_client=net,
                bootstrap_timeout_ms=int(self.wait_s * 1000), reconnect_backoff_max_ms=1_000,
                retry_backoff_ms=_BACKOFF_MS,
                **self.security, **config,
            )  # fmt: skip
        except (KafkaError, OSError) as error:
            for client in nets:
                client.close()
            raise self.error(error) from error

    def _reach(self) -> None:
        """JournalError at once where no server takes connections: a client would try for long."""
        reasons = []
        for server in self.servers:
            host, _, port = server.rpartition(":")
            try:
                socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_S).close()
                return
            except OSError as error:
                reasons.append(error.strerror or str(error))
        raise JournalError(f"does not answer: {'; '.join(reasons)}", path=f"Kafka at {self.where}")

    def error(self, error: Exception, *, offset: int | None = None) -> JournalError:
        """Return what a client raised as a JournalError."""
        return JournalError(words_of(error), path=f"Kafka at {self.where}", offset=offset)

    def patiently(self, ask: Callable[[], T]) -> T:
        """Return an answer, asked again while the broker is away or not yet ready, for `wait_s` at most."""
        until_s = monotonic_s() + self.wait_s
        while True:
            try:
                return ask()
            except KafkaError as error:
                if not error.retriable or monotonic_s() > until_s:
                    raise self.error(error) from error
                time.sleep(_AGAIN_S)

    @contextlib.contextmanager
    def told(self) -> Iterator[None]:
        """Tell what a client raises as JournalError."""
        try:
            yield
        except (KafkaError, OSError) as error:
            raise self.error(error) from error


class Rejoining(ConsumerRebalanceListener):  # type: ignore[misc]
    """Asks for each rejoin that has begun, so that it is seen to its end.

    One for new metadata is else forgotten half-way when a poll's time ends in it (kafka-python 3.0.12):
    its reason is gone by the next poll, the finished join is never looked at, and nothing is held or read.
    """

    def __init__(self, consumer: Any) -> None:
        self._rejoining = consumer

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Ask; partitions go to others after this."""
        self._rejoining._coordinator.request_rejoin()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Take partitions."""


def subscribe(consumer: Any, topic: str, listener: Rejoining, stopping: Flag) -> None:
    """Join the consumer's group for a topic once it is there.

    A leader that joins before it knows the topic shares nothing out; one that learns of it just after
    shares out twice.
    """
    consumer.subscribe([topic], listener=listener)
    while topic not in consumer.topics() and not stopping.wait(RETRY_S):
        pass


class Questions:
    """Questions to the broker over a connection of their own: behind a waiting fetch they would wait with it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._admin: Any = None

    def ask(self, question: Callable[[Any], T]) -> T:
        """Return the answer of an admin client, opened when first needed and again after a failure."""
        with self._lock:
            if self._admin is None:
                self._admin = self._settings.admin()
            admin = self._admin
            try:
                return self._settings.patiently(lambda: question(admin))
            except JournalError:
                self._drop()
                raise

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()
