"""The banner names what is lost and blames the right part; every line goes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.domain.errors import JournalError
from ops_center.pipeline.watching import STALL_S, Watcher
from ops_center.ports import PULSE, WORLD
from ops_center.pulse import Pulse, encode_pulse
from ops_center.wire import Progress, encode

LEAD_MS = 2_600


@dataclass(slots=True)
class Desk:
    """What a watcher asks of a following desk."""

    last_tick_ms: int | None = 10_000
    heard_ms: tuple[int | None, ...] = (10_000, 10_000)
    slack_ms: int = 2_000


@dataclass(slots=True)
class Room:
    """A wall's watcher over a journal in memory; time goes on second by second."""

    desk: Desk = field(default_factory=Desk)
    clock: FakeClock = field(default_factory=lambda: FakeClock(10_000))
    journal: Any = None
    gateway: Mapping[str, Any] | None = None
    seconds: float = 0.0
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.journal = self.journal or MemoryJournal({WORLD: 1, PULSE: 1})
        self.watcher = Watcher(
            desk=self.desk,  # type: ignore[arg-type]
            journal=self.journal,
            lead_ms=LEAD_MS,
            clock=self.clock,
            utc_ms=self.clock.now_ms,
            elapsed=lambda: self.seconds,
            ask_gateway=lambda: self.gateway,
        )

    def pass_(self, seconds: int, *, ticks: bool = True, workers: tuple[bool, bool] = (True, True), desk: bool = True):
        """Let time go on; who is False stands still, the others as far as they may."""
        for _ in range(seconds):
            self.seconds += 1
            self.clock.advance(1_000)
            tick = self.desk.last_tick_ms = (self.desk.last_tick_ms or 0) + 1_000 * ticks
            told = self.watcher.told.at_ms or 0
            heard = [
                min(tick, told + LEAD_MS - 1) if works and told else (at or 0)
                for works, at in zip(workers, self.desk.heard_ms, strict=True)
            ]
            self.desk.heard_ms = tuple(max(now, at or 0) for now, at in zip(heard, self.desk.heard_ms, strict=True))
            decided = min(self.desk.heard_ms) - self.desk.slack_ms  # type: ignore[type-var]
            if desk:
                self.journal.append(WORLD, 0, [encode(Progress(source="desk", at_ms=max(decided, told)))])
            self.watcher.step()
        return [lost.code for lost in self.watcher.outages.listed()]


def test_while_everything_goes_on_there_is_no_banner() -> None:
    assert Room().pass_(30) == []


def test_a_gateway_that_is_gone_is_named_with_the_last_tick_and_clears_by_itself() -> None:
    room = Room()
    room.pass_(3)
    last_ms = room.desk.last_tick_ms
    assert room.pass_(int(STALL_S) - 1, ticks=False) == []
    assert room.pass_(2, ticks=False) == ["gateway"]
    (lost,) = room.watcher.outages.listed()
    assert (lost.since_ms, set(lost.plain())) == (last_ms, {"code", "since_ms", "zh", "en"})
    assert room.pass_(2) == []


def test_a_worker_that_is_gone_is_blamed_and_not_those_that_wait_for_it() -> None:
    room = Room()
    room.pass_(3)
    assert room.pass_(20, workers=(True, False)) == ["worker"]
    (lost,) = room.watcher.outages.listed()
    assert "1" in lost.text.en
    assert room.pass_(12) == []


def test_a_desk_that_is_gone_is_blamed_and_not_the_workers_that_wait_for_it() -> None:
    room = Room()
    room.pass_(3)
    assert room.pass_(20, desk=False) == ["desk"]
    assert room.pass_(12) == []


def test_a_broker_that_is_gone_is_the_only_news_until_it_is_back() -> None:
    class Away(MemoryJournal):
        away = False

        def read(self, topic, partition, offset, limit):
            if self.away:
                raise JournalError("away")
            return super().read(topic, partition, offset, limit)

    journal = Away({WORLD: 1, PULSE: 1})
    room = Room(journal=journal)
    room.pass_(3)
    journal.away = True
    assert room.pass_(20, ticks=False, workers=(False, False), desk=False) == ["broker"]
    journal.away = False
    assert room.pass_(2) == []


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"disk_low": True}, "disk"), ({"accepting": False}, "disk"), ({"utc_offset_ms": -3_600_000}, "clock")],
)
def test_what_the_gateway_says_of_its_disk_and_its_clock_is_shown(facts: dict[str, Any], code: str) -> None:
    well = {"accepting": True, "disk_low": False, "utc_offset_ms": 0, "slewing": False}
    room = Room(gateway={**well, **facts})
    assert room.pass_(2) == [code]
    room.gateway = well
    assert room.pass_(1) == []


def test_a_database_that_a_desk_and_workers_miss_is_one_line() -> None:
    room = Room()
    said = {"since_ms": 9_000, "zh": "库", "en": "store", "reason": "refused", "behind": 3}
    for role, name in (("desk", "d"), ("worker", "a"), ("worker", "b")):
        facts = {"lost": [said], "partitions": {}}
        pulse = Pulse(role=role, name=name, pid=1, at_ms=10_000, facts=facts)
        room.journal.append(PULSE, 0, [encode_pulse(pulse)])
    assert room.pass_(1) == ["database"]
    (lost,) = room.watcher.outages.listed()
    assert (lost.text.en, lost.since_ms) == ("store", 9_000)
    for role, name in (("desk", "d"), ("worker", "a"), ("worker", "b")):
        pulse = Pulse(role=role, name=name, pid=1, at_ms=10_000, facts={"lost": [], "partitions": {}})
        room.journal.append(PULSE, 0, [encode_pulse(pulse)])
    assert room.pass_(1) == []
