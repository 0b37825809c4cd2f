"""Run the exercise: history first, then the live shift through the real doors, until interrupted."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import webbrowser
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ops_center.adapters.clocks import ScaledClock
from ops_center.adapters.journal_file import FileJournal
from ops_center.bootstrap.memory import settle
from ops_center.bootstrap.parts import Setup
from ops_center.bootstrap.service import GATEWAY, Service, prepare
from ops_center.demo import script
from ops_center.demo.agencies import Pushing
from ops_center.demo.devices import Devices
from ops_center.demo.fleet import Fleet
from ops_center.demo.frames import frames_of
from ops_center.demo.history import VEHICLES, HistoryWriter
from ops_center.demo.opening import FEEDS, LEAD_MS, PUSHED, TITLE, Agencies, opening_ms_of, planned_fleet, polled_from
from ops_center.demo.routes import write_routes
from ops_center.demo.scenery import scenery_of
from ops_center.demo.units import Units
from ops_center.deployment import Deployment
from ops_center.domain.scales import Status

AHEAD_MS = 30_000  # between what is due and what is through; no feed's or vehicle's silence is that short


@dataclass(slots=True, kw_only=True)
class Exercise:
    """The prepared exercise: service, fleet and agencies; `start` opens doors and lets everybody send."""

    service: Service
    fleet: Fleet
    agencies: Agencies
    devices: Devices | None = None
    pushing: Pushing | None = None
    thread: Thread | None = None

    def start(self) -> None:
        """Start agencies, service, devices and bulletins; returns when the wall answers."""
        self._pace()
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
        self.pushing = Pushing(
            scenery=scenery_of(service.setup.places),
            clock=service.clock,
            base_url=f"http://{service.deployment.host}:{service.port}",
            tokens=service.deployment.secrets_of(PUSHED),
            reached_ms=from_ms,
        )
        sending = asyncio.gather(self.devices.run(from_ms=from_ms), self.pushing.run())
        while not service.station.stopping.is_set():
            await asyncio.sleep(0.2)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending

    def _pace(self) -> None:
        """Let the clock run only as fast as what is sent is taken, and what is taken is shown."""
        service = self.service
        assert isinstance(service.clock, ScaledClock)
        opened_ms = service.clock.now_ms()

        def reached() -> int:
            sent_ms = [opened_ms if one is None else one.reached_ms for one in (self.devices, self.pushing)]
            return min(*sent_ms, service.station.loop.progress_ms + service.setup.slack_ms)

        service.clock.follow(reached, ahead_ms=AHEAD_MS)


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
    agencies = Agencies()
    deployment = _deployment(folder, port=port, speed=speed, opens_ms=opens_ms, agencies_port=agencies.port)
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    history_ms = opens_ms - script.STARTS_MS
    with Progress(*columns, console=console) as bar:
        planning = bar.add_task("vehicles 车辆", total=1)
        writing = bar.add_task("history 历史", total=history_ms)
        running = bar.add_task("through the loop 运行", total=history_ms)

        planned = planned_fleet(vehicles, folder)
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
    opens_ms = opening_ms_of(start)
    settle()
    exercise = prepare_exercise(
        port=port,
        folder=folder,
        speed=speed,
        opens_ms=opens_ms,
        vehicles=vehicles,
        console=console,
        content=content,
    )
    settle()
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


def _deployment(folder: Path, *, port: int, speed: float, opens_ms: int, agencies_port: int) -> Deployment:
    return Deployment(
        code="370000",
        title=TITLE,
        status=Status.EXERCISE,
        folder=folder.resolve(),
        feeds=FEEDS,
        port=port,
        doors={VEHICLES: 0},
        secrets={name.replace("-", "_"): secrets.token_urlsafe(18) for name in PUSHED},
        receive=polled_from(agencies_port),
        lead_ms=LEAD_MS,
        clock_start_ms=opens_ms,
        speed=speed,
    )
