"""A whole gateway in its own process for the kill tests: prints its JT/T 808 port, then serves.

Arguments: journal folder; most bytes a segment file may have (0: no limit).
"""

from __future__ import annotations

import resource
import signal
import sys
from pathlib import Path

from ops_center.adapters.clocks import SystemClock
from ops_center.adapters.gateway_doors import Doors
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.journal_file import FileJournal
from streams.gateway import Gateway
from tests.streams.gateway_feeds import PARTITIONS, feed


def main(folder: str, file_limit: str) -> None:
    """Serve until killed; USR1 lifts the limit: the disk has room again."""
    if int(file_limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_limit), resource.RLIM_INFINITY))
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    signal.signal(signal.SIGUSR1, lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, unlimited))
    journal, clock = FileJournal(Path(folder), PARTITIONS), SystemClock()
    feeds = {"cars": feed("cars", decoder="jt808", receive={"tcp": {"idle": "60 s"}})}
    gateway = Gateway(journal, feeds, clock)
    Pump(gateway, retry_s=0.05).start()
    doors = Doors(gateway, feeds, clock.now_ms)
    doors.start()
    sys.stdout.write(f"{doors.port('cars')}\n")
    sys.stdout.flush()
    while True:
        signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
