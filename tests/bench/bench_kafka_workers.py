"""Events a second through Kafka as JSON to alerts, for 1 and 2 worker processes and a desk.

Run by hand, with the services up: ``python -m tests.bench.bench_kafka_workers [MESSAGES]``. The input lies in
Kafka beforehand, in blocks of 500 JSON positions in two partitions; every process is warm when the clock starts.
Counted until the workers have judged all, and until every alert can be read in the topic `alerts`.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Sequence
from threading import Event as Flag
from threading import Thread
from zoneinfo import ZoneInfo

from ops_center import wire
from ops_center.adapters.journal_kafka import KafkaJournal
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.adapters.kafka_topics import deployed
from ops_center.columns import Messages
from ops_center.desk.definitions import definitions_of
from ops_center.desk.desk import Desk
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.scales import Status
from ops_center.ports import COMMAND, EVENT, INPUT, OUTPUT, WORLD, GroupJournal, Journal
from ops_center.wire import Tick
from ops_center.worker.announced import Announced
from ops_center.worker.worker import Worker
from ops_center.worker.world import World
from playbooks.book import bookcase_of
from playbooks.program import Program
from streams.block import Block, encode_block
from streams.partition import partition_of
from tests.bench.bench_kafka import A_BLOCK, machine, messages_of
from tests.services import kafka
from tests.services.state import State, state_folder
from tests.worker.scene import TEXT, Judged, compiled, fast, rule

MESSAGES = 300_000
PARTITIONS = 2
SLACK_MS, LEAD_MS, BATCH = 2_000, 2_600, 8_192
RULES = (Judged(rule("very-fast", when="speed_kph > 89.9"), fast), Judged(rule("fast", when="speed_kph > 89.8"), fast))
FEED = Feed(
    id="buses",
    title=TEXT,
    owner=TEXT,
    decoder="json_rows",
    subject_key="device",
    fields=(FeedField(name="speed_kph", source="speed_kph", kind="number"),),
    options={"time": {"field": "t", "format": "epoch_ms"}, "lon": {"from": "lon"}, "lat": {"from": "lat"}},
)
PROGRAM = Program(version="1", rules=tuple(compiled(judged) for judged in RULES))


def fill(journal: GroupJournal, number: int) -> None:
    """Write the messages as a gateway would have: blocks of each partition, a tick behind each step."""
    waiting: dict[int, list[bytes]] = {partition: [] for partition in range(PARTITIONS)}
    stamps: dict[int, list[int]] = {partition: [] for partition in range(PARTITIONS)}
    stamp_ms = 1_800_000_000_000
    for row, message in enumerate(messages_of(number)):
        stamp_ms = 1_800_000_000_000 + row
        partition = partition_of(f"bus-{row % 5_000:05d}", PARTITIONS, feed=FEED.id)
        waiting[partition].append(message)
        stamps[partition].append(stamp_ms)
        if len(waiting[partition]) == A_BLOCK:
            _step(journal, partition, waiting, stamps, stamp_ms)
    for partition in range(PARTITIONS):
        _step(journal, partition, waiting, stamps, stamp_ms + 60_000)
    last = wire.encode(Tick(gateway="g", stamp_ms=stamp_ms + 60_000))
    journal.append(COMMAND, 0, [wire.encode(Tick(gateway="g", stamp_ms=1_800_000_000_000)), last])


def _step(journal: GroupJournal, partition: int, waiting: dict[int, list[bytes]], stamps: dict[int, list[int]],
          stamp_ms: int) -> None:  # fmt: skip
    values = [wire.encode(Tick(gateway="g", stamp_ms=stamp_ms))]
    if waiting[partition]:
        block = Block(gateway="g", feed=FEED.id, partition=partition, first=0, status=Status.TEST,
                      messages=Messages.of(waiting[partition], stamps[partition]))  # fmt: skip
        values.insert(0, encode_block(block))
    journal.append(INPUT, partition, values)
    waiting[partition], stamps[partition] = [], []


def workers_of(journal: Journal, partitions: Sequence[int]) -> list[Worker]:
    """Return the workers of a process, one a partition."""
    announced = Announced(World(feeds={FEED.id: FEED}, programs=((-(1 << 62), PROGRAM),)), journal)
    return [
        Worker(
            partition=partition, feeds={FEED.id: FEED}, announced=announced, journal=journal, hold=False,
            slack_ms=SLACK_MS, lead_ms=LEAD_MS, batch_rows=BATCH,
        )
        for partition in partitions
    ]  # fmt: skip


def desk_of(journal: Journal) -> Desk:
    """Return the desk."""
    return Desk(
        deployment="370200", definitions=definitions_of(feeds={FEED.id: FEED}, program=PROGRAM, books=bookcase_of(())),
        journal=journal, slack_ms=SLACK_MS, lead_ms=LEAD_MS, zone=ZoneInfo("Asia/Shanghai"), status=Status.TEST,
    )  # fmt: skip


def warm() -> None:
    """Load and compile everything once, on a journal in memory."""
    journal = MemoryJournal({INPUT: PARTITIONS, EVENT: PARTITIONS, COMMAND: 1, WORLD: 1, OUTPUT: 1, "dead": 1})
    fill(journal, 20_000)
    work(workers_of(journal, range(PARTITIONS)))
    desk = desk_of(journal)
    while desk.step():
        pass


def work(workers: Sequence[Worker]) -> None:
    """Move workers until nothing is left."""
    moved = [True]
    while any(moved):
        moved = [worker.step() for worker in workers]


def role(name: str, address: str, code: str, partitions: Sequence[int]) -> None:
    """Be one process: ready, go, done; the desk goes on until it is told that the workers are."""
    warm()
    with KafkaJournal(KafkaSettings(servers=(address,), code=code)) as journal:
        workers = workers_of(journal, partitions)
        desk = desk_of(journal) if name == "desk" else None
        print("ready", flush=True)
        sys.stdin.readline()
        began_s = time.process_time()
        if desk is None:
            work(workers)
        else:
            ended = Flag()
            Thread(target=lambda: (sys.stdin.readline(), ended.set()), daemon=True).start()
            while True:
                over = ended.is_set()
                if not desk.step():
                    if over:
                        break
                    ended.wait(0.005)
        print(time.process_time() - began_s, flush=True)


def measured(address: str, number: int, shares: Sequence[Sequence[int]]) -> tuple[float, float, float, int, int]:
    """Return seconds to the last event, to the last alert, the workers' own CPU seconds, events and alerts."""
    code = f"bench{secrets.token_hex(4)}"
    with KafkaJournal(KafkaSettings(servers=(address,), code=code), deployed(PARTITIONS)) as journal:
        fill(journal, number)
        names = [*(("worker", share) for share in shares), ("desk", ())]
        children = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.bench.bench_kafka_workers", name, address, code, *map(str, share)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )
            for name, share in names
        ]  # fmt: skip
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        start = time.perf_counter()
        for child in children:
            tell(child)
        *workers, desk = children
        spent_s = sum(float(child.stdout.readline()) for child in workers if child.stdout)
        judged_s = time.perf_counter() - start
        tell(desk)
        assert desk.stdout is not None
        desk.stdout.readline()
        told_s = time.perf_counter() - start
        for child in children:
            child.communicate()
        events = sum(journal.end(EVENT, partition) for partition in range(PARTITIONS))
        alerts = journal.end("alerts", 0)
    kafka.remove_topics(address, code)
    return judged_s, told_s, spent_s, events, alerts


def tell(child: subprocess.Popen[str]) -> None:
    """Send a process its next line."""
    assert child.stdin is not None
    child.stdin.write("go\n")
    child.stdin.flush()


def main() -> None:
    """Measure and print, or be one of the processes."""
    if len(sys.argv) > 3:
        role(sys.argv[1], sys.argv[2], sys.argv[3], [int(partition) for partition in sys.argv[4:]])
        return
    number = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    address = kafka.url(State(state_folder()))
    print(machine())
    rates = []
    for shares in ([[0, 1]], [[0], [1]]):
        judged_s, told_s, spent_s, events, alerts = measured(address, number, shares)
        rates.append(number / judged_s)
        print(
            f"{len(shares)} worker(s): {number:,} JSON messages judged in {judged_s:.2f} s ({number / judged_s:,.0f}/s), "
            f"alerts readable after {told_s:.2f} s ({number / told_s:,.0f}/s); {number / spent_s:,.0f} a CPU second "
            f"of a worker; {events:,} event records, {alerts:,} alert records"
        )
    print(f"2 workers against 1: {rates[1] / rates[0]:.2f} times")


if __name__ == "__main__":
    main()
