"""A centre at work with the machine's own clock: detectors push, alarms come, and servers are taken away for a while."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from typing import Any

from ops_center.adapters.clocks import wall_ms
from ops_center.bootstrap.production import open_servers
from ops_center.domain.alert import Alert
from ops_center.pipeline.records import records_of
from ops_center.ports import OUTPUT, Journal
from ops_center.wire import decode
from tests.faults import devices
from tests.faults.clocked_gateway import OFFSET
from tests.faults.devices import Devices
from tests.faults.disks import small_disk
from tests.faults.servers import OwnServers
from tests.faults.watching import Screen, stored
from tests.production.stack import Stack

ROLES = ("gateway", "worker-1", "desk-1", "wall-1")
LOOK_S = 0.2


@dataclass(slots=True, kw_only=True)
class Centre:
    """One running deployment."""

    stack: Stack
    servers: OwnServers
    devices: Devices
    screen: Screen
    journal: Journal

    def until(self, condition: Callable[[], bool], what: str) -> float:
        """Return the seconds until a condition held."""
        return self.stack.wait(condition, what)

    def shown(self) -> dict[str, dict[str, Any]]:
        """Return the wall's alarms by id."""
        answer = self.screen.read("/api/alerts")
        return {row["id"]: row for row in answer["alerts"]} if answer else {}

    def newest_ms(self) -> int:
        """Return when the newest alarm that the wall shows began."""
        return max((row["started_ms"] for row in self.shown().values() if row["rule"] == devices.HIGH), default=0)

    def alarms_come(self) -> float:
        """Return the seconds until an alarm is shown that began after now."""
        now_ms = wall_ms()
        return self.until(lambda: self.newest_ms() > now_ms, "new alarms are shown")

    def banner(self, code: str) -> dict[str, Any]:
        """Return a line of the banner once it is there, with when it was seen (`seen_ms`)."""
        self.until(lambda: code in self.screen.banner(), f"the banner names the {code}")
        seen_ms = wall_ms()
        return {**self.screen.banner()[code], "seen_ms": seen_ms}

    def banner_gone(self) -> float:
        """Return the seconds until the banner is empty."""
        return self.until(lambda: not self.screen.banner(), "the banner is gone")

    def gateway(self) -> dict[str, Any]:
        """Return what the gateway says of itself at its own door."""
        production = self.stack.deployment.production
        assert production is not None
        found: dict[str, Any] = devices.asked(f"http://127.0.0.1:{production.gateway_port}/health")
        return found

    def wrong_by(self, ms: int) -> None:
        """Set the time of day of the gateway's machine wrong."""
        new = self.stack.config.with_name(OFFSET + ".new")
        new.write_text(str(ms))
        new.replace(self.stack.config.with_name(OFFSET))

    def stay(self, seconds: float) -> None:
        """Let the world go on for so long; nobody may crash meanwhile."""
        until_s = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= until_s, "time passes")

    # At the end.

    def began(self, rule: str) -> set[tuple[str, int]]:
        """Return (detector, instant) of every alarm that ever began."""
        things = (decode(record.value) for record in records_of(self.journal, OUTPUT, 0))
        return {
            (dict(thing.group)["sensor"], one.started_ms)
            for thing in things
            if isinstance(thing, Alert) and thing.rule == rule
            for one in thing.occurrences
        }

    def nothing_lost(self) -> None:
        """Everything measured so far has become what it must; wall and database have it too."""
        with self.devices.lock:
            expected = set(self.devices.began)
        assert expected
        self.until(lambda: expected <= self.began(devices.HIGH), "every alarm has come")
        come = self.began(devices.HIGH)  # read without the lock: it takes seconds, and would silence the detectors
        with self.devices.lock:
            assert come <= self.devices.began, "an alarm of nothing"
        end = self.journal.end(OUTPUT, 0)
        self.until(lambda: stored(self.stack) >= end, "the database has caught up")


@contextlib.contextmanager
def working(folder: Path) -> Iterator[Centre]:
    """Yield a centre whose alarms are coming; everything is ended afterwards."""
    scenario = devices.write(folder)
    with OwnServers.up() as servers:
        stack = Stack.of(
            scenario, folder / "stack", kafka=servers.kafka, database=servers.database, partitions=2,
        )  # fmt: skip
        stack.gateway = "tests.faults.clocked_gateway"
        screen = Screen(stack, "wall-1")
        journal = open_servers(stack.deployment, Flag()).journal
        production = stack.deployment.production
        assert production is not None
        pushing = Devices(
            url=f"http://127.0.0.1:{production.gateway_port}/ingest/{devices.FEED}",
            token=stack.deployment.secrets[devices.FEED],
        )
        spool = stack.deployment.folder / "gateway" / "spool"
        centre = Centre(stack=stack, servers=servers, devices=pushing, screen=screen, journal=journal)
        with small_disk(spool):
            try:
                stack.start(*ROLES)
                stack.wait_up(*ROLES)
                pushing.start()
                centre.alarms_come()
                centre.banner_gone()
                yield centre
            finally:
                pushing.stop()
                screen.close()
                journal.close()
                stack.close()
