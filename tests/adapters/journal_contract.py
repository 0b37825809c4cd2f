"""The contract of `ports.GroupJournal`; every adapter's test file runs it against its own journal."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_center.domain.errors import JournalError
from ops_center.ports import GroupJournal

PARTITIONS = {"input": 3, "command": 1, "world": 1, "event": 3}
Make = Callable[[], GroupJournal]

PLACES = st.sampled_from([("input", 0), ("input", 2), ("command", 0)])
VALUES = st.lists(st.binary(max_size=300), max_size=8)
WRITES = st.lists(st.lists(st.tuples(PLACES, VALUES), max_size=4), max_size=6)
LIMITS = st.integers(1, 7)


class JournalContract:
    """Subclass it and give a fixture `make` that returns a fresh, empty journal of PARTITIONS."""

    def test_a_new_journal_is_empty(self, make: Make) -> None:
        journal = make()
        assert journal.partitions("input") == 3
        assert (journal.start("input", 2), journal.end("input", 2)) == (0, 0)
        assert list(journal.read("input", 2, 0, 10)) == []

    # `make` gives a fresh journal each time, and each adapter's subclass is its own executor.
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(WRITES, LIMITS)
    def test_what_was_appended_is_read_in_order_by_any_limit(self, make: Make, writes, limit) -> None:
        journal = make()
        model: dict[tuple[str, int], list[bytes]] = {}
        for groups in writes:
            expected = []
            for place, values in groups:
                expected.append(len(model.setdefault(place, [])))
                model[place] += values
            assert list(journal.append_many([(*place, values) for place, values in groups])) == expected
        for place, values in model.items():
            assert journal.end(*place) == len(values)
            assert read_all(journal, *place, limit=limit) == values

    def test_reading_starts_at_any_offset(self, make: Make) -> None:
        journal = make()
        journal.append("event", 1, [b"a", b"", b"c", b"d"])
        assert [(r.offset, r.value) for r in journal.read("event", 1, 1, 2)] == [(1, b""), (2, b"c")]
        assert list(journal.read("event", 1, 4, 5)) == []
        assert list(journal.read("event", 1, 0, 0)) == []

    def test_partitions_do_not_mix(self, make: Make) -> None:
        journal = make()
        journal.append("input", 0, [b"zero"])
        assert journal.append("input", 1, [b"one"]) == 0
        assert [r.value for r in journal.read("input", 1, 0, 9)] == [b"one"]

    def test_an_unknown_topic_or_partition_is_a_journal_error(self, make: Make) -> None:
        journal = make()
        with pytest.raises(JournalError, match="no topic 'inptu'"):
            journal.append("inptu", 0, [b"x"])
        with pytest.raises(JournalError, match="no partition 3"):
            journal.read("input", 3, 0, 1)
        with pytest.raises(JournalError, match="no partition -1"):
            journal.end("input", -1)

    def test_a_group_with_a_wrong_place_writes_nothing(self, make: Make) -> None:
        journal = make()
        with pytest.raises(JournalError):
            journal.append_many([("input", 0, [b"x"]), ("input", 9, [b"y"])])
        assert journal.end("input", 0) == 0

    def test_a_consumer_without_offset_begins_at_the_start(self, make: Make) -> None:
        journal = make()
        journal.append("input", 0, [b"a", b"b"])
        assert journal.committed("worker", "input", 0) == 0
        journal.commit("worker", "input", 0, 2)
        journal.commit_many({"desk": 1, "wall": 0}, "input", 0)
        assert [journal.committed(g, "input", 0) for g in ("worker", "desk", "wall")] == [2, 1, 0]
        assert journal.committed("worker", "input", 1) == 0

    def test_readers_see_whole_records_while_a_writer_appends(self, make: Make) -> None:
        journal = make()
        total, wrong, done = 3_000, [], threading.Event()

        def follow() -> None:
            at = 0
            while at < total and not wrong:
                records = journal.read("input", 0, at, 100)
                if not records and done.is_set() and journal.end("input", 0) <= at:
                    wrong.append(("stuck", at))
                for record in records:
                    if record.offset != at or record.value != value_of(at):
                        wrong.append((at, record))
                    at += 1

        readers = [threading.Thread(target=follow) for _ in range(3)]
        for reader in readers:
            reader.start()
        for start in range(0, total, 50):
            journal.append("input", 0, [value_of(n) for n in range(start, start + 50)])
        done.set()
        for reader in readers:
            reader.join(30)
        assert wrong == []
        assert not any(reader.is_alive() for reader in readers)


def value_of(number: int) -> bytes:
    """Return a record whose bytes follow from its number, of varying length."""
    return (b"%08d" % number) * (1 + number % 40)


def read_all(journal: GroupJournal, topic: str, partition: int, *, limit: int = 1000) -> list[bytes]:
    """Return every value of a partition, read in pieces."""
    at, end, values = journal.start(topic, partition), journal.end(topic, partition), []
    while at < end:
        records = journal.read(topic, partition, at, limit)
        assert 0 < len(records) <= limit
        assert [r.offset for r in records] == list(range(at, at + len(records)))
        values += [r.value for r in records]
        at += len(records)
    return values
