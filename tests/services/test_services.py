"""The services come up, survive kill -9 with their data and address, and end without touching anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError

from tests.services import kafka, postgres, processes
from tests.services.state import ROOT, State

TOPIC = "tests-services"


def command(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.services", name],
        env={**os.environ, "OPS_SERVICES": str(folder)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def connect(url: str, **changed: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True, **changed)


def test_postgis_answers_with_its_extension_and_a_password(postgres_url: str) -> None:
    with connect(postgres_url) as connection:
        assert connection.execute("SELECT ST_AsText(ST_Point(120.38, 36.07))").fetchone() == ("POINT(120.38 36.07)",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        connect(postgres_url, password="wrong")


def test_the_database_never_runs_as_root(services: State, postgres_url: str) -> None:
    running = services.running(postgres.NAME)
    assert running is not None
    assert os.stat(f"/proc/{running.pid}").st_uid != 0


def test_a_killed_database_comes_back_at_its_address_with_its_data(own_services: State) -> None:
    url = postgres.up(own_services)
    with connect(url) as connection:
        connection.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    before = own_services.running(postgres.NAME)
    assert before is not None
    processes.kill(before)
    assert own_services.running(postgres.NAME) is None
    assert postgres.up(own_services) == url
    with connect(url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_kafka_takes_and_gives_records(kafka_address: str) -> None:
    assert written_and_read({"bootstrap_servers": kafka_address}) == b"36.07"


def test_kafka_answers_over_tls_with_scram_and_nobody_without_the_password(kafka_secure: dict[str, str]) -> None:
    assert written_and_read(kafka_secure) == b"36.07"
    with pytest.raises(KafkaError):
        KafkaAdminClient(**{**kafka_secure, "sasl_plain_password": "wrong"}, bootstrap_timeout_ms=2_000).close()


def test_a_killed_broker_comes_back_at_its_address_with_its_records(own_services: State) -> None:
    address = kafka.up(own_services)
    written_and_read({"bootstrap_servers": address}, delete=False)
    before = own_services.running(kafka.NAME)
    assert before is not None
    processes.kill(before)
    assert own_services.running(kafka.NAME) is None
    assert kafka.up(own_services) == address
    with KafkaConsumer(bootstrap_servers=address) as consumer:
        assert consumer.end_offsets([TopicPartition(TOPIC, 0)]) == {TopicPartition(TOPIC, 0): 1}


def written_and_read(settings: dict[str, str], *, delete: bool = True) -> bytes:
    """Write one record to a new topic and return it as read."""
    admin = KafkaAdminClient(**settings)
    admin.create_topics({TOPIC: {"num_partitions": 1}}, wait_for_metadata=True)
    producer = KafkaProducer(**settings)
    producer.send(TOPIC, b"36.07").get(20)
    producer.close()
    with KafkaConsumer(**settings, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(TOPIC, 0)])
        found: dict[TopicPartition, list[ConsumerRecord]] = {}
        assert processes.until(lambda: bool(found.update(consumer.poll(500)) or found), within_s=20)
    if delete:
        admin.delete_topics([TOPIC])
    admin.close()
    return found[TopicPartition(TOPIC, 0)][0].value


def test_down_ends_its_own_processes_and_no_others(own_services: State, services: State) -> None:
    postgres.up(own_services)
    mine, others = own_services.running(postgres.NAME), services.running(postgres.NAME)
    assert mine is not None
    assert mine != others
    assert command(own_services.folder, "down").returncode == 0
    assert not processes.alive(mine)
    assert services.running(postgres.NAME) == others
    assert command(own_services.folder, "status").returncode == 1


def test_a_later_process_with_the_same_pid_is_not_taken_for_the_service(own_services: State) -> None:
    own_services.write(postgres.NAME, {"pid": os.getpid(), "born": "1", "port": 1, "password": "x"})
    assert own_services.running(postgres.NAME) is None
    assert command(own_services.folder, "down").returncode == 0


def test_the_addresses_are_readable_by_their_owner_only(services: State, postgres_url: str) -> None:
    assert services.file.stat().st_mode & 0o077 == 0
