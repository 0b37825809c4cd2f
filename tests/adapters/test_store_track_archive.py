"""The track archive: complete files named by what they hold, nothing twice after a restart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ops_center.adapters.track_archive import TrackArchive
from ops_center.columns import NULL_I32, Batch, Codes, core_batch


def batch(*rows: tuple[str, int, int | None]) -> Batch:
    n = len(rows)
    return core_batch(
        n,
        {
            "subject": Codes.of([subject for subject, _, _ in rows]),
            "event_time": np.asarray([t for _, t, _ in rows], np.int64),
            "stamp": np.asarray([t + 5 for _, t, _ in rows], np.int64),
            "lon_e7": np.asarray([NULL_I32 if lon is None else lon for _, _, lon in rows], np.int32),
            "lat_e7": np.full(n, 360_000_000, np.int32),
            "speed_kph": np.asarray([np.nan] * n),
        },
    )


@pytest.fixture
def archive(tmp_path: Path) -> TrackArchive:
    found = TrackArchive(tmp_path / "tracks")
    found.open()
    return found


def test_rows_come_back_by_subject_and_time_and_rows_without_a_place_are_left_out(archive: TrackArchive):
    archive.add(batch(("b", 20, 2), ("a", 10, 1), ("a", 11, None)), feed="gps", partition=0, offset=0)
    archive.add(batch(("c", 5, 9), ("a", 30, 3)), feed="gps", partition=0, offset=1)
    path = archive.close_file(0, until=2)
    assert path is not None
    assert path.name == "p0000-0000000000000000-0000000000000002.parquet"
    table = archive.tracks(["a", "b"], from_ms=0, to_ms=30)
    assert table["subject"].to_pylist() == ["a", "b"]
    assert table["lon_e7"].to_pylist() == [1, 2]
    assert table["speed_kph"].to_pylist() == [None, None]


def test_after_a_restart_archived_records_are_not_taken_in_again(archive: TrackArchive):
    archive.add(batch(("a", 10, 1)), feed="gps", partition=3, offset=7)
    archive.close_file(3, until=8)
    again = TrackArchive(archive.folder)
    again.open()
    assert again.next_offset(3) == 8
    again.add(batch(("a", 10, 1)), feed="gps", partition=3, offset=7)
    assert again.close_file(3, until=8) is None
    assert again.tracks(["a"], from_ms=0, to_ms=100).num_rows == 1


def test_a_half_file_of_a_crash_is_removed_and_never_read(archive: TrackArchive):
    (archive.folder / "p0000-0000000000000000-0000000000000009.part").write_bytes(b"PAR1")
    again = TrackArchive(archive.folder)
    again.open()
    assert list(archive.folder.iterdir()) == []
    assert again.tracks(["a"], from_ms=0, to_ms=100).num_rows == 0


def test_a_row_costs_less_than_24_bytes(archive: TrackArchive):
    rng = np.random.default_rng(7)
    n = 50_000
    times = np.arange(n, dtype=np.int64) * 5
    rows = core_batch(
        n,
        {
            "subject": Codes(rng.integers(0, 500, n).astype(np.int32), tuple(f"v{i}" for i in range(500))),
            "event_time": times,
            "stamp": times + rng.integers(0, 2_000, n),
            "lon_e7": rng.integers(1_150_000_000, 1_220_000_000, n).astype(np.int32),
            "lat_e7": rng.integers(340_000_000, 380_000_000, n).astype(np.int32),
            "speed_kph": rng.integers(0, 90, n).astype(np.float64),
            "heading_deg": rng.integers(0, 360, n).astype(np.float64),
        },
    )
    archive.add(rows, feed="gps", partition=0, offset=0)
    path = archive.close_file(0, until=1)
    assert path is not None
    assert path.stat().st_size / n < 24
