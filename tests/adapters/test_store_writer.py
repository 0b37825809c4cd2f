"""Store writer: the desk's output and the hazards into either store, from where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ops_center import wire
from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.store_reads import StoreReads
from ops_center.adapters.store_sql import SqlStore, open_store
from ops_center.adapters.store_writer import StoreWriter
from ops_center.desk.handling import acknowledge
from ops_center.domain.digest import plain
from ops_center.domain.event import Event, EventKind
from ops_center.domain.world import HazardRevision
from ops_center.ports import EVENT, OUTPUT, Search
from tests.adapters.positions_input import TOPICS
from tests.adapters.store_things import LI, alert, incident
from tests.adapters.stores import database, sqlite_url
from tests.desk.stage import DAY

ALL = Search(jurisdiction=None)


@pytest.fixture(params=["sqlite", "postgis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    if request.param == "sqlite":
        store = open_store(sqlite_url(tmp_path))
        yield store
        store.engine.dispose()
        return
    with database(request.getfixturevalue("postgres_url")) as url:
        store = open_store(url)
        yield store
        store.engine.dispose()


@pytest.fixture
def journal() -> MemoryJournal:
    return MemoryJournal(TOPICS)


def run(journal: MemoryJournal, store: SqlStore, **more: object) -> StoreWriter:
    one = StoreWriter(journal=journal, store=SqlStore(store.engine), clock=FakeClock(DAY), **more)
    while one.step():
        pass
    assert one.lost() is None
    return one


def hazard(revision: HazardRevision, *, n: int = 0) -> bytes:
    told = Event(
        id=f"event-{n}", kind=EventKind.HAZARD, feed="f", event_ms=DAY, stamp_ms=DAY, desk_ms=DAY, facts=plain(revision)
    )
    return wire.encode(told)


def test_the_last_word_on_each_thing_is_stored(journal: MemoryJournal, store: SqlStore):
    first, other = alert("a"), incident("1", county="370102")
    journal.append(OUTPUT, 0, [wire.encode(thing) for thing in (first, other, acknowledge(first, LI))])
    run(journal, store)
    (kept,) = StoreReads(store.engine).alerts(ALL)
    assert kept.last.acknowledged == LI
    assert StoreReads(store.engine).incidents(ALL) == [other]


def test_hazards_are_taken_from_the_events_of_every_partition(journal: MemoryJournal, store: SqlStore):
    quake = HazardRevision(id="q", revision="1", kind="quake", issued_ms=DAY, lon_e7=1_170_000_000, lat_e7=360_000_000)
    other = Event(
        id="event-x", kind=EventKind.ENTER, feed="f", event_ms=DAY, stamp_ms=DAY, desk_ms=DAY, facts={"kind": "hazard"}
    )
    journal.append(EVENT, 0, [hazard(quake), wire.encode(other)])
    journal.append(EVENT, 1, [hazard(replace(quake, id="r"), n=1), hazard(quake, n=0)])
    run(journal, store)
    assert [one.id for one in StoreReads(store.engine).hazards()] == ["q", "r"]


def test_hazards_after_a_change_of_desks_are_stored_by_a_writer_that_has_seen_no_output(
    journal: MemoryJournal, store: SqlStore
):
    store.put([], epoch=5)
    quake = HazardRevision(id="q", revision="1", kind="quake", issued_ms=DAY, lon_e7=1_170_000_000, lat_e7=360_000_000)
    journal.append(EVENT, 0, [hazard(quake)])
    run(journal, store)
    assert StoreReads(store.engine).hazards() == [quake]


def test_a_new_writer_reads_on_behind_what_is_stored(journal: MemoryJournal, store: SqlStore):
    journal.append(OUTPUT, 0, [wire.encode(alert("a"))])
    run(journal, store)
    late = MemoryJournal(TOPICS, starts={(OUTPUT, 0): 1})  # what was written need not be kept for it
    late.append(OUTPUT, 0, [wire.encode(alert("b"))])
    run(late, store)
    assert sorted(one.subject for one in StoreReads(store.engine).alerts(ALL)) == ["a", "b"]


def test_what_a_desk_without_the_lease_wrote_late_is_passed_over(journal: MemoryJournal, store: SqlStore):
    old, new = alert("a"), acknowledge(alert("a"), LI)
    first, second, late = (wire.encode(thing) for thing in (old, new, replace(old, disposition="late")))
    epochs = {first: 3, second: 4, late: 3}
    journal.append(OUTPUT, 0, [first, second, late])
    assert run(journal, store, epoch_of=epochs.__getitem__).passed_over == 1
    journal.append(OUTPUT, 0, [late])
    assert run(journal, store, epoch_of=epochs.__getitem__).passed_over == 1  # the store knows the lease
    (kept,) = StoreReads(store.engine).alerts(ALL)
    assert kept.last.acknowledged == LI
