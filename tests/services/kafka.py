"""Apache Kafka without Docker: jars from Maven Central, one KRaft node, its own data folder."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.services import processes
from tests.services.certificate import broker_certificate
from tests.services.packages import ServiceError, need
from tests.services.state import ROOT, State

NAME = "kafka"
SETTINGS = ROOT / "deploy" / "kafka.properties"
POM = Path(__file__).with_name("pom.xml")
HEAP = "-Xmx512m"
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # starts in a third of the time on two busy cores
USER = "ops"


def up(state: State) -> str:
    """Start the broker unless it runs; return its address."""
    need(shutil.which("kcat") is not None, "kcat", ("kcat",))
    if state.running(NAME) is None:
        need(shutil.which("java") is not None, "a Java runtime", ("default-jre-headless",))
        _start(state)
    return url(state)


def url(state: State) -> str:
    """Return host:port of the plain listener."""
    record = state.needed(NAME)
    return f"127.0.0.1:{record['port']}"


def secure(state: State) -> dict[str, str]:
    """Return the client settings of the second listener, which wants TLS and SCRAM."""
    record = state.read(NAME) or {}
    return {
        "bootstrap_servers": f"127.0.0.1:{record['secure_port']}",
        "security_protocol": "SASL_SSL",
        "ssl_cafile": str(state.folder / "kafka" / "ca.pem"),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": USER,
        "sasl_plain_password": str(record["password"]),
    }


def remove_topics(address: str, beginning: str) -> None:
    """Remove the topics whose names begin so: those of one test."""
    admin = KafkaAdminClient(bootstrap_servers=address)
    try:
        topics = [topic for topic in admin.list_topics() if topic.startswith(beginning)]
        if topics:
            admin.delete_topics(topics)
    finally:
        admin.close()


def down(state: State) -> None:
    """End the broker; its files stay."""
    if (running := state.running(NAME)) is not None:
        processes.end(running)


def version(state: State) -> str:
    """Return the version of the jars that are run."""
    return pinned()


def pinned() -> str:
    """Return the version that pom.xml names."""
    found = ElementTree.parse(POM).findtext(".//{*}kafka.version")
    assert found is not None
    return found


def jars() -> Path:
    """Return the folder of the jars, fetched by Maven once for this pom."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ops-center"
    folder = cache / f"kafka-{pinned()}"
    if folder.is_dir():
        return folder
    need(shutil.which("mvn") is not None, "Maven", ("maven",))
    print(f"services: fetching Apache Kafka {pinned()} with Maven", flush=True)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        done = subprocess.run(
            ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}/jars"],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise ServiceError(f"Maven could not fetch Apache Kafka:\n{(done.stdout + done.stderr)[-2000:]}")
        try:
            Path(fresh, "jars").rename(folder)  # whole or absent
        except OSError:
            if not folder.is_dir():  # else another starter was first
                raise
    return folder


def _start(state: State) -> None:
    folder, log = state.folder / "kafka", state.folder / "kafka.log"
    folder.mkdir(mode=0o700, exist_ok=True)
    record = state.read(NAME)
    if record is None:
        port, secure_port, controller_port = processes.free_ports(3)
        record = {
            "port": port,
            "secure_port": secure_port,
            "controller_port": controller_port,
            "password": secrets.token_urlsafe(24),
            "cluster": base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("="),
        }
        state.write(NAME, record)
    settings = folder / "server.properties"
    settings.touch(mode=0o600)
    settings.write_text(_settings(folder, record))
    account = f"SCRAM-SHA-512=[name={USER},password={record['password']}]"
    running = run(settings, cluster=str(record["cluster"]), log=log, accounts=(account,))
    state.write(NAME, {**record, "pid": running.pid, "born": running.born})
    processes.wait_ready(running, lambda: _answers(state), what="Apache Kafka", log=log)
    state.write(NAME, {**record, "pid": running.pid, "born": running.born, "url": url(state)})


def _settings(folder: Path, record: dict[str, str]) -> str:
    """Return the shared settings and what is this machine's: folders, ports, the second listener's secrets."""
    certificate = broker_certificate(folder)
    broker, secure_port, controller = record["port"], record["secure_port"], record["controller_port"]
    own = {
        "log.dirs": str(folder / "log"),
        "listeners": (
            f"PLAINTEXT://127.0.0.1:{broker},SECURE://127.0.0.1:{secure_port},CONTROLLER://127.0.0.1:{controller}"
        ),
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker},SECURE://127.0.0.1:{secure_port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listener.name.secure.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.secure.ssl.keystore.type": "PEM",
        "listener.name.secure.ssl.keystore.location": str(certificate),
    }
    return SETTINGS.read_text() + "".join(f"{key}={value}\n" for key, value in own.items())


def run(settings: Path, *, cluster: str, log: Path, accounts: tuple[str, ...] = ()) -> processes.Running:
    """Start a broker with a settings file, its data folder formatted first where it is not yet."""
    classes = jars()
    arguments = ["format", "--ignore-formatted", f"--cluster-id={cluster}", "-c", str(settings)]
    for account in accounts:
        arguments += ["--add-scram", account]
    if not Path(properties(settings.read_text())["log.dirs"], "meta.properties").exists():
        done = subprocess.run(_java(classes, "kafka.tools.StorageTool", *arguments), capture_output=True, text=True)
        if done.returncode:
            raise ServiceError(f"Kafka's data folder could not be formatted:\n{(done.stdout + done.stderr)[-2000:]}")
    return processes.start(_java(classes, "kafka.Kafka", str(settings)), log=log)


def properties(text: str) -> dict[str, str]:
    """Return the settings of a properties file."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}


def _java(classes: Path, main: str, *arguments: str) -> list[str]:
    return [
        *("java", HEAP, *QUICK, "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"),
        *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true"),
        *("-cp", f"{classes}/*", main, *arguments),
    ]


def _answers(state: State) -> bool:
    """Return True when broker and controller answer."""
    host, _, port = url(state).rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()  # kafka-python leaves refused sockets open
        admin = KafkaAdminClient(bootstrap_servers=url(state), bootstrap_timeout_ms=3_000, request_timeout_ms=3_000)
    except (KafkaError, OSError):
        return False
    try:
        return bool(admin.describe_cluster().get("brokers"))
    except KafkaError:
        return False
    finally:
        admin.close()
