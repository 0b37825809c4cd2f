"""The flusher's rhythm: ticks while idle, no lingering for a person, and it never ends unnoticed."""

from __future__ import annotations

import threading

import pytest

from ops_center.adapters.clocks import FakeClock, SystemClock
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.ports import COMMAND, INPUT
from ops_center.wire import Tick
from streams.gateway import Gateway
from tests.streams.gateway_feeds import PARTITIONS, FullJournal, command, feed, message, messages, records


def test_an_idle_gateway_ticks_every_partition_and_stamps_rise() -> None:
    journal = MemoryJournal(PARTITIONS)
    gateway = Gateway(journal, {"gas": feed("gas")}, SystemClock())
    pump = Pump(gateway, tick_s=0.01)
    pump.start()
    waited = threading.Event()
    for _ in range(1_000):
        if journal.end(INPUT, 2) >= 5:
            break
        waited.wait(0.01)
    pump.stop()
    for place in ((INPUT, 0), (INPUT, 1), (INPUT, 2), (COMMAND, 0)):
        ticks = [record.stamp_ms for record in records(journal, *place) if isinstance(record, Tick)]
        assert len(ticks) >= 5
        assert ticks == sorted(ticks)


def test_a_command_does_not_wait_for_messages_to_gather() -> None:
    journal = MemoryJournal(PARTITIONS)
    gateway = Gateway(journal, {"gas": feed("gas")}, FakeClock(1_800_000_000_000))
    pump = Pump(gateway, linger_s=30.0, tick_s=60.0)
    pump.start()
    assert gateway.submit(command(1)).accepted
    pump.stop()


def test_what_waits_when_the_pump_stops_is_written() -> None:
    journal = FullJournal(PARTITIONS)
    gateway = Gateway(journal, {"gas": feed("gas")}, FakeClock(1_800_000_000_000))
    pump = Pump(gateway, linger_s=30.0)
    pump.start()
    gateway.receive("gas", message("A"))
    pump.stop()
    assert messages(journal, "gas") == [message("A")]


def test_commands_that_wait_out_a_full_disk_are_refused_and_never_written(monkeypatch) -> None:
    monkeypatch.setattr("streams.gateway.core.SUBMIT_S", 0.2)
    journal = FullJournal(PARTITIONS)
    gateway = Gateway(journal, {"gas": feed("gas")}, FakeClock(1_800_000_000_000))
    pump = Pump(gateway, retry_s=0.01)
    journal.full = True
    pump.start()
    assert not gateway.submit(command(1)).accepted
    journal.full = False
    pump.stop()
    assert [r for r in records(journal, COMMAND, 0) if not isinstance(r, Tick)] == []


class BrokenJournal(MemoryJournal):
    """A journal with a defect."""

    def append_many(self, groups):
        raise ZeroDivisionError


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_flusher_that_ends_by_a_defect_stops_acceptance() -> None:
    gateway = Gateway(BrokenJournal(PARTITIONS), {"gas": feed("gas")}, FakeClock(1_800_000_000_000))
    pump = Pump(gateway)
    pump.start()
    pump._thread.join(10)
    assert not gateway.accepting
    assert "flusher has ended" in gateway.health().reason
