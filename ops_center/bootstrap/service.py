"""Service: one deployment in one process, gateway, worker, desk and wall over the embedded adapters."""

from __future__ import annotations

import logging
import resource
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from threading import Thread

import uvicorn

from ops_center.adapters.access import Accounts
from ops_center.adapters.clocks import ScaledClock, SystemClock
from ops_center.adapters.gateway_doors import Doors
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.gateway_push import push_routes
from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.notify_post import Post
from ops_center.adapters.snapshots_file import FileSnapshots
from ops_center.adapters.store_sql import open_sqlite
from ops_center.bootstrap.content import Content
from ops_center.bootstrap.deployed import Deployed, deployed
from ops_center.bootstrap.front import Front, never_heard
from ops_center.bootstrap.memory import settle
from ops_center.bootstrap.notifying import make_post
from ops_center.bootstrap.parts import Setup, make_loop, make_replayer, picture_at, topics
from ops_center.bootstrap.recorders import Recorders, make_recorders
from ops_center.bootstrap.reload import Reload
from ops_center.bootstrap.retention import LEAST_MS, Keep, Retention, keep_of
from ops_center.bootstrap.roles.gateway import doors_of
from ops_center.bootstrap.web import people_of, receipts_of
from ops_center.deployment import Deployment
from ops_center.domain.text import Json
from ops_center.picture import Picture
from ops_center.pipeline.loop import SNAPSHOT_EVERY_MS, Loop, newest
from ops_center.pipeline.station import LiveStation
from streams.gateway import Gateway

log = logging.getLogger(__name__)

GATEWAY = "gateway"
WAIT_S = 15.0
StampClock = SystemClock | ScaledClock


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything of a running deployment; `start` and `stop` in the right order."""

    deployment: Deployment
    setup: Setup
    clock: StampClock
    journal: FileJournal
    snapshots: FileSnapshots
    gateway: Gateway
    pump: Pump
    doors: Doors
    station: LiveStation
    front: Front
    post: Post
    recorders: Recorders
    reload: Reload
    retention: Retention
    server: uvicorn.Server
    threads: list[Thread] = field(default_factory=list)
    offered: int = -1  # version of the picture whose messages the post has taken in

    def start(self) -> None:
        """Start gateway, doors, loop and web server; returns when the wall answers."""
        self.pump.start()
        self.doors.start()
        self.recorders.start()
        self._thread("loop", lambda: self.station.run(self._after))
        self._thread("post", self.post.run)
        self._thread("content", self.reload.run)
        self._thread("retention", self.retention.run)
        self._thread("names", self._read_names)
        self._thread("web", self.server.run)
        while not self.server.started and self.threads[-1].is_alive():
            self.clock_wait(0.05)
        if not self.server.started:
            self.stop()
            raise SystemExit(3)

    def clock_wait(self, seconds: float) -> None:
        """Wait in real time."""
        self.station.stopping.wait(seconds)

    def stop(self) -> None:
        """Stop in reverse; what was acknowledged is in the journal, the state in a snapshot."""
        self.server.should_exit = True
        self.doors.stop()
        self.station.stop()
        self.post.stop()
        self.reload.stopping.set()
        self.retention.stopping.set()
        for thread in self.threads:
            thread.join(WAIT_S)
        self.pump.stop()
        self.recorders.stop()
        self.station.loop.save(self.snapshots)
        self.journal.close()

    @property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return self.front.people.accounts

    @property
    def port(self) -> int:
        """Port the wall answers on."""
        return int(self.server.servers[0].sockets[0].getsockname()[1])

    def link(self) -> str:
        """Return a one-time sign-in link for the duty officer."""
        return self.front.link(self.port)

    def _after(self, picture: Picture) -> None:
        if picture.version != self.offered:
            self.post.offer(picture.runs, picture.warnings)
            self.offered = picture.version

    def _read_names(self) -> None:
        """Read every name of the layers now: the first caller should not wait for it."""
        self.setup.places.named("", limit=1)

    def _thread(self, name: str, target: Callable[[], None]) -> None:
        thread = Thread(target=target, name=name, daemon=True)
        thread.start()
        self.threads.append(thread)


def prepare(
    deployment: Deployment,
    *,
    history: Callable[[FileJournal, Setup], None] | None = None,
    caught_up: Callable[[int, int], None] = lambda done, of: None,
) -> Service:
    """Return a service with its journal read up to its end, ready to start.

    `history` may write into a journal that is still empty; `caught_up` hears (done, of) ms.
    """
    _raise_open_files()
    made = deployed(deployment)
    setup, folder = made.setup, deployment.folder
    journal = FileJournal(folder / "journal", topics(deployment.partitions))
    snapshots = FileSnapshots(folder / "snapshots")
    if history is not None and not any(journal.end("input", p) for p in range(deployment.partitions)):
        history(journal, setup)
    loop = make_loop(setup, journal, hold=True)
    saved = newest(snapshots)
    if saved is not None:
        loop.restore(saved)
    _catch_up(loop, snapshots, caught_up)
    return _wire(deployment, made, journal, snapshots, loop)


def _catch_up(loop: Loop, snapshots: FileSnapshots, told: Callable[[int, int], None]) -> None:
    """Run through what the journal holds already, with snapshots on the way."""
    saved_ms = loop.progress_ms
    while loop.step():
        if loop.progress_ms - saved_ms >= SNAPSHOT_EVERY_MS:
            if saved_ms:
                loop.save(snapshots)
            saved_ms = loop.progress_ms
            told(saved_ms - loop.desk.first_ms, 0)
    loop.save(snapshots)


def _wire(
    deployment: Deployment, made: Deployed, journal: FileJournal, snapshots: FileSnapshots, loop: Loop
) -> Service:
    setup, content, folder = made.setup, made.content, deployment.folder
    clock = _clock(deployment, loop)
    gateway = Gateway(journal, content.feeds, clock, name=GATEWAY)
    front = Front(deployment=deployment, made=made, people=people_of(deployment, folder, clock), clock=clock)
    station = front.station(
        loop,
        replayer=make_replayer(setup, journal, snapshots),
        view=_view,
        snapshots=snapshots,
        send=gateway.submit,
        why_not=lambda rule, subject, at_ms: _why_not(loop, rule, subject, at_ms),
        newest=_view(loop, loop.progress_ms),
        saved_ms=loop.progress_ms,
    )
    reload = front.reload(station)
    store = open_sqlite(folder / "store.sqlite")
    post = make_post(deployment, clock=clock, submit=station.submit, receipt_url=receipts_of(deployment).url)
    pushed = push_routes(gateway, content.feeds, deployment.secrets)
    return Service(
        deployment=deployment,
        setup=setup,
        clock=clock,
        journal=journal,
        snapshots=snapshots,
        gateway=gateway,
        pump=Pump(gateway),
        doors=doors_of(deployment, gateway, content, clock),
        station=station,
        front=front,
        post=post,
        reload=reload,
        retention=Retention(journal=journal, snapshots=snapshots, keep=_keep(deployment, content), clock=clock),
        recorders=make_recorders(setup, journal, clock, store=store, tracks=folder / "tracks"),
        server=front.server(
            station, reload, store=store.engine, tries=post.log, reading=lambda: nullcontext(journal), feeds=pushed
        ),
    )


def _view(loop: Loop, at_ms: int) -> Picture:
    return picture_at(loop, at_ms, replay=False, early=True)


def _keep(deployment: Deployment, content: Content) -> Keep:
    """Return the manifests' times, with what the deployment file says instead."""
    said, given = keep_of(content.feeds.values()), deployment.keep
    raw_ms, decoded_ms = given.get("raw", said.input_ms), given.get("decoded", said.derived_ms)
    return Keep(input_ms=max(raw_ms, LEAST_MS), derived_ms=max(decoded_ms, LEAST_MS))


def _clock(deployment: Deployment, loop: Loop) -> StampClock:
    if deployment.clock_start_ms is None:
        return SystemClock()
    return ScaledClock(max(deployment.clock_start_ms, loop.progress_ms), speed=deployment.speed)


def _why_not(loop: Loop, rule: str, subject: str, at_ms: int) -> Mapping[str, Json]:
    for worker in loop.workers:
        found = worker.why_not(rule, subject)
        if found is not None:
            return {"at_ms": at_ms, **found}
    return never_heard(rule, subject, at_ms)


def _raise_open_files() -> None:
    """Ask for as many open files as the machine allows: each vehicle is a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def serve(deployment: Deployment) -> None:
    """Run a deployment until interrupted."""
    service = prepare(deployment)
    settle()
    service.start()
    print(f"Ops Center {deployment.code}: {service.link()}")
    try:
        while service.threads[-1].is_alive():
            service.clock_wait(1.0)
    except KeyboardInterrupt:
        log.info("stopping")
    finally:
        service.stop()
