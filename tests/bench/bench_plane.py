"""Scenario (a) through the fast plane and, in the same run, through a plain per-event implementation.

Run by hand: ``python -m tests.bench.bench_plane [ROWS]``. San Francisco taxis (real fixes of 2008)
over 64 zones with eight rules, one partition, one core: both sides go from the same journal bytes
to the same events' bytes in a journal. The per-event side decodes with pyarrow, finds zones by
shapely's tree with prepared polygons, and judges by plain Python functions instead of CEL.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from gis.zones import ZoneIndex
from ops_center import wire
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap import topics
from ops_center.columns import Messages
from ops_center.domain.event import Event, EventKind, event_id
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.rule import Counting, Join
from ops_center.domain.scales import Status
from ops_center.ports import EVENT, INPUT
from ops_center.wire import Tick
from ops_center.worker.announced import Announced
from ops_center.worker.layer import ZoneLayer
from ops_center.worker.worker import Worker
from ops_center.worker.world import World
from playbooks.cel import compile_condition
from playbooks.program import CompiledRule, Program
from streams.block import Block, decode_block, encode_block
from streams.decoders.rows.parquet import stream_of
from tests.paths import data
from tests.scenarios import taxis
from tests.scenarios.taxi_oracle import zones_of_san_francisco
from tests.worker.reference import Reference
from tests.worker.reference_lines import NEVER, Judged, Row, Zone
from tests.worker.scene import TEXT, number, rule

ROWS = 400_000
PLAIN_ROWS = 20_000
BATCH = 8_192
ZONE = Join(name="zone", mode="inside", layer="zones")
BY_ZONE = (("vehicle", "subject"), ("zone", "zone.key"))
KINDS = {"occupied": "boolean", "gap_s": "number", "lat": "number", "lon": "number", "zone.key": "text"}
PARTS = {
    "decode": ("streams/", "pyarrow"),
    "locate": ("gis/", "worker/locate.py", "worker/layer.py"),
    "features": ("worker/features.py",),
    "rules": ("worker/judge.py", "worker/runs.py", "worker/machine.py", "worker/elements.py", "playbooks/"),
    "order": ("worker/rows.py", "worker/accept.py", "worker/items.py", "worker/content.py"),
    "events": ("worker/happenings.py", "domain/", "wire.py", "msgspec"),
}


def free(values: Any) -> bool | None:
    """Return whether a cab has no passenger."""
    return None if values.get("occupied") is None else not values["occupied"]


def taken(values: Any) -> bool | None:
    """Return whether a cab has a passenger."""
    occupied: bool | None = values.get("occupied")
    return occupied


RULES = (
    Judged(rule("dwell", joins=(ZONE,), for_ms=600_000), lambda values: True, group=BY_ZONE),
    Judged(rule("silent", absent_for_ms=600_000), lambda values: True),
    Judged(
        rule("gather", when="occupied == false", joins=(ZONE,), one_subject=False,
             count=Counting(of="subjects", at_least=6, within_ms=300_000)),
        free, group=BY_ZONE,
    ),
    Judged(rule("long-free", when="occupied == false", for_ms=1_800_000), free),
    Judged(rule("long-trip", when="occupied == true", for_ms=2_700_000, clear_when="occupied == false"), taken, clear=free),
    Judged(rule("gap", when="gap_s > 300.0"), number("gap_s", lambda v: v > 300.0)),
    Judged(rule("far-south", when="lat < 37.62", for_ms=120_000, once_within_ms=3_600_000),
           number("lat", lambda v: v < 37.62)),
    Judged(rule("far-west", when="lon < -122.5 && occupied == true"),
           lambda v: v["lon"] < -122.5 and bool(v["occupied"])),
)  # fmt: skip


def compiled(judged: Judged) -> CompiledRule:
    """Return a rule's compiled twin."""
    of = judged.rule
    when = compile_condition(of.when, KINDS)
    return CompiledRule(
        rule=of,
        when=when,
        then=None,
        clear=compile_condition(of.clear_when, KINDS) if of.clear_when else None,
        calendar=None,
        names=tuple(sorted({*when.names, *(f"{join.name}.key" for join in of.joins)})),
        group=judged.group,
    )


def feed() -> Feed:
    """Return the taxis' feed."""
    return Feed(
        id="sf-taxis",
        title=TEXT,
        owner=TEXT,
        decoder="parquet_rows",
        subject_key="cab",
        fields=(FeedField(name="occupied", source="occ", kind="boolean"),),
        options={
            "time": {"field": "t", "format": "epoch_s"},
            "lon": {"from": "lon_e5", "scale": 1e-5},
            "lat": {"from": "lat_e5", "scale": 1e-5},
        },
    )


def journal_of(fixes: pd.DataFrame) -> MemoryJournal:
    """Return a journal with the fixes in blocks, each row with a stamp of its own, and a tick before each block."""
    journal = MemoryJournal(topics(1))
    for start in range(0, len(fixes), BATCH):
        part = fixes.iloc[start : start + BATCH]
        stamps = part.t.to_numpy() * 1000
        table = pa.Table.from_pandas(part, preserve_index=False).replace_schema_metadata(None)
        message = stream_of(table.append_column("__stamp", pa.array(stamps)))
        block = Block(
            gateway="file", feed="sf-taxis", partition=0, first=start, status=Status.TEST,
            messages=Messages.of([message], [int(stamps[-1])]),
        )  # fmt: skip
        tick = wire.encode(Tick(gateway="file", stamp_ms=int(stamps[0])))
        journal.append(INPUT, 0, [tick, encode_block(block)])
    journal.append(INPUT, 0, [wire.encode(Tick(gateway="file", stamp_ms=int(fixes.t.iloc[-1]) * 1000 + 3_600_000))])
    return journal


def world_of(of: Feed, rules: Sequence[Judged] = RULES) -> World:
    """Return the 64 zones and the rules."""
    zones = zones_of_san_francisco()
    index = ZoneIndex.of(list(zones), list(zones.values()))
    return World(
        feeds={of.id: of},
        zones={"zones": ZoneLayer(index=index, keys=tuple(zones))},
        track=frozenset({"zones"}),
        programs=((-NEVER, Program(version="1", rules=tuple(compiled(judged) for judged in rules))),),
    )


def plane(fixes: pd.DataFrame) -> tuple[float, int, MemoryJournal]:
    """Return (seconds, events, journal) of the plane."""
    journal = journal_of(fixes)
    worker = worker_of(journal)
    seconds = timed(lambda: run(worker))
    return seconds, sum(isinstance(wire.decode(r.value), Event) for r in journal.read(EVENT, 0, 0, 10**9)), journal


def worker_of(journal: MemoryJournal, rules: Sequence[Judged] = RULES) -> Worker:
    """Return the worker of a journal."""
    of = feed()
    return Worker(
        partition=0, feeds={of.id: of}, announced=Announced(world_of(of, rules), journal), journal=journal,
        hold=False, slack_ms=2_000, lead_ms=2_600, batch_rows=BATCH,
    )  # fmt: skip


def run(worker: Worker) -> None:
    """Move a worker until nothing is left."""
    while worker.step():
        pass


def plain(fixes: pd.DataFrame) -> tuple[float, int]:
    """Return (seconds, events) of the per-event implementation."""
    zones = [Zone(key, shape) for key, shape in zones_of_san_francisco().items()]
    reference = Reference(feed=feed(), rules=RULES, zones={"zones": zones}, track=("zones",))
    journal = journal_of(fixes)
    seconds = timed(lambda: one_by_one(reference, journal))
    return seconds, journal.end(EVENT, 0)


def one_by_one(reference: Reference, journal: MemoryJournal) -> None:
    """Take every row of a journal through the reference and write what happened."""
    versions = {judged.rule.id: judged.rule.version for judged in reference.rules}
    for record in journal.read(INPUT, 0, 0, 10**9):
        if wire.is_block(record.value):
            messages = decode_block(record.value).messages
            for message in (messages[row] for row in range(len(messages))):
                for row in rows_of(message):
                    reference.take(row)
        elif isinstance(tick := wire.decode(record.value), Tick):
            reference.advance(tick.stamp_ms)
        told = [wire.encode(event_of(happened, versions)) for happened in reference.happened]
        reference.happened.clear()
        if told:
            journal.append(EVENT, 0, told)


def rows_of(message: bytes) -> Iterator[Row]:
    """Yield the rows of a message."""
    with pa.ipc.open_stream(message) as stream:
        for one in stream.read_all().to_pylist():
            lon, lat, stamp = one["lon_e5"] / 1e5, one["lat_e5"] / 1e5, one["__stamp"]
            values = {"occupied": bool(one["occ"]), "lon": lon, "lat": lat}
            yield Row(one["cab"], one["t"] * 1000, stamp, lon, lat, values, hash((lat, lon, one["occ"])))


def event_of(happened: tuple[Any, ...], versions: dict[str, str]) -> Event:
    """Return what happened as an event."""
    event_ms, subject, kind, named, what, stamp_ms, *more = happened
    return Event(
        id=event_id(rule=named, kind=kind, subject=f"sf-taxis/{subject}", zone=what, event_ms=event_ms),
        kind=EventKind(kind),
        feed="sf-taxis",
        subject=subject,
        rule=named,
        rule_version=versions.get(named, ""),
        zone=what,
        group=(("vehicle", subject), ("zone", what)) if what else (("vehicle", subject),),
        event_ms=event_ms,
        stamp_ms=stamp_ms,
        desk_ms=max(event_ms, stamp_ms - 2_000),
        status=Status.TEST,
        facts={"dwell_s": more[0] / 1000} if more else {},
    )


def timed(work: Callable[[], None]) -> float:
    """Return the seconds of this process's own time that a piece of work takes: one core, others may be busy."""
    start = time.process_time()
    work()
    return time.process_time() - start


def split(fixes: pd.DataFrame) -> dict[str, float]:
    """Return the share of time by part, from a profiled run."""
    profile = cProfile.Profile()
    profile.enable()
    plane(fixes)
    profile.disable()
    seconds = dict.fromkeys((*PARTS, "rest"), 0.0)
    stats: Any = pstats.Stats(profile)
    callers = {name: of[4] for name, of in stats.stats.items()}
    for name, (_, _, own, _, _) in stats.stats.items():
        seconds[part_of(name[0], callers.get(name, {}))] += own
    total = sum(seconds.values())
    return {part: of / total for part, of in seconds.items()}


def part_of(file: str, callers: dict[Any, Any]) -> str:
    """Return the part of the plane a function belongs to; numpy's own belong to their caller."""
    for part, marks in PARTS.items():
        if any(mark in file for mark in marks):
            return part
    for caller in callers:
        for part, marks in PARTS.items():
            if any(mark in caller[0] for mark in marks):
                return part
    return "rest"


def main() -> None:
    """Measure and print."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    fixes = taxis.read(data()).sort_values("t", kind="stable").reset_index(drop=True).iloc[:wanted]
    fixes = fixes.assign(cab=fixes.cab.astype(str))
    plane(fixes.iloc[:BATCH])  # first use loads and compiles
    seconds, events, _ = plane(fixes)
    few = fixes.iloc[:PLAIN_ROWS]
    plain_seconds, plain_events = plain(few)
    _, same_events, _ = plane(few)
    rate, plain_rate = len(fixes) / seconds, len(few) / plain_seconds
    print(f"plane     {len(fixes):>9,} rows {seconds:8.2f} s {rate:>12,.0f} rows/s {events:>9,} events")
    print(f"per event {len(few):>9,} rows {plain_seconds:8.2f} s {plain_rate:>12,.0f} rows/s {plain_events:>9,} events")
    print(f"ratio {rate / plain_rate:.1f}; on the same {len(few):,} rows the plane told {same_events:,} events")
    for part, share in split(fixes.iloc[: min(len(fixes), 100_000)]).items():
        print(f"  {part:<9}{share:6.1%}")


if __name__ == "__main__":
    main()
