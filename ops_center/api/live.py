"""The live socket: one task sends, one reads, one watches; any of them ends it."""

from __future__ import annotations

import asyncio
import json
import logging

from starlette.websockets import WebSocket, WebSocketDisconnect

from ops_center.api.client import Client
from ops_center.api.hub import Hub
from ops_center.api.sessions import Session

TRY_LATER = 1013  # RFC 6455 registry: try again later
REFUSED = 1008  # RFC 6455, 7.4.1: policy violation
MOST_TOLD = 4_096  # characters of one client message
log = logging.getLogger(__name__)


async def serve(socket: WebSocket, *, hub: Hub, session: Session) -> None:
    """Serve one screen until it leaves, falls silent, says nonsense, or its session ends."""
    await socket.accept()
    client = hub.join(session)
    tasks = [
        asyncio.create_task(client.send(socket)),
        asyncio.create_task(_read(socket, hub, client)),
        asyncio.create_task(_watch(hub, client)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code = next((one.result() for one in done if one.exception() is None), None)
        for one in done:
            error = one.exception()
            if error is not None and not isinstance(error, WebSocketDisconnect | RuntimeError | OSError):
                log.error("live socket ended", exc_info=error)
        if code is not None:
            await socket.close(code)
    except (WebSocketDisconnect, RuntimeError, OSError):
        log.debug("the client was gone before it could be told")
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        hub.leave(client)


async def _read(socket: WebSocket, hub: Hub, client: Client) -> int | None:
    while True:
        text = await socket.receive_text()
        if len(text) > MOST_TOLD:
            return REFUSED
        try:
            message = json.loads(text)
            if not isinstance(message, dict):
                return REFUSED
            hub.told(client, message)
        except (ValueError, KeyError, TypeError):
            return REFUSED


async def _watch(hub: Hub, client: Client) -> int | None:
    while True:
        await asyncio.sleep(1.0)
        if client.silent_s() > hub.settings.silent_client_s:
            return TRY_LATER
        if hub.sessions.alive(client.session.id) is None:
            return REFUSED
