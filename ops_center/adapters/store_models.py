"""Tables of the store: what is queried as columns, the whole value beside it; SQLite and PostGIS alike."""

from __future__ import annotations

from geoalchemy2 import Geometry, WKTElement
from sqlalchemy import REAL, BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SRID = 4326  # EPSG:4326, longitude first
# Byte order on both: keys sort alike, and the prefix of a jurisdiction finds its place in an index.
TEXT = String().with_variant(String(collation="C"), "postgresql")


class Base(DeclarativeBase):
    """All tables of the store."""


class LeaseRow(Base):
    """The highest lease epoch that has written; a lower one is refused (ORDER 25)."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(TEXT, primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)


class OffsetRow(Base):
    """A writer's journal offset, stored with what it wrote (ORDER 27)."""

    __tablename__ = "offsets"
    consumer: Mapped[str] = mapped_column(TEXT, primary_key=True)
    topic: Mapped[str] = mapped_column(TEXT, primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class AlertRow(Base):
    """One alert as it is now."""

    __tablename__ = "alerts"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    rule: Mapped[str] = mapped_column(TEXT, index=True)
    alert_class: Mapped[str] = mapped_column(TEXT)
    severity: Mapped[str] = mapped_column(TEXT)
    status: Mapped[str] = mapped_column(TEXT)
    condition: Mapped[str] = mapped_column(TEXT)
    is_open: Mapped[bool] = mapped_column(index=True)
    shadow: Mapped[bool]
    jurisdiction: Mapped[str] = mapped_column(TEXT, index=True)
    subject: Mapped[str] = mapped_column(TEXT, index=True)
    feed: Mapped[str] = mapped_column(TEXT)
    incident: Mapped[str] = mapped_column(TEXT, index=True)
    started_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    place: Mapped[WKTElement | None] = mapped_column(Geometry("POINT", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # the Alert as JSON


class OccurrenceRow(Base):
    """One firing; kept when the alert itself has let go of it."""

    __tablename__ = "occurrences"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    alert: Mapped[str] = mapped_column(TEXT, ForeignKey("alerts.id"), index=True)
    started_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    resolved_ms: Mapped[int | None] = mapped_column(BigInteger)
    severity: Mapped[str] = mapped_column(TEXT)
    acknowledged_by: Mapped[str | None] = mapped_column(TEXT)
    acknowledged_ms: Mapped[int | None] = mapped_column(BigInteger)
    rule_version: Mapped[str] = mapped_column(TEXT)


class IncidentRow(Base):
    """One incident as it is now."""

    __tablename__ = "incidents"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    number: Mapped[str] = mapped_column(TEXT, unique=True)
    kind: Mapped[str] = mapped_column(TEXT, index=True)
    state: Mapped[str] = mapped_column(TEXT, index=True)
    status: Mapped[str] = mapped_column(TEXT)
    jurisdiction: Mapped[str] = mapped_column(TEXT, index=True)
    responding: Mapped[str] = mapped_column(TEXT)  # codes of its responses, each after a space
    opened_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    place: Mapped[WKTElement | None] = mapped_column(Geometry("POINT", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class RunRow(Base):
    """One playbook run as it is now."""

    __tablename__ = "runs"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    playbook: Mapped[str] = mapped_column(TEXT, index=True)
    version: Mapped[str] = mapped_column(TEXT)
    incident: Mapped[str] = mapped_column(TEXT, index=True)
    state: Mapped[str] = mapped_column(TEXT, index=True)
    started_ms: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class TaskRow(Base):
    """One task of a run."""

    __tablename__ = "tasks"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    run: Mapped[str] = mapped_column(TEXT, ForeignKey("runs.id"), index=True)
    incident: Mapped[str] = mapped_column(TEXT, index=True)
    step: Mapped[str] = mapped_column(TEXT)
    kind: Mapped[str] = mapped_column(TEXT)
    owner: Mapped[str] = mapped_column(TEXT, index=True)
    state: Mapped[str] = mapped_column(TEXT, index=True)
    late: Mapped[str] = mapped_column(TEXT)
    done_due_ms: Mapped[int | None] = mapped_column(BigInteger)


class ResourceRow(Base):
    """One team, vehicle or stock as it is now; `place` is its home."""

    __tablename__ = "resources"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    kind: Mapped[str] = mapped_column(TEXT, index=True)
    state: Mapped[str] = mapped_column(TEXT, index=True)
    jurisdiction: Mapped[str] = mapped_column(TEXT, index=True)
    capability: Mapped[str] = mapped_column(TEXT)  # each after a space
    subject: Mapped[str] = mapped_column(TEXT, index=True)
    place: Mapped[WKTElement | None] = mapped_column(Geometry("POINT", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class DispatchRow(Base):
    """One sending of a resource; `place` is where it is sent."""

    __tablename__ = "dispatches"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    incident: Mapped[str] = mapped_column(TEXT, index=True)
    resource: Mapped[str] = mapped_column(TEXT, index=True)
    state: Mapped[str] = mapped_column(TEXT, index=True)
    jurisdiction: Mapped[str] = mapped_column(TEXT, index=True)
    requested_ms: Mapped[int | None] = mapped_column(BigInteger, index=True)
    place: Mapped[WKTElement | None] = mapped_column(Geometry("POINT", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class WarningRow(Base):
    """One warning to the public; `state` and `area` are its newest revision's."""

    __tablename__ = "warnings"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    incident: Mapped[str] = mapped_column(TEXT, index=True)
    state: Mapped[str] = mapped_column(TEXT, index=True)
    in_force: Mapped[bool] = mapped_column(index=True)
    jurisdiction: Mapped[str] = mapped_column(TEXT, index=True)
    drafted_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    area: Mapped[WKTElement | None] = mapped_column(Geometry("GEOMETRY", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ShiftRow(Base):
    """One person's time at one post."""

    __tablename__ = "shifts"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    post: Mapped[str] = mapped_column(TEXT, index=True)
    person: Mapped[str] = mapped_column(TEXT, index=True)
    state: Mapped[str] = mapped_column(TEXT, index=True)
    jurisdiction: Mapped[str] = mapped_column(TEXT, index=True)
    began_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class HazardRow(Base):
    """One revision of a hazard; a later one is another row."""

    __tablename__ = "hazards"
    id: Mapped[str] = mapped_column(TEXT, primary_key=True)
    revision: Mapped[str] = mapped_column(TEXT, primary_key=True)
    kind: Mapped[str] = mapped_column(TEXT, index=True)
    action: Mapped[str] = mapped_column(TEXT)
    issued_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    area: Mapped[WKTElement | None] = mapped_column(Geometry("GEOMETRY", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class PositionRow(Base):
    """Last known position of a subject of a feed, as received."""

    __tablename__ = "positions"
    subject: Mapped[str] = mapped_column(TEXT, primary_key=True)
    feed: Mapped[str] = mapped_column(TEXT, primary_key=True)
    # No index but the key: an update that touches none stays in its page (PostgreSQL's HOT).
    event_ms: Mapped[int] = mapped_column(BigInteger)
    stamp_ms: Mapped[int] = mapped_column(BigInteger)
    jurisdiction: Mapped[str | None] = mapped_column(TEXT)
    speed_kph: Mapped[float | None] = mapped_column(REAL)
    heading_deg: Mapped[float | None] = mapped_column(REAL)
    place: Mapped[WKTElement] = mapped_column(Geometry("POINT", srid=SRID, spatial_index=False, nullable=False))
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)


# Every position of the hot hours. PostgreSQL keeps it in partitions by time (store_partitions.py),
# each with GiST on the place once it is closed; a row has no identity of its own.
TRACKS = Table(
    "tracks",
    Base.metadata,
    Column("event_ms", BigInteger, nullable=False),
    Column("stamp_ms", BigInteger, nullable=False),
    Column("feed", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("jurisdiction", TEXT),
    Column("speed_kph", REAL),
    Column("heading_deg", REAL),
    Column("place", Geometry("POINT", srid=SRID, spatial_index=False, nullable=False), nullable=False),
    postgresql_partition_by="RANGE (event_ms)",
)
Index("tracks_time", TRACKS.c.event_ms, postgresql_using="brin", postgresql_with={"pages_per_range": 16})
Index("tracks_subject_time", TRACKS.c.subject, TRACKS.c.event_ms)
Index("alerts_open_by_place", AlertRow.jurisdiction, AlertRow.is_open)
