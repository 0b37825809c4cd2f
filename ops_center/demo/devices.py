"""Devices of the exercise: one TCP connection a vehicle to the JT/T 808 door, as terminals do it.

A terminal registers, authenticates and then reports; what was not answered it sends again after
it has connected anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque

import numpy as np

from ops_center.demo.fleet import Fixes, Fleet
from ops_center.demo.frames import Terminal, frames_of
from ops_center.ports import Clock
from streams.decoders.jt808.framing import FrameSplitter

log = logging.getLogger(__name__)

LOOK_S = 0.2
AT_ONCE = 100  # connections being opened at a time
RETRY_S = 5.0
UNANSWERED = 500  # reports a terminal keeps for sending again


class Device(asyncio.Protocol):
    """One terminal's connection."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.transport: asyncio.Transport | None = None
        self.ready = False
        self.unanswered: deque[tuple[int, bytes]] = deque(maxlen=UNANSWERED)
        self._splitter = FrameSplitter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self._splitter = transport, FrameSplitter()
        transport.write(self.terminal.register())

    def data_received(self, data: bytes) -> None:
        """Take the platform's answers: registered, authenticated, reports received."""
        for received in self._splitter.feed(data):
            answer = self.terminal.answer(received)
            if answer.token is not None:
                self._write(self.terminal.authenticate(answer.token))
            elif answer.to_authentication:
                self.ready = True
                for _, frame in self.unanswered:
                    self._write(frame)
            elif answer.to_report and self.unanswered:
                self.unanswered.popleft()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait to be connected anew."""
        self.transport, self.ready = None, False

    def report(self, at_ms: int, frame: bytes) -> None:
        """Send the report of an instant now, or after the next authentication."""
        self.unanswered.append((at_ms, frame))
        if self.ready:
            self._write(frame)

    def _write(self, frame: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(frame)


class Devices:
    """The fleet's terminals in one event loop; `host` and `port` are the door's."""

    def __init__(self, fleet: Fleet, *, clock: Clock, host: str, port: int) -> None:
        self._fleet, self._clock, self._host, self._port = fleet, clock, host, port
        self.reached_ms = 0  # every report before it has been answered
        self.devices = [Device(Terminal(v.terminal, str(v.papers["vehicle.plate"]))) for v in fleet.vehicles]

    async def run(self, *, from_ms: int) -> None:
        """Connect, then report everything from `from_ms` on as its time comes, until cancelled."""
        keeping = asyncio.create_task(self._keep_connected())
        try:
            sent_ms = self.reached_ms = from_ms
            while True:
                now_ms = self._clock.now_ms()
                if now_ms > sent_ms:
                    self._report(self._fleet.fixes(from_ms=sent_ms, to_ms=now_ms))
                    sent_ms = now_ms
                self.reached_ms = min((one.unanswered[0][0] for one in self.devices if one.unanswered), default=sent_ms)
                await asyncio.sleep(LOOK_S)
        finally:
            keeping.cancel()
            for device in self.devices:
                if device.transport is not None:
                    device.transport.close()

    @property
    def connected(self) -> int:
        """Terminals that are authenticated."""
        return int(np.count_nonzero([device.ready for device in self.devices]))

    def _report(self, fixes: Fixes) -> None:
        frames = frames_of(self._fleet, fixes)
        for row, at_ms, frame in zip(fixes.vehicle.tolist(), fixes.event_ms.tolist(), frames, strict=True):
            self.devices[row].report(at_ms, frame)

    async def _keep_connected(self) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        while True:
            away = [device for device in self.devices if device.transport is None]
            await asyncio.gather(*(self._connect(device, gate) for device in away))
            await asyncio.sleep(RETRY_S)

    async def _connect(self, device: Device, gate: asyncio.Semaphore) -> None:
        async with gate:
            try:
                await asyncio.get_running_loop().create_connection(lambda: device, self._host, self._port)
            except OSError as error:
                log.debug("terminal %s cannot connect: %s", device.terminal.phone, error)
