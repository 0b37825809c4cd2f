"""Clocks never step back, go on from the journal and slew a wrong wall clock gently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_center.adapters.clocks import FakeClock, ScaledClock, SystemClock

START = 1_800_000_000_000


class Machine:
    """The two clocks of a machine, moved by hand."""

    def __init__(self) -> None:
        self.seconds, self.utc_ms = 100.0, START

    def monotonic(self) -> float:
        return self.seconds

    def wall(self) -> int:
        return self.utc_ms

    def run(self, seconds: float) -> None:
        self.seconds += seconds
        self.utc_ms += round(seconds * 1000)


def system(machine: Machine) -> SystemClock:
    return SystemClock(monotonic=machine.monotonic, wall=machine.wall)


def test_the_system_clock_follows_the_wall_that_it_started_at() -> None:
    machine = Machine()
    clock = system(machine)
    machine.run(2.5)
    assert (clock.now_ms(), clock.offset_ms(), clock.slewing) == (START + 2_500, 0, False)


def test_a_wall_clock_set_back_an_hour_moves_no_stamp_and_slows_none() -> None:
    machine = Machine()
    clock = system(machine)
    machine.run(10)
    before = clock.now_ms()
    machine.utc_ms -= 3_600_000
    assert clock.now_ms() == before
    machine.run(10)
    assert clock.now_ms() == before + 10_000  # devices keep the right time: what they send must not lie ahead
    assert (clock.offset_ms(), clock.slewing) == (-3_600_000, False)
    machine.utc_ms += 3_600_000
    assert (clock.now_ms(), clock.offset_ms()) == (before + 10_000, 0)


def test_a_wall_clock_set_back_half_a_minute_is_followed_at_ten_percent() -> None:
    machine = Machine()
    clock = system(machine)
    before = clock.now_ms()
    machine.utc_ms -= 30_000
    assert clock.now_ms() == before
    assert clock.slewing
    machine.run(10)
    assert clock.now_ms() == before + 9_000  # ORDER 1: at most 10 % slower
    assert clock.offset_ms() == -29_000


def test_a_wall_clock_set_forward_is_caught_up_at_ten_percent_and_then_followed() -> None:
    machine = Machine()
    clock = system(machine)
    machine.utc_ms += 5_000
    for _ in range(60):
        machine.run(1)
        clock.now_ms()
    assert (clock.offset_ms(), clock.slewing) == (0, False)


def test_a_difference_up_to_one_second_is_told_and_left() -> None:
    machine = Machine()
    clock = system(machine)
    machine.utc_ms += 900
    machine.run(5)
    assert (clock.now_ms(), clock.offset_ms(), clock.slewing) == (START + 5_000, 900, False)


def test_a_restart_goes_on_from_the_last_journalled_stamp() -> None:
    machine = Machine()
    clock = system(machine)
    clock.resume(START + 60_000)
    assert clock.now_ms() == START + 60_000
    machine.run(10)
    assert clock.now_ms() == START + 69_000
    late = system(machine)
    late.resume(START - 5)
    assert late.now_ms() == START + 10_000
    late.resume(None)


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(-(10**8), 10**8)), max_size=50))
def test_stamps_never_go_back_and_never_run_faster_or_slower_than_ten_percent(steps) -> None:
    machine = Machine()
    clock = system(machine)
    last = clock.now_ms()
    for seconds, jump_ms in steps:
        machine.utc_ms += jump_ms
        machine.run(seconds)
        now = clock.now_ms()
        assert seconds * 900 - 2 <= now - last <= seconds * 1100 + 2
        last = now


def test_an_exercise_begins_at_its_date_and_runs_at_its_speed() -> None:
    machine = Machine()
    clock = ScaledClock(START, speed=60, monotonic=machine.monotonic)
    machine.run(2)
    assert clock.now_ms() == START + 120_000
    clock = ScaledClock(START, speed=60, monotonic=machine.monotonic)
    clock.resume(START + 999_000)
    machine.run(1)
    assert clock.now_ms() == START + 1_059_000


def test_an_exercise_waits_for_whom_it_follows_down_to_real_time_and_goes_on_at_its_speed() -> None:
    machine, reached = Machine(), [START]
    clock = ScaledClock(START, speed=10, monotonic=machine.monotonic)
    clock.follow(lambda: reached[0], ahead_ms=20_000)
    machine.run(1)
    assert (clock.now_ms(), clock.pace) == (START + 10_000, 10)
    machine.run(4)
    assert (clock.now_ms(), clock.pace) == (START + 20_000, 4)  # not 50 s: they are at the start still
    machine.run(5)
    assert (clock.now_ms(), clock.pace) == (START + 25_000, 1)  # a clock that stood would freeze timers
    reached[0] = START + 22_000
    machine.run(1)
    assert clock.now_ms() == START + 35_000
    reached[0] = START + 999_000
    machine.run(5)
    assert (clock.now_ms(), clock.pace) == (START + 85_000, 10)


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 400_000)), max_size=30), st.sampled_from((0.1, 1.0, 7.5)))
def test_a_followed_exercise_never_goes_back_and_is_never_slower_than_real_time_nor_faster_than_its_speed(
    steps: list[tuple[float, int]], speed: float
) -> None:
    machine, reached = Machine(), [START]
    clock = ScaledClock(START, speed=speed, monotonic=machine.monotonic)
    clock.follow(lambda: reached[0], ahead_ms=5_000)
    last = clock.now_ms()
    for seconds, further_ms in steps:
        reached[0] += further_ms
        machine.run(seconds)
        now = clock.now_ms()
        assert seconds * 1000 * min(1.0, speed) - 1 <= now - last <= seconds * 1000 * speed + 1
        assert now - last <= seconds * 1000 + 1 or now <= reached[0] + 5_000
        last = now


def test_an_exercise_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="above 0"):
        ScaledClock(START, speed=0)


def test_a_fake_clock_moves_only_when_told_and_never_back() -> None:
    clock = FakeClock(START)
    clock.advance(5)
    clock.sleep(0.25)
    clock.reach(START + 100)
    assert clock.now_ms() == START + 255
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)
