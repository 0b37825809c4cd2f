"""Position writer: the input's vehicles into tracks and last positions of the store, by its own `step`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from ops_center.adapters import store_partitions
from ops_center.adapters.input_reader import InputReader, InputStretch
from ops_center.adapters.outage import FAILING, Lost, Outage
from ops_center.adapters.store_offsets import Places
from ops_center.adapters.store_partitions import HOUR_MS
from ops_center.adapters.store_tracks import TrackStore
from ops_center.adapters.track_rows import CountyOf, TrackRows, track_rows
from ops_center.domain.feed import Feed
from ops_center.domain.text import Text
from ops_center.ports import INPUT, Clock, Journal

CONSUMER = "positions"
KEEP_MS = 48 * HOUR_MS
IDLE_RECORDS = 10_000  # ticks without a position are not worth a transaction; so many are
WHAT = Text("库内车辆位置与轨迹(数据接口)", "Stored vehicle positions and tracks (data interface)")
MEANWHILE = Text(
    "大屏位置照常更新；需要对外提供位置时请口头通报。恢复后自动补齐。",
    "The wall's positions go on; tell positions to others by voice. It catches up by itself.",
)


@dataclass(slots=True, kw_only=True)
class PositionWriter:
    """Follows partitions of the input; one process at a time writes a partition, a second one is refused.

    Call `step` again at once while it returns True, else after about half a second: it writes what
    has come since. A database that is away is tried again with growing pauses; the journal keeps
    what waits, and the place to go on from is the database's own.
    """

    journal: Journal
    feeds: Mapping[str, Feed]
    store: TrackStore
    county_of: CountyOf
    clock: Clock
    partitions: Sequence[int]
    keep_ms: int = KEEP_MS
    reader: InputReader = field(init=False)
    outage: Outage = field(init=False)
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        """Make reader and health."""
        self.reader = InputReader(self.journal, self.feeds)
        self.outage = Outage(what=WHAT, meanwhile=MEANWHILE, clock=self.clock)
        self.places = Places(self.store.engine, self.journal, CONSUMER)

    def hold(self, partitions: Sequence[int]) -> None:
        """Follow these partitions; of the others whoever has them goes on from where the database stands."""
        self.partitions = partitions
        self.places.keep(INPUT, partitions)

    def step(self) -> bool:
        """Write one stretch of each partition; False when there was nothing or the database is away."""
        return self.outage.tried(self._write, failing=FAILING, doubt=self._doubt)

    def lost(self) -> Lost | None:
        """Return what the outage means, None while all is well."""
        return self.outage.lost(self.behind())

    def behind(self) -> int:
        """Return how many journal records wait."""
        return self.places.behind(INPUT)

    def _write(self) -> bool:
        moved = [self._move(partition) for partition in self.partitions]
        return any(moved)

    def _doubt(self) -> None:
        self.places.doubt()
        self.store.forget()

    def _move(self, partition: int) -> bool:
        at = self.places.at(INPUT, partition)
        oldest_ms = self.clock.now_ms() - self.keep_ms
        found = self.reader.read(partition, at.read, skip_before_ms=oldest_ms)
        if found is None:
            return False
        tracks = self._tracks(found, oldest_ms)
        if any(map(len, tracks)) or found.following - at.stored >= IDLE_RECORDS:
            stretch = self.places.stretch(INPUT, partition, found.following)
            self.store.write(tracks, stretch=stretch)
            self.places.stored(stretch)
        at.read = found.following
        return True

    def _tracks(self, found: InputStretch, oldest_ms: int) -> list[TrackRows]:
        moving = [(self.feeds[name], batch) for name, batch in found.batches.items()]
        made = (track_rows(batch, feed, self.county_of) for feed, batch in moving if feed.subject_kind == "vehicle")
        # Whole hours, as they are dropped: else a row could make an hour that is gone stand again.
        floor_ms = -(-oldest_ms // HOUR_MS) * HOUR_MS
        return [rows.take(rows.event_ms >= floor_ms) for rows in made]


@dataclass(slots=True, kw_only=True)
class TrackKeeper:
    """Makes, closes and drops hours of the tracks; its own caller, about once a minute, for it may take long."""

    store: TrackStore
    clock: Clock
    keep_ms: int = KEEP_MS

    def step(self) -> bool:
        """Do what is due; False, for there is never more of it at once."""
        # Where the database is away, the position writer, which needs it first, says so.
        with suppress(SQLAlchemyError, psycopg.Error):
            store_partitions.keep(self.store.engine, now_ms=self.clock.now_ms(), keep_ms=self.keep_ms)
        return False
