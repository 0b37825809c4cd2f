"""A shift with everything officers do comes to the same over Kafka and PostGIS as in one process, nobody disturbing it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.faults import account
from tests.faults.story import PARTITIONS, Story
from tests.production.stack import Stack
from tests.services import kafka

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("workers", [1, 3])
def test_a_shift_comes_to_what_one_process_comes_to(
    workers: int, story: Story, tmp_path: Path, kafka_address: str, postgres_url: str
) -> None:
    stack = Stack.of(
        story.scenario, tmp_path / "stack", kafka=kafka_address, database=postgres_url, partitions=PARTITIONS
    )
    names = ["gateway", "desk-1", *(f"worker-{number}" for number in range(1, workers + 1))]
    try:
        stack.start(*names)
        stack.wait_up(*names)
        stack.wait(lambda: all(stack.held().values()), "each worker holds partitions")
        for step in story.steps:
            if step.commands and step.tick_ms > story.receipts_ms:
                told = partial(account.everybody_told, story.journal, stack.config.parent)
                stack.wait(told, "every message to people went out")
            stack.send(step)
        stack.wait_decided(story.end_ms)
        found = account.account_of(stack.journal)
        assert list(account.differences(found, account.account_of(story.journal))) == []
        stack.wait(lambda: stack.stored() == stack.written(), "the database has what the journal has")
    finally:
        stack.close()
        kafka.remove_topics(kafka_address, stack.prefix)
