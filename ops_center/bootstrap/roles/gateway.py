"""Gateway role: the doors, the stamps and the spool of one machine, before the deployment's broker."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ops_center.adapters.clocks import ScaledClock, SystemClock, wall_ms
from ops_center.adapters.gateway_doors import Doors
from ops_center.adapters.gateway_intake import command_door, intake_door
from ops_center.adapters.gateway_pump import Pump
from ops_center.adapters.gateway_push import push_routes
from ops_center.adapters.intake_reader import IntakeReader
from ops_center.adapters.journal_spooled import SpooledJournal
from ops_center.bootstrap.content import Content
from ops_center.bootstrap.deployed import content_of
from ops_center.bootstrap.production import Servers, once_reachable, open_servers, role_folder
from ops_center.bootstrap.roles.running import beating, stopped_by_signals
from ops_center.deployment import Deployment
from ops_center.domain.text import Json
from ops_center.pipeline.pulses import Beating
from streams.gateway import Gateway
from streams.gateway.core import StampClock

LEAST_FREE = 256 << 20  # bytes of disk: below it the banner warns before the gateway must stop
APPEND_S = 3.0  # how long a step waits for the broker before it goes to the spool
WAIT_S = 15.0


@dataclass(slots=True, kw_only=True)
class GatewayRole:
    """Everything of a gateway's process; `start` and `stop` in the right order."""

    servers: Servers
    folder: Path
    spool: SpooledJournal
    gateway: Gateway
    pump: Pump
    doors: Doors
    intakes: Sequence[IntakeReader]
    web: uvicorn.Server
    threads: list[Thread] = field(default_factory=list)
    beat: Beating | None = None

    def start(self) -> None:
        """Open the doors; from now on what is answered is durable."""
        self.pump.start()
        self.doors.start()
        for intake in self.intakes:
            intake.start()
        self.threads.append(Thread(target=self.web.run, name="web", daemon=True))
        self.threads[-1].start()
        self.beat = beating(self.servers.journal, role="gateway", name=self.gateway.name, facts=self.facts)

    def stop(self) -> None:
        """Close the doors, write what waits."""
        self.web.should_exit = True
        self.doors.stop()
        for intake in self.intakes:
            intake.stop()
        for one in self.threads:
            one.join(WAIT_S)
        self.pump.stop()
        self.spool.close()
        if self.beat is not None:
            self.beat.stop()
        self.servers.close()

    def facts(self) -> Mapping[str, Json]:
        """Return what ``status`` and screens want to know of this gateway."""
        return gateway_facts(self.gateway, self.spool, self.folder)


def gateway_facts(gateway: Gateway, spool: SpooledJournal, folder: Path) -> Mapping[str, Json]:
    """Return the state of a gateway and its spool."""
    health, free = gateway.health(), shutil.disk_usage(folder).free
    return {
        "now_ms": gateway.now_ms(),
        "accepting": health.accepting,
        "reason": health.reason,
        "disk_free": free,
        "disk_low": free < LEAST_FREE,
        "utc_offset_ms": health.utc_offset_ms,
        "slewing": health.slewing,
        "waiting": health.waiting,
        "broker_away_ms": spool.away_ms,
        "spooled": spool.waiting,
        "feeds": {
            name: {"messages": counts.messages, "last_ms": counts.last_ms, "connections": counts.connections}
            for name, counts in health.feeds.items()
        },
    }


def make_gateway(
    deployment: Deployment, name: str, stopping: Flag, *, clock: StampClock, more: Sequence[BaseRoute] = ()
) -> GatewayRole:
    """Return a gateway, what an earlier process had spooled carried over; waits for the broker.

    `more` are further routes of its HTTP side.
    """
    servers = open_servers(deployment, stopping, wait_s=APPEND_S)
    content = content_of(deployment)
    folder = role_folder(deployment, name)
    spool = SpooledJournal(servers.journal, folder / "spool", now_ms=wall_ms)
    once_reachable(spool.begin, stopping)
    gateway = once_reachable(lambda: Gateway(spool, content.feeds, clock, name=name), stopping)
    return GatewayRole(
        servers=servers,
        folder=folder,
        spool=spool,
        gateway=gateway,
        pump=Pump(gateway),
        doors=doors_of(deployment, gateway, content, clock),
        intakes=(command_door(gateway, servers.kafka), intake_door(gateway, servers.kafka)),
        web=_web(deployment, gateway, content, spool, folder, more),
    )


def doors_of(deployment: Deployment, gateway: Gateway, content: Content, clock: StampClock) -> Doors:
    """Return the doors that the feeds name, not open."""
    return Doors(
        gateway,
        content.feeds,
        clock.now_ms,
        folder=deployment.folder,
        host=deployment.host,
        ports=deployment.doors,
        secrets=deployment.secrets,
    )


def _web(
    deployment: Deployment,
    gateway: Gateway,
    content: Content,
    spool: SpooledJournal,
    folder: Path,
    more: Sequence[BaseRoute],
) -> uvicorn.Server:
    async def health(request: Request) -> Response:
        return JSONResponse(gateway_facts(gateway, spool, folder))

    routes = [Route("/health", health), *push_routes(gateway, content.feeds, deployment.secrets), *more]
    assert deployment.production is not None
    config = uvicorn.Config(
        Starlette(routes=routes),
        host=deployment.production.gateway_host,
        port=deployment.production.gateway_port,
        log_level="warning",
        lifespan="off",
    )
    return uvicorn.Server(config)


def clock_of(deployment: Deployment) -> SystemClock | ScaledClock:
    """Return the clock that stamps: the machine's, or an exercise's."""
    start_ms = deployment.clock_start_ms
    if start_ms is None:
        return SystemClock()
    passed_ms = 0 if deployment.clock_at_ms is None else max(0, wall_ms() - deployment.clock_at_ms)
    return ScaledClock(start_ms + int(passed_ms * deployment.speed), speed=deployment.speed)


def run_gateway(deployment: Deployment, name: str) -> None:
    """Run a gateway until it is told to stop."""
    stopping = stopped_by_signals()
    role = make_gateway(deployment, name, stopping, clock=clock_of(deployment))
    role.start()
    try:
        while not stopping.wait(1.0) and role.threads[-1].is_alive():
            pass
    finally:
        role.stop()
