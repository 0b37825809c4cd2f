"""Create the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0001"
down_revision = None


# Byte order on both databases (store_models.TEXT).
TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _text(name: str, *, index: bool = False, nullable: bool = False, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=nullable, index=index, unique=unique or None)


def _ms(name: str, *, index: bool = False, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, index=index)


def _key(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, TEXT, primary_key=True)


def _place(name: str = "place", kind: str = "POINT", *, index: bool = True) -> sa.Column[bytes]:
    return sa.Column(name, Geometry(kind, srid=4326, spatial_index=index), nullable=True)


def _body() -> sa.Column[bytes]:
    return sa.Column("body", sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    """Create all tables."""
    _desk()
    _alerts()
    _incidents()
    _runs()
    _places()


def _desk() -> None:
    op.create_table("lease", _key("name"), _ms("epoch"))
    op.create_table(
        "offsets",
        _key("consumer"),
        _key("topic"),
        sa.Column("partition", sa.Integer(), primary_key=True),
        _ms("position"),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        _key(),
        _text("rule", index=True),
        *(_text(name) for name in ("alert_class", "severity", "status", "condition")),
        sa.Column("is_open", sa.Boolean(), nullable=False, index=True),
        _text("jurisdiction", index=True),
        _text("subject", index=True),
        _text("feed"),
        _text("incident", index=True),
        _ms("started_ms", index=True),
        _place(),
        _body(),
    )
    op.create_index("alerts_open_by_place", "alerts", ["jurisdiction", "is_open"])
    op.create_table(
        "occurrences",
        _key(),
        sa.Column("alert", TEXT, sa.ForeignKey("alerts.id"), nullable=False, index=True),
        _ms("started_ms", index=True),
        _ms("resolved_ms", nullable=True),
        _text("severity"),
        _text("acknowledged_by", nullable=True),
        _ms("acknowledged_ms", nullable=True),
        _text("rule_version"),
    )


def _incidents() -> None:
    op.create_table(
        "incidents",
        _key(),
        _text("number", unique=True),
        _text("kind", index=True),
        _text("state", index=True),
        _text("status"),
        _text("jurisdiction", index=True),
        _ms("opened_ms", index=True),
        _place(),
        _body(),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        _key(),
        _text("playbook", index=True),
        _text("version"),
        _text("incident", index=True),
        _text("state", index=True),
        _ms("started_ms"),
        _body(),
    )
    op.create_table(
        "tasks",
        _key(),
        sa.Column("run", TEXT, sa.ForeignKey("runs.id"), nullable=False, index=True),
        _text("incident", index=True),
        _text("step"),
        _text("kind"),
        _text("owner", index=True),
        _text("state", index=True),
        _text("late"),
        _ms("done_due_ms", nullable=True),
    )


def _places() -> None:
    op.create_table(
        "hazards",
        _key(),
        _key("revision"),
        _text("kind", index=True),
        _text("action"),
        _ms("issued_ms", index=True),
        _place("area", "GEOMETRY"),
        _body(),
    )
    op.create_table(
        "positions",
        _key("subject"),
        _ms("event_ms", index=True),
        sa.Column("speed_kph", sa.Float(), nullable=True),
        sa.Column("heading_deg", sa.Float(), nullable=True),
        _place(index=False),
    )


def downgrade() -> None:
    """Drop all tables."""
    for name in ("positions", "hazards", "tasks", "runs", "incidents", "occurrences", "alerts", "offsets", "lease"):
        op.drop_table(name)
