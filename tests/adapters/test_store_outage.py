"""PostgreSQL goes away and comes back: writers keep their place, say what is lost, catch up by themselves."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from sqlalchemy import Engine

from ops_center import wire
from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.outage import LONGEST_S, Outage
from ops_center.adapters.position_writer import PositionWriter
from ops_center.adapters.store_reads import StoreReads
from ops_center.adapters.store_sql import SqlStore, open_store
from ops_center.adapters.store_tracks import TrackStore
from ops_center.adapters.store_writer import StoreWriter
from ops_center.domain.text import Text
from ops_center.ports import INPUT, OUTPUT, Search
from tests.adapters.positions_input import FEEDS, TOPICS, county_of, records
from tests.adapters.store_things import alert, rows
from tests.desk.stage import DAY
from tests.services import postgres, processes
from tests.services.state import State, open_state

ROWS = 6_000
pytestmark = pytest.mark.slow
Step = Callable[[], bool]


@pytest.fixture
def own(postgres_url: str) -> Iterator[State]:
    """Return a server of our own, to stop and to kill; `postgres_url` only says that one can be had."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ops-outage-") as name:
        Path(name).chmod(0o755)
        state = open_state(Path(name))
        postgres.up(state)
        yield state
        postgres.down(state)


@pytest.mark.parametrize("how", ["down", "kill"])
def test_after_a_stop_or_a_kill_every_row_is_there_once(own: State, how: str):
    store, clock, journal = open_store(postgres.url(own)), FakeClock(DAY), MemoryJournal(TOPICS)
    positions = PositionWriter(
        journal=journal,
        feeds=FEEDS,
        store=TrackStore(store.engine),
        county_of=county_of,
        clock=clock,
        partitions=(0, 1),
    )
    entities = StoreWriter(journal=journal, store=SqlStore(store.engine), clock=clock)
    writers = (positions, entities)
    for one in writers:
        one.outage.monotonic_s = _ticking()
    journal.append(INPUT, 0, records(0, 40))
    journal.append(OUTPUT, 0, [wire.encode(alert("a"))])
    _all(positions.step, entities.step)
    assert [one.lost() for one in writers] == [None, None]

    _away(own, how)
    clock.advance(7_000)
    journal.append(INPUT, 0, records(40, 80))
    journal.append(OUTPUT, 0, [wire.encode(alert("b"))])
    for one in writers:
        for _ in range(5):  # again and again, and it stays away
            assert not one.step()
            clock.advance(1_000)
        lost = one.lost()
        assert lost.behind == (8 if one is positions else 1)  # blocks and ticks; an alert
        assert (lost.since_ms, bool(lost.reason)) == (DAY + (7_000 if one is positions else 12_000), True)
        assert lost.what.zh
        assert lost.meanwhile.en

    assert postgres.up(own) == store.engine.url.render_as_string(hide_password=False)
    journal.append(INPUT, 1, records(80, 120))
    assert processes.until(lambda: _went(writers), within_s=60)
    _all(positions.step, entities.step)
    assert sorted((int(t) - DAY) // 1_000 for (t,) in rows(store.engine, "SELECT event_ms FROM tracks")) == list(
        range(120)
    )
    assert sorted(one.subject for one in StoreReads(store.engine).alerts(Search(jurisdiction=None))) == ["a", "b"]
    store.engine.dispose()


def test_a_database_killed_in_the_middle_of_writes_holds_every_row_once(own: State):
    store, journal = open_store(postgres.url(own)), MemoryJournal(TOPICS)
    positions = PositionWriter(
        journal=journal,
        feeds=FEEDS,
        store=TrackStore(store.engine),
        county_of=county_of,
        clock=FakeClock(DAY),
        partitions=(0,),
    )
    positions.reader.rows = 20
    positions.outage.monotonic_s = _ticking()
    done, in_middle = Flag(), 0

    def write() -> None:
        while not done.is_set():
            if not positions.step():
                done.wait(0.01)

    writing = Thread(target=write)
    writing.start()
    try:
        for first in range(0, ROWS, ROWS // 3):
            journal.append(INPUT, 0, records(first, first + ROWS // 3))
            before = _count(store.engine)
            assert processes.until(lambda before=before: _count(store.engine) > before, within_s=60, every_s=0.001)
            _away(own, "kill")
            in_middle += positions.behind() > 0
            postgres.up(own)
        assert processes.until(lambda: positions.lost() is None and positions.behind() == 0, within_s=120)
    finally:
        done.set()
        writing.join(60)
    assert in_middle >= 2
    assert sorted((int(t) - DAY) // 1_000 for (t,) in rows(store.engine, "SELECT event_ms FROM tracks")) == list(
        range(ROWS)
    )
    store.engine.dispose()


def test_pauses_grow_to_ten_seconds_and_begin_anew_after_a_success():
    now = [0.0]
    outage = Outage(what=Text("", ""), meanwhile=Text("", ""), clock=FakeClock(DAY), monotonic_s=lambda: now[0])
    pauses = []
    for _ in range(9):
        outage.failed("away")
        pauses.append(outage.again_s - now[0])
        assert outage.waits()
        now[0] = outage.again_s
        assert not outage.waits()
    assert pauses[:4] == [0.25, 0.5, 1.0, 2.0]
    assert pauses[-1] == max(pauses) == LONGEST_S
    assert outage.lost(3).behind == 3
    outage.worked()
    assert outage.lost(0) is None
    outage.failed("again")
    assert outage.pause_s == 0.25


def _away(own: State, how: str) -> None:
    if how == "down":
        postgres.down(own)
        return
    running = own.running(postgres.NAME)
    assert running is not None
    processes.kill(running)


def _count(engine: Engine) -> int:
    (number,) = rows(engine, "SELECT count(*) FROM tracks")[0]
    return int(str(number))


def _went(writers: tuple[PositionWriter, StoreWriter]) -> bool:
    for one in writers:
        one.step()
    return all(one.lost() is None for one in writers)


def _all(*steps: Step) -> None:
    moved = True
    while moved:
        moved = False
        for step in steps:
            moved = step() or moved


def _ticking() -> Callable[[], float]:
    """Return a clock on which every look is a minute later, so that no pause is waited for."""
    minutes = iter(range(1_000_000))
    return lambda: next(minutes) * 60.0
