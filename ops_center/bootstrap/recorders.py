"""Recorders: the writers beside the loop, from the journal into store and archive, each at its own pace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from ops_center.adapters.outage import Lost
from ops_center.adapters.position_writer import PositionWriter, TrackKeeper
from ops_center.adapters.store_sql import SqlStore
from ops_center.adapters.store_tracks import TrackStore
from ops_center.adapters.store_writer import StoreWriter
from ops_center.adapters.track_archive import TrackArchive
from ops_center.adapters.track_rows import CountyOf
from ops_center.adapters.track_writer import TrackWriter
from ops_center.bootstrap.parts import Setup
from ops_center.columns import Codes
from ops_center.ports import INPUT, Clock, Journal
from ops_center.worker.world import World

PAUSE_S = 0.5  # when nothing was left to write
KEEP_S = 60.0
EMBEDDED_KEEP_MS = 2 * 3_600_000  # the archive has the rest; SQLite need not grow with it
STOP_S = 30.0


@dataclass(slots=True, kw_only=True)
class Recorders:
    """Store, positions and archive, each in a thread; a process may also run one of them alone by its `step`."""

    store: StoreWriter
    positions: PositionWriter
    keeper: TrackKeeper
    tracks: TrackWriter
    stopping: Flag = field(default_factory=Flag)
    threads: list[Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to write."""
        self._thread("store", self.store.step, PAUSE_S)
        self._thread("positions", self.positions.step, PAUSE_S)
        self._thread("tracks", self.tracks.step, PAUSE_S)
        self._thread("keeper", self.keeper.step, KEEP_S)

    def stop(self) -> None:
        """End after the present steps; what is not written waits in the journal."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(STOP_S)
        self.tracks.finish()
        self.store.store.engine.dispose()

    def lost(self) -> tuple[Lost, ...]:
        """Return what cannot be written at the moment, for a banner."""
        return tuple(lost for one in (self.store, self.positions, self.tracks) if (lost := one.lost()) is not None)

    def _thread(self, name: str, step: Callable[[], bool], pause_s: float) -> None:
        def run() -> None:
            while not self.stopping.is_set():
                if not step():
                    self.stopping.wait(pause_s)

        thread = Thread(target=run, name=name, daemon=True)
        thread.start()
        self.threads.append(thread)


def make_recorders(
    setup: Setup, journal: Journal, clock: Clock, *, store: SqlStore, tracks: Path, keep_ms: int = EMBEDDED_KEEP_MS
) -> Recorders:
    """Return the recorders of every partition of a journal; `tracks` is the archive's folder."""
    archive = TrackArchive(tracks)
    archive.open()
    feeds, partitions = setup.content.feeds, range(journal.partitions(INPUT))
    kept = TrackStore(store.engine)
    return Recorders(
        store=StoreWriter(journal=journal, store=store, clock=clock),
        positions=PositionWriter(
            journal=journal,
            feeds=feeds,
            store=kept,
            county_of=counties_of(setup.world),
            clock=clock,
            partitions=partitions,
            keep_ms=keep_ms,
        ),
        keeper=TrackKeeper(store=kept, clock=clock, keep_ms=keep_ms),
        tracks=TrackWriter(journal=journal, feeds=feeds, archive=archive, clock=clock, partitions=partitions),
    )


def counties_of(world: World) -> CountyOf:
    """Return what tells the county of positions, by the same index as the workers; of several, the first by code."""
    if world.admin is None:
        return lambda lon_e7, lat_e7: Codes(np.full(len(lon_e7), -1, np.int32), ())
    counties = world.admin.counties

    def county_of(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> Codes:
        found = np.full(len(lon_e7), -1, np.int32)
        rows, zones = counties.inside(lon_e7, lat_e7, np.zeros(len(lon_e7), np.int64))
        found[rows[::-1]] = zones[::-1]
        return Codes(found, counties.keys)

    return county_of
