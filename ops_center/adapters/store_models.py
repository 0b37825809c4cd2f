"""Tables of the store: what is queried as columns, the whole value beside it; SQLite and PostGIS alike."""

from __future__ import annotations

from geoalchemy2 import Geometry, WKTElement
from sqlalchemy import BigInteger, Float, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SRID = 4326  # EPSG:4326, longitude first


class Base(DeclarativeBase):
    """All tables of the store."""


class LeaseRow(Base):
    """The highest lease epoch that has written; a lower one is refused (ORDER 25)."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String, primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)


class OffsetRow(Base):
    """A writer's journal offset, stored with what it wrote (ORDER 27)."""

    __tablename__ = "offsets"
    consumer: Mapped[str] = mapped_column(String, primary_key=True)
    topic: Mapped[str] = mapped_column(String, primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


class AlertRow(Base):
    """One alert as it is now."""

    __tablename__ = "alerts"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    rule: Mapped[str] = mapped_column(String, index=True)
    alert_class: Mapped[str] = mapped_column(String)
    severity: Mapped[str] = mapped_column(String)
    status: Mapped[str] = mapped_column(String)
    condition: Mapped[str] = mapped_column(String)
    is_open: Mapped[bool] = mapped_column(index=True)
    jurisdiction: Mapped[str] = mapped_column(String, index=True)
    subject: Mapped[str] = mapped_column(String, index=True)
    feed: Mapped[str] = mapped_column(String)
    incident: Mapped[str] = mapped_column(String, index=True)
    started_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    place: Mapped[WKTElement | None] = mapped_column(Geometry("POINT", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # the Alert as JSON


class OccurrenceRow(Base):
    """One firing; kept when the alert itself has let go of it."""

    __tablename__ = "occurrences"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id"), index=True)
    started_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    resolved_ms: Mapped[int | None] = mapped_column(BigInteger)
    severity: Mapped[str] = mapped_column(String)
    acknowledged_by: Mapped[str | None] = mapped_column(String)
    acknowledged_ms: Mapped[int | None] = mapped_column(BigInteger)
    rule_version: Mapped[str] = mapped_column(String)


class IncidentRow(Base):
    """One incident as it is now."""

    __tablename__ = "incidents"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    number: Mapped[str] = mapped_column(String, unique=True)
    kind: Mapped[str] = mapped_column(String, index=True)
    state: Mapped[str] = mapped_column(String, index=True)
    status: Mapped[str] = mapped_column(String)
    jurisdiction: Mapped[str] = mapped_column(String, index=True)
    opened_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    place: Mapped[WKTElement | None] = mapped_column(Geometry("POINT", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class RunRow(Base):
    """One playbook run as it is now."""

    __tablename__ = "runs"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    playbook: Mapped[str] = mapped_column(String, index=True)
    version: Mapped[str] = mapped_column(String)
    incident: Mapped[str] = mapped_column(String, index=True)
    state: Mapped[str] = mapped_column(String, index=True)
    started_ms: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class TaskRow(Base):
    """One task of a run."""

    __tablename__ = "tasks"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    run: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    incident: Mapped[str] = mapped_column(String, index=True)
    step: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)
    owner: Mapped[str] = mapped_column(String, index=True)
    state: Mapped[str] = mapped_column(String, index=True)
    late: Mapped[str] = mapped_column(String)
    done_due_ms: Mapped[int | None] = mapped_column(BigInteger)


class HazardRow(Base):
    """One revision of a hazard; a later one is another row."""

    __tablename__ = "hazards"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    revision: Mapped[str] = mapped_column(String, primary_key=True)
    kind: Mapped[str] = mapped_column(String, index=True)
    action: Mapped[str] = mapped_column(String)
    issued_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    area: Mapped[WKTElement | None] = mapped_column(Geometry("GEOMETRY", srid=SRID), nullable=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class PositionRow(Base):
    """Last known position of a subject."""

    __tablename__ = "positions"
    subject: Mapped[str] = mapped_column(String, primary_key=True)
    event_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    speed_kph: Mapped[float | None] = mapped_column(Float)
    heading_deg: Mapped[float | None] = mapped_column(Float)
    place: Mapped[WKTElement | None] = mapped_column(Geometry("POINT", srid=SRID, spatial_index=False), nullable=True)


Index("alerts_open_by_place", AlertRow.jurisdiction, AlertRow.is_open)
