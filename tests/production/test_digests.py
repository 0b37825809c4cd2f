"""Every scenario comes to the same over Kafka and PostGIS with one worker and with three as in one process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.production.conftest import Played
from tests.production.stack import Stack
from tests.scenarios import slices

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("name", slices.NAMES)
def test_separate_processes_come_to_what_one_process_comes_to(
    name: str, workers: int, played: Callable[..., Played], stacks: Callable[..., Stack]
) -> None:
    run = played(name)
    stack = stacks(run)
    names = [f"worker-{number}" for number in range(1, workers + 1)]
    stack.start("gateway", "desk-1", *names)
    stack.wait_up("gateway", "desk-1", *names)
    stack.wait(
        lambda: (
            sorted(p for held in stack.held().values() for p in held) == [0, 1, 2, 3] and all(stack.held().values())
        ),
        "every partition held, each worker with some",
    )
    for step in run.steps:
        stack.send(step)
    stack.wait_decided(run.end_ms)
    assert stack.result() == run.expected
    stack.wait(lambda: stack.stored() == stack.written(), "the database has what the journal has")
    assert stack.sender.repeats == 0
