"""Desk role: one desk decides, others stand by; beside the one that holds the lease run store writer and post."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event as Flag

from ops_center.adapters.clocks import SystemClock, monotonic_s
from ops_center.adapters.gateway_intake import CommandSender
from ops_center.adapters.group_kafka import KafkaMembership
from ops_center.adapters.journal_leased import LeasedJournal
from ops_center.adapters.track_archive import TrackArchive
from ops_center.adapters.track_writer import TrackWriter
from ops_center.bootstrap.deployed import deployed
from ops_center.bootstrap.notifying import make_post
from ops_center.bootstrap.parts import Setup, make_desk
from ops_center.bootstrap.production import Servers, open_servers
from ops_center.bootstrap.roles.beside import LOOK_S, Archiving, Posting, Recording
from ops_center.bootstrap.roles.running import beating, go_on, stopped_by_signals, thread
from ops_center.bootstrap.web import receipts_of
from ops_center.deployment import Deployment
from ops_center.domain.text import Json
from ops_center.pipeline.leased import LeasedDesk
from ops_center.ports import INPUT, LEASE

MEMBERS = "desk-members"


@dataclass(slots=True, kw_only=True)
class DeskRole:
    """The desk with what stands beside it."""

    leased: LeasedDesk
    recording: Recording
    archiving: Archiving
    posting: Posting
    looked_s: float = 0.0

    def step(self) -> bool:
        """Move the desk; now and then look which messages are to be sent."""
        moved = self.leased.step()
        if monotonic_s() - self.looked_s >= LOOK_S:
            self.looked_s = monotonic_s()
            active = self.leased.active
            self.posting.look(active.desk if active is not None else None)
        return moved

    def close(self) -> None:
        """Give the lease up."""
        self.posting.stop()
        self.leased.close()

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
            "lost": self.recording.lost(),
        }


def run_desk(deployment: Deployment, name: str) -> None:
    """Run a desk until it is told to stop."""
    stopping = stopped_by_signals()
    servers = open_servers(deployment, stopping)
    sender = CommandSender(servers.kafka)
    role = make_role(deployment, servers, sender, name, stopping)
    beat = beating(servers.journal, role="desk", name=name, facts=role.facts)
    beside = [thread("archive", role.archiving.run)]
    if servers.production.database:
        beside.append(thread("store", role.recording.run))
    try:
        go_on(role, stopping, servers.journal.wait)
    finally:
        for one in beside:
            one.join()
        beat.stop()
        sender.close()
        servers.close()


def make_role(deployment: Deployment, servers: Servers, sender: CommandSender, name: str, stopping: Flag) -> DeskRole:
    """Return a desk that waits for the lease; content is read before, so that taking it is quick."""
    setup = deployed(deployment).setup
    leased = make_leased(servers, setup, name)
    receipts = receipts_of(deployment)
    return DeskRole(
        leased=leased,
        recording=Recording(
            leased=leased, journal=servers.journal, database=servers.production.database, stopping=stopping
        ),
        archiving=Archiving(leased=leased, make=lambda: _archive(deployment, setup, servers), stopping=stopping),
        posting=Posting(
            lambda: make_post(deployment, clock=SystemClock(), submit=sender.submit, receipt_url=receipts.url)
        ),
    )


def _archive(deployment: Deployment, setup: Setup, servers: Servers) -> TrackWriter:
    archive = TrackArchive(deployment.folder / "tracks")
    archive.open()
    return TrackWriter(
        journal=servers.journal,
        feeds=setup.content.feeds,
        archive=archive,
        clock=SystemClock(),
        partitions=range(servers.journal.partitions(INPUT)),
    )


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
