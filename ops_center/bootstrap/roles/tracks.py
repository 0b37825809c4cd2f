"""Beside a worker: the positions of its partitions into the database, at their own pace."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event as Flag

from sqlalchemy.exc import SQLAlchemyError

from ops_center.adapters.clocks import SystemClock, monotonic_s
from ops_center.adapters.outage import Outage, said
from ops_center.adapters.position_writer import KEEP_MS, MEANWHILE, WHAT, PositionWriter, TrackKeeper
from ops_center.adapters.store_sql import open_store
from ops_center.adapters.store_tracks import TrackStore
from ops_center.bootstrap.parts import Setup
from ops_center.bootstrap.recorders import KEEP_S, PAUSE_S, counties_of
from ops_center.bootstrap.roles.beside import told
from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json
from ops_center.pipeline.crew import Crew
from ops_center.ports import Journal


@dataclass(slots=True, kw_only=True)
class TracksBeside:
    """Follows the crew's partitions; what is not written yet waits in the journal, whoever writes it then."""

    crew: Crew
    setup: Setup
    journal: Journal
    database: str
    stopping: Flag
    positions: PositionWriter | None = None
    keeper: TrackKeeper | None = None
    opening: Outage | None = None
    kept_s: float = float("-inf")

    def run(self) -> None:
        """Write until stopped."""
        outage = self.opening = Outage(what=WHAT, meanwhile=MEANWHILE, clock=SystemClock())
        while not self.stopping.is_set():
            if self.positions is None and not outage.waits():
                self._open(outage)
            if not self._step():
                self.stopping.wait(PAUSE_S)

    def lost(self) -> list[Json]:
        """Return what the database's absence means, for the banner."""
        try:
            return told(self.positions.lost() if self.positions else self.opening.lost(0) if self.opening else None)
        except JournalError:  # then the broker's absence is the news
            return []

    def _step(self) -> bool:
        positions, keeper = self.positions, self.keeper
        if positions is None or keeper is None:
            return False
        held = sorted(self.crew.places)
        positions.hold(held)
        if held and monotonic_s() - self.kept_s >= KEEP_S:
            self.kept_s = monotonic_s()
            keeper.step()
        return positions.step()

    def _open(self, outage: Outage) -> None:
        try:
            store = open_store(self.database)
        except SQLAlchemyError as error:
            outage.failed(said(error))
            return
        outage.worked()
        feeds, clock, kept = self.setup.content.feeds, SystemClock(), TrackStore(store.engine)
        self.positions = PositionWriter(
            journal=self.journal,
            feeds=feeds,
            store=kept,
            county_of=counties_of(self.setup.world),
            clock=clock,
            partitions=(),
            keep_ms=KEEP_MS,
        )
        self.keeper = TrackKeeper(store=kept, clock=clock, keep_ms=KEEP_MS)
