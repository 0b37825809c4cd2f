"""Store writer: what the desk wrote out, from the journal into the store, by its own `step`.

The desk itself waits for no database: the journal is its output, and whoever follows it catches up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from ops_center import wire
from ops_center.adapters.outage import FAILING, Lost, Outage
from ops_center.adapters.store_offsets import Places, Stretch
from ops_center.adapters.store_sql import SqlStore, held_epoch
from ops_center.domain.errors import JournalError
from ops_center.domain.event import Event, EventKind
from ops_center.domain.text import Text
from ops_center.domain.world import HazardRevision
from ops_center.ports import EVENT, OUTPUT, Clock, Journal, Record, Thing

CONSUMER = "store"
RECORDS = 2_048
IDLE_RECORDS = 10_000  # events of which none is a hazard are not worth a transaction; so many are
WHAT = Text("库内告警、事件与任务(查询与数据接口)", "Stored alerts, incidents and tasks (queries, data interface)")
MEANWHILE = Text(
    "大屏与处置照常；查询历史请用回放，对外报送请人工。恢复后自动补齐。",
    "The wall and all handling go on; look back by replay, report to others by hand. It catches up by itself.",
)


@dataclass(slots=True, kw_only=True)
class StoreWriter:
    """Follows the desk's output and, for hazards, the events; call `step` as the position writer's.

    `epoch_of` tells the lease that a record was written under. What a desk wrote after another had
    taken the lease is passed over and counted (ORDER 25): its successor says it again.
    """

    journal: Journal
    store: SqlStore
    clock: Clock
    epoch_of: Callable[[bytes], int] = lambda value: 0
    passed_over: int = 0
    epoch: int | None = None  # the highest so far
    outage: Outage = field(init=False)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        """Make place and health."""
        self.places = Places(self.store.engine, self.journal, CONSUMER)
        self.outage = Outage(what=WHAT, meanwhile=MEANWHILE, clock=self.clock)

    def step(self) -> bool:
        """Write what has come; False when there was nothing or the database is away."""
        return self.outage.tried(self._write, failing=FAILING, doubt=self._doubt)

    def lost(self) -> Lost | None:
        """Return what the outage means, None while all is well."""
        return self.outage.lost(self.behind())

    def behind(self) -> int:
        """Return how many records of the desk's output wait."""
        return self.places.behind(OUTPUT)

    def _write(self) -> bool:
        if self.epoch is None:
            self.epoch = held_epoch(self.store.engine)
        moved = [self._outputs(self.epoch)]
        moved += [self._hazards(partition, self.epoch) for partition in range(self.journal.partitions(EVENT))]
        return any(moved)

    def _doubt(self) -> None:
        self.places.doubt()
        self.epoch = None
        self.store.written.clear()

    def _outputs(self, epoch: int) -> bool:
        records, stretch = self._read(OUTPUT, 0)
        if stretch is None:
            return False
        things, stale = [], 0
        for record in records:
            of = self.epoch_of(record.value)
            if of < epoch:
                stale += 1
                continue
            epoch = of
            things.append(_thing(record))
        self.store.put(things, epoch=epoch, stretch=stretch)
        self.epoch = epoch
        self.passed_over += stale
        self.places.stored(stretch)
        return True

    def _hazards(self, partition: int, epoch: int) -> bool:
        records, stretch = self._read(EVENT, partition)
        if stretch is None:
            return False
        found = [revision for record in records if (revision := _hazard(record)) is not None]
        place = self.places.at(EVENT, partition)
        if found or stretch.following - place.stored >= IDLE_RECORDS:
            self.store.put_hazards(found, epoch=epoch, stretch=stretch)
            self.places.stored(stretch)
        place.read = stretch.following
        return True

    def _read(self, topic: str, partition: int) -> tuple[list[Record], Stretch | None]:
        records = list(self.journal.read(topic, partition, self.places.at(topic, partition).read, RECORDS))
        if not records:
            return [], None
        return records, self.places.stretch(topic, partition, records[-1].offset + 1)


def _thing(record: Record) -> Thing:
    thing = wire.decode(record.value)
    if not isinstance(thing, Thing):
        raise JournalError(f"a {type(thing).__name__} in the output", path=OUTPUT, offset=record.offset)
    return thing


def _hazard(record: Record) -> HazardRevision | None:
    # Of the events, few are hazards: the others are not worth decoding.
    if _MARK not in record.value:
        return None
    event = wire.decode(record.value)
    if not isinstance(event, Event) or event.kind is not EventKind.HAZARD:
        return None
    return msgspec.convert(event.facts, HazardRevision)


_MARK = b'"kind":"hazard"'
