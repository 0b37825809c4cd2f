"""Run the exercise over real servers: every role a process of its own, started again when it dies."""

from __future__ import annotations

import asyncio
import shutil
import sys
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event as Flag

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ops_center.adapters.clocks import ScaledClock, SystemClock, monotonic_s
from ops_center.adapters.gateway_intake import CommandSender
from ops_center.adapters.journal_silent import SilentJournal
from ops_center.adapters.processes import Supervisor
from ops_center.bootstrap.deployed import deployed
from ops_center.bootstrap.parts import Setup, make_desk
from ops_center.bootstrap.production import Servers, open_servers
from ops_center.bootstrap.roles.gateway import clock_of
from ops_center.bootstrap.roles.running import thread
from ops_center.demo import script
from ops_center.demo.agencies import Pushing
from ops_center.demo.devices import Devices
from ops_center.demo.fleet import Fleet
from ops_center.demo.frames import frames_of
from ops_center.demo.history import VEHICLES, HistoryWriter
from ops_center.demo.opening import PUSHED, Agencies, opening_ms_of, planned_fleet
from ops_center.demo.production_file import PARTITIONS, Addresses, Config, free_port
from ops_center.demo.routes import write_routes
from ops_center.demo.scenery import scenery_of
from ops_center.demo.units import Units
from ops_center.deployment import Deployment, load_deployment
from ops_center.desk.views import picture_of
from ops_center.domain.errors import JournalError, SetupError
from ops_center.domain.scales import Status
from ops_center.pipeline.following import restored
from ops_center.pipeline.tracks import NOWHERE
from ops_center.ports import INPUT
from streams.gateway.tail import last_stamp

GATEWAY = "gateway-1"
DECIDERS = ("worker-1", "worker-2", "desk-1")
LOOK_S = 0.5
UP_S = 300.0


def run_production_demo(
    *,
    servers: Path,
    port: int,
    folder: Path,
    speed: float,
    start: str,
    vehicles: int,
    fresh: bool,
    open_browser: bool,
    content: Sequence[Path] = (),
) -> None:
    """Run Exercise Lekima over these servers until interrupted."""
    console = Console(stderr=True)
    addresses, opens_ms = Addresses.of(servers), opening_ms_of(start)
    if fresh and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stopping, agencies = Flag(), Agencies()
    supervisor = Supervisor(folder=folder / "logs")
    try:
        planned = planned_fleet(vehicles, folder)
        fleet = script.play(planned)
        places = [place.resolve() for place in (*write_routes(planned, folder), *content)]
        config = Config(folder=folder, addresses=addresses, port=port or free_port(), speed=speed, places=places)
        config.write(agencies_port=agencies.port, start_ms=opens_ms)
        opened = open_servers(load_deployment(config.path), stopping)
        try:
            _run(config, opened, fleet, agencies, supervisor, stopping, opens_ms, console, open_browser)
        finally:
            opened.close()
    except KeyboardInterrupt:
        console.print("stopping 正在停止")
    finally:
        stopping.set()
        supervisor.close()
        agencies.stop()


def _run(
    config: Config,
    opened: Servers,
    fleet: Fleet,
    agencies: Agencies,
    supervisor: Supervisor,
    stopping: Flag,
    opens_ms: int,
    console: Console,
    open_browser: bool,
) -> None:
    setup = deployed(load_deployment(config.path)).setup
    for name in (*DECIDERS, GATEWAY, "wall-1"):
        role = name.partition("-")[0]
        supervisor.add(name, [sys.executable, "-m", "ops_center.cli", role, str(config.path), "--name", name])
    _history(setup, opened, fleet, opens_ms, console)
    supervisor.start(*DECIDERS)
    _caught_up(setup, opened, opens_ms, console)
    config.write(agencies_port=agencies.port, start_ms=last_stamp(opened.journal) or opens_ms)
    deployment = load_deployment(config.path)
    clock = clock_of(deployment)
    agencies.start(clock)
    supervisor.start(GATEWAY, "wall-1")
    gateway = _gateway_url(deployment)
    _wait(lambda: _answers(f"{gateway}/health") and _answers(f"http://{deployment.host}:{deployment.port}/healthz"))
    link = _link(supervisor.children["wall-1"].log)
    console.print(f"\n[bold]Exercise Lekima 演练“利奇马”[/bold]  {link}", soft_wrap=True)
    console.print(f"(one-time link; logs in {supervisor.folder}; Ctrl-C stops)", soft_wrap=True)
    if open_browser:
        webbrowser.open(link)
    thread("units", lambda: _answer_dispatches(setup, opened, clock_of(deployment), deployment, stopping))
    asyncio.run(_send(deployment, setup, fleet, gateway, from_ms=clock.now_ms()))


def _history(setup: Setup, opened: Servers, fleet: Fleet, opens_ms: int, console: Console) -> None:
    """Write the hours before the shift into a journal that is still empty."""
    if any(opened.journal.end(INPUT, partition) for partition in range(PARTITIONS)):
        return
    writer = HistoryWriter(
        journal=opened.journal,
        fleet=fleet,
        scenery=scenery_of(setup.places),
        frames=frames_of,
        gateway=GATEWAY,
        status=Status.EXERCISE,
    )
    with _bar(console) as bar:
        task = bar.add_task("history 历史", total=1)
        writer.write(
            from_ms=script.STARTS_MS,
            to_ms=opens_ms,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )


def _caught_up(setup: Setup, opened: Servers, opens_ms: int, console: Console) -> None:
    """Return when workers and desk are through with what the journal holds."""
    desk = make_desk(setup, SilentJournal(opened.journal))
    restored(desk, opened.snapshots)
    end_ms = (last_stamp(opened.journal) or opens_ms) - setup.slack_ms
    waiting = Flag()
    with _bar(console) as bar:
        task = bar.add_task("through workers and desk 运行", total=end_ms - script.STARTS_MS)
        while desk.progress_ms < end_ms:
            if not desk.step():
                waiting.wait(LOOK_S)
            bar.update(task, completed=max(0, desk.progress_ms - script.STARTS_MS))


def _answer_dispatches(
    setup: Setup, opened: Servers, clock: SystemClock | ScaledClock, deployment: Deployment, stopping: Flag
) -> None:
    """Let dispatched units answer, by a desk that follows here as a wall's does."""
    desk = restored(make_desk(setup, SilentJournal(opened.journal)), opened.snapshots)
    sender = CommandSender(opened.kafka)
    units = Units(
        look=lambda: picture_of(desk, NOWHERE, early=False),
        submit=sender.submit,
        clock=clock,
        jurisdiction=deployment.code,
    )
    while not stopping.wait(LOOK_S):
        with suppress(JournalError):  # the broker is away: the units answer later
            while desk.step():
                pass
            units.step()
    sender.close()


async def _send(deployment: Deployment, setup: Setup, fleet: Fleet, gateway: str, *, from_ms: int) -> None:
    clock = clock_of(deployment)
    devices = Devices(fleet, clock=clock, host=deployment.host, port=deployment.doors[VEHICLES])
    await asyncio.gather(
        devices.run(from_ms=from_ms),
        Pushing(
            scenery=scenery_of(setup.places),
            clock=clock,
            base_url=gateway,
            tokens=deployment.secrets_of(PUSHED),
            reached_ms=from_ms,
        ).run(),
    )


def _gateway_url(deployment: Deployment) -> str:
    assert deployment.production is not None
    return f"http://{deployment.production.gateway_host}:{deployment.production.gateway_port}"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _link(log: Path) -> str:
    """Return the one-time link that the wall has printed last."""
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if "/enter?token=" in line]
    return lines[-1].partition(": ")[2] if lines else ""


def _wait(condition: Callable[[], bool]) -> None:
    """Return when something has come up; SetupError when it does not."""
    waiting, until_s = Flag(), monotonic_s() + UP_S
    while not condition():
        if monotonic_s() > until_s:
            raise SetupError("gateway or wall do not answer", setting="demo", suggestion="see the logs in its folder")
        waiting.wait(LOOK_S)


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
