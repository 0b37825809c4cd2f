"""Tracks and last positions in the store, with the offset they were read up to in one transaction (ORDER 27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from ops_center.adapters import store_partitions as partitions
from ops_center.adapters.store_offsets import Stretch, advance
from ops_center.adapters.track_rows import COLUMNS, COPY_END, COPY_HEAD, TrackRows, copied

_NAMES = ", ".join(COLUMNS)
_NEWER = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in ("feed", "subject"))
# A position that comes late does not take the place of a newer one.
_KEEP_NEWEST = f"ON CONFLICT (subject, feed) DO UPDATE SET {_NEWER} WHERE positions.event_ms <= excluded.event_ms"
_MARKS = ", ".join("?" for _ in COLUMNS)


@dataclass(slots=True)
class TrackStore:
    """Writes positions; `known` are the partitions that this process has seen standing."""

    engine: Engine
    known: set[int] = field(default_factory=set)

    def write(self, tracks: Sequence[TrackRows], *, stretch: Stretch) -> None:
        """Keep positions, each subject's last one, and the offset behind them: all or nothing."""
        present = [rows for rows in tracks if len(rows)]
        postgres = self.engine.dialect.name == "postgresql"
        if postgres:
            partitions.make(self.engine, partitions.spans([rows.event_ms for rows in present]) - self.known)
            self.known |= partitions.spans([rows.event_ms for rows in present])
        with Session(self.engine.execution_options(writes=True)) as session, session.begin():
            advance(session, stretch)
            if present:
                (_write_postgres if postgres else _write_sqlite)(session.connection(), present)

    def forget(self) -> None:
        """Look anew at what stands: after a failure, another may have changed it."""
        self.known.clear()


def _write_postgres(connection: Connection, tracks: Sequence[TrackRows]) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS fresh_positions (LIKE tracks) ON COMMIT DELETE ROWS")
        newest = [rows.newest() for rows in tracks]
        for table, parts in (("tracks", tracks), ("fresh_positions", newest)):
            with cursor.copy(f"COPY {table} ({_NAMES}) FROM STDIN WITH (FORMAT BINARY)") as copy:
                copy.write(COPY_HEAD + b"".join(copied(rows) for rows in parts) + COPY_END)
        cursor.execute(
            f"INSERT INTO positions ({_NAMES}) SELECT {_NAMES} FROM fresh_positions"  # noqa: S608 - our own names
            f" ORDER BY subject, feed {_KEEP_NEWEST}"
        )


def _write_sqlite(connection: Connection, tracks: Sequence[TrackRows]) -> None:
    for rows in tracks:
        into = f"INTO {{}} ({_NAMES}) VALUES ({_MARKS})"
        connection.exec_driver_sql(f"INSERT {into.format('tracks')}", list(rows.tuples()))
        connection.exec_driver_sql(f"INSERT {into.format('positions')} {_KEEP_NEWEST}", list(rows.newest().tuples()))
