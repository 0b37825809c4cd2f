"""Watching a run from outside: how far it got at every place where something comes out, and since when it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any

import httpx
import psycopg
from sqlalchemy.engine import make_url
from websockets.sync.client import connect

from ops_center.api.frames import parsed
from ops_center.domain.errors import JournalError
from ops_center.ports import OUTPUT, Journal
from tests.faults.chance import kind_of
from tests.production.decided import Decided
from tests.production.stack import Stack

LOOK_S = 0.1
ASK_S = 5.0
HEAD_S = 20.0
STORE = "SELECT position FROM offsets WHERE consumer = 'store' AND topic = 'output' AND partition = 0"


@dataclass(slots=True, kw_only=True)
class Recovery:
    """One death: when, and how long until what it brings about went on.

    `alone` is False where something else died meanwhile: then the time is that of both.
    """

    victim: str
    died_s: float
    took_s: float | None = None
    alone: bool = True
    tick_ms: int | None = None  # of the first step that was begun after the death and acknowledged
    written: int | None = None  # where the desk's output ended after the death


class Screen:
    """The wall, asked over HTTP as a browser would."""

    def __init__(self, stack: Stack, name: str) -> None:
        self._stack, self._name = stack, name
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{stack.deployment.port}", timeout=ASK_S, trust_env=False
        )

    def read(self, path: str) -> dict[str, Any] | None:
        """Return an answer, None while the wall gives none; signs in where it must."""
        try:
            answer = self._client.get(path)
            if answer.status_code == 401 and self._enter():
                answer = self._client.get(path)
        except httpx.HTTPError:
            return None
        return answer.json() if answer.status_code == 200 else None

    def at_ms(self) -> int:
        """Return the time of its picture, 0 while it shows none."""
        answer = self.read("/api/feeds")
        return int(answer["at_ms"]) if answer else 0

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def banner(self) -> dict[str, dict[str, Any]]:
        """Return the lines of the banner as the live channel tells them, by code; AssertionError without a head."""
        assert self.read("/api/session") is not None, "the wall does not answer"
        base = str(self._client.base_url).removesuffix("/")
        cookies = "; ".join(f"{name}={value}" for name, value in self._client.cookies.items())
        headers = {"Cookie": cookies, "Origin": base}
        url = f"{base.replace('http', 'ws', 1)}/live"
        with connect(url, additional_headers=headers, proxy=None, max_size=None, compression=None) as socket:
            until_s = time.monotonic() + HEAD_S
            while time.monotonic() < until_s:
                message = socket.recv(timeout=HEAD_S)
                assert isinstance(message, bytes)
                for header, _ in parsed(message):
                    if header.get("ch") == "head":
                        return {line["code"]: line for line in header["body"]["outages"]}
        raise AssertionError("the live channel tells no head")

    def _enter(self) -> bool:
        links = [line for line in self._stack.log(self._name).splitlines() if "/enter?token=" in line]
        if not links:
            return False
        path = "/enter?" + links[-1].partition("/enter?")[2].strip()
        return self._client.get(path).status_code == 303


@dataclass(slots=True, kw_only=True)
class Watch:
    """A thread that measures recoveries."""

    stack: Stack
    journal: Journal
    screen: Screen
    slack_ms: int
    recoveries: list[Recovery] = field(default_factory=list)
    last_ms: int = 0  # tick of the last step that was acknowledged
    decided: Decided = field(default_factory=Decided)
    seen_ms: int = 0
    stored: int = -1
    lock: Lock = field(default_factory=Lock)
    stopping: Flag = field(default_factory=Flag)
    thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self.thread = Thread(target=self._run, name="watch", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End."""
        self.stopping.set()
        if self.thread is not None:
            self.thread.join()

    def died(self, *victims: str) -> None:
        """Note deaths."""
        with self.lock:
            for one in self.open():
                one.alone = False
            alone = len(victims) == 1 and not self.open()
            self.recoveries += [Recovery(victim=v, died_s=time.monotonic(), alone=alone) for v in victims]

    def acknowledged(self, *, begun_s: float, tick_ms: int) -> None:
        """Note a step that the gateway answered."""
        now_s = time.monotonic()
        with self.lock:
            self.last_ms = tick_ms
            for one in self.open():
                if one.tick_ms is None and begun_s > one.died_s:
                    one.tick_ms = tick_ms
                    if kind_of(one.victim) == "gateway":
                        one.took_s = now_s - one.died_s

    def wants_step(self) -> bool:
        """Return whether only a further step can show that something goes on."""
        with self.lock:
            waiting = self.open()
            decided = self.decided.ms >= self.last_ms - self.slack_ms
            output = any(one.written is not None for one in waiting if kind_of(one.victim) == "database")
            return any(one.tick_ms is None for one in waiting) or (output and decided)

    def open(self) -> list[Recovery]:
        """Return the deaths that are not got over yet."""
        return [one for one in self.recoveries if one.took_s is None]

    def _run(self) -> None:
        while not self.stopping.wait(LOOK_S):
            with self.lock:
                waiting = self.open()
            if not waiting:
                continue
            self._look({kind_of(one.victim) for one in waiting})
            now_s = time.monotonic()
            with self.lock:
                for one in waiting:
                    if one.took_s is None and self._goes_on(one):
                        one.took_s = now_s - one.died_s

    def _look(self, kinds: set[str]) -> None:
        patient: list[Callable[[], object]] = [lambda: self.decided.read(self.journal)]
        if "wall" in kinds:
            patient.append(self._read_wall)
        if "database" in kinds:
            patient.append(self._read_store)
        for read in patient:
            try:
                read()
            except (JournalError, psycopg.OperationalError):
                continue

    def _goes_on(self, one: Recovery) -> bool:
        kind = kind_of(one.victim)
        if kind == "database":
            return one.written is not None and self.stored > one.written
        if one.tick_ms is None:
            return False
        return (self.seen_ms if kind == "wall" else self.decided.ms) >= one.tick_ms - self.slack_ms

    def _read_wall(self) -> None:
        self.seen_ms = self.screen.at_ms()

    def _read_store(self) -> None:
        self.stored = stored(self.stack)
        end = self.journal.end(OUTPUT, 0)
        with self.lock:
            for one in self.open():
                if one.written is None and kind_of(one.victim) == "database":
                    one.written = end


def stored(stack: Stack) -> int:
    """Return up to where the store has the desk's output; psycopg.OperationalError while it is away."""
    url = make_url(stack.database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, connect_timeout=2, autocommit=True) as connection:
        row = connection.execute(STORE).fetchone()
    return -1 if row is None else int(row[0])
