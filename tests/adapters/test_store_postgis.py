"""The store on PostGIS: the contract, and what only a server does: partitions, their indexes, two writers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import numpy as np
import pytest
from sqlalchemy import text

from ops_center.adapters import store_partitions
from ops_center.adapters.store_offsets import OutOfPlace
from ops_center.adapters.store_partitions import HOUR_MS, name_of
from ops_center.adapters.store_sql import SqlStore
from ops_center.adapters.store_tracks import TrackStore
from ops_center.columns import Codes
from tests.adapters.store_contract import StoreContract
from tests.adapters.store_things import rows, stretch, tracks
from tests.adapters.stores import database
from tests.desk.stage import DAY

HOURS = [name_of(DAY + n * HOUR_MS) for n in range(8)]


class TestPostgis(StoreContract):
    """The contract on PostGIS, and more."""

    snapshot = "REPEATABLE READ"

    @pytest.fixture
    def url(self, postgres_url: str) -> Iterator[str]:
        with database(postgres_url) as url:
            yield url

    def test_geometry_columns_have_their_spatial_index_and_tracks_theirs_by_hour(self, store):
        TrackStore(store.engine).write(
            [tracks(("a", 0, 117.0, 36.6), ("a", HOUR_MS, 117.0, 36.6))], stretch=stretch(0, 1)
        )
        kinds = dict(
            rows(
                store.engine, "SELECT indexname, split_part(split_part(indexdef, 'USING ', 2), ' ', 1) FROM pg_indexes"
            )
        )
        assert [kinds[f"idx_{table}_{column}"] for table, column in (("alerts", "place"), ("hazards", "area"))] == [
            "gist"
        ] * 2
        assert (kinds["tracks_time"], kinds["tracks_subject_time"]) == ("brin", "btree")
        for hour in HOURS[:2]:
            assert sorted(kind for name, kind in kinds.items() if name.startswith(hour)) == ["brin", "btree"]

    def test_hours_are_made_ahead_closed_with_gist_and_dropped_whole(self, store):
        kept = TrackStore(store.engine)
        kept.write([tracks(*(("a", n * HOUR_MS, 117.0, 36.6) for n in range(3)))], stretch=stretch(0, 1))
        done = store_partitions.keep(store.engine, now_ms=DAY + 2 * HOUR_MS + 60_000, keep_ms=90 * HOUR_MS)
        assert (done.closed, done.dropped) == ((HOURS[0],), ())  # the second is over, but may still get late rows
        assert _standing(store) == HOURS[:5]
        done = store_partitions.keep(store.engine, now_ms=DAY + 3 * HOUR_MS + 960_000, keep_ms=2 * HOUR_MS)
        assert (done.closed, done.dropped) == ((HOURS[1], HOURS[2]), (HOURS[0],))
        assert _standing(store) == HOURS[1:6]
        assert store_partitions.keep(store.engine, now_ms=DAY + 3 * HOUR_MS + 960_000, keep_ms=2 * HOUR_MS).closed == ()

    def test_an_index_that_a_crash_cut_short_is_made_anew(self, store):
        TrackStore(store.engine).write([tracks(("a", 0, 117.0, 36.6))], stretch=stretch(0, 1))
        with store.engine.begin() as connection:
            connection.execute(text(f"CREATE INDEX {HOURS[0]}_place ON {HOURS[0]} USING gist (place)"))
            invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(:name)"
            connection.execute(text(invalid), {"name": f"{HOURS[0]}_place"})
        assert store_partitions.keep(store.engine, now_ms=DAY + 9 * HOUR_MS, keep_ms=90 * HOUR_MS).closed == (HOURS[0],)
        state = f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{HOURS[0]}_place'::regclass"
        assert rows(store.engine, state) == [(True,)]

    def test_an_hour_that_somebody_reads_is_dropped_the_next_time(self, store, monkeypatch):
        monkeypatch.setattr(store_partitions, "LOCK_MS", 50)
        TrackStore(store.engine).write([tracks(("a", 0, 117.0, 36.6))], stretch=stretch(0, 1))
        late = {"now_ms": DAY + 9 * HOUR_MS, "keep_ms": 2 * HOUR_MS}
        with store.engine.connect() as reader:
            reader.execute(text("SELECT count(*) FROM tracks"))
            assert store_partitions.keep(store.engine, **late).dropped == ()
        assert store_partitions.keep(store.engine, **late).dropped == (HOURS[0],)

    def test_a_query_of_one_hour_opens_one_partition_by_its_index(self, store):
        many = [(f"v{n % 50}", n % 6 * HOUR_MS + n, 117.0, 36.6) for n in range(6_000)]
        TrackStore(store.engine).write([tracks(*many)], stretch=stretch(0, 1))
        with store.engine.connect() as connection:
            plan = "\n".join(
                connection.execute(
                    text("EXPLAIN SELECT * FROM tracks WHERE subject = 'v7' AND event_ms >= :a AND event_ms < :b"),
                    {"a": DAY + HOUR_MS, "b": DAY + 2 * HOUR_MS},
                ).scalars()
            )
        assert f"{HOURS[1]}_subject_event_ms_idx" in plan
        assert not any(hour in plan for hour in (HOURS[0], HOURS[2]))

    def test_of_two_writers_of_one_partition_one_is_refused_and_no_row_is_double(self, store):
        refused: list[OutOfPlace] = []

        def write(writer: str) -> None:
            mine = TrackStore(store.engine)
            for n in range(40):
                try:
                    mine.write([tracks((writer, n, 117.0, 36.6))], stretch=stretch(n, n + 1))
                except OutOfPlace as error:
                    refused.append(error)
                    return

        writers = [Thread(target=write, args=(name,)) for name in ("a", "b")]
        for one in writers:
            one.start()
        for one in writers:
            one.join(60)
        assert rows(store.engine, "SELECT count(*), count(DISTINCT event_ms) FROM tracks")[0][0] <= 40
        assert rows(store.engine, "SELECT position FROM offsets") == rows(store.engine, "SELECT count(*) FROM tracks")
        assert refused

    def test_rows_of_every_length_and_null_arrive_as_they_are(self, store):
        rng = np.random.default_rng(3)
        n = 5_000
        names = tuple(f"{'车' * int(rng.integers(1, 9))}{n}" for n in range(400))
        given = replace(
            tracks(*(("x", 0, 117.0, 36.0) for _ in range(n))),
            subject=Codes(rng.integers(0, 400, n).astype(np.int32), names),
            event_ms=DAY + rng.integers(0, 3 * HOUR_MS, n),
            lon_e7=rng.integers(-(18 * 10**8), 18 * 10**8, n).astype(np.int32),
            lat_e7=rng.integers(-(9 * 10**8), 9 * 10**8, n).astype(np.int32),
            speed_kph=np.where(rng.random(n) < 0.3, np.nan, rng.random(n) * 90).astype(np.float32),
            heading_deg=np.where(rng.random(n) < 0.3, np.nan, rng.random(n) * 360).astype(np.float32),
            county=Codes(rng.integers(-1, 3, n).astype(np.int32), ("370102", "", "370202001")),
        )
        TrackStore(store.engine).write([given], stretch=stretch(0, 1))
        select = "SELECT event_ms, stamp_ms, feed, subject, jurisdiction, speed_kph::float8, heading_deg::float8, ST_AsEWKB(place) FROM tracks"
        found = sorted((*row[:-1], bytes(row[-1])) for row in rows(store.engine, select))
        assert sorted(map(repr, found)) == sorted(map(repr, given.tuples()))


def _standing(store: SqlStore) -> list[str]:
    named = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'tracks'::regclass ORDER BY 1"
    return [str(name) for (name,) in rows(store.engine, named)]
