"""Snapshots are complete or absent, in files and in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops_center.adapters.snapshots_file import FileSnapshots, MemorySnapshots
from ops_center.domain.errors import JournalError
from tests.adapters.snapshots_contract import Make, SnapshotsContract

ROOT = Path(__file__).resolve().parents[2]


class TestFileSnapshots(SnapshotsContract):
    """The contract, in files."""

    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        return lambda: FileSnapshots(tmp_path / "snapshots")


class TestMemorySnapshots(SnapshotsContract):
    """The contract, in memory."""

    @pytest.fixture
    def make(self) -> Make:
        return MemorySnapshots


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
        "import os, sys, resource; from pathlib import Path\n"
        "from ops_center.adapters.snapshots_file import FileSnapshots\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "s = FileSnapshots(Path(sys.argv[1])); s.save('loop', 1, b'small')\n"
        "try: s.save('loop', 2, os.urandom(5000))\n"
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
