"""Fixtures for every test: the addresses of the real servers, where a test asks for them."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ops_center.adapters.kafka_client import KafkaSettings
from tests.required import absent
from tests.services import kafka, postgres
from tests.services.state import State, open_state, state_folder

# No test judges how long an example took.
settings.register_profile("ops", deadline=None)
settings.load_profile("ops")


@pytest.fixture(scope="session")
def services() -> State:
    """Return the running services; skip where a developer has none up."""
    return State(state_folder())


@pytest.fixture(scope="session")
def postgres_url(services: State) -> str:
    """Return the SQLAlchemy address of PostGIS; its user may create databases."""
    _must_run(services, postgres.NAME)
    return postgres.url(services)


@pytest.fixture(scope="session")
def kafka_address(services: State) -> str:
    """Return host:port of Apache Kafka's plain listener."""
    _must_run(services, kafka.NAME)
    return kafka.url(services)


@pytest.fixture
def kafka_settings(kafka_address: str) -> Iterator[KafkaSettings]:
    """Return settings of a deployment of this test's own; its topics are removed afterwards."""
    settings = KafkaSettings(servers=(kafka_address,), code=f"t{secrets.token_hex(5)}", wait_s=5)
    yield settings
    kafka.remove_topics(kafka_address, settings.code)


@pytest.fixture(scope="session")
def kafka_secure(services: State) -> dict[str, str]:
    """Return the client settings of Apache Kafka's listener with TLS and SCRAM."""
    _must_run(services, kafka.NAME)
    return kafka.secure(services)


@pytest.fixture
def own_services(services: State) -> Iterator[State]:
    """Return a second set of services, all down, for tests that kill them; it is ended and removed afterwards."""
    for name in (postgres.NAME, kafka.NAME):
        _must_run(services, name)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ops-services-") as name:
        Path(name).chmod(0o755)  # the database's own user must reach its part
        state = open_state(Path(name))
        yield state
        kafka.down(state)
        postgres.down(state)


def _must_run(services: State, name: str) -> None:
    if services.running(name) is None:
        told = f"{name} is not up in {services.folder}: ./ops services up"
        absent(told)
