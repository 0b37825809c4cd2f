"""Production: a deployment's servers, opened for one process of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from typing import TypeVar

from ops_center.adapters.journal_kafka import KafkaJournal
from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_topics import deployed
from ops_center.adapters.snapshots_kafka import KafkaSnapshots
from ops_center.deployment import Deployment, Production
from ops_center.domain.errors import JournalError, SetupError
from ops_center.ports import Snapshots

T = TypeVar("T")

log = logging.getLogger(__name__)

RETRY_S = 1.0
KEPT = 3  # newest snapshots of each part
KEEP_EVERY_MS = 600_000  # older ones so far apart: a replay reads on from the nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """What every role talks to."""

    production: Production
    kafka: KafkaSettings
    journal: KafkaJournal
    snapshots: Snapshots

    def close(self) -> None:
        """Let go of the connections."""
        self.journal.close()


def production_of(deployment: Deployment) -> Production:
    """Return the deployment's servers; SetupError where it names none."""
    if deployment.production is None:
        raise SetupError(
            "names no servers", setting="production", suggestion="add it, or run everything in one process: run CONFIG"
        )
    return deployment.production


def kafka_of(deployment: Deployment, *, wait_s: float | None = None) -> KafkaSettings:
    """Return the settings of its Kafka clients."""
    production = production_of(deployment)
    return KafkaSettings(
        servers=production.kafka,
        code=production.prefix,
        replication=production.replication,
        security=production.security,
        wait_s=production.wait_s if wait_s is None else wait_s,
    )


def open_servers(deployment: Deployment, stopping: Flag, *, wait_s: float | None = None) -> Servers:
    """Return the servers once the broker answers; topics that are absent are made. JournalError when stopped before."""
    settings = kafka_of(deployment, wait_s=wait_s)
    return Servers(
        production=production_of(deployment),
        kafka=settings,
        journal=once_reachable(lambda: KafkaJournal(settings, deployed(deployment.partitions)), stopping),
        snapshots=KafkaSnapshots(settings, deployment.partitions, keep_last=KEPT, keep_every_ms=KEEP_EVERY_MS),
    )


def once_reachable(make: Callable[[], T], stopping: Flag) -> T:
    """Return what is made over the broker, tried until it answers. JournalError when stopped before."""
    while True:
        try:
            return make()
        except JournalError as error:
            log.warning("waiting for the broker: %s", error)
            if stopping.wait(RETRY_S):
                raise


def role_folder(deployment: Deployment, name: str) -> Path:
    """Return the folder of one process; made where it is absent."""
    folder = deployment.folder / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
