"""The gateway's flusher: one thread that writes every 20 ms or 500 messages and ticks every 100 ms."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Thread

from ops_center.adapters.clocks import monotonic_s
from ops_center.domain.errors import JournalError
from streams.gateway import Gateway

log = logging.getLogger(__name__)

LINGER_S = 0.02
TICK_S = 0.1  # ORDER 3
RETRY_S = 0.5
SAVE_S = 30.0


class Pump:
    """Runs a gateway's flushes; `stop` writes what waits and ends it."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        linger_s: float = LINGER_S,
        tick_s: float = TICK_S,
        retry_s: float = RETRY_S,
        elapsed: Callable[[], float] = monotonic_s,
    ) -> None:
        self._gateway, self._elapsed = gateway, elapsed
        self._linger_s, self._tick_s, self._retry_s = linger_s, tick_s, retry_s
        self._stopping = False
        self._thread = Thread(target=self._run, name=f"{gateway.name}-pump", daemon=True)

    def start(self) -> None:
        """Begin; from now on commands wait for this thread."""
        self._gateway.served = True
        self._thread.start()

    def stop(self, *, timeout_s: float = 10.0) -> None:
        """Write what waits, with a last tick, and end; what a full disk keeps from being written is told."""
        with self._gateway.changed:
            self._stopping = True
            self._gateway.changed.notify_all()
        self._thread.join(timeout_s)
        self._gateway.served = False
        try:
            self._gateway.flush(tick=True)
            self._gateway.save()
        except JournalError as error:
            log.error("gateway %s ends with unwritten, unacknowledged messages: %s", self._gateway.name, error)

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            if not self._stopping:  # a defect: the thread's traceback is in the log
                self._gateway.fail("the gateway's flusher has ended; restart the service and keep its log")

    def _serve(self) -> None:
        ticked = saved = self._elapsed() - self._tick_s
        while not self._stopping:
            self._wait(ticked + self._tick_s)
            due = self._elapsed() - ticked >= self._tick_s
            try:
                self._gateway.flush(tick=due)
                if self._elapsed() - saved >= SAVE_S:
                    saved = self._elapsed()
                    self._gateway.save()
            except JournalError:  # logged and shown by the gateway; everything goes on waiting
                with self._gateway.changed:
                    self._gateway.changed.wait_for(lambda: self._stopping, self._retry_s)
            if due:
                ticked = self._elapsed()

    def _wait(self, tick_at_s: float) -> None:
        """Return when a flush is worth it: a tick is due, or something has lingered long enough."""
        gateway = self._gateway
        with gateway.changed:
            gateway.changed.wait_for(
                lambda: self._stopping or gateway.waiting > 0, max(0.0, tick_at_s - self._elapsed())
            )
            if gateway.waiting:
                gateway.changed.wait_for(lambda: self._stopping or gateway.hurried, self._linger_s)
