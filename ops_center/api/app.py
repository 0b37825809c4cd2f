"""The one ASGI app: entrance, reads, commands, live socket, static files, the page below all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from a2wsgi import WSGIMiddleware
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from ops_center.api.commands import Commands
from ops_center.api.entrance import Entrance
from ops_center.api.guard import Guard, content_policy
from ops_center.api.hub import Hub
from ops_center.api.live import serve
from ops_center.api.reads import Reads
from ops_center.api.sessions import Sessions
from ops_center.api.settings import Settings
from ops_center.api.sources import ContentSource, LayerSource, Screen, SignIn
from ops_center.domain.text import Json
from ops_center.picture import Station
from ops_center.ports import Clock

PAGE_THREADS = 4  # the page is static and small; callbacks never carry live state


def make_app(
    station: Station,
    *,
    layers: LayerSource,
    content: ContentSource,
    sign_in: SignIn,
    screen: Screen,
    clock: Clock,
    settings: Settings,
    more: tuple[BaseRoute, ...] = (),
    doors: tuple[str, ...] = (),
    pages: Callable[[Hub], Sequence[BaseRoute]] = lambda hub: (),
    outages: Callable[[], Sequence[Mapping[str, Json]]] = tuple,
) -> ASGIApp:
    """Return the app; `more` and `pages` (which need the hub) are further routes, behind the same guard.

    `outages` tells what of the installation is lost: ``{code, since_ms, zh, en}``.
    Routes under a path prefix of `doors` (HTTP ingest) check a token and limits of their own.
    """
    sessions = Sessions(life_s=settings.session_s)
    hub = Hub(
        station=station, clock=clock, settings=settings, sessions=sessions, problems=content.problems, outages=outages
    )
    entrance = Entrance(sessions=sessions, sign_in=sign_in, screen=screen, station=station, clock=clock)
    reads = Reads(hub=hub, layers=layers, content=content)

    async def live(socket: WebSocket) -> None:
        await serve(socket, hub=hub, session=socket.state.session)

    async def static(request: Request) -> Response:
        return asset(request, screen)

    wsgi: Any = WSGIMiddleware(screen.wsgi, workers=PAGE_THREADS)
    page = GZipMiddleware(wsgi, minimum_size=2_048, compresslevel=6)
    routes: list[BaseRoute] = [
        *entrance.routes(),
        *reads.routes(),
        *Commands(hub=hub).routes(),
        WebSocketRoute("/live", live),
        Route("/static/{name:path}", static, methods=["GET"]),
        *more,
        *pages(hub),
        Mount("/", app=page),
    ]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        running = asyncio.create_task(hub.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    inner = Starlette(routes=routes, lifespan=lifespan)
    inner.state.hub = hub
    return Guard(
        inner, sessions, content_policy(screen.script_hashes), settings.body_bytes, settings.upload_bytes, doors
    )


def asset(request: Request, screen: Screen) -> Response:
    """Return a static file, compressed at start and named by its hash in the page."""
    found = screen.assets.get(request.path_params["name"])
    if found is None:
        return JSONResponse({"error": "unknown"}, status_code=404)
    fresh = request.query_params.get("v") == found.etag
    headers = {
        "ETag": f'"{found.etag}"',
        "Vary": "Accept-Encoding",
        "Cache-Control": "public, max-age=31536000, immutable" if fresh else "no-cache",
    }
    if request.headers.get("if-none-match") == f'"{found.etag}"':
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.gzipped, media_type=found.content_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.body, media_type=found.content_type, headers=headers)
