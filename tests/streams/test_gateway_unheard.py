"""The time in which a gateway could hear nobody is told before anything can be concluded from it."""

from __future__ import annotations

import pytest

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.domain.errors import JournalError
from ops_center.ports import COMMAND, INPUT
from ops_center.wire import Tick
from streams.block import Block
from streams.partition import partition_of
from tests.streams.gateway_feeds import PARTITIONS, START, FullJournal, SlowJournal, make, message, records


def test_a_gateway_that_was_away_tells_first_for_how_long_it_heard_nobody() -> None:
    journal = MemoryJournal(PARTITIONS)
    make(journal, FakeClock(START)).flush(tick=True)
    gateway = make(journal, FakeClock(START + 60_000))
    gateway.receive("gas", message("A"))
    gateway.flush()
    away = Tick(gateway="g1", stamp_ms=START + 60_000, unheard_ms=START)
    for place in ((INPUT, 0), (INPUT, 1), (INPUT, 2), (COMMAND, 0)):
        assert records(journal, *place)[1] == away
    gateway.flush(tick=True)
    assert [r for r in records(journal, COMMAND, 0) if isinstance(r, Tick) and r.unheard_ms is not None] == [away]


def test_a_gateway_that_starts_at_once_has_missed_nobody() -> None:
    journal = MemoryJournal(PARTITIONS)
    make(journal, FakeClock(START)).flush(tick=True)
    make(journal, FakeClock(START + 4_999)).flush(tick=True)
    assert {record.unheard_ms for record in records(journal, COMMAND, 0) if isinstance(record, Tick)} == {None}


def test_what_is_written_first_after_a_full_disk_ends_with_a_tick_that_tells_of_it() -> None:
    journal, clock = FullJournal(PARTITIONS), FakeClock(START)
    gateway = make(journal, clock)
    gateway.receive("gas", message("A"))
    journal.full = True
    for _ in range(3):
        clock.advance(10_000)
        with pytest.raises(JournalError):
            gateway.flush(tick=True)
    journal.full = False
    gateway.flush()
    where = partition_of("A", 3, feed="gas")
    block, tick = records(journal, INPUT, where)
    assert isinstance(block, Block)
    assert tick == Tick(gateway="g1", stamp_ms=START + 30_000, feeds={"gas": (START, START)}, unheard_ms=START + 10_000)
    gateway.flush(tick=True)
    assert records(journal, INPUT, where)[-1] == Tick(gateway="g1", stamp_ms=START + 30_000)


@pytest.mark.parametrize(("took_ms", "told"), [(4_999, []), (5_000, [(START, START + 5_000)])])
def test_a_step_that_took_long_is_told_before_its_answers_leave(took_ms: int, told: list[tuple[int, int]]) -> None:
    clock = FakeClock(START)
    journal, seen = SlowJournal(clock), []
    gateway = make(journal, clock)
    gateway.flush(tick=True)

    def unheard() -> list[tuple[int, int]]:
        ticks = [r for r in records(journal, INPUT, 0) if isinstance(r, Tick) and r.unheard_ms is not None]
        return [(tick.unheard_ms or 0, tick.stamp_ms) for tick in ticks]

    journal.takes_ms = [took_ms]
    gateway.receive("gas", message("A"), done=lambda: seen.append(unheard()))
    assert gateway.flush() == 1
    gateway.flush(tick=True)
    assert seen == [told]
    assert unheard() == told


def test_answers_of_a_step_that_took_long_leave_though_the_next_one_fails_which_is_told_later() -> None:
    clock = FakeClock(START)
    journal, seen = SlowJournal(clock), []
    gateway = make(journal, clock)
    journal.takes_ms = [6_000, None]
    gateway.receive("gas", message("A"), done=lambda: seen.append(1))
    assert gateway.flush() == 1
    assert (seen, gateway.accepting) == ([1], False)
    clock.advance(1_000)
    gateway.flush()
    ticks = [r for r in records(journal, INPUT, 0) if isinstance(r, Tick)]
    assert [(tick.unheard_ms, tick.stamp_ms) for tick in ticks] == [(START, START + 7_000)]
    assert gateway.accepting
