"""All doors of a deployment in one event loop of their own thread; HTTP push is routed by the web server."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from typing import Any

from ops_center.adapters.gateway_files import FileDoor, FolderDoor
from ops_center.adapters.gateway_jt808 import Jt808Conversation
from ops_center.adapters.gateway_poll import PollDoor
from ops_center.adapters.gateway_push import secret_of
from ops_center.adapters.gateway_tcp import Conversation, TcpDoor
from ops_center.domain.errors import SetupError
from ops_center.domain.feed import Feed
from ops_center.domain.quantity import duration_ms
from streams.decoders.jt808.admission import OPEN, keyed
from streams.gateway import Gateway

log = logging.getLogger(__name__)


class Doors:
    """Opens what each feed's `receive` names.

    `ports` says a feed's TCP port, else its manifest does. A secret named like a JT/T 808 feed makes
    its terminals authenticate with codes of that secret; without it anyone may come. Files and
    folders with a relative path stand below `folder`.
    """

    def __init__(
        self,
        gateway: Gateway,
        feeds: Mapping[str, Feed],
        now_ms: Callable[[], int],
        *,
        folder: Path = Path(),
        host: str = "127.0.0.1",
        ports: Mapping[str, int] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        self._gateway, self._feeds, self._now_ms, self._folder = gateway, feeds, now_ms, folder
        self._host, self._ports, self._secrets = host, ports or {}, secrets or {}
        self._tcp: dict[str, TcpDoor] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._thread: Thread | None = None

    def start(self) -> None:
        """Open every door; SetupError where one cannot be opened, and none is then."""
        _allow_connections()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="doors", daemon=True)
        self._thread.start()
        try:
            self._call(self._open())
        except SetupError:
            self.stop()
            raise

    def stop(self) -> None:
        """Close every door; what was read is with the gateway."""
        if self._thread is not None:
            self._call(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._thread = None
            self._loop.close()

    def port(self, feed_id: str) -> int:
        """Return the TCP port a feed listens on."""
        return self._tcp[feed_id].port

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        done: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)
        done.result()

    async def _open(self) -> None:
        for feed in self._feeds.values():
            for kind, given in feed.receive.items():
                match kind:
                    case "tcp":
                        await self._listen(feed, given)
                    case "http_poll":
                        door = PollDoor(self._gateway, feed, token=secret_of(feed, given.get("token"), self._secrets))
                        self._run(door.run(), feed)
                    case "file":
                        self._run(FileDoor(self._gateway, feed, below=self._folder).run(), feed)
                    case "folder":
                        self._run(FolderDoor(self._gateway, feed, below=self._folder).run(), feed)
                    case "http_push":
                        pass  # see gateway_push.push_routes
                    case "intake":
                        pass  # see gateway_intake.intake_door; without Kafka there is none
                    case _:
                        raise SetupError(f"unknown way to receive: {kind!r}", setting=f"feed {feed.id}")

    async def _listen(self, feed: Feed, given: Mapping[str, Any]) -> None:
        if feed.decoder != "jt808":
            raise SetupError(f"no TCP conversation for {feed.decoder}", setting=f"feed {feed.id}: receive.tcp")
        secret = self._secrets.get(feed.id)
        admission = keyed(secret.encode()[:64]) if secret else OPEN

        def converse() -> Conversation:
            return Jt808Conversation(feed, self._now_ms, admission=admission)

        door = TcpDoor(
            self._gateway,
            feed.id,
            converse,
            host=str(given.get("host", self._host)),
            port=self._ports.get(feed.id, int(given.get("port", 0))),
            idle_s=duration_ms(given.get("idle", "10 min")) / 1000,
        )
        await door.start()
        self._tcp[feed.id] = door
        log.info("%s: listening on %s:%d", feed.id, self._host, door.port)

    def _run(self, work: Coroutine[Any, Any, None], feed: Feed) -> None:
        task = self._loop.create_task(work, name=f"door {feed.id}")
        task.add_done_callback(_report)
        self._tasks.append(task)

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for door in self._tcp.values():
            await door.stop()
        await self._loop.shutdown_default_executor()


def _allow_connections() -> None:
    """Allow this process as many open files as it may: each connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _report(task: asyncio.Task[None]) -> None:
    """Say that a door's task ended though nobody closed it: a defect, never silent."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("%s stopped: %r", task.get_name(), error, exc_info=error)
