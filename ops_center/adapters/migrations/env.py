"""Run migrations on the connection the store hands over."""

from __future__ import annotations

from alembic import context

from ops_center.adapters.store_models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
