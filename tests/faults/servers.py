"""Broker and database of one test's own, killed and started again at the same address with their data."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from types import ModuleType

from tests.services import kafka, postgres, processes
from tests.services.packages import ServiceError
from tests.services.state import State, open_state

MODULES: dict[str, ModuleType] = {"broker": kafka, "database": postgres}
TRIES = 10
AGAIN_S = 0.5


@dataclass(slots=True)
class OwnServers:
    """The servers, each in a folder of its own; several threads may kill and start."""

    states: Mapping[str, State]
    locks: dict[str, Lock] = field(default_factory=lambda: {name: Lock() for name in MODULES})

    @staticmethod
    @contextlib.contextmanager
    def up() -> Iterator[OwnServers]:
        """Yield running servers, ended and removed afterwards."""
        with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ops-faults-") as name:
            Path(name).chmod(0o755)  # the database's own user must reach its part
            made = OwnServers({server: open_state(Path(name) / server) for server in MODULES})
            try:
                for server in MODULES:
                    made.start(server)
                yield made
            finally:
                for server, module in MODULES.items():
                    module.down(made.states[server])

    @property
    def kafka(self) -> str:
        """The broker's address."""
        return kafka.url(self.states["broker"])

    @property
    def database(self) -> str:
        """The database's address; its user may create others."""
        return postgres.url(self.states["database"])

    def start(self, name: str) -> None:
        """Start a server unless it runs; what the dead one still holds is waited for."""
        with self.locks[name]:
            for attempt in range(1, TRIES + 1):
                try:
                    MODULES[name].up(self.states[name])
                    return
                except ServiceError:
                    # PostgreSQL refuses to start while a child of the dead one lives.
                    if attempt == TRIES:
                        raise
                    time.sleep(AGAIN_S)

    def kill(self, name: str) -> None:
        """kill -9."""
        running = self.states[name].running(MODULES[name].NAME)
        assert running is not None, f"{name} does not run"
        processes.kill(running)

    def running(self, name: str) -> bool:
        """Return whether its process lives."""
        return self.states[name].running(MODULES[name].NAME) is not None

    @contextlib.contextmanager
    def away(self, name: str) -> Iterator[None]:
        """Keep a server down within the block."""
        with self.locks[name]:
            self.kill(name)
        try:
            yield
        finally:
            self.start(name)
