"""Snapshots are complete or absent, in files and in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ops_center.adapters.snapshots_file import FileSnapshots, MemorySnapshots
from ops_center.domain.errors import JournalError

Snapshots = FileSnapshots | MemorySnapshots
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["file", "memory"])
def make(request, tmp_path: Path) -> Callable[[], Snapshots]:
    return MemorySnapshots if request.param == "memory" else lambda: FileSnapshots(tmp_path / "snapshots")


def test_the_newest_at_or_before_a_time_is_returned(make) -> None:
    snapshots = make()
    assert snapshots.latest("loop") is None
    for at in (1_000, 30_000, 2_000):
        snapshots.save("loop", at, b"state at %d" % at)
    snapshots.save("worker/3", 9_000, b"another")
    assert snapshots.latest("loop") == (30_000, b"state at 30000")
    assert snapshots.latest("loop", not_after_ms=29_999) == (2_000, b"state at 2000")
    assert snapshots.latest("loop", not_after_ms=999) is None
    assert snapshots.latest("worker/3") == (9_000, b"another")


def test_a_snapshot_of_the_same_time_replaces_the_older_one(make) -> None:
    snapshots = make()
    snapshots.save("loop", 5, b"one")
    snapshots.save("loop", 5, b"two")
    assert (snapshots.latest("loop"), list(snapshots.times("loop"))) == ((5, b"two"), [5])


def test_pruning_keeps_the_newest_and_the_first_of_each_span(make) -> None:
    snapshots = make()
    for at in range(0, 100, 10):
        snapshots.save("loop", at, b"s")
    assert snapshots.prune("loop", keep_every_ms=50, keep_last=3) == 5
    assert list(snapshots.times("loop")) == [0, 50, 70, 80, 90]


@pytest.mark.parametrize("harm", ["cut", "flip", "empty"])
def test_a_broken_snapshot_gives_way_to_the_one_before_with_a_message(tmp_path: Path, caplog, harm: str) -> None:
    snapshots = FileSnapshots(tmp_path)
    snapshots.save("loop", 1, b"older")
    snapshots.save("loop", 2, b"newer state")
    path = sorted((tmp_path / "loop").glob("*.snap"))[-1]
    content = path.read_bytes()
    path.write_bytes({"cut": content[:-3], "flip": content[:-1] + b"X", "empty": b""}[harm])
    assert snapshots.latest("loop") == (1, b"older")
    assert "snapshot is broken; an older one is taken" in caplog.text


def test_a_save_that_was_cut_short_leaves_the_older_one(tmp_path: Path) -> None:
    script = (
        "import sys, resource; from pathlib import Path\n"
        "from ops_center.adapters.snapshots_file import FileSnapshots\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "s = FileSnapshots(Path(sys.argv[1])); s.save('loop', 1, b'small')\n"
        "try: s.save('loop', 2, b'x' * 5000)\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert "no room left to write" in done.stdout
    assert FileSnapshots(tmp_path).latest("loop") == (1, b"small")
    assert [p.suffix for p in (tmp_path / "loop").iterdir()] == [".snap"]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(JournalError, match="Not a directory"):
        FileSnapshots(tmp_path / "file").save("loop", 1, b"x")
    assert os.listdir(tmp_path) == ["file"]
