"""A real desk for browser tests: one process, journal in files, gas detectors that push, people with accounts."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops_center.adapters.access import User
from ops_center.bootstrap.service import Service, prepare
from ops_center.deployment import Deployment
from ops_center.domain.scales import Role, Status
from ops_center.domain.text import Text

OPENS_MS = 1_565_503_200_000  # 2019-08-11 14:00 in Shandong
TOKEN = "browser-test"
PEOPLE = (
    User(name="王磊", post="duty-1", role=Role.DUTY_OFFICER, jurisdiction="370000"),
    User(name="孙悦", post="duty-2", role=Role.DUTY_OFFICER, jurisdiction="370000"),
    User(name="李敏", post="command", role=Role.COMMANDER, jurisdiction="370000"),
)


@dataclass(slots=True, kw_only=True)
class Desk:
    """A running service and the detectors of its park."""

    service: Service

    @property
    def address(self) -> str:
        """Where the wall answers."""
        return f"http://127.0.0.1:{self.service.port}"

    def link(self, name: str) -> str:
        """Return a one-time sign-in link."""
        return f"{self.address}/enter?token={self.service.accounts.link(name)}"

    def gas(self, *detectors: int, ppm: float = 38.0) -> None:
        """Let detectors report a concentration now and half a minute ago: the rule wants 30 s of it."""
        now = self.service.clock.now_ms()
        for at in (now - 31_000, now):
            rows = [{"deviceCode": f"SIM-H2S-{n:02d}", "ts": at, "h2s": ppm, "bat": 87} for n in detectors]
            request = urllib.request.Request(
                f"{self.address}/ingest/park-gas",
                data=json.dumps({"data": rows}).encode(),
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
            with urllib.request.urlopen(request, timeout=20) as answer:
                assert answer.status == 200


@contextmanager
def opened(folder: Path, *, people: tuple[User, ...] = PEOPLE, speed: float = 1.0) -> Iterator[Desk]:
    """Yield a desk that is open for one test; a faster clock decides sooner."""
    deployment = Deployment(
        code="370000",
        title=Text("山东省应急运行中心", "Shandong Emergency Operations Centre"),
        status=Status.EXERCISE,
        folder=folder,
        partitions=1,
        feeds=("park-gas",),
        port=0,
        secrets={"park_gas": TOKEN},
        clock_start_ms=OPENS_MS,
        speed=speed,
    )
    service = prepare(deployment)
    for person in people:
        if person.name not in service.accounts.users:
            service.accounts.add(person)
    service.start()
    try:
        yield Desk(service=service)
    finally:
        service.stop()
