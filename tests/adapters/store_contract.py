"""The contract of every store: what SQLite and PostGIS must both do, run unchanged against each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ops_center.adapters.store_reads import StoreReads
from ops_center.adapters.store_sql import SqlStore, open_store
from tests.adapters.store_schema_contract import HasSchema
from tests.adapters.store_search_contract import FindsThings
from tests.adapters.store_things_contract import KeepsThings
from tests.adapters.store_tracks_contract import KeepsTracks


class StoreContract(KeepsThings, FindsThings, KeepsTracks, HasSchema):
    """A class of tests inherits this and gives `url`: the address of an empty database."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[SqlStore]:
        store = open_store(url)
        yield store
        store.engine.dispose()

    @pytest.fixture
    def reads(self, store: SqlStore) -> StoreReads:
        return StoreReads(store.engine)
