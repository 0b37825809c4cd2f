"""How many JT/T 808 frames a second the TCP door takes on one core with durability, and where the time goes.

Run: ``python -m tests.bench.bench_gateway [connections] [frames each]``. The senders are another process;
the figure is frames by the gateway process's own CPU time, and by the wall.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ops_center.adapters.clocks import SystemClock
from ops_center.adapters.gateway_doors import Doors
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.journal_file import FileJournal
from streams.decoders.jt808.encode import encode_location, location_body
from streams.gateway import Gateway
from tests.streams.gateway_feeds import PARTITIONS, feed, messages

AT_ONCE = 10  # frames a device sends before it waits for their answers
ANSWER_BYTES = 20


async def send(port: int, connections: int, frames: int) -> None:
    """Drive all devices until every frame is answered."""

    async def device(number: int) -> None:
        body = location_body(event_ms=1_565_400_000_000 + number, lon=118.1, lat=36.2, speed_kph=60.0, heading_deg=9)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for first in range(0, frames, AT_ONCE):
            serials = range(first, min(first + AT_ONCE, frames))
            writer.write(b"".join(encode_location(f"{number:012d}", serial, body) for serial in serials))
            await reader.readexactly(len(serials) * ANSWER_BYTES)  # longer where escaped: read later
        writer.close()

    await asyncio.gather(*(device(number) for number in range(connections)))


def main(connections: int, frames: int) -> None:
    """Serve a sender process and print the figures."""
    feeds = {"cars": feed("cars", decoder="jt808", receive={"tcp": {}})}
    with tempfile.TemporaryDirectory() as folder, FileJournal(Path(folder), PARTITIONS) as journal:
        clock = SystemClock()
        gateway = Gateway(journal, feeds, clock)
        pump, doors = Pump(gateway), Doors(gateway, feeds, clock.now_ms)
        pump.start()
        doors.start()
        wall, cpu = time.perf_counter(), time.process_time()
        script = [sys.executable, "-m", "tests.bench.bench_gateway", "send", str(doors.port("cars"))]
        subprocess.run([*script, str(connections), str(frames)], check=True)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        doors.stop()
        pump.stop()
        total = len(messages(journal, "cars"))
        sys.stdout.write(
            f"{total} frames from {connections} connections: {total / wall:,.0f}/s by the wall, "
            f"{total / cpu:,.0f}/s of one core ({cpu / total * 1e6:.1f} us each)\n"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"]:
        asyncio.run(send(*map(int, sys.argv[2:])))
    else:
        main(*(int(given) for given in (sys.argv[1:] or ["500", "200"])))
