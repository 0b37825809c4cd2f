"""The file journal keeps the contract and what it acknowledged, through restarts, torn tails and kills."""

from __future__ import annotations

import itertools
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_center.adapters import journal_segment
from ops_center.adapters.journal_file import FileJournal
from ops_center.domain.command import Actor, Command
from ops_center.domain.errors import JournalError, SetupError
from ops_center.domain.scales import Role
from ops_center.wire import Tick, encode
from tests.adapters.journal_contract import PARTITIONS, JournalContract, Make, read_all, value_of

NOBODY = 65_534
ROOT = Path(__file__).resolve().parents[2]


class TestFileJournal(JournalContract):
    """The contract, on files."""

    @pytest.fixture
    def make(self, tmp_path: Path) -> Iterator[Make]:
        opened: list[FileJournal] = []
        numbers = itertools.count()

        def fresh() -> FileJournal:
            for journal in opened:
                journal.close()
            opened.append(FileJournal(tmp_path / f"j{next(numbers)}", PARTITIONS, segment_bytes=700))
            return opened[-1]

        yield fresh
        for journal in opened:
            journal.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.binary(max_size=200), min_size=1, max_size=5), min_size=1, max_size=8),
    st.integers(50, 500),
)
def test_everything_is_there_after_restarts_with_any_segment_size(tmp_path_factory, batches, segment_bytes) -> None:
    folder = tmp_path_factory.mktemp("journal")
    for batch in batches:
        with FileJournal(folder, PARTITIONS, segment_bytes=segment_bytes) as journal:
            journal.append("input", 1, batch)
    with FileJournal(folder) as journal:
        assert read_all(journal, "input", 1) == [value for batch in batches for value in batch]


def test_a_torn_tail_at_every_byte_is_repaired_and_only_the_unfinished_record_goes(tmp_path: Path, caplog) -> None:
    with FileJournal(tmp_path / "whole", PARTITIONS) as journal:
        journal.append("input", 0, [b"first", b"second", b"the third record"])
    data = segment_of(tmp_path / "whole").read_bytes()
    ends = [0, 8 + 5, 16 + 11, len(data)]
    for length in range(len(data)):
        folder = tmp_path / f"cut{length}"
        with FileJournal(folder, PARTITIONS) as journal:
            journal.append("input", 0, [b"x"])
        segment_of(folder).write_bytes(data[:length])
        caplog.clear()
        with FileJournal(folder, PARTITIONS) as journal:
            whole = sum(end <= length for end in ends) - 1
            assert read_all(journal, "input", 0) == [b"first", b"second", b"the third record"][:whole]
            assert journal.append("input", 0, [b"next"]) == whole
            assert read_all(journal, "input", 0)[-1] == b"next"
        assert ("torn tail" in caplog.text) == (length not in ends)


def test_the_cut_bytes_of_a_torn_tail_are_kept_beside_it(tmp_path: Path) -> None:
    with FileJournal(tmp_path, PARTITIONS) as journal:
        journal.append("input", 0, [b"whole", b"torn"])
    segment = segment_of(tmp_path)
    os.truncate(segment, 8 + 5 + 8 + 2)
    FileJournal(tmp_path, PARTITIONS).close()
    assert [p.read_bytes()[8:] for p in segment.parent.glob("*.torn-*")] == [b"to"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_changed_byte_before_the_last_record_is_refused_with_path_and_offset(tmp_path_factory, data) -> None:
    folder = tmp_path_factory.mktemp("journal")
    values = data.draw(st.lists(st.binary(max_size=60), min_size=2, max_size=8))
    with FileJournal(folder, PARTITIONS) as journal:
        journal.append("input", 0, values)
    segment = segment_of(folder)
    whole = bytearray(segment.read_bytes())
    last = len(whole) - 8 - len(values[-1])
    at = data.draw(st.integers(0, last - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    segment.write_bytes(whole)
    with pytest.raises(JournalError) as caught:
        FileJournal(folder, PARTITIONS)
    starts = list(itertools.accumulate((8 + len(v) for v in values), initial=0))
    assert caught.value.offset == sum(start <= at for start in starts) - 1
    assert caught.value.path == str(segment)


def test_a_changed_byte_in_an_older_segment_is_found_when_it_is_read(tmp_path: Path) -> None:
    with FileJournal(tmp_path, PARTITIONS, segment_bytes=100) as journal:
        for n in range(10):
            journal.append("input", 0, [b"%060d" % n])
    segment = segment_of(tmp_path)
    whole = bytearray(segment.read_bytes())
    whole[68 + 30] ^= 1
    segment.write_bytes(whole)
    with FileJournal(tmp_path, PARTITIONS) as journal:
        assert journal.read("input", 0, 0, 1)[0].value == b"%060d" % 0
        with pytest.raises(JournalError, match="bad checksum at byte 68") as caught:
            journal.read("input", 0, 0, 5)
        assert (caught.value.offset, caught.value.path) == (1, str(segment))
        assert journal.read("input", 0, 2, 1)[0].value == b"%060d" % 2


def test_zeros_left_by_a_power_cut_are_a_torn_tail(tmp_path: Path) -> None:
    with FileJournal(tmp_path, PARTITIONS) as journal:
        journal.append("input", 0, [b"a"])
    with segment_of(tmp_path).open("ab") as file:
        file.write(bytes(4096))
    with FileJournal(tmp_path, PARTITIONS) as journal:
        assert read_all(journal, "input", 0) == [b"a"]


def test_whatever_was_acknowledged_survives_kill_9_at_random_points(tmp_path: Path) -> None:
    chance = np.random.default_rng(7)
    acknowledged = 0
    for _ in range(12):
        lines = int(chance.integers(1, 120))
        with spawn_writer(tmp_path, acknowledged) as writer:
            for _ in range(lines):
                acknowledged = int(writer.stdout.readline())
            writer.kill()
            rest = writer.stdout.read().split(b"\n")[:-1]
            acknowledged = int(rest[-1]) if rest else acknowledged
        with FileJournal(tmp_path, PARTITIONS) as journal:
            values = read_all(journal, "input", 0)
            assert len(values) >= acknowledged
            assert values == [value_of(n) for n in range(len(values))]
            commands = read_all(journal, "command", 0)
            assert all(value in values for value in commands)
            acknowledged = len(values)


def test_a_full_disk_is_said_leaves_nothing_half_written_and_passes(tmp_path: Path) -> None:
    with spawn_writer(tmp_path, 0, file_limit=50_000) as writer:
        lines = writer.stdout.read().decode().splitlines()
    assert "no room left to write" in lines[-2]
    written = int(lines[-1])
    with FileJournal(tmp_path, PARTITIONS) as journal:
        assert read_all(journal, "input", 0) == [value_of(n) for n in range(written)]
        assert len(read_all(journal, "command", 0)) == len(lines) - 1
    assert not list(tmp_path.rglob("*.torn-*"))


def test_a_second_process_is_told_who_holds_the_journal(tmp_path: Path) -> None:
    with spawn_writer(tmp_path, 0) as writer:
        writer.stdout.readline()
        with pytest.raises(SetupError, match=rf"another process \({writer.pid}\) writes this journal"):
            FileJournal(tmp_path, PARTITIONS)
        writer.kill()
    FileJournal(tmp_path, PARTITIONS).close()


def test_another_number_of_partitions_is_refused(tmp_path: Path) -> None:
    FileJournal(tmp_path, {"input": 4}).close()
    with pytest.raises(SetupError, match=r"made with 4 partitions of 'input', 8 are asked for.*set 4"):
        FileJournal(tmp_path, {"input": 8})
    with FileJournal(tmp_path, {"input": 4, "output": 1}) as journal:
        assert journal.partitions("output") == 1
    with FileJournal(tmp_path) as journal:
        assert (journal.partitions("input"), journal.partitions("output")) == (4, 1)


def test_offsets_survive_and_a_broken_file_of_them_is_named(tmp_path: Path) -> None:
    with FileJournal(tmp_path, PARTITIONS) as journal:
        journal.append("input", 2, [b"a", b"b"])
        journal.commit("worker/2", "input", 2, 2)
    with FileJournal(tmp_path, PARTITIONS) as journal:
        assert journal.committed("worker/2", "input", 2) == 2
    (tmp_path / "offsets.json").write_text("{half")
    with pytest.raises(JournalError, match=r"offsets\.json: not a file of consumer offsets"):
        FileJournal(tmp_path, PARTITIONS)


def test_a_reader_opens_a_live_journal_and_changes_nothing(tmp_path: Path) -> None:
    with FileJournal(tmp_path, PARTITIONS) as journal:
        journal.append("input", 0, [b"a"])
        reader = FileJournal(tmp_path, read_only=True)
        assert read_all(reader, "input", 0) == [b"a"]
        with pytest.raises(JournalError, match="reading only"):
            reader.append("input", 0, [b"b"])
        journal.append("input", 0, [b"c"])
        assert read_all(journal, "input", 0) == [b"a", b"c"]
        reader.close()


def test_a_folder_without_journal_is_said(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal here"):
        FileJournal(tmp_path / "none", read_only=True)


def test_retention_by_size_and_age_cuts_whole_old_segments_and_says_so_to_readers(tmp_path: Path) -> None:
    with FileJournal(tmp_path, {"command": 1}, segment_bytes=400) as journal:
        for minute in range(20):
            journal.append("command", 0, [encode(command(minute * 60_000))])
        before = len(list((tmp_path / "command/0").glob("*.seg")))
        removed = journal.retain("command", before_ms=10 * 60_000)
        start = journal.start("command", 0)
        assert 0 < removed < before
        assert 0 < start <= 10
        assert len(read_all(journal, "command", 0)) == 20 - start
        with pytest.raises(JournalError, match="cut by retention"):
            journal.read("command", 0, 0, 1)
        journal.retain("command", max_bytes=500)
        assert sum(p.stat().st_size for p in (tmp_path / "command/0").glob("*.seg")) <= 500
        assert journal.end("command", 0) == 20
    with FileJournal(tmp_path) as journal:
        assert journal.append("command", 0, [b"next"]) == 20


def test_age_goes_by_journal_time_also_of_ticks(tmp_path: Path) -> None:
    with FileJournal(tmp_path, {"input": 1}, segment_bytes=1) as journal:
        for at in (1_000, 2_000, 3_000):
            journal.append("input", 0, [encode(Tick(gateway="g", stamp_ms=at))])
        assert journal.retain("input", before_ms=2_500) == 1
        assert journal.start("input", 0) == 1


@contextmanager
def bound_by_permissions() -> Iterator[Path]:
    """Yield a folder of the user the test runs as; root, who may read everything, is another meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        root = os.geteuid() == 0
        if root:
            os.chown(name, NOBODY, -1)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


def test_an_unreadable_segment_is_named() -> None:
    with bound_by_permissions() as folder:
        with FileJournal(folder, PARTITIONS) as journal:
            journal.append("input", 0, [b"a"])
        segment_of(folder).chmod(0)
        with pytest.raises(JournalError, match="not permitted"):
            FileJournal(folder, PARTITIONS)


def test_a_segment_that_is_a_folder_is_named(tmp_path: Path) -> None:
    FileJournal(tmp_path, PARTITIONS).close()
    (tmp_path / "input/0/00000000000000000000.seg").mkdir()
    with pytest.raises(JournalError, match=r"00000000000000000000\.seg: Is a directory"):
        FileJournal(tmp_path, PARTITIONS)


def test_a_missing_segment_in_the_middle_is_found_by_the_reader(tmp_path: Path) -> None:
    with FileJournal(tmp_path, PARTITIONS, segment_bytes=30) as journal:
        for n in range(6):
            journal.append("input", 0, [b"%020d" % n])
    segments = sorted((tmp_path / "input/0").glob("*.seg"))
    segments[1].unlink()
    with FileJournal(tmp_path, PARTITIONS) as journal, pytest.raises(JournalError, match="missing"):
        read_all(journal, "input", 0)


def test_a_search_for_records_after_a_flaw_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(journal_segment, "_SEARCH_BUDGET_BYTES", 10)
    looks_like_lengths = (5).to_bytes(4, "little") * 100
    assert journal_segment.record_after(looks_like_lengths, 0) is not None


def test_the_layout_is_plain_json(tmp_path: Path) -> None:
    FileJournal(tmp_path, {"input": 2}).close()
    assert json.loads((tmp_path / "layout.json").read_text()) == {"layout": 1, "partitions": {"input": 2}}


def segment_of(folder: Path) -> Path:
    return sorted((folder / "input/0").glob("*.seg"))[0]


def command(at_ms: int) -> Command:
    actor = Actor(name="a", post="p", role=Role.COMMANDER, jurisdiction="370000")
    return Command(id=f"c{at_ms}", kind="alert.claim", target="t", actor=actor, stamp_ms=at_ms)


def spawn_writer(folder: Path, first: int, *, file_limit: int = 0) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.adapters.journal_writer", str(folder), str(first), str(file_limit)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )


logging.getLogger("ops_center").setLevel(logging.INFO)
