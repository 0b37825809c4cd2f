"""TCP door: many devices, each its own conversation; answers go out once their messages are durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from ops_center.adapters.gateway_durable import LoopCalls
from ops_center.domain.errors import SetupError
from streams.gateway import Gateway
from streams.gateway.limits import bucket, connections

log = logging.getLogger(__name__)

IDLE_S = 600.0
BACKLOG = 512  # messages of one connection that may wait for the journal
NOISE_OCTETS = 64 * 1024  # bytes that belong to no message, after which a connection is closed
UNSENT_OCTETS = 64 * 1024  # answers a device has not read: beyond it nothing more is read from it
_SWEEP_S = 0.25


class Conversation(Protocol):
    """One device's protocol: bytes in, messages to journal and answers out; no input or output of its own."""

    refusal: str  # why the device is to be closed, after its answers; "" otherwise

    def receive(self, chunk: bytes) -> tuple[Sequence[bytes], bytes]:
        """Return the messages that `chunk` completes and the answers they get."""
        ...

    def close(self) -> Sequence[bytes]:
        """Return what was still held, as messages: the connection has ended."""
        ...

    @property
    def dropped_octets(self) -> int:
        """Bytes so far that belong to no message."""
        ...


class TcpDoor:
    """Listens for one feed. A device that misbehaves is slowed or closed, alone."""

    def __init__(
        self,
        gateway: Gateway,
        feed_id: str,
        converse: Callable[[], Conversation],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        idle_s: float = IDLE_S,
    ) -> None:
        self.gateway, self.feed_id, self.converse = gateway, feed_id, converse
        self.counts = gateway.counts(feed_id)
        self._host, self._port, self.idle_s = host, port, idle_s
        self.open: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen; SetupError where the port is taken."""
        loop = asyncio.get_running_loop()
        self.loop, self.calls = loop, LoopCalls(loop)
        try:
            self._server = await loop.create_server(lambda: _Connection(self), self._host, self._port, backlog=1024)
        except OSError as error:
            raise SetupError(
                f"cannot listen on {self._host}:{self._port}: {error.strerror or error}",
                setting=f"feed {self.feed_id}",
                suggestion="stop what holds the port, or set another under doors",
            ) from error
        self._sweeper = asyncio.create_task(self._sweep())

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the door and every connection; what was read is still journalled."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            for connection in list(self.open):
                connection.abort()
            await self._server.wait_closed()
            await asyncio.sleep(0)  # lets the connections hear that they are closed

    def refuse(self) -> bool:
        """Return True, and count, where one more connection is too many."""
        full = len(self.open) >= connections(self.gateway.feed(self.feed_id))
        self.counts.refused += full
        return full

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(_SWEEP_S, self.idle_s / 4))
            accepting, now_s = self.gateway.accepting, self.loop.time()
            for connection in list(self.open):
                connection.look_after(accepting=accepting, now_s=now_s)


class _Connection(asyncio.Protocol):
    """One device. Reading goes on while no reason to hold it is left."""

    def __init__(self, door: TcpDoor) -> None:
        self._door = door
        self._talk = door.converse()
        self._bucket = bucket(door.gateway.feed(door.feed_id))
        self._holds: set[str] = set()
        self._waiting = 0
        self._noise = 0
        self._refused = False
        self._heard_s = door.loop.time()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the device in, unless there are too many."""
        assert isinstance(transport, asyncio.Transport)
        if self._door.refuse():
            transport.abort()
            return
        self._transport = transport
        transport.set_write_buffer_limits(high=UNSENT_OCTETS)
        self._door.open.add(self)
        self._door.counts.connections = len(self._door.open)

    def data_received(self, data: bytes) -> None:
        """Journal what is complete; its answers wait for that."""
        if self._transport is None:
            return
        door, self._heard_s = self._door, self._door.loop.time()
        messages, answers = self._talk.receive(data)
        if messages or answers:
            self._waiting += len(messages)
            door.gateway.receive(
                door.feed_id, *messages, done=lambda: door.calls.post(lambda: self._durable(len(messages), answers))
            )
            if self._waiting > BACKLOG:
                self._hold("backlog")
            if not door.gateway.accepting:
                self._hold("journal")
            self._slow(len(messages))
        if self._talk.refusal:
            door.counts.refused += 1
            self._refused = True
            if not messages and not answers:
                self._close(self._talk.refusal)
            self._hold("refused")
        self._listen_for_noise()

    def connection_lost(self, exc: Exception | None) -> None:
        """Journal what was held back; forget the device."""
        if self._transport is None:
            return
        self._transport = None
        left = self._talk.close()
        if left:
            self._door.gateway.receive(self._door.feed_id, *left)
        self._door.open.discard(self)
        self._door.counts.connections = len(self._door.open)

    def pause_writing(self) -> None:
        """Stop listening to a device that does not read its answers."""
        self._hold("unread")

    def resume_writing(self) -> None:
        """Listen again."""
        self._release("unread")

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def look_after(self, *, accepting: bool, now_s: float) -> None:
        """Resume once the journal accepts; close a device that is silent or does not read for too long."""
        if self._holds & {"journal", "backlog"}:
            self._heard_s = now_s  # it was we who did not listen
            if accepting:
                self._release("journal")
        elif now_s - self._heard_s > self._door.idle_s:
            self._close("silent, or not reading its answers")

    def _durable(self, messages: int, answers: bytes) -> None:
        self._waiting -= messages
        if self._transport is not None and answers:
            self._transport.write(answers)
        if self._refused and self._waiting == 0:
            self._close(self._talk.refusal)
        if self._waiting <= BACKLOG // 2:
            self._release("backlog")

    def _slow(self, messages: int) -> None:
        wait_s = self._bucket.take(messages, self._door.loop.time())
        if wait_s > 0 and "rate" not in self._holds:
            self._door.counts.slowed += 1
            self._hold("rate")
            self._door.loop.call_later(wait_s, self._release, "rate")

    def _listen_for_noise(self) -> None:
        noise = self._talk.dropped_octets
        self._door.counts.noise_octets += noise - self._noise
        self._noise = noise
        if noise > NOISE_OCTETS:
            self._close("it sends no messages")

    def _close(self, why: str) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._door.counts.closed += 1
            log.info("%s: connection of %s closed: %s", self._door.feed_id, self._peer(), why)
            if self._refused:
                self._transport.close()  # after its answers
            else:
                self._transport.abort()

    def _peer(self) -> str:
        found = self._transport.get_extra_info("peername") if self._transport is not None else None
        return f"{found[0]}:{found[1]}" if found else "?"

    def _hold(self, reason: str) -> None:
        if not self._holds and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
        self._holds.add(reason)

    def _release(self, reason: str) -> None:
        if reason not in self._holds:
            return
        self._holds.discard(reason)
        if not self._holds and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
