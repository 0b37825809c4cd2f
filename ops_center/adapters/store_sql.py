"""Store on SQL: SQLite with shapely's functions embedded, PostGIS in production; the same tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ops_center.adapters import store_rows as rows
from ops_center.adapters.store_engine import migrate, open_engine
from ops_center.adapters.store_models import (
    AlertRow,
    Base,
    DispatchRow,
    HazardRow,
    IncidentRow,
    LeaseRow,
    OccurrenceRow,
    ResourceRow,
    RunRow,
    ShiftRow,
    TaskRow,
    WarningRow,
)
from ops_center.adapters.store_offsets import Stretch, advance
from ops_center.domain.alert import Alert
from ops_center.domain.errors import StaleEpoch
from ops_center.domain.incident import Incident
from ops_center.domain.resource import Dispatch, Resource
from ops_center.domain.run import PlaybookRun
from ops_center.domain.shift import Shift
from ops_center.domain.warning import PublicWarning
from ops_center.domain.world import HazardRevision
from ops_center.ports import Thing

DESK = "desk"
AT_ONCE = 500  # rows in one statement


@dataclass(slots=True)
class SqlStore:
    """Implements `ports.Store`; everything is put by id, so putting it again changes nothing.

    `written` is what this process wrote last under each id: the whole picture may be put again
    and again, and only what changed is written.
    """

    engine: Engine
    written: dict[str, Thing] = field(default_factory=dict)

    def put(self, things: Iterable[Thing], *, epoch: int, stretch: Stretch | None = None) -> None:
        """Insert or replace by id in one transaction; StaleEpoch where another desk holds the lease.

        `stretch` says which records they came in: the offset behind it is kept with them.
        """
        # Of one id the last value counts; a statement must not meet it twice.
        newest = {thing.id: thing for thing in things}
        changed = {key: thing for key, thing in newest.items() if self.written.get(key) != thing}
        if newest and not changed and stretch is None:
            return
        with Session(self.engine.execution_options(writes=True)) as session, session.begin():
            hold(session, epoch)
            for kind, table, row_of in _TABLES:
                chosen = [thing for thing in changed.values() if isinstance(thing, kind)]
                _upsert(session, table, [row_of(thing) for thing in chosen])
                if parts := _PARTS.get(kind):
                    _upsert(session, parts[0], [row for thing in chosen for row in parts[1](thing)])
            if stretch is not None:
                advance(session, stretch)
        # What is no longer put has been let go of, and would be written again if it came back.
        self.written = newest

    def put_hazards(self, revisions: Iterable[HazardRevision], *, epoch: int, stretch: Stretch | None = None) -> None:
        """Keep revisions; each is a row of its own."""
        newest = {(one.id, one.revision): one for one in revisions}
        with Session(self.engine.execution_options(writes=True)) as session, session.begin():
            hold(session, epoch)
            _upsert(session, HazardRow, [rows.hazard_row(revision) for revision in newest.values()])
            if stretch is not None:
                advance(session, stretch)


def hold(session: Session, epoch: int) -> None:
    """Take or keep the lease row at an epoch; StaleEpoch where a higher one has written.

    The row stays locked until the transaction ends: two desks write one after the other.
    """
    insert: Any = _insert_of(session)(LeaseRow)
    take = insert.values(name=DESK, epoch=epoch).on_conflict_do_update(
        index_elements=["name"], set_={"epoch": epoch}, where=LeaseRow.epoch <= epoch
    )
    if session.execute(take.returning(LeaseRow.epoch)).first() is None:
        held = session.get(LeaseRow, DESK)
        raise StaleEpoch(epoch=epoch, held=held.epoch if held else epoch)


def held_epoch(engine: Engine) -> int:
    """Return the highest epoch that has written, 0 where none has."""
    with Session(engine) as session:
        held = session.get(LeaseRow, DESK)
        return held.epoch if held else 0


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
    engine = open_engine(url)
    migrate(engine)
    return SqlStore(engine)


def _upsert(session: Session, table: type[Base], values: Sequence[Mapping[str, Any]]) -> None:
    if not values:
        return
    statement = upsert(table, session.get_bind().dialect.name)
    for first in range(0, len(values), AT_ONCE):
        session.execute(statement, [rows.storable(row) for row in values[first : first + AT_ONCE]])


# Each kind with its table and row; some also with a table of their parts.
_TABLES: tuple[tuple[type[Thing], type[Base], Callable[[Any], rows.Row]], ...] = (
    (Alert, AlertRow, rows.alert_row),
    (Incident, IncidentRow, rows.incident_row),
    (PlaybookRun, RunRow, rows.run_row),
    (Resource, ResourceRow, rows.resource_row),
    (Dispatch, DispatchRow, rows.dispatch_row),
    (PublicWarning, WarningRow, rows.warning_row),
    (Shift, ShiftRow, rows.shift_row),
)
_PARTS: Mapping[type[Thing], tuple[type[Base], Callable[[Any], Iterable[rows.Row]]]] = {
    Alert: (OccurrenceRow, rows.occurrence_rows),
    PlaybookRun: (TaskRow, rows.task_rows),
}


def _insert_of(session: Session) -> Any:
    return (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
