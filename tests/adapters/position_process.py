"""A position writer in a process of its own, to be killed: arguments are journal folder and store address.

It prints a line before each step, and ends by itself when all is written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.position_writer import PositionWriter
from ops_center.adapters.store_engine import open_engine
from ops_center.adapters.store_tracks import TrackStore
from tests.adapters.positions_input import FEEDS, county_of
from tests.desk.stage import DAY


def main(folder: str, url: str) -> None:
    """Write until the journal's end."""
    with FileJournal(Path(folder), read_only=True) as journal:
        writer = PositionWriter(
            journal=journal,
            feeds=FEEDS,
            store=TrackStore(open_engine(url)),
            county_of=county_of,
            clock=FakeClock(DAY),
            partitions=(0, 1),
        )
        writer.reader.rows = 50
        print("writing", flush=True)
        while writer.step():
            print("writing", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
