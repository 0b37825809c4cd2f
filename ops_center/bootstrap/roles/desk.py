"""Desk role: one desk decides, others stand by; the one that holds the lease fills the store and sends messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Event as Flag

from sqlalchemy.exc import SQLAlchemyError

from ops_center.adapters.clocks import SystemClock, monotonic_s
from ops_center.adapters.gateway_intake import CommandSender
from ops_center.adapters.group_kafka import KafkaMembership
from ops_center.adapters.journal_leased import LeasedJournal
from ops_center.adapters.notify_outbox import Outbox
from ops_center.adapters.notify_post import Post
from ops_center.adapters.outage import Outage, said
from ops_center.adapters.store_sql import open_store
from ops_center.adapters.store_writer import MEANWHILE, WHAT, StoreWriter
from ops_center.bootstrap.deployed import deployed
from ops_center.bootstrap.parts import Setup, make_desk
from ops_center.bootstrap.production import Servers, open_servers, role_folder
from ops_center.bootstrap.roles.running import beating, go_on, stopped_by_signals, thread
from ops_center.deployment import Deployment
from ops_center.domain.errors import JournalError
from ops_center.domain.run import PlaybookRun
from ops_center.domain.text import Json
from ops_center.pipeline.leased import LeasedDesk
from ops_center.ports import LEASE
from ops_center.wire import epoch_of

MEMBERS = "desk-members"
LOOK_S = 0.25


@dataclass(slots=True, kw_only=True)
class DeskRole:
    """The desk, and beside it in threads of their own the store writer and the notifier.

    A database that is away holds nothing up: what it has not got waits in OUTPUT.
    """

    leased: LeasedDesk
    servers: Servers
    post: Post
    stopping: Flag
    runs: Sequence[PlaybookRun] = ()
    looked_s: float = 0.0
    writer: StoreWriter | None = None
    opening: Outage | None = None  # while the database cannot be opened

    def step(self) -> bool:
        """Move the desk; now and then look which messages are to be sent."""
        moved = self.leased.step()
        if monotonic_s() - self.looked_s >= LOOK_S:
            self.looked_s = monotonic_s()
            active = self.leased.active
            self.runs = () if active is None else [run for _, run in sorted(active.desk.state.runs.items())]
        return moved

    def close(self) -> None:
        """Give the lease up."""
        self.leased.close()

    def record(self) -> None:
        """Fill the store while the lease is held, until stopped."""
        outage = Outage(what=WHAT, meanwhile=MEANWHILE, clock=SystemClock())
        while not self.stopping.is_set():
            if self.leased.active is None:
                self.writer = None
                self.stopping.wait(LOOK_S)
                continue
            if self.writer is None:
                self.writer = self._open(outage)
            if self.writer is None or not self.writer.step():
                self.stopping.wait(LOOK_S)

    def _open(self, outage: Outage) -> StoreWriter | None:
        """Return the writer, None while the database is away; then `opening` says so."""
        if outage.waits():
            return None
        try:
            store = open_store(self.servers.production.database)
        except SQLAlchemyError as error:
            outage.failed(said(error))
            self.opening = outage
            return None
        self.opening = None
        return StoreWriter(journal=self.servers.journal, store=store, clock=SystemClock(), epoch_of=epoch_of)

    def lost(self) -> list[Json]:
        """Return what the database's absence means, for the banner."""
        told = self.opening.lost(0) if self.opening is not None else self.writer.lost() if self.writer else None
        if told is None:
            return []
        return [
            {
                "since_ms": told.since_ms,
                "zh": f"{told.what.zh}中断：{told.meanwhile.zh}",
                "en": f"{told.what.en} lost: {told.meanwhile.en}",
                "reason": told.reason,
                "behind": told.behind,
            }
        ]

    def notify(self) -> None:
        """Send what runs intend while the lease is held, until stopped."""
        while not self.stopping.wait(LOOK_S):
            if self.leased.active is not None:
                self.post.deliver(self.runs)

    def facts(self) -> Mapping[str, Json]:
        """Return what ``status`` and screens want to know of this desk."""
        active = self.leased.active
        return {
            "active": active is not None,
            "epoch": active.epoch if active else None,
            "progress_ms": active.desk.progress_ms if active else None,
            "snapshot_ms": active.saved_ms if active else None,
            "snapshot_age_s": round(monotonic_s() - active.saved_s, 1) if active else None,
            "repeats": active.desk.repeats if active else 0,
            "lost": self._lost(),
        }

    def _lost(self) -> list[Json]:
        try:
            return self.lost()
        except JournalError:  # then the broker's absence is the news
            return []


def run_desk(deployment: Deployment, name: str) -> None:
    """Run a desk until it is told to stop."""
    stopping = stopped_by_signals()
    servers = open_servers(deployment, stopping)
    setup = deployed(deployment).setup
    outbox = Outbox(path=role_folder(deployment, name) / "outbox.jsonl", clock=SystemClock())
    outbox.open()
    role = DeskRole(
        leased=make_leased(servers, setup, name),
        servers=servers,
        post=Post(outbox, CommandSender(servers.kafka).submit, jurisdiction=deployment.code),
        stopping=stopping,
    )
    beat = beating(servers.journal, role="desk", name=name, facts=role.facts)
    beside = [thread("notifier", role.notify)]
    if servers.production.database:
        beside.append(thread("store", role.record))
    try:
        go_on(role, stopping)
    finally:
        for one in beside:
            one.join()
        beat.stop()
        servers.close()


def make_leased(servers: Servers, setup: Setup, name: str) -> LeasedDesk:
    """Return the desk of a process, waiting for the lease."""
    return LeasedDesk(
        journal=servers.journal,
        snapshots=servers.snapshots,
        membership=KafkaMembership(
            servers.kafka, topic=LEASE, group=MEMBERS, name=name, session_s=servers.production.session_s
        ),
        name=name,
        make_desk=lambda epoch: make_desk(setup, LeasedJournal(servers.journal, epoch)),
        elapsed=monotonic_s,
        save_every_s=servers.production.snapshot_every_s,
    )
