"""Places in a Kafka group: every partition is held by one member, and is handed over before another holds it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from ops_center.adapters.group_kafka import KafkaMembership
from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_layout import agree
from ops_center.ports import INPUT

DEADLINE_S = 30.0
STEADY_S = 1.0  # a share-out right after another is seen within it

Join = Callable[[str], KafkaMembership]


@pytest.fixture
def settings(kafka_settings: KafkaSettings) -> KafkaSettings:
    """Return the settings of a deployment whose inputs have four partitions."""
    agree(kafka_settings, {INPUT: 4})
    return kafka_settings


@pytest.fixture
def join(settings: KafkaSettings) -> Iterator[Join]:
    """Let members join, each by its name; they leave after the test."""
    members: list[KafkaMembership] = []

    def joined(name: str) -> KafkaMembership:
        members.append(KafkaMembership(settings, topic=INPUT, group="g", name=name))
        return members[-1]

    yield joined
    for member in members:
        member.close()


def at_once(_: frozenset[int]) -> None:
    """Hand over without any work."""


def wait_shared(
    members: list[KafkaMembership],
    partitions: int = 4,
    leaving: Callable[[frozenset[int]], None] = at_once,
) -> list[frozenset[int]]:
    """Return what each member holds once all partitions are held, every member has some, and it stays so."""
    until_s, since_s = time.monotonic() + DEADLINE_S, None
    while True:
        held = [member.poll(leaving) for member in members]
        now_s = time.monotonic()
        if sorted(one for part in held for one in part) != list(range(partitions)) or not all(held):
            since_s = None
        elif since_s is None:
            since_s = now_s
        elif now_s - since_s > STEADY_S:
            return held
        assert now_s < until_s, held
        time.sleep(0.02)


@pytest.mark.parametrize("handing_s", [0.05, 0.3])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_members_that_join_together_share_every_partition(join: Join, number: int, handing_s: float) -> None:
    held = wait_shared([join(f"worker-{one}") for one in range(number)], leaving=lambda _: time.sleep(handing_s))
    assert len(held) == number
    assert sorted(one for part in held for one in part) == [0, 1, 2, 3]


def test_who_leaves_gives_all_to_the_others(join: Join) -> None:
    first, second = join("worker-1"), join("worker-2")
    wait_shared([first, second])
    first.close()
    assert wait_shared([second]) == [frozenset(range(4))]


def test_another_holds_a_partition_only_after_it_was_handed_over(join: Join) -> None:
    first = join("worker-1")
    wait_shared([first])
    second = join("worker-2")
    handed: list[frozenset[int]] = []

    def slowly(partitions: frozenset[int]) -> None:
        time.sleep(0.5)
        assert not second.poll(at_once)
        handed.append(partitions)

    wait_shared([first, second], leaving=slowly)
    assert handed == [frozenset(range(4))]


def test_partitions_made_later_are_shared_out_even_when_handing_over_takes_long(
    settings: KafkaSettings, join: Join
) -> None:
    first = join("worker-1")
    wait_shared([first])
    admin = settings.admin()
    admin.create_partitions({settings.name(INPUT): 5})
    admin.close()
    second = join("worker-2")  # with it the first one learns of the fifth
    held = wait_shared([first, second], 5, lambda _: time.sleep(0.5))
    assert sorted(map(len, held)) == [2, 3]
