"""The Kafka journal keeps the contract on a real broker, and says clearly what is wrong where something is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.consumer.fetcher import ConsumerRecord
from kafka.record import MemoryRecords

from ops_center.adapters.journal_kafka import KafkaJournal
from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_topics import TOPICS, deployed
from ops_center.domain.errors import JournalError, SetupError
from tests.adapters.journal_contract import LIMITS, PARTITIONS, WRITES, JournalContract, Make, read_all
from tests.services import kafka, processes
from tests.services.processes import until
from tests.services.state import State


@pytest.fixture
def settings(kafka_settings: KafkaSettings) -> KafkaSettings:
    return kafka_settings


class TestKafkaJournal(JournalContract):
    """The contract, on Apache Kafka; fewer examples, for each makes topics."""

    test_what_was_appended_is_read_in_order_by_any_limit = settings_of(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )(
        given(WRITES, LIMITS)(
            JournalContract.test_what_was_appended_is_read_in_order_by_any_limit.hypothesis.inner_test  # type: ignore[attr-defined]
        )
    )

    @pytest.fixture
    def make(self, settings: KafkaSettings) -> Iterator[Make]:
        opened: list[KafkaJournal] = []
        numbers = itertools.count()

        def fresh() -> KafkaJournal:
            for journal in opened:
                journal.close()
            code = f"{settings.code}.{next(numbers)}"
            opened[:] = [KafkaJournal(KafkaSettings(servers=settings.servers, code=code, wait_s=5), PARTITIONS)]
            return opened[-1]

        yield fresh
        for journal in opened:
            journal.close()


def of(settings: KafkaSettings, **changed: object) -> KafkaSettings:
    return replace(settings, **changed)


def test_another_number_of_partitions_is_refused_whether_the_record_or_the_broker_differs(
    settings: KafkaSettings, kafka_address: str
) -> None:
    KafkaJournal(settings, {"input": 3}).close()
    with pytest.raises(JournalError, match=r"'input' has 3 partitions on record, this deployment wants 4; set 3"):
        KafkaJournal(settings, {"input": 4})
    with KafkaJournal(settings, {"input": 3, "output": 1}) as journal:
        assert journal.partitions("output") == 1
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    admin.create_partitions({settings.name("input"): 5})
    admin.close()
    with pytest.raises(JournalError, match=r"'input' has 5 partitions on the broker, this deployment wants 3"):
        KafkaJournal(settings, {"input": 3})
    with pytest.raises(JournalError, match=r"'input' has 5 partitions on the broker"):
        KafkaJournal(settings)


def test_a_reader_takes_the_layout_on_record_and_makes_nothing(settings: KafkaSettings) -> None:
    with pytest.raises(JournalError, match=f"no deployment {settings.code} here"):
        KafkaJournal(settings)
    KafkaJournal(settings, PARTITIONS).close()
    with KafkaJournal(settings) as journal:
        assert {topic: journal.partitions(topic) for topic in PARTITIONS} == PARTITIONS


def test_topics_are_made_with_the_retention_of_the_table(settings: KafkaSettings, kafka_address: str) -> None:
    KafkaJournal(settings, deployed(2)).close()
    admin = KafkaAdminClient(bootstrap_servers=kafka_address)
    resources = [ConfigResource(ConfigResourceType.TOPIC, settings.name(topic)) for topic in TOPICS]
    told = admin.describe_configs(resources, config_filter="all")
    found = {name: {key: one["value"] for key, one in of.items()} for name, of in told["topic"].items()}
    admin.close()
    for topic in TOPICS.values():
        wanted = topic.settings(replication=1, sync=True)
        assert {key: found[settings.name(topic.name)][key] for key in wanted} == wanted
    assert found[settings.name("world")]["cleanup.policy"] == "delete"
    assert found[settings.name("world")]["retention.ms"] == "-1"


def test_what_another_process_writes_is_seen_by_a_reader_at_the_end(settings: KafkaSettings) -> None:
    with KafkaJournal(settings, PARTITIONS) as writer, KafkaJournal(settings) as reader:
        assert reader.read("input", 0, 0, 10) == []
        for number in range(3):
            writer.append("input", 0, [b"%d" % number])
            assert until(lambda at=number: bool(reader.read("input", 0, at, 10)), within_s=10)
        assert [record.value for record in reader.read("input", 0, 0, 10)] == [b"0", b"1", b"2"]


def test_waiting_for_news_ends_when_another_process_writes_where_this_one_reads(settings: KafkaSettings) -> None:
    with KafkaJournal(settings, {"input": 2}) as reader, KafkaJournal(settings, {"input": 2}) as writer:
        assert [reader.read("input", partition, 0, 10) for partition in (0, 1)] == [[], []]
        waiting = Thread(target=reader.wait, args=(600.0,), daemon=True)
        waiting.start()
        writer.append("input", 1, [b"news"])
        waiting.join(60)
        assert not waiting.is_alive()
        assert [record.value for record in reader.read("input", 1, 0, 10)] == [b"news"]


def test_records_cut_by_retention_are_told(settings: KafkaSettings, kafka_address: str) -> None:
    with KafkaJournal(settings, PARTITIONS) as journal:
        journal.append("input", 1, [b"%d" % number for number in range(9)])
        admin = KafkaAdminClient(bootstrap_servers=kafka_address)
        admin.delete_records({TopicPartition(settings.name("input"), 1): 5})
        admin.close()
        assert (journal.start("input", 1), journal.end("input", 1)) == (5, 9)
        assert journal.committed("worker", "input", 1) == 5
        with pytest.raises(JournalError, match="records before 5 were cut by retention") as caught:
            journal.read("input", 1, 4, 10)
        assert caught.value.offset == 4
        assert [record.offset for record in journal.read("input", 1, 5, 10)] == [5, 6, 7, 8]


def test_what_one_step_writes_to_a_partition_is_one_batch_on_the_brokers_disk(
    settings: KafkaSettings, services: State
) -> None:
    block, tick = b"B" * 90_000, b"Jtick {}"
    with KafkaJournal(settings, PARTITIONS) as journal:
        for _ in range(20):
            journal.append_many([("input", p, [block, block, tick]) for p in range(3)])
    for partition in range(3):
        folder = services.folder / "kafka" / "log" / f"{settings.name('input')}-{partition}"
        batches = batches_of((folder / "00000000000000000000.log").read_bytes())
        assert batches == [[len(block), len(block), len(tick)]] * 20


def batches_of(segment: bytes) -> list[list[int]]:
    """Return the sizes of the records of each batch of a segment file."""
    records = MemoryRecords(segment)
    batches = []
    while (batch := records.next_batch()) is not None:
        batches.append([len(record.value) for record in batch])
    return batches


def test_a_step_larger_than_a_batch_goes_in_order_and_whole(settings: KafkaSettings) -> None:
    values = [bytes([number]) * (4 << 20) for number in range(9)]
    with KafkaJournal(settings, PARTITIONS) as journal:
        assert journal.append_many([("input", 0, values), ("input", 1, values[:1])]) == [0, 0]
        assert read_all(journal, "input", 0) == values


def test_a_record_the_broker_never_takes_is_refused_and_the_next_one_is_not(settings: KafkaSettings) -> None:
    with KafkaJournal(settings, PARTITIONS) as journal:
        with pytest.raises(JournalError, match="larger than the maximum"):
            journal.append("input", 0, [b"x" * (17 << 20)])
        assert journal.append("input", 0, [b"y"]) == 0


def test_outputs_are_there_as_plain_json_too_newest_by_key(settings: KafkaSettings, kafka_address: str) -> None:
    with KafkaJournal(settings, deployed(1)) as journal:
        journal.append("output", 0, [b'Jalert {"id":"a1","n":1}', b'Jrun {"id":"r1"}', b'Jalert {"id":"a1","n":2}'])
        journal.append("output", 0, [b'Jshift {"id":"s1"}', b'Jincident {"id":"i1"}'])
        assert len(read_all(journal, "output", 0)) == 5
        assert read_all(journal, "alerts", 0) == [b'{"id":"a1","n":1}', b'{"id":"a1","n":2}']
        assert read_all(journal, "tasks", 0) == [b'{"id":"r1"}']
        assert read_all(journal, "incidents", 0) == [b'{"id":"i1"}']
    with KafkaConsumer(bootstrap_servers=kafka_address, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(settings.name("alerts"), 0)])
        consumer.seek_to_beginning()
        found: list[bytes] = []
        assert until(lambda: bool(found.extend(keys_of(consumer.poll(200))) or len(found) == 2), within_s=10)
    assert found == [b"a1", b"a1"]


def keys_of(polled: dict[TopicPartition, list[ConsumerRecord]]) -> list[bytes]:
    return [record.key for records in polled.values() for record in records]


def test_tls_and_scram_pass_through_and_a_wrong_password_is_told(
    settings: KafkaSettings, kafka_secure: dict[str, str]
) -> None:
    security = {key: value for key, value in kafka_secure.items() if key != "bootstrap_servers"}
    secure = of(settings, servers=(kafka_secure["bootstrap_servers"],), security=security)
    with KafkaJournal(secure, PARTITIONS) as journal:
        journal.append("input", 0, [b"secret"])
        assert read_all(journal, "input", 0) == [b"secret"]
    with pytest.raises(JournalError, match=r"Kafka at 127\.0\.0\.1"):
        KafkaJournal(of(secure, wait_s=2, security={**security, "sasl_plain_password": "wrong"}))


def test_a_setting_the_client_does_not_know_is_named(settings: KafkaSettings) -> None:
    with pytest.raises(SetupError, match=r"kafka\.security: unknown key 'ssl_cfile'; one of .*ssl_cafile"):
        of(settings, security={"ssl_cfile": "ca.pem"})


def test_a_broker_that_is_away_is_told_and_everything_goes_on_by_itself_when_it_is_back(own_services: State) -> None:
    settings = KafkaSettings(servers=(kafka.up(own_services),), code="away", wait_s=3)
    with KafkaJournal(settings, PARTITIONS) as journal:
        journal.append("input", 0, [b"before"])
        journal.commit("worker", "input", 0, 1)
        assert len(journal.read("input", 0, 0, 10)) == 1
        killed = own_services.running(kafka.NAME)
        assert killed is not None
        processes.kill(killed)
        for refused in (
            lambda: journal.append("input", 0, [b"during"]),
            lambda: until(lambda: bool(journal.read("input", 0, 1, 10)), within_s=20),
            lambda: journal.end("input", 0),
            lambda: journal.commit("worker", "input", 0, 1),
            lambda: journal.committed("worker", "input", 0),
        ):
            with pytest.raises(JournalError, match=f"Kafka at {settings.where}"):
                refused()
        kafka.up(own_services)
        assert until(lambda: answered(journal), within_s=30)
        assert read_all(journal, "input", 0)[0] == b"before"
        assert read_all(journal, "input", 0)[-1] == b"after"
        assert journal.committed("worker", "input", 0) == 1


def answered(journal: KafkaJournal) -> bool:
    """Return True once a record has been acknowledged."""
    try:
        journal.append("input", 0, [b"after"])
    except JournalError:
        return False
    return True
