"""The live socket: one task sends, one reads, one watches; any of them ends it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable

from anyio import create_task_group
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
    codes: list[int] = []
    try:
        async with create_task_group() as group:

            async def until_over(part: Awaitable[int | None]) -> None:
                """Run one part; its end is the end of all. A line that is gone is no error."""
                try:
                    code = await part
                    if code is not None:
                        codes.append(code)
                except (WebSocketDisconnect, OSError) as gone:
                    log.debug("the client is gone: %r", gone)
                except RuntimeError as gone:  # starlette's word for a socket closed while we send
                    log.warning("the live socket ended: %r", gone)
                group.cancel_scope.cancel()

            for part in (client.send(socket), _read(socket, hub, client), _watch(hub, client)):
                group.start_soon(until_over, part)
        if codes:
            await socket.close(codes[0])
    finally:
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
