"""Track writer: every position in one complete file, whatever stops it."""

from __future__ import annotations

import errno
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.track_archive import TrackArchive
from ops_center.adapters.track_writer import HOUR_MS, TrackWriter
from ops_center.ports import INPUT
from tests.adapters.positions_input import DAY, FEEDS, TOPICS, block, records, row, tick

HOUR = HOUR_MS // 1_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tracks"


def writer(journal: MemoryJournal, folder: Path, **more: object) -> TrackWriter:
    archive = TrackArchive(folder)
    archive.open()
    return TrackWriter(journal=journal, feeds=FEEDS, archive=archive, clock=FakeClock(DAY), partitions=(0, 1), **more)


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the archived rows, sorted."""
    times = [t for path in folder.glob("*.parquet") for t in pq.read_table(path)["event_time"].to_pylist()]
    return sorted((t - DAY) // 1_000 for t in times)


def test_a_file_is_an_hour_of_receipt_or_its_number_of_rows(folder: Path):
    journal = MemoryJournal(TOPICS)
    for first in (0, HOUR, 2 * HOUR):
        journal.append(INPUT, 0, records(first, first + 40))
    one = writer(journal, folder, rows_a_file=1_000)
    one.reader.rows = 40
    while one.step():
        pass
    assert numbers(folder) == [*range(40), *range(HOUR, HOUR + 40)]  # the hour's end is told by the next one's begin
    small = writer(MemoryJournal(TOPICS), folder, rows_a_file=30)
    small.journal.append(INPUT, 1, records(9_000, 9_100))
    small.reader = type(small.reader)(small.journal, FEEDS, rows=10)
    while small.step():
        pass
    assert len(list(folder.glob("p0001-*.parquet"))) == 3


def test_what_was_in_no_file_is_read_again_and_nothing_twice(folder: Path):
    journal = MemoryJournal(TOPICS)
    journal.append(INPUT, 0, records(0, 50))
    journal.append(INPUT, 1, records(50, 70))
    first = writer(journal, folder, rows_a_file=20)
    first.reader.rows = 10
    for _ in range(3):
        first.step()
    assert 0 < len(numbers(folder)) < 70
    second = writer(journal, folder, rows_a_file=20)
    while second.step():
        pass
    second.finish()
    assert numbers(folder) == list(range(70))
    third = writer(journal, folder)
    third.step()
    third.finish()
    assert numbers(folder) == list(range(70))


def test_a_full_disk_is_told_and_nothing_is_missing_afterwards(folder: Path, monkeypatch: pytest.MonkeyPatch):
    journal = MemoryJournal(TOPICS)
    journal.append(INPUT, 0, records(0, 50))
    one = writer(journal, folder, rows_a_file=20)
    whole = pq.write_table

    def full(*given: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    assert not one.step()
    assert "No space left" in one.lost().reason
    assert one.lost().since_ms == DAY
    monkeypatch.setattr(pq, "write_table", whole)
    one.outage.monotonic_s = lambda: float("inf")
    while one.step():
        pass
    one.finish()
    assert one.lost() is None
    assert numbers(folder) == list(range(50))


def test_sensors_without_a_place_and_ticks_make_no_file(folder: Path):
    journal = MemoryJournal(TOPICS)
    bare = {name: value for name, value in row(0).items() if name not in ("x", "y")}
    journal.append(INPUT, 0, [tick(0), block([bare], of="gas"), tick(2 * HOUR)])
    one = writer(journal, folder)
    while one.step():
        pass
    one.finish()
    assert numbers(folder) == []
