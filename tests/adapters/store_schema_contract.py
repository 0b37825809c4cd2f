"""How a store's schema comes to be: migrations down and up, and many that open it at once."""

from __future__ import annotations

from dataclasses import replace
from threading import Thread

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util.exc import CommandError
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from ops_center.adapters import store_partitions
from ops_center.adapters.store_engine import go_back, migrate, open_engine, ours
from ops_center.adapters.store_models import Base
from ops_center.adapters.store_reads import StoreReads
from ops_center.adapters.store_sql import open_store
from ops_center.adapters.store_tracks import TrackStore
from ops_center.ports import Search
from tests.adapters.store_things import ALL, HOUR, alert, incident, rows, stretch, tracks
from tests.desk.stage import DAY


class HasSchema:
    """A part of the contract of every store."""

    def test_the_migrated_schema_is_the_models_schema(self, store):
        TrackStore(store.engine).write([tracks(("a", 0, 117.0, 36.6))], stretch=stretch(0, 1))
        store_partitions.keep(store.engine, now_ms=DAY + 5 * HOUR, keep_ms=90 * HOUR)
        with store.engine.connect() as connection:
            options = {"compare_type": self.compares_types, "include_object": ours}
            context = MigrationContext.configure(connection, opts=options)
            found = compare_metadata(context, Base.metadata)
            assert found == [], found
            assert {"place", "body", "is_open"} <= {c["name"] for c in inspect(connection).get_columns("alerts")}

    compares_types = True

    def test_migrations_run_down_to_nothing_and_up_again(self, store, reads):
        store.put([alert("a")], epoch=1)
        go_back(store.engine, "0001")
        assert rows(store.engine, "SELECT subject FROM alerts") == [("a",)]
        migrate(store.engine)
        assert [one.subject for one in reads.alerts(ALL)] == ["a"]
        go_back(store.engine, "base")
        left = set(inspect(store.engine).get_table_names()) & set(Base.metadata.tables)
        assert left == set()
        migrate(store.engine)
        assert reads.alerts(ALL) == []

    def test_what_the_second_migration_adds_is_filled_from_what_is_there(self, store, reads):
        store.put(
            [replace(alert("a"), shadow=True), alert("b"), incident("1", county="370102", also=("370202",))], epoch=1
        )
        go_back(store.engine, "0001")
        migrate(store.engine)
        assert [one.subject for one in reads.alerts(ALL, trials=False)] == ["b"]
        assert [one.id for one in reads.incidents(Search(jurisdiction="370200"))] == ["incident-1"]

    def test_a_store_opened_again_keeps_what_it_had_and_its_schema(self, url, store):
        store.put([alert("a")], epoch=1)
        store.engine.dispose()
        again = open_store(url)
        assert [one.subject for one in StoreReads(again.engine).alerts(ALL)] == ["a"]
        again.engine.dispose()

    def test_several_processes_may_open_an_empty_store_at_once(self, url):
        failed: list[Exception] = []

        def begin() -> None:
            try:
                engine = open_engine(url)
                migrate(engine)
                engine.dispose()
            except (DBAPIError, CommandError) as error:
                failed.append(error)

        starters = [Thread(target=begin) for _ in range(3)]
        for one in starters:
            one.start()
        for one in starters:
            one.join(60)
        assert failed == []
