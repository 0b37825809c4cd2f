"""The store on SQLite: idempotent, refusing a lower epoch, spatial without SpatiaLite."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_mock_engine, func, inspect, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable

from ops_center.adapters.store_models import AlertRow, Base, HazardRow
from ops_center.adapters.store_sql import SqlStore, migrate, open_sqlite, upsert
from ops_center.columns import Positions
from ops_center.desk import alerts
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.command import START_RUN
from ops_center.domain.errors import StaleEpoch
from ops_center.domain.world import HazardRevision
from tests.desk.stage import DAY, STOP, Stage, command, event

LI = Mark(by="li", post="desk-1", at_ms=DAY + 5_000)


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    return open_sqlite(tmp_path / "store.sqlite")


def alert(subject: str, at: int = 0, *, lon: float = 117.0, lat: float = 36.6, county: str = "370102") -> Alert:
    made = alerts.fire(
        None, event("firing", "stop", subject, at, facts={"admin.county": county}), STOP, deployment="370000"
    )
    return replace(made, lon_e7=round(lon * 1e7), lat_e7=round(lat * 1e7))


def rows(store: SqlStore, table: str) -> list[tuple[object, ...]]:
    with Session(store.engine) as session:
        return [tuple(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]


def test_what_is_put_comes_back_equal_and_putting_it_again_changes_nothing(store: SqlStore):
    one = alert("a")
    store.put([one], epoch=1)
    before = rows(store, "alerts"), rows(store, "occurrences")
    store.put([one, one], epoch=1)
    assert (rows(store, "alerts"), rows(store, "occurrences")) == before
    assert store.alerts(jurisdiction="370000") == [one]


def test_putting_the_whole_picture_again_writes_only_what_changed(store: SqlStore):
    first, second = alert("a"), alert("b")
    store.put([first, second], epoch=1)
    with Session(store.engine) as session, session.begin():
        session.execute(text("UPDATE alerts SET feed = 'touched'"))
    store.put([first, alerts.acknowledge(second, LI)], epoch=1)
    with Session(store.engine) as session:
        kept = {row.subject: row.feed for row in session.execute(text("SELECT subject, feed FROM alerts"))}
    assert kept == {"a": "touched", "b": "gps"}


def test_of_several_values_of_one_id_the_last_counts(store: SqlStore):
    one = alert("a")
    store.put([one, alerts.acknowledge(one, LI)], epoch=1)
    (kept,) = store.alerts(jurisdiction="370000")
    assert kept.last.acknowledged == LI
    assert rows(store, "occurrences")[0][5:7] == ("li", DAY + 5_000)


def test_a_lower_epoch_is_refused_whole_and_a_higher_one_takes_over(store: SqlStore):
    store.put([alert("a")], epoch=3)
    with pytest.raises(StaleEpoch) as refused:
        store.put([alert("b"), alerts.acknowledge(alert("a"), LI)], epoch=2)
    assert (refused.value.epoch, refused.value.held) == (2, 3)
    assert [a.subject for a in store.alerts(jurisdiction="370000")] == ["a"]
    store.put([alert("b")], epoch=4)
    with pytest.raises(StaleEpoch):
        store.put_hazards([], epoch=3)


def test_alerts_are_scoped_by_jurisdiction_openness_and_box(store: SqlStore):
    closed = alerts.acknowledge(alerts.resolve(alert("c", lat=36.9), at_ms=DAY + 1, resolution="cleared"), LI)
    store.put([alert("a"), alert("b", lon=120.4, lat=36.1, county="370202"), closed], epoch=1)

    def found(**given: object) -> list[str]:
        return sorted(a.subject for a in store.alerts(**given))  # type: ignore[arg-type]

    assert found(jurisdiction="370000") == ["a", "b", "c"]
    assert found(jurisdiction="370100") == ["a", "c"]
    assert found(jurisdiction="370100", open_only=True) == ["a"]
    assert found(jurisdiction="370000", box=(116.5, 36.5, 117.5, 36.7)) == ["a"]
    assert found(jurisdiction="110000") == []


def test_incidents_runs_and_tasks_of_a_desk_come_back_equal(store: SqlStore):
    stage = Stage()
    stage.play(event("firing", "leak", "a", 0), until=10_000)
    (run,) = stage.desk.state.runs.values()
    stage.play(command(START_RUN, run.id, 11_000), until=20_000)
    state = stage.desk.state
    store.put([*state.alerts.values(), *state.incidents.values(), *state.runs.values()], epoch=1)
    assert list(store.incidents(jurisdiction="370100")) == list(state.incidents.values())
    (incident,) = state.incidents
    assert list(store.runs(incident=incident)) == list(state.runs.values())
    assert {row[0] for row in rows(store, "tasks")} == set(state.task_run)


def test_each_revision_of_a_hazard_is_kept_with_its_area(store: SqlStore):
    ring = [[117.0, 36.0], [118.0, 36.0], [118.0, 37.0], [117.0, 36.0]]
    first = HazardRevision(
        id="w", revision="1", kind="warning", issued_ms=DAY, area={"type": "Polygon", "coordinates": [ring]}
    )
    point = HazardRevision(id="q", revision="1", kind="quake", issued_ms=DAY, lon_e7=1_170_000_000, lat_e7=360_000_000)
    store.put_hazards([first, replace(first, revision="2"), point], epoch=1)
    store.put_hazards([first], epoch=1)
    with Session(store.engine) as session:
        inside = func.ST_Contains(HazardRow.area, func.ST_GeomFromEWKT("SRID=4326;POINT (117.6 36.3)"))
        assert list(session.scalars(select(HazardRow.revision).where(inside).order_by(HazardRow.revision))) == [
            "1",
            "2",
        ]


def test_positions_and_their_offset_are_one_transaction(store: SqlStore):
    def positions(*places: tuple[str, float, float]) -> Positions:
        n = len(places)
        return Positions(
            subjects=tuple(name for name, _, _ in places),
            lon=np.asarray([lon for _, lon, _ in places]),
            lat=np.asarray([lat for _, _, lat in places]),
            heading_deg=np.full(n, np.nan),
            speed_kph=np.full(n, 40.0),
            event_ms=np.full(n, DAY, dtype=np.int64),
            style=np.zeros(n, np.uint8),
        )

    where = {"consumer": "positions", "topic": "input", "partition": 0}
    assert store.offset(**where) == 0
    store.put_positions(positions(("a", 117.0, 36.6), ("b", 117.3, 36.6), ("c", 120.0, 36.0)), offset=7, **where)
    assert store.near(lon=117.0, lat=36.6, degrees=0.5) == ["a", "b"]
    broken = replace(positions(("a", 118.0, 36.6), ("d", 117.0, 36.0)), subjects=("a", ["d"]))
    with pytest.raises(StatementError):
        store.put_positions(broken, offset=9, **where)
    assert store.offset(**where) == 7
    assert store.near(lon=117.0, lat=36.6, degrees=0.01) == ["a"]
    store.put_positions(positions(("a", float("nan"), float("nan"))), offset=8, **where)
    assert store.near(lon=117.0, lat=36.6, degrees=0.01) == []


def not_spatial(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    return not (kind == "index" and str(name).startswith("idx_"))


def test_a_reader_in_the_middle_of_its_work_neither_stops_a_writer_nor_sees_half_of_it(store: SqlStore):
    store.put([alert("a")], epoch=1)
    with Session(store.engine) as reader:
        assert len(list(reader.scalars(select(AlertRow.id)))) == 1
        store.put([alert("b"), alert("c")], epoch=1)
        assert len(list(reader.scalars(select(AlertRow.id)))) == 1
    assert len(store.alerts(jurisdiction="370000")) == 3


def test_the_same_tables_and_statements_are_written_for_postgis():
    postgis = create_mock_engine("postgresql+psycopg://", lambda *given, **more: None).dialect
    made = str(upsert(AlertRow, "postgresql").compile(dialect=postgis))
    assert "ST_GeomFromEWKT(%(place)s::TEXT)" in made or "ST_GeomFromEWKT(%(place)s)" in made
    assert "ON CONFLICT (id) DO UPDATE SET" in made
    table = str(CreateTable(AlertRow.__table__).compile(dialect=postgis))  # type: ignore[arg-type]
    assert "place geometry(POINT,4326)" in table


def test_the_migrated_schema_is_the_models_schema(store: SqlStore):
    with store.engine.connect() as connection:
        # SQLite has no spatial index; GeoAlchemy2 makes it on PostGIS with the column.
        options = {"compare_type": False, "include_object": not_spatial}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
        columns = {c["name"] for c in inspect(connection).get_columns("alerts")}
    assert {"place", "body", "is_open"} <= columns


def test_a_store_opened_again_keeps_what_it_had_and_its_schema(tmp_path: Path):
    path = tmp_path / "store.sqlite"
    first = open_sqlite(path)
    first.put([alert("a")], epoch=1)
    again = open_sqlite(path)
    migrate(again.engine)
    assert [a.subject for a in again.alerts(jurisdiction="370000")] == ["a"]
    with again.engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


shapes = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h),
    st.integers(-20, 20),
    st.integers(-20, 20),
    st.integers(1, 9),
    st.integers(1, 9),
)


@settings(max_examples=60, deadline=None)
@given(shapes, shapes)
def test_the_registered_functions_agree_with_shapely(one: shapely.Polygon, other: shapely.Polygon):
    store = _SHARED
    texts = [f"SRID=4326;{shape.wkt}" for shape in (one, other)]
    left, right = (func.ST_GeomFromEWKT(body) for body in texts)
    with Session(store.engine) as session:
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


def test_a_missing_place_is_null_in_and_null_out(store: SqlStore):
    store.put([replace(alert("a"), lon_e7=None, lat_e7=None)], epoch=1)
    with Session(store.engine) as session:
        assert session.scalar(select(func.ST_X(AlertRow.place))) is None
        assert session.scalar(select(AlertRow.place)) is None
    assert store.alerts(jurisdiction="370000", box=(0, 0, 180, 90)) == []


@pytest.fixture(scope="module", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    global _SHARED
    _SHARED = open_sqlite(tmp_path_factory.mktemp("store") / "shared.sqlite")


_SHARED: SqlStore
