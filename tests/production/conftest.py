"""Fixtures of the production tests: a scenario with its script and what it comes to in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ops_center.bootstrap import Setup
from tests.paths import data
from tests.production.embedded import embedded
from tests.production.script import steps_of
from tests.production.scripted_gateway import Step
from tests.production.stack import Result, Stack
from tests.scenarios import slices
from tests.scenarios.content import Scenario
from tests.scenarios.living import messages_of, setup_of
from tests.services import kafka

PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario, its script, and the result of every way of running it."""

    scenario: Scenario
    setup: Setup
    steps: list[Step]
    expected: Result

    @property
    def end_ms(self) -> int:
        """Until when the desk can decide."""
        return self.steps[-1].tick_ms - self.setup.slack_ms


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Played]:
    """Return a scenario by name, worked out once in a session."""
    known: dict[tuple[str, int], Played] = {}

    def of(name: str, *, each: int = 100) -> Played:
        if (name, each) not in known:
            scenario = slices.write(name, tmp_path_factory.mktemp(name), data())
            setup = setup_of(scenario)
            steps = steps_of(messages_of(scenario, setup), each=each)
            expected = embedded(setup, steps, partitions=PARTITIONS)
            assert expected.occurrences >= 3
            known[name, each] = Played(scenario, setup, steps, expected)
        return known[name, each]

    return of


@pytest.fixture
def stacks(tmp_path: Path, kafka_address: str, postgres_url: str) -> Iterator[Callable[..., Stack]]:
    """Make stacks over the real servers; everything is ended after the test."""
    made: list[Stack] = []

    def make(played: Played, **more: Any) -> Stack:
        folder = tmp_path / f"stack{len(made)}"
        made.append(
            Stack.of(played.scenario, folder, kafka=kafka_address, database=postgres_url, partitions=PARTITIONS, **more)
        )
        return made[-1]

    yield make
    for stack in made:
        stack.close()
        kafka.remove_topics(kafka_address, stack.prefix)
