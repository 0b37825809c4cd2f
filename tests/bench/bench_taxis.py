"""Events a second from journal bytes to alerts on scenario (a), one core, beside plain per-event Python.

Run: ``OPS_DATA=... python -m tests.bench.bench_taxis [HOURS]``. Both sides decide enter, exit, dwell,
silence and jump over the same 64 zones and must find the same; the plain side gets its rows decoded.
"""

from __future__ import annotations

import heapq
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from time import perf_counter

import pandas as pd
import pyarrow as pa
import shapely

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap import make_loop, topics
from ops_center.pipeline.filled import fill_journal
from ops_center.pipeline.loop import Loop
from ops_center.pipeline.results import events_of
from ops_center.ports import INPUT
from ops_center.wire import is_block
from streams.block import decode_block
from streams.decoders import load
from tests.paths import data
from tests.scenarios import taxis
from tests.scenarios.living import setup_of
from tests.scenarios.taxi_oracle import EARTH_M, zones_of_san_francisco

AFTER_MS = 5_000


@dataclass(frozen=True, slots=True)
class Fix:
    """One observation of the plain side."""

    cab: str
    t_ms: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Said:
    """One event of the plain side."""

    t_ms: int
    cab: str
    kind: str
    zone: str = ""


class Plain:
    """What one would write first: an object an event, a dict of states, shapely asked for every fix."""

    def __init__(self) -> None:
        zones = zones_of_san_francisco()
        self.keys, self.shapes = list(zones), list(zones.values())
        shapely.prepare(self.shapes)
        self.tree = shapely.STRtree(self.shapes)
        self.last: dict[str, Fix] = {}
        self.inside: dict[str, dict[str, int]] = {}
        self.timers: list[tuple[int, str, str, int]] = []
        self.said: list[Said] = []

    def take(self, fix: Fix) -> None:
        """Take in one fix."""
        self.until(fix.t_ms - taxis.LIMITS.delay_ms)
        before = self.last.get(fix.cab)
        if before is not None:
            self.due(fix)
            if fix.t_ms < before.t_ms or fix == before:
                return
            if _kph(before, fix) > taxis.LIMITS.jump_kph:
                self.said.append(Said(fix.t_ms, fix.cab, "jump"))
                return
        point = shapely.Point(fix.lon, fix.lat)
        now = {self.keys[i] for i in self.tree.query(point) if self.shapes[i].covers(point)}
        inside = self.inside.setdefault(fix.cab, {})
        for zone in sorted(inside.keys() - now):
            del inside[zone]
            self.said.append(Said(fix.t_ms, fix.cab, "exit", zone))
        for zone in sorted(now - inside.keys()):
            inside[zone] = fix.t_ms
            self.said.append(Said(fix.t_ms, fix.cab, "enter", zone))
            heapq.heappush(self.timers, (fix.t_ms + taxis.LIMITS.dwell_ms, fix.cab, zone, fix.t_ms))
        self.last[fix.cab] = fix
        heapq.heappush(self.timers, (fix.t_ms + taxis.LIMITS.silent_ms, fix.cab, "", fix.t_ms))

    def until(self, at_ms: int) -> None:
        """Let what is due by a time happen."""
        while self.timers and self.timers[0][0] <= at_ms:
            self.fire(*heapq.heappop(self.timers))

    def due(self, fix: Fix) -> None:
        """Let what is due by a fix's own time happen on its line."""
        mine = [timer for timer in self.timers[:1] if timer[0] <= fix.t_ms]
        while mine:
            self.fire(*heapq.heappop(self.timers))
            mine = [timer for timer in self.timers[:1] if timer[0] <= fix.t_ms]

    def fire(self, due: int, cab: str, zone: str, since: int) -> None:
        """Say a dwell or a silence unless it was broken off."""
        if zone and self.inside[cab].get(zone) == since:
            self.said.append(Said(due, cab, "dwell", zone))
        if not zone and self.last[cab].t_ms == since:
            self.said.append(Said(due, cab, "silent"))


def _kph(a: Fix, b: Fix) -> float:
    phi, psi = radians(a.lat), radians(b.lat)
    half = sin((psi - phi) / 2) ** 2 + cos(phi) * cos(psi) * sin(radians(b.lon - a.lon) / 2) ** 2
    metres = 2 * EARTH_M * asin(sqrt(half))
    return metres / (b.t_ms - a.t_ms) * 3600 if b.t_ms > a.t_ms else (float("inf") if metres else 0.0)


def plain(rows: pd.DataFrame, end_ms: int) -> tuple[float, Sequence[Said]]:
    """Return seconds and events of the plain side."""
    columns = [rows[name].tolist() for name in ("cab", "t_ms", "lon", "lat")]
    side = Plain()
    began = perf_counter()
    for cab, t_ms, lon, lat in zip(*columns, strict=True):
        side.take(Fix(cab, t_ms, lon, lat))
    side.until(end_ms - taxis.LIMITS.delay_ms)
    return perf_counter() - began, side.said


def timed(loop: Loop) -> tuple[float, float]:
    """Run a loop to its end; return seconds in workers and at the desk."""
    worker_s = desk_s = 0.0
    moved = True
    while moved:
        began = perf_counter()
        moved = False
        for worker in loop.workers:
            moved = worker.step() or moved
        between = perf_counter()
        moved = loop.desk.step() or moved
        worker_s, desk_s = worker_s + between - began, desk_s + perf_counter() - between
    return worker_s, desk_s


def main(hours: float) -> None:
    """Print the figures."""
    pa.set_cpu_count(1)
    fixes = taxis.cut(taxis.read(data()), hours=hours)
    with tempfile.TemporaryDirectory() as folder:
        scenario = taxis.write(Path(folder), fixes, gather=False)
        setup = setup_of(scenario)
        feed = setup.content.feeds[taxis.FEED]
        for warm in (True, False):  # the first run compiles and fills caches
            journal = MemoryJournal(topics(1))
            fill_journal(journal, [(feed, scenario.inputs[0][1])], rows_per_block=8192, after_ms=AFTER_MS)
            worker_s, desk_s = timed(make_loop(setup, journal, hold=False))
            if warm:
                continue
            decoder = load(feed)
            began = perf_counter()
            for record in journal.read(INPUT, 0, 0, 1_000_000):
                if is_block(record.value):
                    decoder.decode(decode_block(record.value).messages)
            decode_s = perf_counter() - began
            rows = taxis.for_oracle(fixes)
            plain_s, said = plain(rows, int(rows.t_ms.max()) + AFTER_MS)
            whole_s, n = worker_s + desk_s, len(fixes)
            kinds = {"enter", "exit", "jump", "firing"}
            found = sum(event.kind in kinds for event in events_of(journal))
            print(f"{n} fixes, {len(setup.world.zones[taxis.LAYER].keys)} zones, {found} events ({len(said)} plain)")
            print(f"loop        {n / whole_s:12,.0f} events/s   {whole_s:7.2f} s")
            print(f"  decode    {decode_s:7.2f} s ({decode_s / whole_s:.0%})")
            print(f"  plane     {worker_s - decode_s:7.2f} s ({(worker_s - decode_s) / whole_s:.0%})")
            print(f"  desk      {desk_s:7.2f} s ({desk_s / whole_s:.0%})")
            print(f"plain       {n / plain_s:12,.0f} events/s   {plain_s:7.2f} s")
            print(f"ratio       {plain_s / whole_s:12.1f} x (target 20 x)")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 24.0)
