"""From a gateway's stamp to the one-subject alert readable in its topic, at several rates, over real processes.

Run by hand, with the services up: ``python -m tests.bench.bench_kafka_latency [SECONDS] [WORKERS]``. A gateway in
this process takes JSON positions at a steady rate and writes them as blocks, as it always does (20 ms or 500 messages);
workers and desk are ``ops-center`` processes; another process reads the topic `alerts`. All share one machine
and its clock. A position's time is when it is handed to the gateway.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event as Flag

import msgspec
import numpy as np
from kafka import KafkaConsumer, TopicPartition

from ops_center.adapters.clocks import SystemClock, wall_ms
from ops_center.adapters.gateway_pump import Pump
from ops_center.bootstrap.production import open_servers
from ops_center.domain.alert import Alert
from streams.gateway import Gateway
from tests.bench.bench_kafka import machine
from tests.production.stack import Stack
from tests.scenarios.content import Scenario, put, put_rule, text
from tests.scenarios.living import setup_of
from tests.services import kafka
from tests.services.state import State, state_folder

RATES = (5_000, 20_000, 50_000)
SECONDS, WARM_S, DRAIN_S = 20.0, 5.0, 15.0
BUSES, ALERTS_PER_S = 5_000, 20
STEP_S = 0.01
PARTITIONS = 2
FEED = "buses"


def scenario(folder: Path) -> Scenario:
    """Write the content: buses by JSON, and one rule that judges each position by itself."""
    put(folder, "feed", {
        "id": FEED, "title": text(FEED), "owner": text(FEED), "status": "test", "jurisdiction": "370000",
        "receive": {"http_push": {"path": FEED, "token": f"secret:{FEED}"}}, "decoder": "json_rows",
        "subject": {"kind": "vehicle", "key": "device"}, "partition_by": "subject", "position": "message",
        "time": {"field": "t", "format": "epoch_ms"}, "lon": {"from": "lon"}, "lat": {"from": "lat"},
        "fields": {"speed_kph": {"from": "speed_kph", "unit": "km/h", "min": 0, "max": 250}},
        "limits": {"message_bytes": 4096, "messages_per_s": 100000}, "keep": {"raw": "2 d", "decoded": "2 d"},
    })  # fmt: skip
    put_rule(folder, "too-fast", applies_to={"subject": "vehicle", "feed": FEED}, when="speed_kph > 100.0",
             group_by=["vehicle"], class_="alarm", severity="severe",
             rationale={"response": text("Call the driver")})  # fmt: skip
    return Scenario(name=FEED, folder=folder, inputs=((FEED, folder),), metric_epsg=32650)


def position(bus: int, at_ms: int, speed_kph: float) -> bytes:
    """Return one message of about 110 bytes."""
    return b'{"device":"bus-%05d","t":%d,"lon":%.6f,"lat":36.500000,"speed_kph":%.1f,"heading_deg":90}' % (
        bus, at_ms, 117 + bus * 1e-3, speed_kph,
    )  # fmt: skip


def send(gateway: Gateway, rate: int, seconds: float) -> tuple[int, float]:
    """Send at a rate; return how many positions went out, and the share of steps that began late by more than one."""
    began, step, sent, late = time.perf_counter(), 0, 0, 0
    each, spikes_each, chance = round(rate * STEP_S), ALERTS_PER_S * STEP_S, np.random.default_rng(1)
    due = 0.0
    while time.perf_counter() - began < seconds:
        wait_s = began + step * STEP_S - time.perf_counter()
        if wait_s > 0:
            time.sleep(wait_s)
        late += wait_s < -STEP_S
        step += 1
        due += spikes_each
        now_ms = gateway.now_ms()
        fast = set(chance.integers(each, size=int(due)).tolist())
        due -= int(due)
        gateway.receive(
            FEED, *(position((sent + n) % BUSES, now_ms, 120.0 if n in fast else 50.0) for n in range(each))
        )
        sent += each
    return sent, late / max(step, 1)


def read(address: str, topic: str) -> None:
    """Be the reader: print when each new occurrence could be read, and when its position was stamped."""
    consumer = KafkaConsumer(bootstrap_servers=address, fetch_max_wait_ms=500, auto_offset_reset="latest")
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    consumer.seek_to_end(place)
    consumer.position(place)
    print("ready", flush=True)
    known: set[str] = set()
    while True:
        for record in (record for records in consumer.poll(500).values() for record in records):
            last = msgspec.json.decode(record.value, type=Alert).last
            if last.id not in known:
                known.add(last.id)
                print(last.started_ms, wall_ms(), flush=True)


def measure(stack: Stack, address: str, gateway: Gateway, rate: int, seconds: float) -> str:
    """Return one rate's figures, in words."""
    reader = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_kafka_latency", "read", address, f"{stack.prefix}.alerts"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reader.stdout is not None
    try:
        assert reader.stdout.readline() == "ready\n"
        send(gateway, rate, WARM_S)
        from_ms = gateway.now_ms()
        sent, late = send(gateway, rate, seconds)
        until_ms = gateway.now_ms()
        time.sleep(DRAIN_S)
    finally:
        reader.terminate()
    pairs = [tuple(map(int, line.split())) for line in reader.stdout]
    apart = np.array([seen - began for began, seen in pairs if from_ms <= began < until_ms])
    p50, p95, p99 = np.percentile(apart, [50, 95, 99])
    return (
        f"{rate:,}/s asked, {sent / seconds:,.0f}/s sent ({late:.0%} of steps late): "
        f"{len(apart)} alerts, p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms, max {apart.max()} ms"
    )


def main() -> None:
    """Measure and print, or be the reader."""
    if sys.argv[1:2] == ["read"]:
        read(sys.argv[2], sys.argv[3])
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    address = kafka.url(State(state_folder()))
    with tempfile.TemporaryDirectory() as name:
        written = scenario(Path(name) / FEED)
        stack = Stack.of(written, Path(name) / "stack", kafka=address, partitions=PARTITIONS)
        names = [*(f"worker-{number}" for number in range(1, workers + 1)), "desk-1"]
        journal = open_servers(stack.deployment, Flag()).journal
        pump = None
        try:
            gateway = Gateway(journal, setup_of(written).content.feeds, SystemClock())
            pump = Pump(gateway)
            pump.start()
            stack.start(*names)
            stack.wait_up(*names)
            print(machine())
            for rate in RATES:
                print(f"{workers} worker(s), {measure(stack, address, gateway, rate, seconds)}", flush=True)
        finally:
            if pump is not None:
                pump.stop()
            stack.close()
            journal.close()
            kafka.remove_topics(address, stack.prefix)


if __name__ == "__main__":
    main()
