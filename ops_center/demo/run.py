"""Run the exercise: history first, then the live shift through the real doors, until interrupted."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import webbrowser
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import Thread
from typing import Any

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
from ops_center.demo.frames import frames_of
from ops_center.demo.history import POLLED, HistoryWriter
from ops_center.demo.scenery import roads_of, scenery_of
from ops_center.deployment import Deployment
from ops_center.domain.quantity import parse_iso
from ops_center.domain.scales import Status
from ops_center.domain.text import Text

log = logging.getLogger(__name__)

PUSHED = ("dg-registry", "typhoon-track", "visibility", "loop-speeds", "park-gas", "cn-warnings")
FEEDS = ("dg-vehicles", *PUSHED, *POLLED)
DEPOTS = 40
LEAD_MS = 40_000  # a long lead lets a replay and the history run in long strides


def run_demo(
    *, port: int, folder: Path, speed: float, start: str, vehicles: int, fresh: bool, open_browser: bool
) -> None:
    """Run Exercise Lekima on loopback."""
    console = Console(stderr=True)
    if fresh and folder.exists():
        shutil.rmtree(folder)
    shift = parse_iso(start) - script.OPENS_MS if start else 0
    opens_ms = script.OPENS_MS + shift
    agencies = _Agencies()
    deployment = _deployment(folder, port=port, speed=speed, opens_ms=opens_ms, agencies_port=agencies.port)
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as bar:
        fleets: list[Fleet] = []

        def fleet_of(setup: Setup) -> Fleet:
            if not fleets:
                task = bar.add_task("vehicles 车辆", total=1)
                fleet, _ = make_fleet(
                    roads_of(setup.places),
                    size=vehicles,
                    seed=script.SEED,
                    depots=DEPOTS,
                    start_ms=script.STARTS_MS,
                    until_ms=script.ENDS_MS,
                )
                fleets.append(script.play(fleet))
                bar.update(task, completed=1)
            return fleets[0]

        def history(journal: FileJournal, setup: Setup) -> None:
            writer = HistoryWriter(
                journal=journal,
                fleet=fleet_of(setup),
                scenery=scenery_of(setup.places),
                frames=frames_of,
                gateway=GATEWAY,
                status=Status.EXERCISE,
            )
            task = bar.add_task("six hours 前六小时", total=script.HISTORY_MS)
            writer.write(
                from_ms=script.STARTS_MS,
                to_ms=opens_ms,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )

        running = bar.add_task("through the loop 运行", total=script.HISTORY_MS)
        service = prepare(deployment, history=history, caught_up=lambda done, _: bar.update(running, completed=done))
        bar.update(running, completed=script.HISTORY_MS)
        fleet = fleet_of(service.setup)
    agencies.start(service)
    service.start()
    link = service.link()
    console.print(f"\n[bold]Exercise Lekima 演练“利奇马”[/bold]  {link}\n(one-time link; Ctrl-C stops)")
    if open_browser:
        webbrowser.open(link)
    _play(service, fleet)


def _play(service: Service, fleet: Fleet) -> None:
    """Drive devices and agencies until the service ends or is interrupted."""
    from_ms = service.station.live().at_ms
    devices = Devices(fleet, clock=service.clock, host=service.deployment.host, port=service.doors.port("dg-vehicles"))
    pushing = push_bulletins(
        scenery_of(service.setup.places),
        clock=service.clock,
        base_url=f"http://{service.deployment.host}:{service.port}",
        tokens=service.deployment.secrets_of(PUSHED),
        from_ms=from_ms,
    )
    thread = _in_loop("exercise", lambda: asyncio.wait([_task(devices.run(from_ms=from_ms)), _task(pushing)]))
    try:
        while thread.is_alive() and not service.station.stopping.is_set():
            service.clock_wait(1.0)
    except KeyboardInterrupt:
        log.info("stopping")
    finally:
        service.stop()


def _task(what: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.get_running_loop().create_task(what)


def _in_loop(name: str, what: Callable[[], Coroutine[Any, Any, Any]]) -> Thread:
    async def run() -> None:
        await what()

    thread = Thread(target=lambda: asyncio.run(run()), name=name, daemon=True)
    thread.start()
    return thread


class _Agencies:
    """The weather and seismic services on a loopback port of their own."""

    def __init__(self) -> None:
        import socket

        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])

    def start(self, service: Service) -> None:
        config = uvicorn.Config(make_agencies(service.clock), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        Thread(target=lambda: server.run(sockets=[self._socket]), name="agencies", daemon=True).start()


def _deployment(folder: Path, *, port: int, speed: float, opens_ms: int, agencies_port: int) -> Deployment:
    base = f"http://127.0.0.1:{agencies_port}"
    return Deployment(
        code="370000",
        title=Text("山东省应急运行中心", "Shandong Emergency Operations Center"),
        status=Status.EXERCISE,
        folder=folder.resolve(),
        feeds=FEEDS,
        port=port,
        doors={"dg-vehicles": 0},
        secrets={name.replace("-", "_"): secrets.token_urlsafe(18) for name in PUSHED},
        receive={
            "usgs-quakes": {"http_poll": {"url": f"{base}/usgs.geojson", "every": "10 s"}},
            "cap-warnings": {"http_poll": {"url": f"{base}/cap/index.atom", "every": "10 s", "follow_links": True}},
        },
        lead_ms=LEAD_MS,
        clock_start_ms=opens_ms,
        speed=speed,
    )
