"""Files of JSON lines: torn lines are cut, and a line that cannot be written leaves nothing."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from ops_center.adapters.json_lines import add, opened, whole


def test_a_file_is_made_for_its_owner_only_and_holds_what_is_added(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "log.jsonl"
    assert opened(path) == b""
    assert path.stat().st_mode & 0o777 == 0o600
    add(path, b'{"n":1}')
    add(path, b'{"n":2}')
    assert opened(path) == b'{"n":1}\n{"n":2}\n'


def test_a_torn_last_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"n":1}\n{"n"')
    assert whole(path.read_bytes()) == opened(path) == path.read_bytes() == b'{"n":1}\n'


def test_a_line_that_finds_no_room_leaves_nothing_and_the_next_one_fits(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    add(path, b"1" * 99)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (150, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            add(path, b"2" * 99)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    add(path, b"3")
    assert path.read_bytes() == b"1" * 99 + b"\n3\n"
