"""Files are complete or absent, whoever else writes them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops_center.adapters.files import replace_file


def test_many_may_write_one_path_at_once_and_one_of_their_contents_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "offsets.json"
    contents = [bytes([n]) * 10_000 for n in range(64)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda content: replace_file(path, content), contents))
    assert path.read_bytes() in contents
    assert [one.name for one in tmp_path.iterdir()] == ["offsets.json"]


def test_a_path_that_cannot_be_written_keeps_what_it_is_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "offsets.json"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(path, b"new")
    assert path.is_dir()
    assert [one.name for one in tmp_path.iterdir()] == ["offsets.json"]
