"""The memory journal and the layered one keep the contract; the layered one never writes the record."""

from __future__ import annotations

import pytest

from ops_center.adapters.journal_layered import LayeredJournal
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.domain.errors import JournalError
from tests.adapters.journal_contract import PARTITIONS, JournalContract, Make, read_all


class TestMemoryJournal(JournalContract):
    """The contract, in memory."""

    @pytest.fixture
    def make(self) -> Make:
        return lambda: MemoryJournal(PARTITIONS)


class TestLayeredJournal(JournalContract):
    """The contract, over an empty record."""

    @pytest.fixture
    def make(self) -> Make:
        return lambda: LayeredJournal(MemoryJournal(PARTITIONS), tuple(PARTITIONS))


def test_a_memory_journal_may_begin_at_a_later_offset() -> None:
    journal = MemoryJournal(PARTITIONS, starts={("event", 1): 40})
    assert journal.append("event", 1, [b"x"]) == 40
    assert (journal.start("event", 1), journal.end("event", 1)) == (40, 41)
    with pytest.raises(JournalError, match="cut by retention"):
        journal.read("event", 1, 39, 1)


def test_replay_reads_recorded_inputs_and_makes_derived_records_anew() -> None:
    recorded = MemoryJournal(PARTITIONS)
    recorded.append("input", 0, [b"i0", b"i1"])
    recorded.append("event", 0, [b"old"])
    replay = LayeredJournal(recorded, tuple(PARTITIONS))
    assert read_all(replay, "input", 0) == [b"i0", b"i1"]
    assert replay.end("event", 0) == 0
    replay.append("event", 0, [b"new"])
    assert read_all(replay, "event", 0) == [b"new"]
    assert read_all(recorded, "event", 0) == [b"old"]


def test_an_end_caps_what_is_read_and_what_the_record_gains_later_is_not_seen() -> None:
    recorded = MemoryJournal(PARTITIONS)
    recorded.append("input", 1, [b"a", b"b", b"c"])
    recorded.append("command", 0, [b"k"])
    replay = LayeredJournal(recorded, tuple(PARTITIONS), ends={("input", 1): 2})
    recorded.append("command", 0, [b"later"])
    assert read_all(replay, "input", 1, limit=1) == [b"a", b"b"]
    assert read_all(replay, "command", 0) == [b"k"]


def test_a_replay_from_a_snapshot_goes_on_at_the_offsets_its_derived_topics_had() -> None:
    recorded = MemoryJournal(PARTITIONS)
    recorded.append("event", 2, [b"e0", b"e1", b"e2"])
    replay = LayeredJournal(recorded, tuple(PARTITIONS), ends={("event", 2): 2})
    assert replay.append("event", 2, [b"again"]) == 2
    assert read_all(replay, "event", 2) == [b"e0", b"e1", b"again"]


def test_offsets_committed_in_a_replay_are_its_own() -> None:
    recorded = MemoryJournal(PARTITIONS)
    recorded.append("input", 0, [b"a", b"b"])
    recorded.commit("worker", "input", 0, 2)
    replay = LayeredJournal(recorded, tuple(PARTITIONS))
    assert replay.committed("worker", "input", 0) == 0
    replay.commit("worker", "input", 0, 1)
    assert (replay.committed("worker", "input", 0), recorded.committed("worker", "input", 0)) == (1, 2)
