"""An ordeal: the story on real servers while its roles and servers are killed, and the account at its end."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import psycopg

from ops_center.bootstrap.production import open_servers
from ops_center.domain.errors import JournalError
from ops_center.ports import OUTPUT
from tests.faults import account
from tests.faults.chance import KINDS, Stroke
from tests.faults.servers import MODULES, OwnServers
from tests.faults.story import PARTITIONS, Story
from tests.faults.watching import Recovery, Screen, Watch, stored
from tests.production.script import DEADLINE_S
from tests.production.stack import Stack

log = logging.getLogger(__name__)

ROLES = tuple(name for kind, names in KINDS.items() if kind not in MODULES for name in names)
WALL = "wall-1"
PACE_S = 0.05  # between steps, at least
LOOK_S = 0.05
SAID_EVERY = 10  # strokes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an ordeal came to."""

    recoveries: Sequence[Recovery]
    wrong: Sequence[str]
    repeated_steps: int  # sent again because no answer came
    repeated_messages: int  # that lie in the journal twice
    repeated_notes: int  # messages to people that went out twice
    notes: int
    things: dict[str, int]
    took_s: float


@dataclass(slots=True, kw_only=True)
class Ordeal:
    """Call `run` once. The sender never runs ahead of the killer: the kills are spread over the whole story."""

    story: Story
    stack: Stack
    servers: OwnServers
    strokes: Sequence[Stroke]
    watch: Watch
    say: Callable[[str], None] = lambda text: None
    done: int = 0  # strokes
    waiting: bool = False  # the killer, until everything is got over
    sent: bool = False  # the whole story
    failed: BaseException | None = None
    stopping: Flag = field(default_factory=Flag)
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(len(KINDS) * 2))
    returning: dict[str, Future[None]] = field(default_factory=dict)

    def run(self) -> Outcome:
        """Play the story to its end."""
        began_s = time.monotonic()
        self.stack.start(*ROLES)
        self.stack.wait_up(*ROLES)
        self.watch.start()
        killer = Thread(target=self._kill_all, name="killer", daemon=True)
        killer.start()
        try:
            self._send_all()
            killer.join(DEADLINE_S)
            self._check()
            self._settle()
            return self._outcome(time.monotonic() - began_s)
        finally:
            self.stopping.set()
            killer.join(DEADLINE_S)
            self.watch.stop()
            self.pool.shutdown()

    # Sending.

    def _send_all(self) -> None:
        steps = self.story.steps
        for number, step in enumerate(steps):
            self._until(partial(self._may_send, number), "the killer goes on")
            if step.commands and step.tick_ms > self.story.receipts_ms:
                self._until(self._everybody_told, "every message to people went out")
            begun_s = time.monotonic()
            self.stack.send(step)
            self.watch.acknowledged(begun_s=begun_s, tick_ms=step.tick_ms)
            time.sleep(PACE_S)
        self.sent = True

    def _may_send(self, number: int) -> bool:
        """Return whether the killer has come as far as this step lies in the story, or waits for what only a step shows."""
        even = number * len(self.strokes) <= (self.done + 1) * len(self.story.steps)
        return even or (self.waiting and self.watch.wants_step())

    def _everybody_told(self) -> bool:
        return account.everybody_told(self.story.journal, self.stack.config.parent)

    # Killing.

    def _kill_all(self) -> None:
        try:
            for stroke in self.strokes:
                if stroke.waits:
                    self.waiting = True
                    self._until(lambda: self.sent or not self.watch.open(), "everything is got over")
                    self.waiting = False
                if self.stopping.wait(stroke.gap_s):
                    return
                self._strike(stroke)
                self.done += 1
                if self.done % SAID_EVERY == 0:
                    self.say(f"{len(self.watch.recoveries)} kills, {len(self.watch.open())} of them not yet got over")
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            self.failed = error

    def _strike(self, stroke: Stroke) -> None:
        for victim in stroke.victims:
            if victim in self.returning:
                self.returning.pop(victim).result(DEADLINE_S)
        self.watch.died(*stroke.victims)
        for victim in stroke.victims:
            self.returning[victim] = self.pool.submit(self._kill, victim)

    def _kill(self, victim: str) -> None:
        if victim in MODULES:
            self.servers.kill(victim)
            self.servers.start(victim)
        else:
            self.stack.kill(victim)
            self.stack.start(victim)

    # Waiting.

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        until_s = time.monotonic() + DEADLINE_S
        while not condition():
            self._check()
            assert time.monotonic() < until_s, f"never: {what}\n{self._states()}"
            if self.stopping.wait(LOOK_S):
                return

    def _check(self) -> None:
        if self.failed is not None:
            raise self.failed
        self.stack.no_crash()

    def _states(self) -> str:
        logs = "\n".join(f"--- {name}\n{self.stack.log(name)[-1500:]}" for name in ROLES)
        return f"told {self.watch.decided.ms}, seen {self.watch.seen_ms}, stored {self.watch.stored}\n{logs}"

    def _settle(self) -> None:
        """Wait until every place has everything."""
        for one in self.returning.values():
            one.result(DEADLINE_S)
        end_ms = self.story.end_ms
        self._until(_patient(lambda: self.stack.decided_ms() >= end_ms), f"the desk decided to {end_ms}")
        self._until(lambda: self.watch.screen.at_ms() >= end_ms, f"the wall shows {end_ms}")
        self._until(
            _patient(lambda: stored(self.stack) >= self.watch.journal.end(OUTPUT, 0)), "the database has the output"
        )

    # The account.

    def _outcome(self, took_s: float) -> Outcome:
        journal = self.watch.journal
        found, expected = account.account_of(journal), account.account_of(self.story.journal)
        again = account.recomputed(journal, self.story.setup)
        received, sent = account.received(journal), account.sent_of(self.story.steps)
        intended, outbox = account.intents_of(journal), account.outbox_of(self.stack.config.parent)
        wrong = [
            *(f"against the undisturbed run: {one}" for one in account.differences(found, expected)),
            *(f"against its own inputs: {one}" for one in account.differences(found, again)),
            *account.lost(received, sent),
            *(f"never sent: {one}" for one in sorted(intended - outbox.keys())),
            *(f"sent, never intended: {one}" for one in sorted(outbox.keys() - intended)),
            *account.stored_apart(self.stack.database, found),
            *account.shown_apart(self.watch.screen.read("/api/alerts"), self.story.shown),
        ]
        return Outcome(
            recoveries=tuple(self.watch.recoveries),
            wrong=wrong,
            repeated_steps=self.stack.sender.repeats,
            repeated_messages=received.repeats,
            repeated_notes=sum(outbox.values()) - len(outbox),
            notes=len(intended),
            things={kind: len(of) for kind, of in found.things.items()},
            took_s=took_s,
        )


def _patient(condition: Callable[[], bool]) -> Callable[[], bool]:
    """Return a condition that does not hold while a server is away."""

    def holds() -> bool:
        try:
            return condition()
        except (JournalError, psycopg.OperationalError):
            return False

    return holds


@contextlib.contextmanager
def prepared(story: Story, folder: Path, strokes: Sequence[Stroke]) -> Iterator[Ordeal]:
    """Yield an ordeal over servers of its own; everything is ended afterwards."""
    with OwnServers.up() as servers:
        stack = Stack.of(story.scenario, folder, kafka=servers.kafka, database=servers.database, partitions=PARTITIONS)
        screen = Screen(stack, WALL)
        journal = open_servers(stack.deployment, Flag()).journal
        try:
            watch = Watch(stack=stack, journal=journal, screen=screen, slack_ms=story.setup.slack_ms)
            yield Ordeal(story=story, stack=stack, servers=servers, strokes=strokes, watch=watch)
        finally:
            screen.close()
            journal.close()
            stack.close()
