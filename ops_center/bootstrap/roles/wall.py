"""Wall role: screens and API over a desk that follows; it decides nothing for anybody and writes only commands."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread

import httpx
import uvicorn

from ops_center.adapters.clocks import ScaledClock, SystemClock, monotonic_s, wall_ms
from ops_center.adapters.gateway_intake import CommandSender
from ops_center.adapters.journal_silent import SilentJournal
from ops_center.adapters.notify_log import SharedTries
from ops_center.adapters.store_engine import open_engine
from ops_center.bootstrap.deployed import Deployed, deployed
from ops_center.bootstrap.front import Front, never_heard
from ops_center.bootstrap.parts import Setup, announced_in, make_desk, make_worker
from ops_center.bootstrap.production import Servers, once_reachable, open_servers, role_folder
from ops_center.bootstrap.reload import Reload
from ops_center.bootstrap.roles.gateway import clock_of
from ops_center.bootstrap.roles.running import IDLE_S, RETRY_S, beating, stopped_by_signals, thread
from ops_center.bootstrap.web import people_of
from ops_center.deployment import Deployment
from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json
from ops_center.pipeline.crew import snapshot_name
from ops_center.pipeline.following import Following, PastDesk, restored
from ops_center.pipeline.pulses import Beating
from ops_center.pipeline.station import LiveStation
from ops_center.pipeline.tracks import Followed
from ops_center.pipeline.watching import Watcher
from ops_center.ports import INPUT, Journal, Snapshots

log = logging.getLogger(__name__)

READ_S = 3.0  # how long a read waits before the banner says that the broker is away
SHOW_S = 0.25
WATCH_S = 1.0
ASK_S = 1.0
JOIN_S = 15.0


@dataclass(slots=True, kw_only=True)
class WallRole:
    """Everything of a wall's process; `start` and `stop` in the right order."""

    deployment: Deployment
    servers: Servers
    past: Servers  # a replay reads elsewhere in the same partitions
    commands: CommandSender
    following: Following
    station: LiveStation
    watcher: Watcher
    reload: Reload
    web: uvicorn.Server
    stopping: Flag
    link: str
    threads: list[Thread] = field(default_factory=list)
    beat: Beating | None = None

    def start(self) -> None:
        """Follow, watch and serve."""
        self.threads = [thread("follow", self._follow), thread("watch", self._watch), thread("web", self.web.run)]
        if self.deployment.built_in_rules:
            self.threads.append(thread("content", self.reload.run))

    def stop(self) -> None:
        """End; there is nothing to keep."""
        self.stopping.set()
        self.web.should_exit = True
        self.reload.stopping.set()
        for one in self.threads:
            one.join(JOIN_S)
        if self.beat is not None:
            self.beat.stop()
        self.commands.close()
        self.past.close()
        self.servers.close()

    def facts(self) -> Mapping[str, Json]:
        """Return what ``status`` and tests want to know of this wall."""
        return {
            "port": self.deployment.port,
            "progress_ms": self.following.progress_ms,
            "vehicles": len(self.station.live().positions.subjects),
            "outages": [lost.plain() for lost in self.watcher.outages.listed()],
        }

    def _follow(self) -> None:
        shown_s = 0.0
        while not self.stopping.is_set():
            try:
                if not self.following.step():
                    self.servers.journal.wait(IDLE_S)
            except JournalError as error:
                log.warning("the journal cannot be read: %s", error)
                self.stopping.wait(RETRY_S)
                continue
            if monotonic_s() - shown_s >= SHOW_S:
                self.station.publish()
                shown_s = monotonic_s()

    def _watch(self) -> None:
        while not self.stopping.wait(WATCH_S):
            self.watcher.step()


def run_wall(deployment: Deployment, name: str) -> None:
    """Run a wall until it is told to stop."""
    stopping = stopped_by_signals()
    role = make_wall(deployment, name, stopping)
    role.beat = beating(role.servers.journal, role="wall", name=name, facts=role.facts)
    role.start()
    print(f"Ops Center {deployment.code}: {role.link}", flush=True)
    try:
        while not stopping.wait(1.0) and role.threads[2].is_alive():
            pass
    finally:
        role.stop()


def _caught_up(setup: Setup, silent: SilentJournal, snapshots: Snapshots) -> Following:
    """Return what follows the journal, from the newest snapshot, at the journal's end."""
    following = Following(desk=restored(make_desk(setup, silent), snapshots), tracks=Followed(silent))
    while following.step():
        pass
    return following


def make_wall(deployment: Deployment, name: str, stopping: Flag) -> WallRole:
    """Return a wall, its picture read up to now."""
    servers = open_servers(deployment, stopping, wait_s=READ_S)
    past = open_servers(deployment, stopping)
    made = deployed(deployment)
    silent = SilentJournal(servers.journal)
    following = once_reachable(lambda: _caught_up(made.setup, silent, servers.snapshots), stopping)
    clock = clock_of(deployment)
    clock.resume(following.desk.last_tick_ms)
    people = people_of(deployment, role_folder(deployment, name), clock)
    front = Front(deployment=deployment, made=made, people=people, clock=clock)
    commands = CommandSender(servers.kafka)
    past_journal = SilentJournal(past.journal)
    station = front.station(
        following,
        replayer=PastDesk(
            journal=past_journal, snapshots=past.snapshots, make_desk=lambda: make_desk(made.setup, past_journal)
        ),
        view=lambda found, at_ms: found.picture(),
        snapshots=servers.snapshots,
        send=commands.submit,
        why_not=lambda rule, subject, at_ms: _why_not(past, made, rule, subject, at_ms),
        newest=following.picture(),
    )
    watcher = _watcher(deployment, servers, made, following, clock)
    reload = front.reload(station)
    web = front.server(
        station,
        reload,
        store=open_engine(servers.production.database) if servers.production.database else None,
        tries=SharedTries(deployment.folder / "deliveries.jsonl"),
        reading=lambda: _reading(deployment, stopping),
        outages=lambda: [lost.plain() for lost in watcher.outages.listed()],
    )
    return WallRole(
        deployment=deployment,
        servers=servers,
        past=past,
        commands=commands,
        following=following,
        station=station,
        watcher=watcher,
        reload=reload,
        web=web,
        stopping=stopping,
        link=front.link(deployment.port),
    )


@contextmanager
def _reading(deployment: Deployment, stopping: Flag) -> Iterator[Journal]:
    """Yield the journal by connections of its own: whoever follows or replays reads undisturbed."""
    servers = open_servers(deployment, stopping)
    try:
        yield SilentJournal(servers.journal)
    finally:
        servers.close()


def _watcher(
    deployment: Deployment, servers: Servers, made: Deployed, following: Following, clock: SystemClock | ScaledClock
) -> Watcher:
    production = servers.production
    health = f"http://{production.gateway_at}:{production.gateway_port}/health"

    def ask() -> Mapping[str, Json] | None:
        """The gateway itself knows of its disk while the broker is away."""
        try:
            found: Mapping[str, Json] = httpx.get(health, timeout=ASK_S).json()
        except (httpx.HTTPError, ValueError):
            return None
        return found

    return Watcher(
        desk=following.desk,
        journal=servers.journal,
        lead_ms=made.setup.lead_ms,
        clock=clock,
        utc_ms=wall_ms,
        elapsed=monotonic_s,
        ask_gateway=ask,
    )


def _why_not(servers: Servers, made: Deployed, rule: str, subject: str, at_ms: int) -> Mapping[str, Json]:
    """Ask the newest snapshot of the partition that knows the subject; it says of when it is."""
    journal = SilentJournal(servers.journal)
    announced = announced_in(made.setup, journal)
    for partition in range(journal.partitions(INPUT)):
        saved = servers.snapshots.latest(snapshot_name(partition))
        if saved is None:
            continue
        worker = make_worker(made.setup, journal, partition, hold=True, announced=announced)
        worker.restore(saved[1])
        announced.read()
        found = worker.why_not(rule, subject)
        if found is not None:
            return {"at_ms": saved[0], **found}
    return never_heard(rule, subject, at_ms)
