"""Who sends in the exercise knows how far what it sent has been taken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_center.adapters.clocks import FakeClock
from ops_center.demo.agencies import Pushing
from ops_center.demo.bulletins import Scenery, Station
from ops_center.demo.devices import Devices
from ops_center.demo.fleet import Fleet
from ops_center.demo.frames import LOCATION
from ops_center.demo.script import OPENS_MS
from streams.decoders.jt808.framing import FrameSplitter
from streams.decoders.jt808.header import read_frame
from streams.decoders.jt808.session import Session
from tests.demo.square import HOUR, START
from tests.waiting import until_async


async def while_running(sender: Awaitable[None], then: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.ensure_future(sender)
    try:
        await then()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_the_fleet_has_reached_what_the_platform_answered_and_not_what_it_sent(fleet: Fleet) -> None:
    clock, answering, held = FakeClock(START + HOUR), [False], []
    lines: set[asyncio.StreamWriter] = set()

    async def platform(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        splitter, session = FrameSplitter(), Session(now_ms=clock.now_ms)
        lines.add(writer)
        while chunk := await reader.read(65536):
            for frame in splitter.feed(chunk):
                for message in session.take(frame):
                    answers = b"".join(session.answer(message))
                    if read_frame(message).header.msg_id == LOCATION and not answering[0]:
                        held.append((writer, answers))
                    else:
                        writer.write(answers)
        writer.close()
        await writer.wait_closed()
        lines.remove(writer)

    async def run() -> None:
        server = await asyncio.start_server(platform, "127.0.0.1", 0)
        devices = Devices(fleet, clock=clock, host="127.0.0.1", port=server.sockets[0].getsockname()[1])

        async def steps() -> None:
            await until_async(lambda: devices.connected == len(fleet.vehicles))
            clock.advance(60_000)
            due = fleet.fixes(from_ms=START + HOUR, to_ms=clock.now_ms()).event_ms
            await until_async(lambda: len(held) == len(due))
            first = int(due.min())
            await until_async(lambda: devices.reached_ms == first)
            clock.advance(60_000)
            await until_async(lambda: len(held) > len(due))
            assert devices.reached_ms == first
            answering[0] = True
            for writer, answers in held:
                writer.write(answers)
            await until_async(lambda: devices.reached_ms == clock.now_ms())

        async with server:
            await while_running(devices.run(from_ms=START + HOUR), steps)
            await until_async(lambda: not lines)

    asyncio.run(run())


def test_the_agencies_have_reached_what_was_taken() -> None:
    clock, taking, posted = FakeClock(OPENS_MS), [False], []

    async def ingest(request: Request) -> Response:
        posted.append(request.path_params["feed"])
        return Response(status_code=202 if taking[0] else 503)

    async def run() -> None:
        app = Starlette(routes=[Route("/ingest/{feed}", ingest, methods=["POST"])])
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve())
        await until_async(lambda: server.started)
        pushing = Pushing(
            scenery=Scenery(weather=(), loops=(), detectors=(Station(key="1", lon=118.0, lat=37.0),)),
            clock=clock,
            base_url=f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}",
            tokens={"park-gas": "t"},
            reached_ms=OPENS_MS + 1_000,
        )

        async def steps() -> None:
            clock.advance(90_000)
            await until_async(lambda: len(posted) > 1)
            assert pushing.reached_ms == OPENS_MS + 1_000
            taking[0] = True
            await until_async(lambda: pushing.reached_ms == clock.now_ms())

        await while_running(pushing.run(), steps)
        server.should_exit = True
        await serving

    asyncio.run(run())
    assert set(posted) == {"park-gas"}
