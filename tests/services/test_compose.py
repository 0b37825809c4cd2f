"""docker-compose.yml is valid, has no password in it, and runs the servers that the tests run, as they are set here."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from ruamel.yaml import YAML

from ops_center.bootstrap.deployed import content_of
from ops_center.cli.roles import status
from ops_center.deployment import load_deployment
from tests.services import compose, kafka, postgres, processes
from tests.services.packages import ServiceError
from tests.services.state import ROOT, State

GIVEN = {
    "POSTGRES_PASSWORD": "pg1",
    "KAFKA_PASSWORD": "kf2",
    "PARK_GAS_TOKEN": "pk3",
    "KAFKA_CLUSTER_ID": "4L6g3nShT-eMCtK--X86sw",
}
SERVERS, ROLES = {"kafka", "postgis"}, {"gateway", "worker-1", "worker-2", "desk", "desk-standby", "wall"}


@pytest.fixture
def document() -> dict[str, Any]:
    return compose.with_variables(compose.raw(), GIVEN)


def test_the_file_is_valid_by_the_compose_specification(document: dict[str, Any]) -> None:
    found = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(found.read_text())
    Draft202012Validator.check_schema(schema)
    plain = json.loads(json.dumps(document))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(plain)] == []
    plain["services"]["kafka"]["imag"] = "x"
    assert list(Draft202012Validator(schema).iter_errors(plain)) != []


def test_every_service_has_a_health_check_limits_and_a_volume(document: dict[str, Any]) -> None:
    assert document["services"].keys() == SERVERS | ROLES
    for name, service in document["services"].items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        volumes = [volume.split(":")[0] for volume in service["volumes"] if not volume.startswith(".")]
        assert volumes
        assert set(volumes) <= document["volumes"].keys(), name
        assert service["restart"] == "unless-stopped", name


def test_a_role_without_a_door_is_healthy_by_ops_center_status_of_its_own_name(document: dict[str, Any]) -> None:
    for role in ROLES - {"gateway", "wall"}:
        service = document["services"][role]
        _, config, _, name = service["command"]
        assert service["healthcheck"]["test"] == ["CMD", "ops-center", "status", config, "--process", name]
    assert "--process" in {option for parameter in status.params for option in parameter.opts}


def test_the_doors_of_gateway_and_wall_are_their_health(document: dict[str, Any]) -> None:
    doors = {role: document["services"][role]["healthcheck"]["test"][-1] for role in ("gateway", "wall")}
    assert "127.0.0.1:8809/health" in doors["gateway"]
    assert "127.0.0.1:8808/healthz" in doors["wall"]


def test_the_deployment_loads_with_the_secrets_that_the_compose_file_gives_it(
    document: dict[str, Any], tmp_path: Path
) -> None:
    config = tmp_path / "deployment.yml"
    config.write_bytes((ROOT / "deploy" / "production" / "deployment.yml").read_bytes())
    (tmp_path / "secrets.yml").write_text(document["configs"]["secrets"]["content"])
    found = load_deployment(config)
    assert found.production is not None
    assert found.production.security["sasl_plain_password"] == GIVEN["KAFKA_PASSWORD"]
    assert found.production.database == f"postgresql+psycopg://ops:{GIVEN['POSTGRES_PASSWORD']}@postgis:5432/ops"
    assert found.production.gateway_port == 8809
    assert found.production.gateway_at in document["services"]  # the wall asks for its health by this name
    assert found.secrets_of(["park-gas"]) == {"park-gas": GIVEN["PARK_GAS_TOKEN"]}
    assert content_of(found).feeds.keys() == {"dg-vehicles", "park-gas"}


def test_roles_run_as_nobody_special_and_wait_for_the_servers(document: dict[str, Any]) -> None:
    for name in ROLES:
        service = document["services"][name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["depends_on"] == {server: {"condition": "service_healthy"} for server in SERVERS}
        assert service["command"][0] in ("gateway", "worker", "desk", "wall")
    last = (ROOT / "Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert (ROOT / "Dockerfile").read_text().count("\nFROM ") == 2
    assert "\nUSER ops\n" in last
    assert "pip install" not in last


def test_names_are_each_processs_own_and_only_the_gateway_has_a_volume_to_itself(document: dict[str, Any]) -> None:
    names = [document["services"][role]["command"][-1] for role in ROLES]
    volumes = [document["services"][role]["volumes"][0] for role in ROLES]
    assert len(set(names)) == len(ROLES)
    assert sorted(volumes.count(one) for one in set(volumes)) == [1, len(ROLES) - 1]


def test_servers_are_reached_inside_the_network_only(document: dict[str, Any]) -> None:
    for name in SERVERS:
        assert "ports" not in document["services"][name]
        assert document["services"][name]["networks"] == ["inside"]
    assert document["networks"]["inside"] == {"internal": True}


def test_every_password_is_required_and_none_is_written_down() -> None:
    assert compose.required() == GIVEN.keys()
    for name in GIVEN:
        with pytest.raises(ServiceError, match=f"{name}: see deploy/production/env.example"):
            compose.with_variables(compose.raw(), {**GIVEN, name: ""})
    written = [text for _, text in secrets_in(compose.raw())]
    assert len(written) == 6  # PostGIS, twice the broker's, three of the roles
    assert all(text.startswith("${") for text in written)
    example = (ROOT / "deploy" / "production" / "env.example").read_text()
    assert re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE) == [
        (name, "") for name in ("POSTGRES_PASSWORD", "KAFKA_PASSWORD", "PARK_GAS_TOKEN", "KAFKA_CLUSTER_ID")
    ]


def secrets_in(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield what stands where a password or token stands in the file, in keys and inside texts."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from secrets_in(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from secrets_in(value, name)
    elif re.search(r"PASSWORD|TOKEN", name):
        yield name, node
    elif isinstance(node, str):
        for found in re.finditer(
            r'(?:password|user_ops)="([^"]*)"|^(?:kafka|database|park_gas): "([^"]*)"', node, re.M
        ):
            yield name, found[1] or found[2]


def test_versions_are_those_the_tests_run(document: dict[str, Any], services: State, postgres_url: str) -> None:
    assert document["services"]["kafka"]["image"] == f"apache/kafka:{kafka.pinned()}"
    server, postgis = re.fullmatch(r"(\d+)\.\d+, PostGIS (\d+\.\d+)\..*", postgres.version(services)).groups()
    assert document["services"]["postgis"]["image"] == f"postgis/postgis:{server}-{postgis}"


def test_settings_are_the_files_the_tests_start_the_servers_with(document: dict[str, Any]) -> None:
    mounted = {
        name: {
            Path(volume.split(":")[0]).name: volume.split(":")[1] for volume in service["volumes"] if volume[0] == "."
        }
        for name, service in document["services"].items()
        if name in SERVERS
    }
    assert mounted == {
        "kafka": {kafka.SETTINGS.name: "/mnt/shared/config/server.properties"},
        "postgis": {postgres.SETTINGS.name: "/etc/postgresql/ops-center.conf"},
    }
    assert document["services"]["postgis"]["command"][-1] == "config_file=/etc/postgresql/ops-center.conf"
    assert document["services"]["kafka"]["environment"]["KAFKA_HEAP_OPTS"] == kafka.HEAP
    own = compose.kafka_properties(document["services"]["kafka"]["environment"])
    assert own.keys() & kafka.properties(kafka.SETTINGS.read_text()).keys() == set()
    given = shlex.split(document["services"]["postgis"]["environment"]["POSTGRES_INITDB_ARGS"])
    assert given == list(postgres.INITDB)


@pytest.fixture
def composed(document: dict[str, Any], own_services: State) -> Iterator[int]:
    """Run a broker with exactly what the compose file gives its own, on this machine's addresses; return its port."""
    port, controller = processes.free_ports(2)
    environment = document["services"]["kafka"]["environment"]
    text = json.dumps(compose.kafka_properties(environment))
    here = text.replace("kafka:9092", f"127.0.0.1:{port}").replace("kafka:9093", f"127.0.0.1:{controller}")
    here = here.replace("//:9092", f"//127.0.0.1:{port}").replace("//:9093", f"//127.0.0.1:{controller}")
    folder = own_services.folder / "composed"
    folder.mkdir()
    properties = {**json.loads(here), "log.dirs": str(folder / "log")}
    settings = folder / "server.properties"
    settings.write_text(kafka.SETTINGS.read_text() + "".join(f"{key}={value}\n" for key, value in properties.items()))
    running = kafka.run(settings, cluster=environment["CLUSTER_ID"], log=folder / "log.txt")
    yield port
    processes.end(running)


def test_a_broker_with_the_compose_files_settings_lets_in_who_has_the_password(composed: int) -> None:
    deployment = YAML(typ="safe", pure=True).load((ROOT / "deploy" / "production" / "deployment.yml").read_text())
    security = deployment["production"]["kafka"]["security"]
    assert security["sasl_plain_password"] == "secret:kafka"
    settings = {
        **security,
        "sasl_plain_password": GIVEN["KAFKA_PASSWORD"],
        "bootstrap_servers": f"127.0.0.1:{composed}",
    }

    def listed(**more: str) -> list[str]:
        admin = KafkaAdminClient(**{**settings, **more}, bootstrap_timeout_ms=2_000)
        try:
            admin.create_topics({"here": {"num_partitions": 1}}, wait_for_metadata=True)
            return admin.list_topics()
        finally:
            admin.close()

    found: list[str] = []

    def ready() -> bool:
        try:
            found.extend(listed())
        except KafkaError:
            return False
        return True

    assert processes.until(ready, within_s=90)
    assert "here" in found
    with pytest.raises(KafkaError):
        listed(sasl_plain_password="wrong")
