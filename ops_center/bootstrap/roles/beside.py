"""Beside the desk that holds the lease: what fills the store and what sends messages, in threads of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event as Flag
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError

from ops_center.adapters.clocks import SystemClock
from ops_center.adapters.notify_post import Post
from ops_center.adapters.outage import Lost, Outage, said
from ops_center.adapters.store_sql import open_store
from ops_center.adapters.store_writer import MEANWHILE, WHAT, StoreWriter
from ops_center.adapters.track_writer import TrackWriter
from ops_center.bootstrap.roles.running import thread
from ops_center.desk.desk import Desk
from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json
from ops_center.pipeline.leased import LeasedDesk
from ops_center.ports import Journal
from ops_center.wire import epoch_of

LOOK_S = 0.25


def told(lost: Lost | None) -> list[Json]:
    """Return what a writer lost as a pulse tells it."""
    if lost is None:
        return []
    return [
        {
            "since_ms": lost.since_ms,
            "zh": f"{lost.what.zh}中断：{lost.meanwhile.zh}",
            "en": f"{lost.what.en} lost: {lost.meanwhile.en}",
            "reason": lost.reason,
            "behind": lost.behind,
        }
    ]


@dataclass(slots=True, kw_only=True)
class Recording:
    """Fills the store while the lease is held. A database that is away holds nothing up: OUTPUT keeps what waits."""

    leased: LeasedDesk
    journal: Journal
    database: str
    stopping: Flag
    writer: StoreWriter | None = None
    opening: Outage | None = None  # while the database cannot be opened

    def run(self) -> None:
        """Write until stopped."""
        outage = Outage(what=WHAT, meanwhile=MEANWHILE, clock=SystemClock())
        while not self.stopping.is_set():
            if self.leased.active is None:
                self._close()
                self.stopping.wait(LOOK_S)
                continue
            if self.writer is None:
                self.writer = self._open(outage)
            if self.writer is None or not self.writer.step():
                self.stopping.wait(LOOK_S)
        self._close()

    def lost(self) -> list[Json]:
        """Return what the database's absence means, for the banner."""
        try:
            return told(
                self.opening.lost(0) if self.opening is not None else self.writer.lost() if self.writer else None
            )
        except JournalError:  # then the broker's absence is the news
            return []

    def _open(self, outage: Outage) -> StoreWriter | None:
        if outage.waits():
            return None
        try:
            store = open_store(self.database)
        except SQLAlchemyError as error:
            outage.failed(said(error))
            self.opening = outage
            return None
        outage.worked()
        self.opening = None
        return StoreWriter(journal=self.journal, store=store, clock=SystemClock(), epoch_of=epoch_of)

    def _close(self) -> None:
        if self.writer is not None:
            self.writer.store.engine.dispose()
        self.writer = None


@dataclass(slots=True, kw_only=True)
class Archiving:
    """Writes the Parquet archive while the lease is held, for one process writes it at a time."""

    leased: LeasedDesk
    make: Callable[[], TrackWriter]
    stopping: Flag

    def run(self) -> None:
        """Write until stopped; what is not in a complete file is read again by whoever goes on."""
        writer: TrackWriter | None = None
        while not self.stopping.is_set():
            if self.leased.active is None:
                writer = None
                self.stopping.wait(LOOK_S)
                continue
            writer = writer or self.make()
            if not writer.step():
                self.stopping.wait(LOOK_S)
        if writer is not None:
            writer.finish()


@dataclass(slots=True)
class Posting:
    """Sends messages while the lease is held; the log of tries is read anew by whoever takes it."""

    make: Callable[[], Post]
    post: Post | None = None
    sending: Thread | None = None
    offered: int = -1  # version of the desk's state that the post has seen

    def look(self, desk: Desk | None) -> None:
        """Hand on what the desk intends; None: the lease is another's."""
        if desk is None:
            self.stop()
            return
        if self.post is None:
            self.post, self.offered = self.make(), -1
            self.sending = thread("post", self.post.run)
        state = desk.state
        if state.changes != self.offered:
            runs = [run for _, run in sorted(state.runs.items())]
            self.post.offer(runs, [warning for _, warning in sorted(state.warnings.items())])
            self.offered = state.changes

    def stop(self) -> None:
        """Send no more; what is under way is settled."""
        if self.post is not None and self.sending is not None:
            self.post.stop()
            self.sending.join()
        self.post = self.sending = None
