"""HTTP push door: ``POST /ingest/<path>`` with a feed's bearer token; 2xx only once the body is durable."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ops_center.adapters.gateway_durable import journalled
from ops_center.domain.errors import SetupError
from ops_center.domain.feed import Feed
from streams.gateway import Gateway
from streams.gateway.limits import Bucket, bucket, connections, message_bytes

DURABLE_S = 15.0  # how long a client waits for the journal before it is asked to send again
_RETRY = {"Retry-After": "5"}
_LOOPBACK = ("127.0.0.1", "::1")


@dataclass(slots=True)
class _Door:
    """One feed's path; without a token only this machine may push."""

    feed_id: str
    token: str | None
    bucket: Bucket
    now: int = 0  # requests being served


def push_routes(gateway: Gateway, feeds: Mapping[str, Feed], secrets: Mapping[str, str]) -> list[Route]:
    """Return the routes of all feeds that are pushed; SetupError where a secret or a path is wrong."""
    doors: dict[str, _Door] = {}
    for feed in feeds.values():
        given = feed.receive.get("http_push")
        if given is None:
            continue
        path = str(given["path"]).strip("/")
        if path in doors:
            raise SetupError(
                f"path {path!r} is also that of feed {doors[path].feed_id}",
                setting=f"feed {feed.id}: receive.http_push",
            )
        doors[path] = _Door(feed.id, secret_of(feed, given.get("token"), secrets), bucket(feed))

    async def ingest(request: Request) -> Response:
        door = doors.get(request.path_params["path"].strip("/"))
        if door is None:
            return _no(404, "no feed is pushed here")
        if not _authorised(request, door):
            gateway.counts(door.feed_id).refused += 1
            return _no(401, "a bearer token of this feed is wanted", {"WWW-Authenticate": "Bearer"})
        if door.now >= connections(gateway.feed(door.feed_id)):
            gateway.counts(door.feed_id).refused += 1
            return _no(503, "too many requests at a time", _RETRY)
        door.now += 1
        try:
            return await _take(request, door, gateway)
        finally:
            door.now -= 1

    return [Route("/ingest/{path:path}", ingest, methods=["POST"])]


def secret_of(feed: Feed, reference: str | None, secrets: Mapping[str, str]) -> str | None:
    """Return the secret that ``secret:NAME`` names, None where no name is given; SetupError if it is absent."""
    if reference is None:
        return None
    name = reference.removeprefix("secret:")
    if not secrets.get(name):
        raise SetupError(
            f"no secret {name!r}", setting=f"feed {feed.id}", suggestion="add it to the deployment's secrets file"
        )
    return secrets[name]


async def _take(request: Request, door: _Door, gateway: Gateway) -> Response:
    counts, feed = gateway.counts(door.feed_id), gateway.feed(door.feed_id)
    if not gateway.accepting:
        return _no(503, "the journal cannot be written now", _RETRY)
    wait_s = door.bucket.take(1, asyncio.get_running_loop().time())
    if wait_s > 0:
        door.bucket.take(-1, asyncio.get_running_loop().time())
        counts.slowed += 1
        return _no(429, "more messages a second than this feed may send", {"Retry-After": str(int(wait_s) + 1)})
    if request.headers.get("content-encoding", "identity") != "identity":
        return _no(415, "send the body without content-encoding")
    body = await _body(request, message_bytes(feed))
    if body is None:
        counts.oversize += 1
        return _no(413, f"at most {message_bytes(feed)} bytes", {"Connection": "close"})
    if not body:
        return _no(400, "an empty body")
    try:
        await asyncio.wait_for(journalled(gateway, door.feed_id, body), DURABLE_S)
    except TimeoutError:  # it may still be written: sent again it counts once
        return _no(503, "the journal did not answer in time", _RETRY)
    return JSONResponse({"accepted": 1})


async def _body(request: Request, limit: int) -> bytes | None:
    """Return the body, None as soon as it is longer than `limit`."""
    parts: list[bytes] = []
    total = 0
    try:
        async for part in request.stream():
            total += len(part)
            if total > limit:
                return None
            parts.append(part)
    except ClientDisconnect:
        return b""
    return b"".join(parts)


def _authorised(request: Request, door: _Door) -> bool:
    if door.token is None:
        return request.client is not None and request.client.host in _LOOPBACK
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), door.token.encode())


def _no(status: int, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": reason}, status_code=status, headers=headers)
