"""The store on SQLite: the contract, and the spatial functions that shapely lends it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ops_center.adapters.store_sql import SqlStore, open_sqlite
from tests.adapters.store_contract import StoreContract
from tests.adapters.stores import sqlite_url


class TestSqlite(StoreContract):
    """The contract on SQLite."""

    # Column types come back from SQLite as names only; geometry columns as plain blobs.
    compares_types = False

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return sqlite_url(tmp_path)


def test_readers_do_not_wait_for_the_writer(tmp_path: Path):
    store = open_sqlite(tmp_path / "deep" / "store.sqlite")
    with store.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    store = open_sqlite(tmp_path_factory.mktemp("store") / "shared.sqlite")
    yield store
    store.engine.dispose()


shapes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h),
    st.integers(-20, 20),
    st.integers(-20, 20),
    st.integers(1, 9),
    st.integers(1, 9),
)


@settings(max_examples=60, deadline=None)
@given(one=shapes, other=shapes)
def test_the_registered_functions_agree_with_shapely(shared: SqlStore, one: shapely.Polygon, other: shapely.Polygon):
    texts = [f"SRID=4326;{shape.wkt}" for shape in (one, other)]
    left, right = (func.ST_GeomFromEWKT(body) for body in texts)
    with Session(shared.engine) as session:
        found = session.execute(
            select(
                func.ST_Intersects(left, right),
                func.ST_Contains(left, right),
                func.ST_Within(left, right),
                func.ST_Distance(left, right),
                func.ST_DWithin(left, right, 3),
                func.ST_SRID(left),
                func.ST_AsGeoJSON(left),
            )
        ).one()
    assert bool(found[0]) == one.intersects(other)
    assert bool(found[1]) == one.contains(other)
    assert bool(found[2]) == one.within(other)
    assert found[3] == one.distance(other)
    assert bool(found[4]) == (one.distance(other) <= 3)
    assert found[5] == 4326
    assert shapely.from_geojson(found[6]).equals(one)
