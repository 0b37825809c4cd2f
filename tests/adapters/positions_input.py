"""An input of vehicle positions for the writers' tests: every row is told by its number."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np
from numpy.typing import NDArray

from ops_center import wire
from ops_center.columns import Codes, Messages
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.ports import COMMAND, EVENT, INPUT, OUTPUT, WORLD
from streams.block import Block, encode_block
from tests.desk.stage import DAY

TOPICS = {INPUT: 2, EVENT: 2, COMMAND: 1, WORLD: 1, OUTPUT: 1}
STEP_MS = 1_000
OPTIONS = {"time": {"field": "t", "format": "epoch_ms"}, "lon": "x", "lat": "y"}


def feed(name: str = "gps", *, kind: str = "vehicle") -> Feed:
    return Feed(
        id=name,
        title=Text("", ""),
        owner=Text("", ""),
        decoder="json_rows",
        subject_kind=kind,
        subject_key="s",
        fields=(FeedField(name="speed_kph", source="v"), FeedField(name="heading_deg", source="h")),
        options=OPTIONS,
    )


FEEDS = {"gps": feed(), "gas": feed("gas", kind="sensor")}


def at_ms(number: int) -> int:
    """Return the event time of row `number`."""
    return DAY + number * STEP_MS


def row(number: int, *, vehicles: int = 7) -> dict[str, object]:
    """Return row `number`: its vehicle, time, place, speed."""
    return {
        "s": f"v{number % vehicles}",
        "t": at_ms(number),
        "x": 117.0 + number * 1e-6,
        "y": 36.6,
        "v": float(number % 90),
        "h": 90.0,
    }


def block(rows: Iterable[dict[str, object]], *, of: str = "gps", late_ms: int = 200) -> bytes:
    """Return the journal record of rows, each a message stamped `late_ms` after its event time."""
    listed = list(rows)
    stamps = [int(one["t"]) + late_ms for one in listed]
    return encode_block(
        Block(
            gateway="g",
            feed=of,
            partition=0,
            first=0,
            status=Status.EXERCISE,
            messages=Messages.of([msgspec.json.encode(one) for one in listed], stamps),
        )
    )


def tick(number: int) -> bytes:
    return wire.encode(wire.Tick(gateway="g", stamp_ms=at_ms(number) + 250))


def records(first: int, last: int, *, rows_a_block: int = 10) -> list[bytes]:
    """Return blocks with the rows [first, last), a tick behind each."""
    made = []
    for begin in range(first, last, rows_a_block):
        end = min(begin + rows_a_block, last)
        made += [block(row(n) for n in range(begin, end)), tick(end - 1)]
    return made


def county_of(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> Codes:
    """Return 370102 west of 117.5 degrees, nothing east of it."""
    return Codes(np.where(lon_e7 < 1_175_000_000, 0, -1).astype(np.int32), ("370102",))
