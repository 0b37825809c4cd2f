"""Snapshots in Kafka keep the contract, are whole or absent, and make room for newer ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from kafka import TopicPartition

from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_layout import agree
from ops_center.adapters.kafka_writer import Write, Writer
from ops_center.adapters.snapshots_kafka import PART_OCTETS, KafkaSnapshots
from tests.adapters.snapshots_contract import Make, SnapshotsContract


@pytest.fixture
def settings(kafka_settings: KafkaSettings) -> KafkaSettings:
    """Return the settings of a deployment whose state topic has two partitions."""
    agree(kafka_settings, {"state": 2})
    return kafka_settings


class TestKafkaSnapshots(SnapshotsContract):
    """The contract, on Apache Kafka."""

    @pytest.fixture
    def make(self, settings: KafkaSettings) -> Iterator[Make]:
        snapshots = KafkaSnapshots(settings, 2)
        yield lambda: snapshots
        snapshots.close()


@pytest.fixture
def snapshots(settings: KafkaSettings) -> Iterator[KafkaSnapshots]:
    snapshots = KafkaSnapshots(settings, 2)
    yield snapshots
    snapshots.close()


def noise(octets: int, *, seed: int = 1) -> bytes:
    """Return bytes that do not deflate."""
    return np.random.default_rng(seed).bytes(octets)


def records(settings: KafkaSettings) -> list[tuple[TopicPartition, bytes, bytes | None]]:
    """Return place, key and value of every record of the topic, in order."""
    places = [TopicPartition(settings.name("state"), partition) for partition in range(2)]
    return [(place, record.key, record.value) for place in places for record in settings.whole(place)]


def test_a_state_larger_than_a_message_is_cut_and_found_by_another_process(
    settings: KafkaSettings, snapshots: KafkaSnapshots
) -> None:
    state = noise(5 * PART_OCTETS)
    snapshots.save("worker/0", 1_000, state)
    found = records(settings)
    assert [key for _, key, _ in found] == [b"worker/0/1000/%d" % part for part in range(6)]
    assert all(len(value or b"") <= PART_OCTETS + 100 for _, _, value in found)
    other = KafkaSnapshots(settings, 2)
    assert other.latest("worker/0") == (1_000, state)
    other.close()


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_without_one_of_its_parts_a_snapshot_is_not_there_and_the_older_one_is_the_truth(
    settings: KafkaSettings, snapshots: KafkaSnapshots, caplog, missing: int
) -> None:
    snapshots.save("worker/0", 1_000, b"older")
    snapshots.save("worker/0", 2_000, noise(2 * PART_OCTETS))
    place, key, _ = next(one for one in records(settings) if one[1] == b"worker/0/2000/%d" % missing)
    writer = Writer(settings)
    writer.write([Write(place.topic, place.partition, [None], [key])])
    writer.close()
    assert snapshots.latest("worker/0") == (1_000, b"older")
    assert "worker/0 at 2000: snapshot is not whole; an older one is taken" in caplog.text


def test_a_changed_byte_is_found_by_the_sum(settings: KafkaSettings, snapshots: KafkaSnapshots) -> None:
    snapshots.save("worker/0", 1_000, b"older")
    snapshots.save("worker/0", 2_000, noise(1_000))
    place, key, value = next(one for one in records(settings) if one[1] == b"worker/0/2000/0")
    assert value is not None
    writer = Writer(settings)
    writer.write([Write(place.topic, place.partition, [value[:-1] + bytes([value[-1] ^ 1])], [key])])
    writer.close()
    assert snapshots.latest("worker/0") == (1_000, b"older")


def test_a_shorter_state_of_the_same_time_replaces_a_longer_one(snapshots: KafkaSnapshots) -> None:
    snapshots.save("worker/0", 1_000, noise(3 * PART_OCTETS))
    snapshots.save("worker/0", 1_000, b"short")
    assert snapshots.latest("worker/0") == (1_000, b"short")


def test_old_ones_are_tombstoned_after_a_save_and_others_see_them_gone(settings: KafkaSettings) -> None:
    thin = KafkaSnapshots(settings, 2, keep_last=2, keep_every_ms=1_000_000)
    for at in range(1_000, 6_000, 1_000):
        thin.save("worker/0", at, noise(PART_OCTETS + 10, seed=at))
    assert list(thin.times("worker/0")) == [1_000, 4_000, 5_000]
    newest = {key: value for _, key, value in records(settings)}
    assert sorted(key for key, value in newest.items() if value is not None) == [
        b"worker/0/%d/%d" % (at, part) for at in (1_000, 4_000, 5_000) for part in (0, 1)
    ]
    other = KafkaSnapshots(settings, 2)
    assert list(other.times("worker/0")) == [1_000, 4_000, 5_000]
    assert other.latest("worker/0", not_after_ms=3_999) == (1_000, noise(PART_OCTETS + 10, seed=1_000))
    thin.close()
    other.close()
