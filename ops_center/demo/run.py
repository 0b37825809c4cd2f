"""Run the exercise: history first, then the live shift through the real doors, until interrupted."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

import uvicorn
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ops_center.adapters.journal_file import FileJournal
from ops_center.bootstrap.parts import Setup
from ops_center.bootstrap.service import GATEWAY, Service, prepare
from ops_center.demo import script
from ops_center.demo.agencies import make_agencies, push_bulletins
from ops_center.demo.devices import Devices
from ops_center.demo.fleet import Fleet, make_fleet
from ops_center.demo.fleet_file import kept_fleet, key_of
from ops_center.demo.frames import frames_of
from ops_center.demo.history import POLLED, VEHICLES, HistoryWriter
from ops_center.demo.routes import write_routes
from ops_center.demo.scenery import scenery_of, shipped_roads
from ops_center.demo.units import Units
from ops_center.deployment import Deployment
from ops_center.domain.errors import SetupError
from ops_center.domain.quantity import iso, parse_iso
from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.ports import Clock

PUSHED = ("dg-registry", "typhoon-track", "visibility", "loop-speeds", "park-gas", "cn-warnings")
FEEDS = (VEHICLES, *PUSHED, *POLLED)
MINUTE_MS = 60_000
DEPOTS = 40
LEAD_MS = 40_000  # a long lead lets a replay and the history run in long strides


@dataclass(slots=True, kw_only=True)
class Exercise:
    """The prepared exercise: service, fleet and agencies; `start` opens doors and lets everybody send."""

    service: Service
    fleet: Fleet
    agencies: _Agencies
    devices: Devices | None = None
    thread: Thread | None = None

    def start(self) -> None:
        """Start agencies, service, devices and bulletins; returns when the wall answers."""
        self.agencies.start(self.service.clock)
        self.service.start()
        self.thread = Thread(target=lambda: asyncio.run(self._send()), name="exercise", daemon=True)
        self.thread.start()
        service = self.service
        units = Units(
            look=service.station.live,
            submit=service.station.submit,
            clock=service.clock,
            jurisdiction=service.deployment.code,
        )
        Thread(target=lambda: units.run(service.station.stopping), name="units", daemon=True).start()

    def stop(self) -> None:
        """Stop in reverse; the journal holds all that was acknowledged."""
        self.service.stop()
        self.agencies.stop()

    async def _send(self) -> None:
        service = self.service
        from_ms = service.station.live().at_ms
        self.devices = Devices(
            self.fleet, clock=service.clock, host=service.deployment.host, port=service.doors.port(VEHICLES)
        )
        sending = asyncio.gather(
            self.devices.run(from_ms=from_ms),
            push_bulletins(
                scenery_of(service.setup.places),
                clock=service.clock,
                base_url=f"http://{service.deployment.host}:{service.port}",
                tokens=service.deployment.secrets_of(PUSHED),
                from_ms=from_ms,
            ),
        )
        while not service.station.stopping.is_set():
            await asyncio.sleep(0.2)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending


def prepare_exercise(
    *,
    port: int,
    folder: Path,
    speed: float,
    opens_ms: int,
    vehicles: int,
    console: Console,
    content: Sequence[Path] = (),
) -> Exercise:
    """Return the exercise with its history written and run, where the folder does not hold it already."""
    agencies = _Agencies()
    deployment = _deployment(folder, port=port, speed=speed, opens_ms=opens_ms, agencies_port=agencies.port)
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    history_ms = opens_ms - script.STARTS_MS
    with Progress(*columns, console=console) as bar:
        planning = bar.add_task("vehicles 车辆", total=1)
        writing = bar.add_task("history 历史", total=history_ms)
        running = bar.add_task("through the loop 运行", total=history_ms)

        planned = _planned(vehicles, folder)
        fleet = script.play(planned)
        places = [*write_routes(planned, folder), *content]
        deployment = replace(deployment, content=tuple(place.resolve() for place in places))
        bar.update(planning, completed=1)

        def history(journal: FileJournal, setup: Setup) -> None:
            writer = HistoryWriter(
                journal=journal,
                fleet=fleet,
                scenery=scenery_of(setup.places),
                frames=frames_of,
                gateway=GATEWAY,
                status=Status.EXERCISE,
            )
            writer.write(
                from_ms=script.STARTS_MS,
                to_ms=opens_ms,
                progress=lambda done, of: bar.update(writing, completed=done, total=of),
            )

        service = prepare(deployment, history=history, caught_up=lambda done, _: bar.update(running, completed=done))
        for task in (writing, running):
            bar.update(task, completed=history_ms)
    return Exercise(service=service, fleet=fleet, agencies=agencies)


def run_demo(
    *,
    port: int,
    folder: Path,
    speed: float,
    start: str,
    vehicles: int,
    fresh: bool,
    open_browser: bool,
    content: Sequence[Path] = (),
) -> None:
    """Run Exercise Lekima on loopback until interrupted."""
    console = Console(stderr=True)
    if fresh and folder.exists():
        shutil.rmtree(folder)
    opens_ms = _opening(start)
    exercise = prepare_exercise(
        port=port,
        folder=folder,
        speed=speed,
        opens_ms=opens_ms,
        vehicles=vehicles,
        console=console,
        content=content,
    )
    exercise.start()
    link = exercise.service.link()
    console.print(f"\n[bold]Exercise Lekima 演练“利奇马”[/bold]  {link}\n(one-time link; Ctrl-C stops)", soft_wrap=True)
    if open_browser:
        webbrowser.open(link)
    try:
        while not exercise.service.station.stopping.is_set():
            exercise.service.clock_wait(1.0)
    except KeyboardInterrupt:
        console.print("stopping 正在停止")
    finally:
        exercise.stop()


def _opening(start: str) -> int:
    if not start:
        return script.OPENS_MS
    try:
        opens_ms = parse_iso(start)
    except ValueError as error:
        raise SetupError(str(error), setting="--start") from error
    if not script.STARTS_MS + MINUTE_MS <= opens_ms < script.ENDS_MS:
        first, last = iso(script.STARTS_MS + MINUTE_MS), iso(script.ENDS_MS)
        raise SetupError(f"{start} lies outside the exercise", setting="--start", suggestion=f"{first} to {last}")
    return opens_ms


def _planned(vehicles: int, folder: Path) -> Fleet:
    """Return the fleet before anything happens to it; planned once, then kept beside the journal."""
    roads = shipped_roads()
    span = {"size": vehicles, "seed": script.SEED, "depots": DEPOTS}
    span |= {"start_ms": script.STARTS_MS, "until_ms": script.ENDS_MS}
    return kept_fleet(folder, key_of(roads, **span), lambda: make_fleet(roads, **span)[0])


class _Agencies:
    """The weather and seismic services on a loopback port of their own."""

    def __init__(self) -> None:
        self._server: uvicorn.Server | None = None
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def start(self, clock: Clock) -> None:
        """Serve until `stop`."""
        server = uvicorn.Server(uvicorn.Config(make_agencies(clock), log_level="warning", lifespan="off"))
        Thread(target=lambda: server.run(sockets=[self._socket]), name="agencies", daemon=True).start()
        self._server = server

    def stop(self) -> None:
        """Stop serving; the server closes the socket it was given."""
        if self._server is None:
            self._socket.close()
        else:
            self._server.should_exit = True


def _deployment(folder: Path, *, port: int, speed: float, opens_ms: int, agencies_port: int) -> Deployment:
    base = f"http://127.0.0.1:{agencies_port}"
    return Deployment(
        code="370000",
        title=Text("山东省应急运行中心", "Shandong Emergency Operations Center"),
        status=Status.EXERCISE,
        folder=folder.resolve(),
        feeds=FEEDS,
        port=port,
        doors={VEHICLES: 0},
        secrets={name.replace("-", "_"): secrets.token_urlsafe(18) for name in PUSHED},
        receive={
            "usgs-quakes": {"http_poll": {"url": f"{base}/usgs.geojson", "every": "10 s"}},
            "cap-warnings": {"http_poll": {"url": f"{base}/cap/index.atom", "every": "10 s", "follow_links": True}},
        },
        lead_ms=LEAD_MS,
        clock_start_ms=opens_ms,
        speed=speed,
    )
