"""Workers join, leave and die, desks die: others go on from snapshots, and the result stays the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.production.conftest import Played
from tests.production.stack import Stack

pytestmark = pytest.mark.slow


def everything(stack: Stack) -> bool:
    held = [partition for of in stack.held().values() for partition in of]
    return sorted(held) == [0, 1, 2, 3]


def sent(stack: Stack, run: Played, part: int, of: int) -> None:
    """Send one part of the script."""
    n = len(run.steps)
    for step in run.steps[n * part // of : n * (part + 1) // of]:
        stack.send(step)


def test_partitions_change_hands_when_workers_join_leave_and_die(
    played: Callable[..., Played], stacks: Callable[..., Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    run = played("jinan", each=20)
    stack = stacks(run)
    stack.start("gateway", "desk-1", "worker-1")
    stack.wait_up("gateway", "desk-1", "worker-1")
    sent(stack, run, 0, 5)
    stack.start("worker-2")
    joined_s = stack.wait(lambda: len([held for held in stack.held().values() if held]) == 2, "shared by two")
    sent(stack, run, 1, 5)
    stack.start("worker-3")
    stack.wait(lambda: len(stack.held()) == 3 and all(stack.held().values()) and everything(stack), "shared by three")
    sent(stack, run, 2, 5)
    stack.stop("worker-1")
    left_s = stack.wait(lambda: everything(stack), "what a worker that left had is taken up")
    sent(stack, run, 3, 5)
    stack.kill("worker-2")
    died_s = stack.wait(lambda: everything(stack), "what a worker that died had is taken up")
    assert stack.held() == {"worker-3": [0, 1, 2, 3]}
    sent(stack, run, 4, 5)
    stack.start("worker-2")
    stack.wait_decided(run.end_ms)
    assert stack.result() == run.expected
    with capsys.disabled():
        print(f"\nworkers: join {joined_s:.1f} s, leave {left_s:.1f} s, death {died_s:.1f} s until all are held again")


def test_a_worker_that_died_and_is_started_again_has_its_partitions_back(
    played: Callable[..., Played], stacks: Callable[..., Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    run = played("jinan", each=20)
    stack = stacks(run)
    stack.start("gateway", "desk-1", "worker-1", "worker-2")
    stack.wait_up("gateway", "desk-1", "worker-1", "worker-2")
    stack.wait(lambda: everything(stack), "all held")
    took = []
    for part in range(4):
        sent(stack, run, part, 5)
        stack.kill("worker-1")
        stack.start("worker-1")
        took.append(stack.wait(lambda: "worker-1" in stack.pulses() and everything(stack), "back"))
    sent(stack, run, 4, 5)
    stack.wait_decided(run.end_ms)
    assert stack.result() == run.expected
    with capsys.disabled():
        print(f"\nworker restarts: {', '.join(f'{s:.1f} s' for s in took)}")


def test_the_standby_takes_over_from_a_desk_that_died(
    played: Callable[..., Played], stacks: Callable[..., Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    run = played("jinan", each=20)
    stack = stacks(run)
    stack.start("gateway", "worker-1", "desk-1")
    stack.wait_up("gateway", "worker-1", "desk-1")
    stack.wait(lambda: stack.active_desk() == "desk-1", "the first desk holds the lease")
    stack.start("desk-2")
    stack.wait_up("desk-2")
    assert stack.active_desk() == "desk-1"
    sent(stack, run, 0, 3)
    # A standby that joins makes the group share out anew: the active desk hands the lease to itself.
    stack.wait(lambda: stack.active_desk() == "desk-1", "the first desk holds the lease again")
    epoch = stack.pulses()["desk-1"].facts["epoch"]
    stack.kill("desk-1")
    died_s = stack.wait(lambda: stack.active_desk() == "desk-2", "the standby holds the lease")
    assert stack.pulses()["desk-2"].facts["epoch"] > epoch
    sent(stack, run, 1, 3)
    stack.start("desk-1")
    stack.wait_up("desk-1")
    stack.stop("desk-2")
    left_s = stack.wait(lambda: stack.active_desk() == "desk-1", "the lease is handed back")
    sent(stack, run, 2, 3)
    stack.wait_decided(run.end_ms)
    assert stack.result() == run.expected
    stack.wait(lambda: stack.stored() == stack.written(), "the database has what the journal has")
    with capsys.disabled():
        print(f"\ndesk: death {died_s:.1f} s, end {left_s:.1f} s until another is active")
