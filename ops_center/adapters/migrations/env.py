"""Run migrations on the connection the store hands over."""

from __future__ import annotations

from alembic import context

from ops_center.adapters.store_engine import ours
from ops_center.adapters.store_models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, include_object=ours
)
with context.begin_transaction():
    context.run_migrations()
