"""Create the duty desk's tables: resources, dispatches, warnings, shifts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0003"
down_revision = "0002"

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _texts(*names: str, index: bool = True) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=False, index=index) for name in names]


def _ms(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, index=True)


def _place(name: str = "place", kind: str = "POINT") -> sa.Column[bytes]:
    return sa.Column(name, Geometry(kind, srid=4326), nullable=True)


def _id() -> sa.Column[str]:
    return sa.Column("id", TEXT, primary_key=True)


def _body() -> sa.Column[bytes]:
    return sa.Column("body", sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    """Create the tables; the desk's output fills them."""
    op.create_table(
        "resources",
        _id(),
        *_texts("kind", "state", "jurisdiction"),
        *_texts("capability", index=False),
        *_texts("subject"),
        _place(),
        _body(),
    )
    op.create_table(
        "dispatches",
        _id(),
        *_texts("incident", "resource", "state", "jurisdiction"),
        _ms("requested_ms", nullable=True),
        _place(),
        _body(),
    )
    op.create_table(
        "warnings",
        _id(),
        *_texts("incident", "state"),
        sa.Column("in_force", sa.Boolean(), nullable=False, index=True),
        *_texts("jurisdiction"),
        _ms("drafted_ms"),
        _place("area", "GEOMETRY"),
        _body(),
    )
    op.create_table("shifts", _id(), *_texts("post", "person", "state", "jurisdiction"), _ms("began_ms"), _body())


def downgrade() -> None:
    """Drop the tables."""
    for name in ("shifts", "warnings", "dispatches", "resources"):
        op.drop_table(name)
