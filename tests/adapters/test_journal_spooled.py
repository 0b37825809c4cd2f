"""The gateway's spool: in order, durable, carried over when the broker is back (ORDER 7)."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Event as Flag

import pytest

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.journal_spooled import SPOOLED, SpooledJournal
from ops_center.domain.errors import JournalError
from ops_center.ports import Group
from tests.waiting import until


class Broker(MemoryJournal):
    """A journal in memory that can be away; told of every step it takes."""

    def __init__(self) -> None:
        super().__init__({"input": 2, "command": 1})
        self.away = False
        self.taken = Flag()

    def append_many(self, groups: Sequence[Group]) -> Sequence[int]:
        if self.away:
            raise JournalError("away")
        firsts = super().append_many(groups)
        self.taken.set()
        return firsts

    def commit_many(self, offsets, topic, partition) -> None:
        if self.away:
            raise JournalError("away")
        super().commit_many(offsets, topic, partition)

    def end(self, topic: str, partition: int) -> int:
        if self.away:
            raise JournalError("away")
        return super().end(topic, partition)

    def values(self, partition: int) -> list[bytes]:
        return [record.value for record in self.read("input", partition, 0, 10_000)]


def spool(broker: Broker, folder: Path) -> SpooledJournal:
    return SpooledJournal(broker, folder, now_ms=lambda: 1_000, segment_bytes=4_096)


def test_while_the_broker_takes_writes_nothing_goes_to_disk(tmp_path: Path) -> None:
    broker = Broker()
    journal = spool(broker, tmp_path)
    journal.begin()
    assert journal.append("input", 0, [b"a"]) == 0
    assert (journal.waiting, journal.away_ms, broker.values(0)) == (0, None, [b"a"])
    journal.close()


def test_what_was_received_meanwhile_is_carried_over_in_order(tmp_path: Path) -> None:
    broker = Broker()
    journal = spool(broker, tmp_path)
    journal.begin()
    broker.away = True
    firsts = [journal.append_many([("input", n % 2, [b"%d" % n, b"+"]), ("command", 0, [b"t"])]) for n in range(500)]
    assert set(firsts[0]) == {SPOOLED}
    assert journal.waiting == 500
    assert journal.away_ms == 1_000
    broker.away = False
    until(lambda: journal.waiting == 0 and journal.away_ms is None)
    assert journal.append("input", 0, [b"after"]) >= 0
    expected = [value for n in range(0, 500, 2) for value in (b"%d" % n, b"+")]
    assert broker.values(0) == [*expected, b"after"]
    assert broker.values(1) == [value for n in range(1, 500, 2) for value in (b"%d" % n, b"+")]
    journal.close()
    assert len(list(tmp_path.glob("*.seg"))) <= 1


def test_a_process_that_died_leaves_its_spool_to_the_next(tmp_path: Path) -> None:
    broker = Broker()
    broker.away = True
    first = spool(broker, tmp_path)
    for n in range(20):
        first.append("input", 0, [b"%d" % n])
    broker.away = False
    second = spool(broker, tmp_path)
    assert second.waiting == 20
    second.begin()
    assert broker.values(0) == [b"%d" % n for n in range(20)]
    assert second.waiting == 0
    second.close()
    third = spool(broker, tmp_path)
    third.begin()
    assert len(broker.values(0)) == 20
    third.close()


def test_begin_refuses_while_the_broker_is_away_and_something_waits(tmp_path: Path) -> None:
    broker = Broker()
    broker.away = True
    journal = spool(broker, tmp_path)
    journal.append("input", 0, [b"a"])
    with pytest.raises(JournalError):
        spool(broker, tmp_path).begin()


def test_a_full_disk_takes_nothing_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker()
    journal = spool(broker, tmp_path)
    journal.begin()
    broker.away = True
    journal.append("input", 0, [b"kept"])
    real = os.fdatasync

    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    with pytest.raises(JournalError, match="no room left"):
        journal.append("input", 0, [b"refused"])
    monkeypatch.setattr(os, "fdatasync", real)
    journal.append("input", 0, [b"again"])
    broker.away = False
    until(lambda: journal.waiting == 0)
    assert broker.values(0) == [b"kept", b"again"]
    journal.close()


def test_places_of_consumers_wait_for_the_broker(tmp_path: Path) -> None:
    broker = Broker()
    journal = spool(broker, tmp_path)
    journal.begin()
    broker.away = True
    journal.append("input", 0, [b"a"])
    journal.commit("door", "input", 0, 7)
    assert journal.committed("door", "input", 0) == 7
    broker.away = False
    until(lambda: journal.away_ms is None and journal.waiting == 0)
    until(lambda: broker.committed("door", "input", 0) == 7)
    journal.close()
