"""Store on SQL: SQLite with shapely's functions embedded, PostGIS in production; the same tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from alembic import command as alembic
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ops_center.adapters import store_rows as rows
from ops_center.adapters.store_models import (
    SRID,
    AlertRow,
    Base,
    HazardRow,
    IncidentRow,
    LeaseRow,
    OccurrenceRow,
    OffsetRow,
    PositionRow,
    RunRow,
    TaskRow,
)
from ops_center.adapters.store_sqlite_functions import register
from ops_center.columns import Positions
from ops_center.domain.alert import Alert
from ops_center.domain.errors import StaleEpoch
from ops_center.domain.incident import Incident
from ops_center.domain.jurisdiction import significant
from ops_center.domain.run import PlaybookRun
from ops_center.domain.world import HazardRevision

DESK = "desk"
Thing = Alert | Incident | PlaybookRun
AT_ONCE = 500  # rows in one statement
Box = tuple[float, float, float, float]  # west, south, east, north in degrees


@dataclass(slots=True)
class SqlStore:
    """Implements `ports.Store`; everything is put by id, so putting it again changes nothing.

    `written` is what this process wrote last under each id: the whole picture may be put again
    and again, and only what changed is written.
    """

    engine: Engine
    written: dict[str, Thing] = field(default_factory=dict)

    def put(self, things: Iterable[Thing], *, epoch: int) -> None:
        """Insert or replace by id in one transaction; StaleEpoch where another desk holds the lease."""
        # Of one id the last value counts; a statement must not meet it twice.
        newest = {thing.id: thing for thing in things}
        changed = {key: thing for key, thing in newest.items() if self.written.get(key) != thing}
        alerts = [thing for thing in changed.values() if isinstance(thing, Alert)]
        incidents = [thing for thing in changed.values() if isinstance(thing, Incident)]
        runs = [thing for thing in changed.values() if isinstance(thing, PlaybookRun)]
        if newest and not changed:
            return
        with Session(self.engine.execution_options(writes=True)) as session, session.begin():
            self._hold(session, epoch)
            self._upsert(session, AlertRow, [rows.alert_row(alert) for alert in alerts])
            self._upsert(session, OccurrenceRow, [row for alert in alerts for row in rows.occurrence_rows(alert)])
            self._upsert(session, IncidentRow, [rows.incident_row(incident) for incident in incidents])
            self._upsert(session, RunRow, [rows.run_row(run) for run in runs])
            self._upsert(session, TaskRow, [row for run in runs for row in rows.task_rows(run)])
        # What is no longer put has been let go of, and would be written again if it came back.
        self.written = newest

    def put_hazards(self, revisions: Iterable[HazardRevision], *, epoch: int) -> None:
        """Keep revisions; each is a row of its own."""
        with Session(self.engine.execution_options(writes=True)) as session, session.begin():
            self._hold(session, epoch)
            self._upsert(session, HazardRow, [rows.hazard_row(revision) for revision in revisions])

    def put_positions(self, positions: Positions, *, consumer: str, topic: str, partition: int, offset: int) -> None:
        """Keep last known positions and the journal offset they belong to, together (ORDER 27)."""
        place = {"consumer": consumer, "topic": topic, "partition": partition, "position": offset}
        with Session(self.engine.execution_options(writes=True)) as session, session.begin():
            self._upsert(session, PositionRow, list(rows.position_rows(positions)))
            self._upsert(session, OffsetRow, [place])

    def offset(self, *, consumer: str, topic: str, partition: int) -> int:
        """Return the offset a writer restarts at, 0 where it never wrote."""
        with Session(self.engine) as session:
            found = session.get(OffsetRow, (consumer, topic, partition))
            return found.position if found else 0

    def alerts(
        self, *, jurisdiction: str, box: Box | None = None, open_only: bool = False, limit: int = 1_000
    ) -> Sequence[Alert]:
        """Return alerts of a jurisdiction, newest first, those inside a box where one is given."""
        query = select(AlertRow.body).where(AlertRow.jurisdiction.like(significant(jurisdiction) + "%"))
        if open_only:
            query = query.where(AlertRow.is_open)
        if box is not None:
            query = query.where(func.ST_Intersects(AlertRow.place, func.ST_MakeEnvelope(*box, SRID)))
        query = query.order_by(AlertRow.started_ms.desc(), AlertRow.id).limit(limit)
        with Session(self.engine) as session:
            return [msgspec.json.decode(body, type=Alert) for body in session.scalars(query)]

    def incidents(self, *, jurisdiction: str, limit: int = 1_000) -> Sequence[Incident]:
        """Return incidents of a jurisdiction, newest first."""
        query = select(IncidentRow.body).where(IncidentRow.jurisdiction.like(significant(jurisdiction) + "%"))
        query = query.order_by(IncidentRow.opened_ms.desc(), IncidentRow.id).limit(limit)
        with Session(self.engine) as session:
            return [msgspec.json.decode(body, type=Incident) for body in session.scalars(query)]

    def runs(self, *, incident: str) -> Sequence[PlaybookRun]:
        """Return the runs of an incident, oldest first."""
        query = select(RunRow.body).where(RunRow.incident == incident).order_by(RunRow.started_ms, RunRow.id)
        with Session(self.engine) as session:
            return [msgspec.json.decode(body, type=PlaybookRun) for body in session.scalars(query)]

    def near(self, *, lon: float, lat: float, degrees: float, limit: int = 100) -> Sequence[str]:
        """Return subjects whose last position lies within a planar distance in degrees, nearest first."""
        here = func.ST_GeomFromEWKT(f"SRID={SRID};POINT ({lon:.7f} {lat:.7f})")
        query = (
            select(PositionRow.subject)
            .where(func.ST_DWithin(PositionRow.place, here, degrees))
            .order_by(func.ST_Distance(PositionRow.place, here), PositionRow.subject)
            .limit(limit)
        )
        with Session(self.engine) as session:
            return list(session.scalars(query))

    def _hold(self, session: Session, epoch: int) -> None:
        """Refuse a lower epoch than has written before; keep a higher one."""
        held = session.get(LeaseRow, DESK, with_for_update=True)
        if held is not None and epoch < held.epoch:
            raise StaleEpoch(epoch=epoch, held=held.epoch)
        if held is None or epoch > held.epoch:
            self._upsert(session, LeaseRow, [{"name": DESK, "epoch": epoch}])

    def _upsert(self, session: Session, table: type[Base], values: Sequence[rows.Row]) -> None:
        if not values:
            return
        statement = upsert(table, self.engine.dialect.name)
        for first in range(0, len(values), AT_ONCE):
            session.execute(statement, [dict(row) for row in values[first : first + AT_ONCE]])


def upsert(table: type[Base], dialect: str) -> Any:
    """Return the statement that inserts a row or replaces the one with its key."""
    plain = inspect(table).local_table
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(plain)
    keys = [column.name for column in plain.primary_key]
    others = {column.name: insert.excluded[column.name] for column in plain.columns if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=others)


def open_sqlite(path: Path) -> SqlStore:
    """Return the embedded store, brought to the newest schema."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return open_store(f"sqlite:///{path}")


def open_store(url: str) -> SqlStore:
    """Return the store at a database URL, brought to the newest schema."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    migrate(engine)
    return SqlStore(engine)


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.execution_options(writes=True).begin() as connection:
        config.attributes["connection"] = connection
        alembic.upgrade(config, revision)


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
