"""A gateway whose stamps and ticks a script drives: the product's own, with another clock and one more door.

``POST /script`` takes one step (msgpack): messages with their stamps, commands, then a tick. It is
answered once the step is durable. The sender repeats what was not answered: the same stamps again,
so a step that was half written is completed by its repetition.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, local

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ops_center.bootstrap.roles.gateway import GatewayRole, make_gateway
from ops_center.bootstrap.roles.running import beating, stopped_by_signals, thread
from ops_center.deployment import load_deployment
from ops_center.domain.command import Command
from ops_center.domain.errors import JournalError


class Step(msgspec.Struct, frozen=True):
    """One step of a script: (stamp, feed, content) in order of stamp, commands with theirs, a tick."""

    messages: list[tuple[int, str, bytes]]
    commands: list[tuple[int, bytes]]  # stamp, Command as JSON
    tick_ms: int


class ScriptClock:
    """Shows the time the script last said.

    A step that is sent again says its stamps again, to the thread that plays it. Any other thread, with
    a command from a wall or a message's fate, is shown the latest time ever said: it stamps behind every tick.
    """

    def __init__(self) -> None:
        self._latest_ms = 0
        self._playing = local()

    @property
    def at_ms(self) -> int:
        return getattr(self._playing, "at_ms", self._latest_ms)

    @at_ms.setter
    def at_ms(self, at_ms: int) -> None:
        self._playing.at_ms = at_ms
        self._latest_ms = max(self._latest_ms, at_ms)

    def played(self) -> None:
        """The thread has played its step."""
        self._playing.__dict__.clear()

    def resume(self, last_stamp_ms: int | None) -> None:
        self._latest_ms = max(self._latest_ms, last_stamp_ms or 0)

    def now_ms(self) -> int:
        return self.at_ms

    def offset_ms(self) -> int:
        return 0

    @property
    def slewing(self) -> bool:
        return False

    def sleep(self, seconds: float) -> None:
        self._latest_ms += round(seconds * 1000)

    @property
    def pace(self) -> float:
        return 1.0


@dataclass(slots=True)
class ScriptDoor:
    """Takes steps, one at a time."""

    clock: ScriptClock
    role: GatewayRole | None = None
    lock: Lock = field(default_factory=Lock)

    async def __call__(self, request: Request) -> Response:
        step = msgspec.msgpack.decode(await request.body(), type=Step)
        try:
            await run_in_threadpool(self.take, step)
        except JournalError as error:
            return JSONResponse({"error": str(error)}, status_code=503)
        return JSONResponse({"accepted": len(step.messages)})

    def take(self, step: Step) -> None:
        with self.lock:
            try:
                self._play(step)
            finally:
                self.clock.played()

    def _play(self, step: Step) -> None:
        assert self.role is not None
        gateway = self.role.gateway
        for stamp_ms, feed, content in step.messages:
            self.clock.at_ms = stamp_ms
            gateway.receive(feed, content)
        for stamp_ms, body in step.commands:
            self.clock.at_ms = stamp_ms
            receipt = gateway.submit(msgspec.json.decode(body, type=Command))
            if not receipt.accepted:
                raise JournalError(receipt.reason)
        self.clock.at_ms = step.tick_ms
        gateway.flush(tick=True)


def main(config: Path, name: str) -> None:
    stopping = stopped_by_signals()
    clock = ScriptClock()
    door = ScriptDoor(clock)
    role = make_gateway(
        load_deployment(config), name, stopping, clock=clock, more=[Route("/script", door.__call__, methods=["POST"])]
    )
    door.role = role
    for intake in role.intakes:
        intake.start()
    role.beat = beating(role.servers.journal, role="gateway", name=name, facts=role.facts)
    thread("web", role.web.run)
    stopping.wait()
    role.web.should_exit = True
    for intake in role.intakes:
        intake.stop()
    role.beat.stop()
    role.spool.close()
    role.servers.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)
    main(Path(sys.argv[1]), sys.argv[2])
