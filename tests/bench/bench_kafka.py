"""Messages a second into and out of Apache Kafka: 500 messages a block against one message a record.

Run by hand, with the services up: ``python -m tests.bench.bench_kafka [MESSAGES]``. Both sides use the
journal's own calls: idempotent, acknowledged, read by offset. `input` is synced to disk at each step, `event` is not.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable

import numpy as np

from ops_center.adapters.journal_kafka import KafkaJournal
from ops_center.adapters.kafka_client import KafkaSettings
from ops_center.columns import Messages
from ops_center.domain.scales import Status
from ops_center.ports import EVENT, INPUT
from streams.block import Block, decode_block, encode_block
from tests.services import kafka
from tests.services.state import State, state_folder

MESSAGES = 500_000
A_BLOCK, BUSES = 500, 5_000
AT_ONCE = 20  # blocks a step: what a gateway at full load has waiting
SINGLES_AT_ONCE = 5_000


def machine() -> str:
    """Return what the figures were measured on."""
    with open("/proc/cpuinfo") as file:
        model = next((line.partition(": ")[2].strip() for line in file if line.startswith("model name")), "?")
    return (
        f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Apache Kafka {kafka.pinned()}, {kafka.HEAP}"
    )


def messages_of(number: int) -> list[bytes]:
    """Return JSON positions of about 110 bytes: 5,000 buses, each a few metres on with each of its messages."""
    chance = np.random.default_rng(1)
    lon, lat, speed = chance.uniform(117, 122, BUSES), chance.uniform(35, 38, BUSES), chance.uniform(0, 90, number)
    return [
        b'{"device":"bus-%05d","t":%d,"lon":%.6f,"lat":%.6f,"speed_kph":%.1f,"heading_deg":%d}'
        % (
            row % BUSES,
            1_800_000_000_000 + row,
            lon[row % BUSES] + row // BUSES * 1e-4,
            lat[row % BUSES],
            speed[row],
            90,
        )
        for row in range(number)
    ]


def blocks_of(messages: list[bytes]) -> list[bytes]:
    """Return the messages as envelope blocks."""
    return [
        encode_block(
            Block(gateway="g", feed="buses", partition=0, first=first, status=Status.TEST,
                  messages=Messages.of(part := messages[first : first + A_BLOCK], [1_800_000_000_000] * len(part)))
        )
        for first in range(0, len(messages), A_BLOCK)
    ]  # fmt: skip


def written(journal: KafkaJournal, topic: str, values: list[bytes], at_once: int) -> None:
    """Write values in steps."""
    for start in range(0, len(values), at_once):
        journal.append(topic, 0, values[start : start + at_once])


def read(journal: KafkaJournal, topic: str, *, blocks: bool) -> int:
    """Read a partition to its end, blocks down to their messages; return the messages."""
    at, end, found = 0, journal.end(topic, 0), 0
    while at < end:
        records = journal.read(topic, 0, at, 1_000)
        at += len(records)
        found += sum(len(decode_block(record.value).messages) for record in records) if blocks else len(records)
    return found


def rate(number: int, work: Callable[[], object]) -> float:
    """Return messages a second."""
    start = time.perf_counter()
    work()
    return number / (time.perf_counter() - start)


def main() -> None:
    """Measure and print."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    address = kafka.url(State(state_folder()))
    messages = messages_of(number)
    blocks = blocks_of(messages)
    print(machine())
    rates: dict[tuple[str, str], tuple[float, float]] = {}
    for topic in (EVENT, INPUT):
        for form, values, at_once in (("block", blocks, AT_ONCE), ("record", messages, SINGLES_AT_ONCE)):
            settings = KafkaSettings(servers=(address,), code=f"bench{secrets.token_hex(4)}")
            with KafkaJournal(settings, {topic: 1}) as journal:
                journal.append(topic, 0, [])
                into = rate(number, lambda v=values, n=at_once, t=topic, j=journal: written(j, t, v, n))  # type: ignore[misc]
            with KafkaJournal(settings) as journal:
                out = rate(number, lambda f=form, t=topic, j=journal: read(j, t, blocks=f == "block"))  # type: ignore[misc]
            kafka.remove_topics(address, settings.code)
            rates[topic, form] = into, out
            per = f"{A_BLOCK} messages a block" if form == "block" else "one message a record"
            print(f"{topic:<6} {per:<24} in {into:>11,.0f}/s ({into / (1 if form == 'record' else A_BLOCK):>8,.0f} "
                  f"records/s)   out {out:>11,.0f}/s")  # fmt: skip
        block, record = rates[topic, "block"], rates[topic, "record"]
        print(
            f"{topic:<6} ratio                    in {block[0] / record[0]:>11.1f}    out {block[1] / record[1]:>35.1f}"
        )


if __name__ == "__main__":
    main()
