"""Position writer on both stores: every vehicle's row once, wherever it is stopped, killed or cut off."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.position_writer import PositionWriter, TrackKeeper
from ops_center.adapters.store_engine import migrate, open_engine
from ops_center.adapters.store_offsets import stored_offset
from ops_center.adapters.store_partitions import HOUR_MS
from ops_center.adapters.store_reads import StoreReads
from ops_center.adapters.store_tracks import TrackStore
from ops_center.ports import INPUT, Journal, Search
from tests.adapters.positions_input import DAY, FEEDS, TOPICS, at_ms, block, county_of, records, row, tick
from tests.adapters.store_things import rows
from tests.adapters.stores import database, sqlite_url

ROOT = Path(__file__).parents[2]
ROWS = 4_000


@pytest.fixture(params=["sqlite", "postgis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
        return
    with database(request.getfixturevalue("postgres_url")) as made:
        yield made


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    migrate(engine)
    yield engine
    engine.dispose()


def writer(journal: Journal, engine: Engine, *, now_ms: int = DAY, **more: object) -> PositionWriter:
    given = {"feeds": FEEDS, "county_of": county_of, "partitions": (0, 1), **more}
    return PositionWriter(journal=journal, store=TrackStore(engine), clock=FakeClock(now_ms), **given)


def journal_of(*parts: list[bytes]) -> MemoryJournal:
    journal = MemoryJournal(TOPICS)
    for partition, values in enumerate(parts):
        journal.append(INPUT, partition, values)
    return journal


def written(engine: Engine) -> list[int]:
    """Return the numbers of the stored rows, sorted."""
    return sorted((int(t) - DAY) // 1_000 for (t,) in rows(engine, "SELECT event_ms FROM tracks"))


def test_every_row_of_every_partition_is_written_once_with_its_county(engine: Engine):
    journal = journal_of(records(0, 100), records(100, 150))
    one = writer(journal, engine)
    while one.step():
        pass
    assert written(engine) == list(range(150))
    assert stored_offset(engine, consumer="positions", topic=INPUT, partition=0) == journal.end(INPUT, 0)
    last = StoreReads(engine).position(feed="gps", subject="v2")
    assert (last.event_ms, last.speed_kph, last.jurisdiction) == (at_ms(149), 59.0, "370102")
    assert one.lost() is None
    assert not one.step()


def test_a_new_writer_goes_on_where_the_last_one_stopped(engine: Engine):
    journal = journal_of(records(0, 60))
    one = writer(journal, engine)
    one.reader.rows = 20
    one.step()
    assert 0 < len(written(engine)) < 60
    journal.append(INPUT, 0, records(60, 90))
    another = writer(journal, engine)
    while another.step():
        pass
    assert written(engine) == list(range(90))


def test_sensors_clocks_ahead_and_rows_without_a_place_are_no_positions(engine: Engine):
    ahead = {**row(3), "t": at_ms(3) + 10_000}
    nowhere = {name: value for name, value in row(4).items() if name not in ("x", "y")}
    journal = journal_of(
        [block([row(1)], of="gas"), block([row(2)]), block([ahead], late_ms=-9_000), block([nowhere]), tick(9)]
    )
    one = writer(journal, engine)
    while one.step():
        pass
    assert written(engine) == [2]


def test_what_is_older_than_the_kept_hours_is_passed_over_and_old_hours_go(engine: Engine):
    hour = HOUR_MS // 1_000
    journal = journal_of(records(0, 20), [block([row(n * hour)]) for n in (1, 2, 3, 4, 5)])
    one = writer(journal, engine, now_ms=DAY + 5 * HOUR_MS, keep_ms=3 * HOUR_MS)
    while one.step():
        pass
    assert written(engine) == [2 * hour, 3 * hour, 4 * hour, 5 * hour]
    keeper = TrackKeeper(store=one.store, clock=FakeClock(DAY + 8 * HOUR_MS), keep_ms=3 * HOUR_MS)
    assert not keeper.step()
    assert written(engine) == [5 * hour]
    journal.append(INPUT, 1, [block([row(4 * hour + 1)], late_ms=4 * HOUR_MS), block([row(7 * hour)])])
    later = writer(journal, engine, now_ms=DAY + 8 * HOUR_MS, keep_ms=3 * HOUR_MS)
    while later.step():
        pass
    assert written(engine) == [5 * hour, 7 * hour]  # an hour that is gone does not come back for a late row


def test_ticks_alone_cost_no_transaction(engine: Engine):
    journal = journal_of(records(0, 10))
    one = writer(journal, engine)
    one.step()
    stored = stored_offset(engine, consumer="positions", topic=INPUT, partition=0)
    journal.append(INPUT, 0, [tick(n) for n in range(10, 500)])
    while one.step():
        pass
    assert stored_offset(engine, consumer="positions", topic=INPUT, partition=0) == stored
    assert one.behind() == 0
    journal.append(INPUT, 0, records(500, 510))
    one.step()
    assert written(engine) == [*range(10), *range(500, 510)]


def test_a_second_writer_of_a_partition_is_told_of_and_doubles_nothing(engine: Engine):
    journal = journal_of(records(0, 60))
    first, second = writer(journal, engine), writer(journal, engine)
    for one in (first, second):
        one.reader.rows = 10
        assert one.step()
    assert not first.step()
    assert "another writer" in first.lost().reason
    assert first.step() is False  # it waits before it tries again
    first.outage.monotonic_s = lambda: float("inf")
    while first.step():
        pass
    assert first.lost() is None
    assert written(engine) == list(range(60))


def test_a_database_ahead_of_the_journal_is_told_and_not_written_to(engine: Engine):
    whole = writer(journal_of(records(0, 50)), engine)
    while whole.step():
        pass
    wrong = writer(journal_of(records(0, 10)), engine)
    assert not wrong.step()
    assert "the journal ends" in wrong.lost().reason


@pytest.mark.slow
def test_a_writer_killed_anywhere_leaves_every_row_once(url: str, engine: Engine, tmp_path: Path):
    with FileJournal(tmp_path / "journal", TOPICS) as journal:
        for first in range(0, ROWS, 200):
            journal.append_many([(INPUT, first // 200 % 2, records(first, first + 200))])
    command = [sys.executable, "-m", "tests.adapters.position_process", str(tmp_path / "journal"), url]
    chance = np.random.default_rng(4)
    seen: list[int] = []
    for _ in range(4):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(int(chance.integers(1, 12))):
                assert process.stdout.readline() == "writing\n"
            # From here it is somewhere in a step: reading, in a transaction, committing.
            with suppress(subprocess.TimeoutExpired):
                process.wait(float(chance.uniform(0.0, 0.02)))
            process.kill()
        seen.append(len(written(engine)))
        assert len(set(written(engine))) == seen[-1]
    assert len({n for n in seen if 0 < n < ROWS}) >= 2, seen  # killed in the middle of it
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    assert written(engine) == list(range(ROWS))


def test_the_kept_time_is_the_clocks_not_the_rows(engine: Engine):
    journal = journal_of(records(0, 10))
    one = replace(writer(journal, engine), clock=FakeClock(DAY + 100 * HOUR_MS))
    while one.step():
        pass
    assert written(engine) == []
    assert StoreReads(engine).positions(Search(jurisdiction=None)) == []
