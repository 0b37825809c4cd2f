"""Create the tracks; keep last positions by feed, and what the API filters by as columns."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0002"
down_revision = "0001"

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _place(*, nullable: bool) -> sa.Column[bytes]:
    return sa.Column("place", Geometry("POINT", srid=4326, spatial_index=False), nullable=nullable)


def _moving() -> list[sa.Column[float]]:
    return [sa.Column(name, sa.REAL(), nullable=True) for name in ("speed_kph", "heading_deg")]


def upgrade() -> None:
    """Last positions start anew: nothing wrote them before."""
    op.add_column("alerts", sa.Column("shadow", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("incidents", sa.Column("responding", TEXT, nullable=False, server_default=""))
    _fill()
    op.drop_table("positions")
    op.create_table(
        "positions",
        sa.Column("subject", TEXT, primary_key=True),
        sa.Column("feed", TEXT, primary_key=True),
        sa.Column("event_ms", sa.BigInteger(), nullable=False),
        sa.Column("stamp_ms", sa.BigInteger(), nullable=False),
        sa.Column("jurisdiction", TEXT, nullable=True),
        *_moving(),
        _place(nullable=False),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "tracks",
        sa.Column("event_ms", sa.BigInteger(), nullable=False),
        sa.Column("stamp_ms", sa.BigInteger(), nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("jurisdiction", TEXT, nullable=True),
        *_moving(),
        _place(nullable=False),
        postgresql_partition_by="RANGE (event_ms)",
    )
    op.create_index(
        "tracks_time", "tracks", ["event_ms"], postgresql_using="brin", postgresql_with={"pages_per_range": 16}
    )
    op.create_index("tracks_subject_time", "tracks", ["subject", "event_ms"])


def _fill() -> None:
    """Take the new columns of what is there from its bodies."""
    connection = op.get_bind()
    for identity, body in connection.execute(sa.text("SELECT id, body FROM alerts")).all():
        if json.loads(body).get("shadow"):
            connection.execute(sa.text("UPDATE alerts SET shadow = true WHERE id = :id"), {"id": identity})
    for identity, body in connection.execute(sa.text("SELECT id, body FROM incidents")).all():
        codes = "".join(f" {one['jurisdiction']}" for one in json.loads(body).get("responses", ()))
        connection.execute(
            sa.text("UPDATE incidents SET responding = :codes WHERE id = :id"), {"id": identity, "codes": codes}
        )


def downgrade() -> None:
    """Go back to last positions by subject alone."""
    op.drop_table("tracks")
    op.drop_table("positions")
    op.create_table(
        "positions",
        sa.Column("subject", TEXT, primary_key=True),
        sa.Column("event_ms", sa.BigInteger(), nullable=False, index=True),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("speed_kph", "heading_deg")),
        _place(nullable=True),
    )
    op.drop_column("incidents", "responding")
    op.drop_column("alerts", "shadow")
