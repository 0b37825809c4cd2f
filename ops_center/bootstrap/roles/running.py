"""Running: the life of a role's process, from its first sign to an orderly end."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Mapping
from threading import Event as Flag
from threading import Thread
from typing import Protocol

from ops_center.adapters.clocks import wall_ms
from ops_center.bootstrap.memory import settle
from ops_center.domain.errors import JournalError
from ops_center.domain.text import Json
from ops_center.pipeline.pulses import Beating
from ops_center.ports import Journal

log = logging.getLogger(__name__)

IDLE_S = 0.05  # without news: how soon a signal, or the group's wish for a partition, is seen
RETRY_S = 0.5


class Stepping(Protocol):
    """A role that moves step by step."""

    def step(self) -> bool:
        """Move once; False when nothing was left to do."""
        ...

    def close(self) -> None:
        """Keep what is to be kept, and let go."""
        ...


def stopped_by_signals() -> Flag:
    """Return a flag that SIGTERM or SIGINT raises."""
    stopping = Flag()

    def stop(number: int, frame: object) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    return stopping


def go_on(role: Stepping, stopping: Flag, news: Callable[[float], None]) -> None:
    """Step until stopped; a journal that fails is waited for. `news` returns when there is more to read."""
    settle()
    told = ""
    while not stopping.is_set():
        try:
            if not role.step():
                news(IDLE_S)
            told = ""
        except JournalError as error:
            if str(error) != told:
                told = str(error)
                log.warning("waiting for the journal: %s", error)
            stopping.wait(RETRY_S)
    role.close()


def beating(journal: Journal, *, role: str, name: str, facts: Callable[[], Mapping[str, Json]]) -> Beating:
    """Return a role's pulse, started."""
    beat = Beating(journal=journal, role=role, name=name, pid=os.getpid(), now_ms=wall_ms, facts=facts)
    beat.start()
    return beat


def thread(name: str, target: Callable[[], None]) -> Thread:
    """Return a started thread."""
    started = Thread(target=target, name=name, daemon=True)
    started.start()
    return started
