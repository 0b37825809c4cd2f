"""The deployment file of the exercise over real servers, with a database and topics of its own."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from ops_center.adapters.clocks import wall_ms
from ops_center.adapters.outage import said
from ops_center.demo.history import VEHICLES
from ops_center.demo.opening import FEEDS, LEAD_MS, PUSHED, TITLE, polled_from
from ops_center.domain.errors import SetupError
from ops_center.domain.quantity import iso

PARTITIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the servers listen, as ``./ops services`` writes it down."""

    kafka: str
    postgres: str

    @staticmethod
    def of(path: Path) -> Addresses:
        """Read them; SetupError where a server is not among them."""
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return Addresses(kafka=found["kafka"]["url"], postgres=found["postgres"]["url"])
        except (OSError, ValueError, KeyError) as error:
            mend = "start them: ./ops services up"
            raise SetupError(f"names no servers ({error})", setting=str(path), suggestion=mend) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The deployment file of the exercise, in its folder."""

    folder: Path
    addresses: Addresses
    port: int
    speed: float
    places: Sequence[Path]

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder / "deployment.yml"

    def write(self, *, agencies_port: int, start_ms: int) -> None:
        """Write it; the exercise's clock shows `start_ms` now. Ports and tokens stay those of the first time."""
        kept = self._kept()
        given: dict[str, Any] = {
            "deployment": "370000",
            "title": {"zh": TITLE.zh, "en": TITLE.en},
            "status": "exercise",
            "folder": ".",
            "partitions": PARTITIONS,
            "content": [str(place) for place in self.places],
            "feeds": list(FEEDS),
            "http": {"port": self.port},
            "doors": {VEHICLES: kept["door"]},
            "secrets_file": "secrets.yml",
            "receive": polled_from(agencies_port),
            "lead": f"{LEAD_MS} ms",
            "clock": {"start": iso(start_ms), "at": iso(wall_ms()), "speed": self.speed},
            "production": {
                "kafka": {"servers": [self.addresses.kafka], "prefix": kept["prefix"]},
                "database": {"url": kept["database"], "password": "secret:database"},
                "gateway": {"port": kept["gateway"]},
            },
        }
        self.path.write_text(json.dumps(given, ensure_ascii=False, indent=1), encoding="utf-8")

    def _kept(self) -> dict[str, Any]:
        path = self.folder / "servers.json"
        if path.exists():
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return found
        prefix = f"exercise-{secrets.token_hex(4)}"
        made = _own_database(self.addresses.postgres, prefix)
        url = made._replace(password=None).render_as_string(hide_password=False)
        kept = {"prefix": prefix, "database": url, "gateway": free_port(), "door": free_port()}
        tokens = {name.replace("-", "_"): secrets.token_urlsafe(18) for name in PUSHED}
        secret = self.folder / "secrets.yml"
        secret.touch(mode=0o600)
        secret.write_text(json.dumps({**tokens, "database": made.password or ""}), encoding="utf-8")
        path.write_text(json.dumps(kept), encoding="utf-8")
        return kept


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _own_database(address: str, name: str) -> URL:
    """Return the address of a new database: an exercise's rows are in nobody's way."""
    try:
        engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except SQLAlchemyError as error:
        raise SetupError(f"no database can be made: {said(error)}", setting="postgres") from error
    return make_url(address).set(database=name)
