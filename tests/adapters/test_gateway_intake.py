"""Other producers and separate walls reach the journal through Kafka: at least once, nothing skipped in silence."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest
from kafka import TopicPartition

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.gateway_intake import CommandSender, command_door, intake_door
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.journal_kafka import KafkaJournal
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_topics import deployed
from ops_center.adapters.kafka_writer import Write, Writer
from ops_center.domain.command import Command
from ops_center.domain.errors import JournalError
from ops_center.ports import COMMAND, Group
from ops_center.wire import is_block
from streams.gateway import Gateway
from tests.adapters.journal_contract import read_all
from tests.services.processes import until
from tests.streams.gateway_feeds import PARTITIONS, FullJournal, command, feed, message, messages, records

NOW_MS = 1_800_000_000_000
FEEDS = {
    "buses": feed("buses", receive={"intake": {}}, limits={"message_bytes": 200}),
    "trams": feed("trams", receive={"intake": {}, "http_push": {"path": "trams"}}),
    "tcp": feed("tcp", receive={"tcp": {"port": 1}}),
}


@pytest.fixture
def journal(kafka_settings: KafkaSettings) -> Iterator[KafkaJournal]:
    with KafkaJournal(kafka_settings, deployed(3)) as journal:
        yield journal


@pytest.fixture
def gateway(journal: KafkaJournal) -> Iterator[Gateway]:
    gateway = Gateway(journal, FEEDS, FakeClock(NOW_MS))
    pump = Pump(gateway, retry_s=0.02)
    pump.start()
    yield gateway
    pump.stop()


def write(
    settings: KafkaSettings, *values: bytes, feed_id: str = "", partition: int = 0, topic: str = "intake"
) -> None:
    writer = Writer(settings)
    headers = (("feed", feed_id.encode()),) if feed_id else ()
    writer.write([Write(settings.name(topic), partition, values, None, headers)])
    writer.close()


def committed(journal: KafkaJournal, topic: str, partition: int = 0) -> int:
    return journal.committed(topic, topic, partition)


def refused(settings: KafkaSettings) -> list[tuple[bytes, str, str]]:
    """Return value, reason and topic of what was set aside."""
    place = TopicPartition(settings.name("intake-refused"), 0)
    found = [(record.value, dict(record.headers)) for record in settings.whole(place)]
    return [(value, headers["reason"].decode(), headers["topic"].decode()) for value, headers in found]


def test_single_messages_become_stamped_blocks_in_order_and_the_offset_follows(
    kafka_settings: KafkaSettings, journal: KafkaJournal, gateway: Gateway
) -> None:
    sent = [message("A", number) for number in range(50)]
    write(kafka_settings, *sent, feed_id="buses")
    write(kafka_settings, b'{"feed":"trams","message":%s}' % message("T", 1), partition=2)
    door = intake_door(gateway, kafka_settings)
    door.start()
    assert until(lambda: committed(journal, "intake") == 50 and committed(journal, "intake", 2) == 1, within_s=30)
    door.stop()
    assert messages(journal, "buses") == sent
    assert messages(journal, "trams") == [message("T", 1)]
    assert gateway.counts("buses").messages == 50


def test_what_cannot_be_used_is_set_aside_with_its_reason_and_the_rest_goes_on(
    kafka_settings: KafkaSettings, journal: KafkaJournal, gateway: Gateway
) -> None:
    write(kafka_settings, b"free text", b'{"feed":"ships","message":1}', b'{"feed":"tcp","message":1}')
    write(kafka_settings, b"x" * 201, message("A"), feed_id="buses")
    door = intake_door(gateway, kafka_settings)
    door.start()
    assert until(lambda: committed(journal, "intake") == 5, within_s=30)
    assert door.refused == 4
    door.stop()
    assert messages(journal, "buses") == [message("A")]
    topic = kafka_settings.name("intake")
    assert [(value[:9], topic) for value, _, topic in refused(kafka_settings)] == [
        (b"free text", topic), (b'{"feed":"', topic), (b'{"feed":"', topic), (b"x" * 9, topic),
    ]  # fmt: skip
    reasons = [reason for _, reason, _ in refused(kafka_settings)]
    for reason, words in zip(
        reasons, ("not an envelope", "no feed 'ships'", "add `intake", "at most 200"), strict=True
    ):
        assert words in reason
    assert (gateway.counts("tcp").refused, gateway.counts("buses").oversize) == (1, 1)


class NoBlocks(FullJournal):
    """A journal that takes ticks; blocks only when it is not full."""

    def append_many(self, groups: list[Group]) -> list[int]:  # type: ignore[override]
        if self.full and any(is_block(value) for _, _, values in groups for value in values):
            raise JournalError("no room left to write")
        return list(MemoryJournal.append_many(self, groups))


def test_nothing_is_committed_before_it_is_durable_and_it_comes_again(kafka_settings: KafkaSettings) -> None:
    with KafkaJournal(kafka_settings, deployed(1)) as kafka_journal:
        write(kafka_settings, message("A", 1), message("A", 2), feed_id="buses")
        full = NoBlocks(PARTITIONS)
        full.full = True
        gateway = Gateway(full, FEEDS, FakeClock(NOW_MS))
        pump = Pump(gateway, retry_s=0.02)
        pump.start()
        door = intake_door(gateway, kafka_settings)
        door.start()
        assert until(lambda: gateway.counts("buses").messages == 2, within_s=30)
        door.stop()  # received, not durable: as after a crash
        assert committed(kafka_journal, "intake") == 0
        full.full = False
        again = intake_door(gateway, kafka_settings)
        again.start()
        assert until(lambda: committed(kafka_journal, "intake") == 2, within_s=30)
        again.stop()
        pump.stop()
        assert set(messages(full, "buses")) == {message("A", 1), message("A", 2)}


def test_two_gateways_share_the_intake_and_miss_nothing(kafka_settings: KafkaSettings, journal: KafkaJournal) -> None:
    gateways = [Gateway(journal, FEEDS, FakeClock(NOW_MS), name=name) for name in ("g1", "g2")]
    pumps = [Pump(gateway, retry_s=0.02) for gateway in gateways]
    doors = [intake_door(gateway, kafka_settings) for gateway in gateways]
    for part in (*pumps, *doors):
        part.start()
    sent = [message(f"D{number}", number) for number in range(300)]
    for partition in range(3):
        write(kafka_settings, *sent[partition::3], feed_id="buses", partition=partition)
    assert until(lambda: sum(committed(journal, "intake", p) for p in range(3)) == 300, within_s=60)
    for part in (*doors, *pumps):
        part.stop()
    assert set(messages(journal, "buses")) == set(sent)


def test_a_walls_command_is_stamped_by_a_gateway_and_journalled_in_order(
    kafka_settings: KafkaSettings, journal: KafkaJournal, gateway: Gateway
) -> None:
    sender = CommandSender(kafka_settings)
    assert all(sender.submit(command(number)).accepted for number in range(3))
    sender.close()
    write(kafka_settings, b"Jcommand {half", topic="command-intake")
    door = command_door(gateway, kafka_settings)
    door.start()
    assert until(lambda: committed(journal, "command-intake") == 4, within_s=30)
    door.stop()
    found = [record for record in records(journal, COMMAND, 0) if isinstance(record, Command)]
    assert found == [replace(command(number), stamp_ms=NOW_MS) for number in range(3)]
    assert [reason.split(":")[0] for _, reason, _ in refused(kafka_settings)] == ["broken command record"]


def test_a_command_that_cannot_be_written_is_refused_with_the_reason() -> None:
    sender = CommandSender(KafkaSettings(servers=("127.0.0.1:1",), code="x", wait_s=1))
    receipt = sender.submit(command(1))
    assert not receipt.accepted
    assert "does not answer: Connection refused" in receipt.reason


@pytest.fixture
def kcat(kafka_address: str) -> str:
    found = shutil.which("kcat")
    if found is None:
        pytest.fail("kcat is absent; ./ops services up installs it")
    return found


def test_kcat_writes_positions_into_intake_and_reads_alerts_as_json_lines(
    kcat: str, kafka_address: str, kafka_settings: KafkaSettings, journal: KafkaJournal, gateway: Gateway
) -> None:
    lines = b"".join(message("A", number) + b"\n" for number in range(5))
    produce = [kcat, "-b", kafka_address, "-P", "-t", kafka_settings.name("intake"), "-H", "feed=buses"]
    subprocess.run(produce, input=lines, check=True, timeout=60)
    door = intake_door(gateway, kafka_settings)
    door.start()
    assert until(lambda: sorted(messages(journal, "buses")) == sorted(lines.split()), within_s=30)
    door.stop()

    alerts = [
        b'Jalert {"id":"alert-1","title":{"zh":"\xe6\xb0\x94\xe4\xbd\x93","en":"Gas"}}',
        b'Jalert {"id":"alert-2"}',
    ]
    journal.append("output", 0, alerts)
    consume = [kcat, "-b", kafka_address, "-C", "-t", kafka_settings.name("alerts"), "-o", "beginning", "-e", "-q"]
    read = subprocess.run([*consume, "-f", "%k %s\n"], capture_output=True, check=True, timeout=60)
    found = [line.partition(" ") for line in read.stdout.decode().splitlines()]
    assert [key for key, _, _ in found] == ["alert-1", "alert-2"]
    assert json.loads(found[0][2]) == {"id": "alert-1", "title": {"zh": "气体", "en": "Gas"}}
    assert len(read_all(journal, "output", 0)) == 2
