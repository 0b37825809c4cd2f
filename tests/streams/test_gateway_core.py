"""The gateway stamps, orders, numbers and writes durably before anything is answered."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center.adapters.clocks import FakeClock, SystemClock
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.domain.command import Command
from ops_center.domain.errors import JournalError
from ops_center.ports import COMMAND, INPUT
from ops_center.wire import Tick
from streams.block import Block
from streams.gateway import Gateway
from streams.gateway.limits import Bucket
from streams.partition import partition_of
from tests.streams.gateway_feeds import (
    PARTITIONS,
    START,
    FullJournal,
    blocks,
    command,
    feed,
    make,
    message,
    messages,
    records,
)


def test_messages_become_blocks_of_one_feed_and_partition_as_received() -> None:
    journal, clock = MemoryJournal(PARTITIONS), FakeClock(START)
    gateway = make(journal, clock)
    gateway.receive("gas", message("A", 1), message("B", 2))
    clock.advance(7)
    gateway.receive("gas", message("A", 3))
    assert blocks(journal) == []
    assert gateway.flush() == 3
    where = partition_of("A", 3, feed="gas")
    (block,) = [r for r in records(journal, INPUT, where) if isinstance(r, Block)]
    assert (block.gateway, block.feed, block.partition, block.first, block.status) == (
        "g1",
        "gas",
        where,
        0,
        "exercise",
    )
    mine = [(block.messages[row], int(block.messages.stamps[row])) for row in range(len(block.messages))]
    assert [m for m in mine if b'"A"' in m[0]] == [(message("A", 1), START), (message("A", 3), START + 7)]


def test_answers_are_let_go_only_after_the_write() -> None:
    journal, order = FullJournal(PARTITIONS), []
    gateway = make(journal)
    gateway.receive("gas", message("A"), done=lambda: order.append(len(messages(journal, "gas"))))
    journal.full = True
    with pytest.raises(JournalError):
        gateway.flush()
    assert order == []
    journal.full = False
    gateway.flush()
    assert order == [1]


def test_a_full_disk_stops_acceptance_is_told_and_everything_is_written_once_it_passes() -> None:
    journal, clock = FullJournal(PARTITIONS), FakeClock(START)
    gateway = make(journal, clock)
    journal.full = True
    gateway.receive("gas", message("A", 1))
    with pytest.raises(JournalError):
        gateway.flush(tick=True)
    assert not gateway.accepting
    assert gateway.health().reason == "no room left to write"
    assert gateway.submit(command(1)).reason == "no room left to write"
    clock.advance(50)
    gateway.receive("gas", message("A", 2))
    journal.full = False
    gateway.flush(tick=True)
    assert gateway.accepting
    assert gateway.health().reason == ""
    (block,) = blocks(journal)
    assert [block.messages[row] for row in range(2)] == [message("A", 1), message("A", 2)]
    assert block.messages.stamps.tolist() == [START, START + 50]
    assert records(journal, COMMAND, 0) == [Tick(gateway="g1", stamp_ms=START + 50, feeds={"gas": (START, START + 50)})]


def test_too_much_waiting_for_the_journal_stops_acceptance_until_it_is_written() -> None:
    gateway = Gateway(MemoryJournal(PARTITIONS), {"gas": feed("gas")}, FakeClock(START), pending_octets=40)
    gateway.receive("gas", message("A", 1))
    assert gateway.accepting
    gateway.receive("gas", message("A", 2))
    assert not gateway.accepting
    gateway.flush()
    assert gateway.accepting


def test_ticks_go_to_every_partition_after_its_blocks_with_the_feeds_heard_since_the_last() -> None:
    journal, clock = MemoryJournal(PARTITIONS), FakeClock(START)
    gateway = make(journal, clock)
    gateway.receive("gas", message("A"))
    gateway.flush()
    clock.advance(60)
    gateway.receive("gas", message("B"))
    gateway.receive("cars", message("A"))
    clock.advance(40)
    gateway.hear("cars")
    gateway.flush(tick=True)
    tick = Tick(
        gateway="g1",
        stamp_ms=START + 100,
        feeds={"cars": (START + 60, START + 100), "gas": (START, START + 60)},
    )
    for place in ((INPUT, 0), (INPUT, 1), (INPUT, 2), (COMMAND, 0)):
        assert records(journal, *place)[-1] == tick
    clock.advance(100)
    gateway.flush(tick=True)
    assert records(journal, INPUT, 1)[-1] == Tick(gateway="g1", stamp_ms=START + 200)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("receive"), st.sampled_from(["gas", "cars"]), st.sampled_from("ABCDEF")),
            st.tuples(st.just("advance"), st.integers(0, 300)),
            st.tuples(st.just("submit")),
            st.tuples(st.just("flush"), st.booleans()),
            st.tuples(st.just("fail"), st.booleans()),
            st.tuples(st.just("restart")),
        ),
        max_size=40,
    )
)
def test_whatever_happens_nothing_is_stamped_before_a_tick_that_precedes_it_and_numbers_have_no_gap(steps) -> None:
    journal, clock = FullJournal(PARTITIONS), FakeClock(START)
    gateway, sent = make(journal, clock), []
    for count, step in enumerate(steps):
        match step:
            case ("receive", feed_id, device):
                gateway.receive(feed_id, message(device, count))
                sent.append((feed_id, message(device, count)))
            case ("advance", ms):
                clock.advance(ms)
            case ("submit",):
                gateway.submit(command(count))
            case ("flush", tick):
                try_flush(gateway, tick=tick)
            case ("fail", full):
                journal.full = full
            case ("restart",):
                journal.full = False
                gateway.flush()
                gateway.save()
                gateway = make(journal, FakeClock(START))
                clock = gateway._clock  # type: ignore[assignment]
    journal.full = False
    gateway.flush(tick=True)
    found = [(b.feed, b.messages[row]) for b in blocks(journal) for row in range(len(b.messages))]
    assert sorted(found) == sorted(sent)
    for place in ((INPUT, 0), (INPUT, 1), (INPUT, 2), (COMMAND, 0)):
        ticked, following, last = 0, {}, {}
        for record in records(journal, *place):
            match record:
                case Tick(stamp_ms=at):
                    assert at >= ticked
                    ticked = at
                case Command(stamp_ms=at):
                    assert at >= ticked
                case Block():
                    stamps = record.messages.stamps
                    assert stamps.min() >= ticked
                    assert (np.diff(stamps) >= 0).all()
                    assert stamps[0] >= last.get(record.feed, 0)
                    last[record.feed] = stamps[-1]
                    assert record.first == following.get(record.feed, 0)
                    following[record.feed] = record.first + len(record.messages)


def try_flush(gateway: Gateway, *, tick: bool) -> None:
    try:
        gateway.flush(tick=tick)
    except JournalError:
        assert not gateway.accepting


def test_numbers_and_stamps_go_on_after_a_restart_without_a_save() -> None:
    journal = MemoryJournal(PARTITIONS)
    gateway = make(journal, FakeClock(START))
    gateway.receive("gas", message("A", 1), message("A", 2))
    gateway.flush()
    again = make(journal, FakeClock(START - 3_600_000))
    again.receive("gas", message("A", 3))
    again.flush()
    last = next(b for b in blocks(journal) if b.messages[0] == message("A", 3))
    assert (last.first, int(last.messages.stamps[0])) == (2, START)


def test_a_saved_number_of_a_feed_long_silent_is_found_again() -> None:
    journal, clock = MemoryJournal(PARTITIONS), FakeClock(START)
    gateway = make(journal, clock)
    gateway.receive("gas", *[message("A", n) for n in range(5)])
    gateway.flush()
    gateway.save()
    for _ in range(300):
        gateway.flush(tick=True)
    again = make(journal, clock)
    again.receive("gas", message("A", 5))
    again.flush()
    assert [b.first for b in blocks(journal) if b.messages[0] == message("A", 5)] == [5]


def test_numbers_are_kept_without_asking_the_journal_and_not_where_it_does_not_know_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal, clock = MemoryJournal(PARTITIONS), FakeClock(START)
    gateway = make(journal, clock)
    gateway.receive("gas", message("A", 0))
    gateway.flush(tick=True)
    with monkeypatch.context() as away:
        away.setattr(journal, "end", lambda *_: pytest.fail("asked"))
        gateway.save()
    where = partition_of("A", 3, feed="gas")
    assert journal.committed("gateway/g1", INPUT, where) == journal.end(INPUT, where)
    kept = journal.end(INPUT, where)
    with monkeypatch.context() as away:
        append = journal.append_many
        away.setattr(journal, "append_many", lambda groups: [-1 for _ in append(groups)])
        gateway.receive("gas", message("A", 1))
        gateway.flush(tick=True)
        gateway.save()
    assert journal.committed("gateway/g1", INPUT, where) == kept
    again = make(journal, clock)
    again.receive("gas", message("A", 2))
    again.flush()
    assert [b.first for b in blocks(journal) if b.messages[0] == message("A", 2)] == [2]


def test_a_clock_set_back_while_the_gateway_was_down_does_not_bring_stamps_back() -> None:
    journal = MemoryJournal(PARTITIONS)
    make(journal, FakeClock(START + 60_000)).flush(tick=True)
    seconds = [0.0]
    clock = SystemClock(monotonic=lambda: seconds[0], wall=lambda: START)
    gateway = Gateway(journal, {"gas": feed("gas")}, clock, name="g1")
    gateway.receive("gas", message("A"))
    gateway.flush(tick=True)
    tick = records(journal, COMMAND, 0)[-1]
    assert isinstance(tick, Tick)
    assert (tick.stamp_ms, tick.utc_offset_ms) == (START + 60_000, -60_000)
    assert gateway.health().slewing


def test_a_command_is_stamped_and_durable_when_its_receipt_comes() -> None:
    journal = MemoryJournal(PARTITIONS)
    gateway = make(journal)
    receipt = gateway.submit(command(1))
    assert (receipt.accepted, receipt.command) == (True, "c1")
    (found,) = records(journal, COMMAND, 0)
    assert isinstance(found, Command)
    assert (found.id, found.stamp_ms) == ("c1", START)


def test_a_refused_command_is_never_written_later() -> None:
    journal = FullJournal(PARTITIONS)
    gateway = make(journal)
    journal.full = True
    assert not gateway.submit(command(1)).accepted
    journal.full = False
    gateway.flush()
    assert gateway.submit(command(2)).accepted
    assert [record.id for record in records(journal, COMMAND, 0)] == ["c2"]


def test_a_command_without_json_form_is_refused_and_harms_nobody() -> None:
    gateway = make()
    actor = command(1).actor
    strange = Command(id="c1", kind="k", target="", actor=actor, args={"what": object()})
    assert "no JSON form" in gateway.submit(strange).reason
    assert gateway.submit(command(2)).accepted


def test_a_feed_without_subject_goes_to_one_partition() -> None:
    journal = MemoryJournal(PARTITIONS)
    gateway = Gateway(journal, {"cap": feed("cap", partition_by="feed")}, FakeClock(START))
    gateway.receive("cap", *[message(device) for device in "ABCDEFGH"])
    gateway.flush()
    assert [block.partition for block in blocks(journal)] == [partition_of("", 3, feed="cap")]


def test_many_threads_receive_while_another_flushes_and_nothing_is_lost() -> None:
    journal = MemoryJournal(PARTITIONS)
    gateway, released = make(journal), []

    def send(device: str) -> None:
        for number in range(500):
            gateway.receive("gas", message(device, number), done=lambda: released.append(1))

    threads = [threading.Thread(target=send, args=(device,)) for device in "ABCD"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        gateway.flush(tick=True)
    gateway.flush()
    assert len(released) == 2_000
    for device in "ABCD":
        mine = [m for m in messages(journal, "gas") if f'"{device}"'.encode() in m]
        assert mine == [message(device, number) for number in range(500)]


def test_positions_of_files_are_kept_apart_and_begin_at_zero() -> None:
    journal = MemoryJournal(PARTITIONS)
    gateway = make(journal)
    gateway.keep_positions({"gas/a.log": 120, "gas/b.log": 7})
    assert [make(journal).position(mark) for mark in ("gas/a.log", "gas/b.log", "gas/c.log")] == [120, 7, 0]


def test_a_bucket_lets_two_seconds_through_at_once_and_then_the_rate() -> None:
    tokens = Bucket(10)
    assert tokens.take(20, 0.0) == 0
    assert tokens.take(5, 0.0) == pytest.approx(0.5)
    assert tokens.take(10, 1.5) == 0
    assert Bucket(0).take(10**6, 0.0) == 0
