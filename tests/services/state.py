"""State of the services: one folder with data, logs and ``services.json``, which says where they listen."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.packages import ServiceError
from tests.services.processes import Running, alive

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = "OPS_SERVICES"


@dataclass(frozen=True, slots=True)
class State:
    """The folder of one set of services; several sets may run side by side in folders of their own."""

    folder: Path

    @property
    def file(self) -> Path:
        """Where the services listen, for programs; readable by its owner only, for it holds a password."""
        return self.folder / "services.json"

    def read(self, name: str) -> dict[str, Any] | None:
        """Return what is on record of a service."""
        found: dict[str, Any] | None = self._all().get(name)
        return found

    def write(self, name: str, record: dict[str, Any]) -> None:
        """Put a service on record."""
        new = self.file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps({**self._all(), name: record}, indent=2, sort_keys=True) + "\n")
        new.replace(self.file)

    def needed(self, name: str) -> dict[str, Any]:
        """Return what is on record of a service; ServiceError where it was not started."""
        record = self.read(name)
        if record is None:
            raise ServiceError("the services are not up: ./ops services up")
        return record

    def running(self, name: str) -> Running | None:
        """Return a service's process while it lives."""
        record = self.read(name)
        if record is None or "pid" not in record:
            return None
        running = Running(pid=record["pid"], born=record["born"])
        return running if alive(running) else None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other starters of the same folder out."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _all(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.file.read_text())
        except FileNotFoundError:
            return {}
        return found


def state_folder() -> Path:
    """Return OPS_SERVICES, else this checkout's place in /var/tmp: the database's user must reach it."""
    if given := os.environ.get(VARIABLE):
        return Path(given).resolve()
    mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path(f"/var/tmp/ops-center-{os.getuid()}-{mark}")


def open_state(folder: Path | None = None) -> State:
    """Return the state, its folder made; ServiceError where it is somebody else's."""
    folder = folder or state_folder()
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise ServiceError(f"{folder} belongs to somebody else; set {VARIABLE} to a folder of your own")
    return State(folder)
