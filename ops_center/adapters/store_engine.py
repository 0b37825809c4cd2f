"""Opening the store's database: connections as each kind needs them, the schema by migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command as alembic
from alembic.config import Config
from geoalchemy2.alembic_helpers import include_object
from sqlalchemy import Connection, Engine, create_engine, event, text

from ops_center.adapters.store_sqlite_functions import register

PARTITION = "tracks_"  # begins the name of each partition of `tracks`, and of its indexes
CONNECT_S = 5
# A connection that died without a word must not hold a writer for the two hours of TCP's default.
POSTGRES = {
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "ops-center",
}


def open_engine(url: str) -> Engine:
    """Return the engine of a database URL; connects to nothing yet."""
    if url.startswith("sqlite"):
        engine = create_engine(url)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine
    return create_engine(url, connect_args=POSTGRES, pool_pre_ping=True)


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to a revision."""
    _run(engine, alembic.upgrade, revision)


def go_back(engine: Engine, revision: str) -> None:
    """Bring the schema down to a revision; "base" removes every table."""
    _run(engine, alembic.downgrade, revision)


def _run(engine: Engine, step: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            # Several processes start at once; one migrates, the others wait and find it done.
            connection.execute(text("SELECT pg_advisory_xact_lock(20190811)"))
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
        config.attributes["connection"] = connection
        step(config, revision)


def ours(thing: Any, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Return False for what the models do not name: PostGIS's own tables, spatial indexes, partitions."""
    if kind == "table" and reflected and str(name).startswith(PARTITION):
        return False
    if kind == "index" and str(name).startswith("idx_"):  # GeoAlchemy2 makes them with their columns, on PostGIS alone
        return False
    return bool(include_object(thing, name, kind, reflected, other))  # type: ignore[no-untyped-call]


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    """Give a new connection its functions, write-ahead log and foreign keys."""
    # SQLAlchemy's documented way to real transactions on sqlite3: the driver begins none by itself.
    connection.isolation_level = None
    register(connection)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    """Begin a transaction; a writing one takes its lock at once, so that it cannot fail half-way."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
