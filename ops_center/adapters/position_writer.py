"""Position writer: the input's vehicles into tracks and last positions of the store, by its own `step`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from ops_center.adapters import store_partitions
from ops_center.adapters.input_reader import InputReader, InputStretch
from ops_center.adapters.outage import Lost, Outage, said
from ops_center.adapters.store_offsets import Place, Stretch, place_of
from ops_center.adapters.store_partitions import HOUR_MS
from ops_center.adapters.store_tracks import TrackStore
from ops_center.adapters.track_rows import CountyOf, TrackRows, track_rows
from ops_center.domain.errors import OpsError
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
    at: dict[int, Place] = field(default_factory=dict)
    doubted: set[int] = field(default_factory=set)  # after a failure: what the database holds is to be asked

    def __post_init__(self) -> None:
        """Make reader and health."""
        self.reader = InputReader(self.journal, self.feeds)
        self.outage = Outage(what=WHAT, meanwhile=MEANWHILE, clock=self.clock)
        self.doubted = set(self.partitions)

    def step(self) -> bool:
        """Write one stretch of each partition; False when there was nothing or the database is away."""
        if self.outage.waits():
            return False
        try:
            moved = [self._move(partition) for partition in self.partitions]
        except (SQLAlchemyError, psycopg.Error, OpsError) as error:
            self.outage.failed(said(error))
            self.doubted.update(self.partitions)
            self.store.forget()
            return False
        self.outage.worked()
        return any(moved)

    def lost(self) -> Lost | None:
        """Return what the outage means, None while all is well."""
        return self.outage.lost(self.behind())

    def behind(self) -> int:
        """Return how many journal records wait."""
        return sum(self.journal.end(INPUT, partition) - at.read for partition, at in sorted(self.at.items()))

    def _move(self, partition: int) -> bool:
        if partition in self.doubted:
            self.at[partition] = place_of(
                self.store.engine, self.journal, consumer=CONSUMER, topic=INPUT, partition=partition
            )
            self.doubted.discard(partition)
        at = self.at[partition]
        oldest_ms = self.clock.now_ms() - self.keep_ms
        found = self.reader.read(partition, at.read, skip_before_ms=oldest_ms)
        if found is None:
            return False
        tracks = self._tracks(found, oldest_ms)
        if any(map(len, tracks)) or found.following - at.stored >= IDLE_RECORDS:
            self.store.write(tracks, stretch=_stretch(partition, at.stored, found.following))
            at.stored = found.following
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


def _stretch(partition: int, first: int, following: int) -> Stretch:
    return Stretch(consumer=CONSUMER, topic=INPUT, partition=partition, first=first, following=following)
