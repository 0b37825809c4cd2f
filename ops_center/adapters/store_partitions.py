"""Partitions of the tracks by the hour: made ahead, closed with GiST on the place, dropped whole.

SQLite has no partitions: there an hour is rows to be deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from ops_center.adapters.store_engine import PARTITION

HOUR_MS = 3_600_000
AHEAD = 2  # hours made before they begin
# A blind-area burst of a tanker comes this late at most in the ordinary; later rows go into a closed hour.
CLOSED_AFTER_MS = 900_000
DELETED_AT_ONCE = 20_000
LOCK_MS = 2_000  # a drop waits no longer for readers: it would hold up all others behind it
NAMED = f"{PARTITION}%Y%m%d_%H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What one round of keeping did: names of partitions, or how many rows were deleted."""

    closed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    deleted: int = 0


def spans(times: Sequence[NDArray[np.int64]]) -> set[int]:
    """Return the beginnings of the hours that times lie in."""
    return {int(hour) * HOUR_MS for some in times for hour in np.unique(some // HOUR_MS)}


def make(engine: Engine, begins: Collection[int]) -> None:
    """Make the partitions that begin at these instants, where they are missing."""
    missing = set(begins)
    if not missing:
        return
    with engine.begin() as connection:
        missing -= {begin for begin, _ in _standing(connection)}
        if not missing:
            return
        # One maker at a time. ATTACH takes a lock that readers and writers do not feel; CREATE ... PARTITION OF would.
        connection.execute(text("SELECT pg_advisory_xact_lock(20190812)"))
        for begin in sorted(missing - {begin for begin, _ in _standing(connection)}):
            name, end = name_of(begin), begin + HOUR_MS
            bounds = f"event_ms >= {begin} AND event_ms < {end}"
            connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE tracks, CONSTRAINT {name}_time CHECK ({bounds}))")
            connection.exec_driver_sql(
                f"ALTER TABLE tracks ATTACH PARTITION {name} FOR VALUES FROM ({begin}) TO ({end})"
            )
            connection.exec_driver_sql(f"ALTER TABLE {name} DROP CONSTRAINT {name}_time")


def keep(engine: Engine, *, now_ms: int, keep_ms: int) -> Kept:
    """Make hours ahead, close those that are over, drop those older than `keep_ms`."""
    if engine.dialect.name != "postgresql":
        return Kept(deleted=_delete(engine, before_ms=now_ms - keep_ms))
    this = now_ms // HOUR_MS * HOUR_MS
    make(engine, {this + n * HOUR_MS for n in range(AHEAD + 1)})
    with engine.connect() as connection:
        standing = _standing(connection)
    old = [(begin, name) for begin, name in standing if begin + HOUR_MS <= now_ms - keep_ms]
    over = [(b, n) for b, n in standing if b + HOUR_MS + CLOSED_AFTER_MS <= now_ms and (b, n) not in old]
    return Kept(dropped=tuple(_dropped(engine, old)), closed=tuple(_closed(engine, over)))


def name_of(begin_ms: int) -> str:
    """Return the name of the partition that begins at an instant."""
    return datetime.fromtimestamp(begin_ms / 1000, UTC).strftime(NAMED)


def _standing(connection: Connection) -> list[tuple[int, str]]:
    """Return (begin, name) of every partition, oldest first."""
    names = connection.execute(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'tracks'::regclass ORDER BY 1")
    ).scalars()
    return [(int(datetime.strptime(name, NAMED).replace(tzinfo=UTC).timestamp() * 1000), name) for name in names]


def _dropped(engine: Engine, old: Iterable[tuple[int, str]]) -> Iterable[str]:
    for _, name in old:
        try:
            with engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MS}"))
                connection.exec_driver_sql(f"DROP TABLE {name}")
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") != "55P03":  # lock_not_available: the next round tries again
                raise
            return
        yield name


def _closed(engine: Engine, over: Iterable[tuple[int, str]]) -> Iterable[str]:
    """Give partitions that are over their spatial index, and their BRIN a summary to the end."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        valid = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
        for _, name in over:
            index = f"{name}_place"
            found = connection.execute(valid, {"name": index}).scalar()
            if found:
                continue
            if found is False:  # a crash cut its making short
                connection.exec_driver_sql(f"DROP INDEX {index}")
            connection.exec_driver_sql(f"CREATE INDEX CONCURRENTLY {index} ON {name} USING gist (place)")
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {name}")
            yield name


def _delete(engine: Engine, *, before_ms: int) -> int:
    some = text("DELETE FROM tracks WHERE rowid IN (SELECT rowid FROM tracks WHERE event_ms < :before LIMIT :most)")
    deleted = 0
    while True:  # in pieces: a writer waits for none of them long
        with engine.execution_options(writes=True).begin() as connection:
            gone = connection.execute(some, {"before": before_ms, "most": DELETED_AT_ONCE}).rowcount
        deleted += gone
        if gone < DELETED_AT_ONCE:
            return deleted
