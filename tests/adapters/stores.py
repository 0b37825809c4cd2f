"""Stores for tests: SQLite in a file, PostGIS in a database of its own that is dropped afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from os import getpid
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

_NUMBER = count()


@contextmanager
def database(url: str) -> Iterator[str]:
    """Make an empty database beside the one of an address; yield its address, drop it with all sessions."""
    name = f"test_{getpid()}_{next(_NUMBER)}"
    run(url, f"CREATE DATABASE {name}")
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        run(url, f"DROP DATABASE {name} WITH (FORCE)")


def sqlite_url(folder: Path) -> str:
    """Return the address of a database file."""
    return f"sqlite:///{folder / 'store.sqlite'}"


def run(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement outside any transaction."""
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        done = connection.execute(statement)
        return done.fetchall() if done.description else []


def libpq(url: str) -> str:
    """Return an address as psycopg takes it."""
    return url.replace("postgresql+psycopg", "postgresql")
