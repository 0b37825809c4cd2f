"""A stack: every role of one deployment as a real process over real servers, started and killed at will.

For a test::

    with Stack.of(scenario, folder, kafka="127.0.0.1:9092", database=url) as stack:
        stack.start("gateway", "worker-1", "worker-2", "desk-1")
        for step in steps:
            stack.send(step)
        stack.kill("worker-1"); stack.start("worker-1")
        stack.wait_decided(end_ms)
        assert stack.result() == expected
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Event as Flag
from types import TracebackType
from typing import Any

import msgspec
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from ops_center.adapters.journal_kafka import KafkaJournal
from ops_center.adapters.processes import Supervisor
from ops_center.adapters.store_models import AlertRow
from ops_center.adapters.store_sql import open_store
from ops_center.bootstrap.production import open_servers
from ops_center.deployment import Deployment, load_deployment
from ops_center.domain.alert import Alert
from ops_center.domain.digest import digest_of
from ops_center.pipeline.pulses import Heard
from ops_center.pipeline.results import events_of, outputs_of
from ops_center.ports import Journal
from ops_center.pulse import Pulse
from tests.production.decided import Decided
from tests.production.script import DEADLINE_S, Sender
from tests.production.scripted_gateway import Step
from tests.scenarios.content import Scenario

ROOT = Path(__file__).parents[2]
ROLES = ("gateway", "worker", "desk", "wall")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(slots=True, frozen=True)
class Result:
    """What a run came to, logically: equal for every way of running."""

    digest: str  # alerts, incidents and tasks, the last word on each
    events: str
    alerts: int
    occurrences: int


def result_of(journal: Journal) -> Result:
    """Return the result a journal holds."""
    outputs = outputs_of(journal)
    return Result(
        digest=digest_of(outputs.alerts, outputs.incidents, outputs.tasks),
        events=digest_of(sorted(event.id for event in events_of(journal))),
        alerts=len(outputs.alerts),
        occurrences=sum(len(alert.occurrences) for alert in outputs.alerts),
    )


@dataclass(kw_only=True)
class Stack:
    """One deployment and its processes. Names are ``gateway``, ``worker-1``, ``desk-1``, ``wall-1`` and so on."""

    config: Path
    deployment: Deployment
    supervisor: Supervisor
    database: str = ""
    admin: str = ""
    senders: list[Sender] = field(default_factory=list)

    @staticmethod
    def of(
        scenario: Scenario,
        folder: Path,
        *,
        kafka: str,
        database: str = "",
        partitions: int = 4,
        scripted: bool = True,
        **more: Any,
    ) -> Stack:
        """Write the deployment file of a scenario; `database` may create databases, each stack has its own."""
        folder.mkdir(parents=True, exist_ok=True)
        name = f"t{secrets.token_hex(4)}"
        given: dict[str, Any] = {
            "deployment": scenario.deployment,
            "title": {"zh": scenario.name, "en": scenario.name},
            "folder": "var",
            "metric_epsg": scenario.metric_epsg,
            "partitions": partitions,
            "content": [str(scenario.folder)],
            "feeds": [feed for feed, _ in scenario.inputs],
            "built_in_rules": False,
            "http": {"port": free_port()},
            "secrets_file": "secrets.yml",
            "production": {
                "kafka": {"servers": [kafka], "prefix": name, "wait": "5 s"},
                "gateway": {"port": free_port()},
                "snapshot_every": "1 s",
                "session": "6 s",
            },
            **more,
        }
        own = ""
        known = {feed.replace("-", "_"): secrets.token_urlsafe(12) for feed, _ in scenario.inputs}
        if database:
            own = _made(database, name)
            url = make_url(own)
            known["database"] = str(url.password)
            given["production"]["database"] = {
                "url": url._replace(password=None).render_as_string(hide_password=False),
                "password": "secret:database",
            }
        (folder / "secrets.yml").write_text(json.dumps(known))
        config = folder / "deployment.yml"
        config.write_text(json.dumps(given, ensure_ascii=False, indent=1))
        stack = Stack(
            config=config,
            deployment=load_deployment(config),
            supervisor=Supervisor(
                folder=folder / "logs", environment={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}, restarts=False
            ),
            database=own,
            admin=database,
        )
        stack.scripted = scripted
        return stack

    scripted: bool = True
    gateway: str = "tests.production.scripted_gateway"  # the module that is run where `scripted`
    decided: Decided = field(default_factory=Decided)

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End everything and drop the database."""
        for sender in self.senders:
            sender.close()
        self.supervisor.close()
        if "journal" in self.__dict__:
            self.journal.close()
        if self.database:
            _dropped(self.admin, self.database)

    @property
    def prefix(self) -> str:
        """What its topics' names begin with."""
        assert self.deployment.production is not None
        return self.deployment.production.prefix

    # Processes.

    def start(self, *names: str) -> None:
        """Start processes, by name; a dead one again."""
        for name in names:
            if name not in self.supervisor.children:
                self.supervisor.add(name, self._command(name))
        self.supervisor.start(*names)

    def kill(self, name: str) -> None:
        """kill -9."""
        self.supervisor.kill(name)

    def stop(self, name: str) -> None:
        """SIGTERM, and wait for its end."""
        self.supervisor.stop(name)

    def pid(self, name: str) -> int | None:
        return self.supervisor.pid(name)

    def log(self, name: str) -> str:
        """Return what a process has written."""
        path = self.supervisor.children[name].log
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _command(self, name: str) -> list[str]:
        role = name.partition("-")[0]
        assert role in ROLES, name
        if role == "gateway" and self.scripted:
            return [sys.executable, "-m", self.gateway, str(self.config), name]
        return [sys.executable, "-m", "ops_center.cli", role, str(self.config), "--name", name]

    # The script.

    @cached_property
    def sender(self) -> Sender:
        assert self.deployment.production is not None
        url = f"http://127.0.0.1:{self.deployment.production.gateway_port}"
        made = Sender(url)
        self.senders.append(made)
        return made

    def send(self, step: Step) -> None:
        """Send a step until it is acknowledged."""
        self.sender.send(step, self.no_crash)

    # What can be seen.

    @cached_property
    def journal(self) -> KafkaJournal:
        """The deployment's journal."""
        return open_servers(self.deployment, Flag()).journal

    @cached_property
    def heard(self) -> Heard:
        return Heard(self.journal)

    def pulses(self) -> dict[str, Pulse]:
        """Return the newest pulse of each process that runs now, by name."""
        self.heard.read()
        return {name: pulse for (_, name), pulse in self.heard.newest.items() if pulse.pid == self.pid(name)}

    def active_desk(self) -> str | None:
        """Return the process that says it holds the lease."""
        found = [name for name, pulse in self.pulses().items() if pulse.role == "desk" and pulse.facts["active"]]
        return found[0] if len(found) == 1 else None

    def held(self) -> dict[str, list[int]]:
        """Return worker -> partitions, as they say themselves."""
        return {
            name: sorted(int(number) for number in pulse.facts["partitions"])
            for name, pulse in sorted(self.pulses().items())
            if pulse.role == "worker"
        }

    def decided_ms(self) -> int:
        """Return how far the desk has told its progress."""
        return self.decided.read(self.journal)

    def wait(self, condition: Callable[[], bool], what: str) -> float:
        """Return the seconds until a condition held; AssertionError with everybody's last words after the deadline."""
        began_s = time.monotonic()
        while not condition():
            self.no_crash()
            if time.monotonic() - began_s > DEADLINE_S:
                logs = "\n".join(f"--- {name}\n{self.log(name)[-1500:]}" for name in self.supervisor.children)
                raise AssertionError(f"never: {what}\n{logs}")
            time.sleep(0.05)
        return time.monotonic() - began_s

    def no_crash(self) -> None:
        """A process that ended though nobody killed it is a defect of its own."""
        for name, child in self.supervisor.children.items():
            process = child.process
            ended = process is not None and process.poll() not in (None, -9)
            assert not (child.wanted and ended), f"{name} ended by itself:\n{self.log(name)[-3000:]}"

    def wait_decided(self, at_ms: int) -> float:
        """Return the seconds until the desk has decided everything before a time."""
        return self.wait(lambda: self.decided_ms() >= at_ms, f"decided to {at_ms}")

    def wait_up(self, *names: str) -> float:
        """Return the seconds until these processes have said that they live."""
        return self.wait(lambda: set(names) <= set(self.pulses()), f"up: {names}")

    def result(self) -> Result:
        """Return what came of it, by logical content."""
        return result_of(self.journal)

    def stored(self) -> dict[str, str]:
        """Return alert id -> digest as the database has them."""
        store = open_store(self.database)
        try:
            with store.engine.connect() as connection:
                bodies = connection.execute(select(AlertRow.body)).scalars().all()
        finally:
            store.engine.dispose()
        alerts = [msgspec.json.decode(body, type=Alert) for body in bodies]
        return {alert.id: digest_of([alert]) for alert in alerts}

    def written(self) -> dict[str, str]:
        """Return alert id -> digest as the journal has them, the last word on each."""
        return {alert.id: digest_of([alert]) for alert in outputs_of(self.journal).alerts}


def _made(admin: str, name: str) -> str:
    with create_engine(admin, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    own: str = make_url(admin).set(database=name).render_as_string(hide_password=False)
    return own


def _dropped(admin: str, own: str) -> None:
    with create_engine(admin, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{make_url(own).database}" WITH (FORCE)'))
