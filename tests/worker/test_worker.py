"""The worker: the same events for any reading, partitions, announcements just in time, and restarts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import pytest

from ops_center import wire
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.columns import Messages
from ops_center.domain.event import Event, EventKind
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.scales import Status
from ops_center.domain.world import WorldChange
from ops_center.ports import EVENT, INPUT, WORLD
from ops_center.wire import Progress, Tick
from ops_center.worker.announced import Announced
from ops_center.worker.worker import Worker
from ops_center.worker.world import World
from streams.block import Block, encode_block
from streams.partition import partition_of
from tests.worker import scene
from tests.worker.scene import T0

SLACK_MS, LEAD_MS = 2_000, 2_600
END_MS = T0 + 300_000
PLACES = [(0.0005, 0.0005), (0.0015, 0.0015), (0.0012, 0.0004), (0.0035, 0.0030), (0.0050, 0.0010)]


def json_feed() -> Feed:
    return replace(
        scene.feed(),
        subject_key="id",
        options={"time": {"field": "t", "format": "epoch_ms"}, "lon": "x", "lat": "y"},
        fields=(FeedField(name="speed_kph", source="v"),),
    )


def town() -> World:
    return scene.before(json_feed())


def messages(seed: int, count: int = 160) -> list[tuple[str, int, bytes]]:
    """Return (subject, stamp, bytes) in order of receipt."""
    chance = np.random.default_rng(seed)
    found, stamp = [], T0
    for _ in range(count):
        stamp += int(chance.choice([0, 100, 500, 900]))
        lag = int(chance.choice([0, 0, 0, 200, 1_500, 2_500, 12_000, -300]))
        x, y = PLACES[int(chance.integers(len(PLACES)))]
        subject = f"v{int(chance.integers(5))}"
        body = {"id": subject, "t": stamp - lag, "x": x, "y": y, "v": float(chance.choice([0, 3, 20, 60, 80]))}
        found.append((subject, stamp, json.dumps(body).encode()))
    return found


@dataclass
class Stage:
    """A journal with input in it, its workers, and a desk that only announces."""

    partitions: int = 1
    hold: bool = False
    batch_rows: int = 8192
    feed: Feed = field(default_factory=json_feed)
    journal: MemoryJournal = field(init=False)
    workers: list[Worker] = field(init=False)
    to_announce: list[WorldChange] = field(default_factory=list)
    desk_ms: int | None = None
    heard: dict[int, tuple[int, int | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.journal = MemoryJournal({INPUT: self.partitions, EVENT: self.partitions, WORLD: 1})
        self.workers = [self.worker(partition) for partition in range(self.partitions)]

    def worker(self, partition: int) -> Worker:
        return Worker(
            partition=partition,
            feeds={self.feed.id: self.feed},
            announced=Announced(
                replace(town(), feeds={self.feed.id: self.feed}, slack_ms=SLACK_MS),
                self.journal,
                programs={"2": scene.programs()[1]},
            ),
            journal=self.journal,
            hold=self.hold,
            slack_ms=SLACK_MS,
            lead_ms=LEAD_MS,
            batch_rows=self.batch_rows,
        )

    def receive(self, found: Sequence[tuple[str, int, bytes]], *, block: int = 5, end_ms: int = END_MS) -> None:
        """Journal messages in blocks, a tick after every one of them."""
        for at in range(0, len(found), block):
            part = found[at : at + block]
            for partition in range(self.partitions):
                mine = [m for m in part if partition_of(m[0], self.partitions) == partition]
                if mine:
                    self.block(partition, [m[2] for m in mine], [m[1] for m in mine])
                self.tick(partition, part[-1][1])
        for partition in range(self.partitions):
            self.tick(partition, end_ms)

    def block(self, partition: int, texts: Sequence[bytes], stamps: Sequence[int], *, feed: str = "town") -> None:
        block = Block(
            gateway="g",
            feed=feed,
            partition=partition,
            first=0,
            status=Status.ACTUAL,
            messages=Messages.of(texts, stamps),
        )
        self.journal.append(INPUT, partition, [encode_block(block)])

    def tick(self, partition: int, stamp_ms: int) -> None:
        self.journal.append(INPUT, partition, [wire.encode(Tick(gateway="g", stamp_ms=stamp_ms))])

    def announce(self, found: Sequence[WorldChange]) -> None:
        self.journal.append(WORLD, 0, [wire.encode(one) for one in found])

    def desk(self) -> bool:
        """Announce as late as the lead allows, then tell progress."""
        told = [self.progress(partition) for partition in range(self.partitions)]
        decided = min(at for at in told if at is not None) - SLACK_MS if None not in told else T0 - 10_000
        if self.desk_ms is not None and decided <= self.desk_ms:
            return False
        self.desk_ms = decided
        due = [one for one in self.to_announce if one.at_ms - LEAD_MS < decided]
        self.to_announce = [one for one in self.to_announce if one not in due]
        self.announce(due)
        self.journal.append(WORLD, 0, [wire.encode(Progress(source="desk", at_ms=decided))])
        return True

    def progress(self, partition: int) -> int | None:
        at, told = self.heard.get(partition, (0, None))
        for record in self.journal.read(EVENT, partition, at, 10**9):
            at = record.offset + 1
            if record.value.startswith(b"Jprogress "):
                thing = wire.decode(record.value)
                assert isinstance(thing, Progress)
                told = max(thing.at_ms, told or thing.at_ms)
        self.heard[partition] = (at, told)
        return told

    def said(self, partition: int) -> list[wire.Slow]:
        return [wire.decode(record.value) for record in self.journal.read(EVENT, partition, 0, 10**9)]

    def run(self) -> dict[str, Event]:
        moved = True
        while moved:
            moved = sum(worker.step() for worker in self.workers) > 0
            moved = (self.hold and self.desk()) or moved
        return self.events()

    def events(self) -> dict[str, Event]:
        found: dict[str, Event] = {}
        for partition in range(self.partitions):
            for thing in self.said(partition):
                if isinstance(thing, Event):
                    # Two fixes refused at one instant are one event; anything else told twice is the same.
                    first = found.setdefault(thing.id, thing)
                    assert first == thing or thing.kind is EventKind.JUMP
        return found


@cache
def known_ahead(seed: int) -> dict[str, Event]:
    """Return the events where everything is announced before it begins."""
    stage = Stage()
    stage.announce(scene.changes())
    stage.receive(messages(seed))
    return stage.run()


def differing(found: dict[str, Event], wanted: dict[str, Event]) -> dict[str, tuple[Event | None, Event | None]]:
    """Return (found, wanted) of the ids whose events are not the same."""
    ids = sorted(found.keys() | wanted.keys())
    return {one: (found.get(one), wanted.get(one)) for one in ids if found.get(one) != wanted.get(one)}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("batch_rows", [1, 7, 100])
def test_how_much_is_read_at_once_changes_nothing(seed: int, batch_rows: int) -> None:
    stage = Stage(batch_rows=batch_rows)
    stage.announce(scene.changes())
    stage.receive(messages(seed), block=max(batch_rows, 2))
    wanted = known_ahead(seed)
    assert len(wanted) > 200
    assert differing(stage.run(), wanted) == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_partitions_say_what_one_says(seed: int) -> None:
    stage = Stage(partitions=3)
    stage.announce(scene.changes())
    stage.receive(messages(seed))
    assert differing(stage.run(), known_ahead(seed)) == {}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("partitions", "batch_rows"), [(1, 8192), (1, 20), (3, 8192), (3, 1)])
def test_an_announcement_at_the_last_moment_gives_what_an_early_one_gives(
    seed: int, partitions: int, batch_rows: int
) -> None:
    stage = Stage(partitions=partitions, hold=True, batch_rows=batch_rows, to_announce=scene.changes())
    stage.receive(messages(seed))
    assert differing(stage.run(), known_ahead(seed)) == {}


def silences(events: dict[str, Event]) -> list[tuple[str, int]]:
    """Return (subject, time) of what the rule ``silent`` said: nothing for 20 s."""
    fired = [event for event in events.values() if event.rule == "silent" and event.kind is EventKind.FIRING]
    return sorted((event.subject, event.event_ms - T0) for event in fired)


def at(subject: str, ms: int) -> bytes:
    return json.dumps({"id": subject, "t": T0 + ms, "x": 0.1, "y": 0.1, "v": 1.0}).encode()


@pytest.mark.parametrize("batch_rows", [1, 2, 8192])
def test_the_silence_of_a_time_in_which_the_gateway_heard_nobody_is_nobodys(batch_rows: int) -> None:
    stage = Stage(batch_rows=batch_rows)
    stage.block(0, [at("long", 0)], [T0])
    stage.tick(0, T0 + 25_000)  # silent before the gateway went away
    stage.block(0, [at("back", 24_000), at("gone", 24_000)], [T0 + 25_000] * 2)
    stage.tick(0, T0 + 26_000)
    stage.journal.append(INPUT, 0, [wire.encode(Tick(gateway="g", stamp_ms=T0 + 90_000, unheard_ms=T0 + 26_000))])
    stage.block(0, [at("back", 91_000)], [T0 + 91_000])
    stage.tick(0, T0 + 109_000)
    stage.block(0, [at("back", 109_500)], [T0 + 109_500])
    stage.tick(0, T0 + 120_000)
    assert silences(stage.run()) == [("gone", 110_000), ("long", 20_000)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_outages_of_the_gateway_come_to_the_same_however_much_is_read_at_once_and_after_kills(seed: int) -> None:
    def played(batch_rows: int, *, kills: bool = False) -> dict[str, Event]:
        chance = np.random.default_rng(seed)
        stage = Stage(batch_rows=batch_rows)
        stage.announce(scene.changes())
        found = messages(seed)
        lost = [(T0 + 30_000, T0 + 55_000), (T0 + 70_000, T0 + 78_000)]
        heard = [m for m in found if not any(since < m[1] <= until for since, until in lost)]
        for since, until in [*lost, (END_MS, END_MS)]:
            stage.receive([m for m in heard if m[1] <= since], end_ms=since)
            heard = [m for m in heard if m[1] > since]
            stage.journal.append(INPUT, 0, [wire.encode(Tick(gateway="g", stamp_ms=until, unheard_ms=since))])
        stage.tick(0, END_MS + 60_000)
        saved, moved = stage.workers[0].snapshot(), True
        while moved:
            moved = stage.workers[0].step()
            if chance.random() < 0.3:
                saved = stage.workers[0].snapshot()
            if kills and chance.random() < 0.15:
                stage.workers = [stage.worker(0)]
                stage.workers[0].restore(saved)
                moved = True
        return stage.events()

    wanted = played(8192)
    assert silences(wanted)
    for batch_rows in (1, 7, 100):
        assert differing(played(batch_rows), wanted) == {}
    assert differing(played(30, kills=True), wanted) == {}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("hold", [False, True])
def test_a_worker_killed_after_any_step_goes_on_from_its_snapshot(seed: int, hold: bool) -> None:
    chance = np.random.default_rng(seed)
    stage = Stage(hold=hold, batch_rows=30, to_announce=scene.changes() if hold else [])
    if not hold:
        stage.announce(scene.changes())
    stage.receive(messages(seed))
    saved = stage.workers[0].snapshot()
    moved = True
    while moved:
        moved = stage.workers[0].step()
        if chance.random() < 0.3:
            saved = stage.workers[0].snapshot()
        if chance.random() < 0.15:
            stage.workers = [stage.worker(0)]
            stage.workers[0].restore(saved)
            moved = True
        moved = (hold and stage.desk()) or moved
    assert differing(stage.events(), known_ahead(seed)) == {}


def test_nothing_leaves_at_or_past_the_desks_progress_and_lead() -> None:
    stage = Stage(hold=True)
    stage.receive(messages(1))
    while stage.workers[0].step():
        pass
    assert stage.events() == {}
    stage.journal.append(WORLD, 0, [wire.encode(Progress(source="desk", at_ms=T0 + 50_000))])
    while stage.workers[0].step():
        pass
    assert max(event.stamp_ms for event in stage.events().values()) < T0 + 50_000 + LEAD_MS
    assert stage.progress(0) == T0 + 50_000 + LEAD_MS - 1


def test_a_replays_cursor_holds_events_and_positions() -> None:
    stage = Stage()
    stage.receive(messages(1))
    stage.workers[0].limit_ms = T0 + 60_000
    events = stage.run()
    assert max(event.stamp_ms for event in events.values()) <= T0 + 60_000
    shown = stage.workers[0].positions()
    assert shown.subjects == ("v0", "v1", "v2", "v3", "v4")
    assert shown.event_ms.max() <= T0 + 60_000
    stage.workers[0].limit_ms = None
    assert stage.run().keys() >= events.keys()
    assert stage.workers[0].positions().event_ms.max() > T0 + 60_000


def test_positions_at_a_cursor_do_not_depend_on_how_much_was_read() -> None:
    shown = []
    for batch_rows in (8192, 10):
        stage = Stage(batch_rows=batch_rows)
        stage.receive(messages(1))
        stage.workers[0].limit_ms = T0 + 60_000
        stage.run()
        shown.append(stage.workers[0].positions())
    assert shown[0].subjects == shown[1].subjects
    assert np.array_equal(shown[0].event_ms, shown[1].event_ms)
    assert np.array_equal(shown[0].lon, shown[1].lon)


def test_what_cannot_be_read_is_told_with_its_bytes_and_harms_no_neighbour() -> None:
    stage = Stage()
    good = messages(1, 2)
    stage.block(0, [good[0][2], b"{broken", good[1][2]], [T0, T0, T0 + 1_000])
    stage.block(0, [b"?"], [T0 + 1_000], feed="unknown")
    stage.tick(0, END_MS)
    events = stage.run().values()
    dead = sorted((e.feed, e.facts["bytes"]) for e in events if e.kind is EventKind.DEAD)
    assert dead == [("town", b"{broken".hex()), ("unknown", b"?".hex())]
    last = [thing for thing in stage.said(0) if isinstance(thing, Progress)][-1]
    assert (last.counts["town"]["messages"], last.counts["town"]["dead"], last.counts["town"]["rows"]) == (3, 1, 2)


def test_a_clock_far_ahead_is_refused_and_told() -> None:
    stage = Stage()
    body = json.dumps({"id": "v0", "t": T0 + 9_000, "x": 0.1, "y": 0.1, "v": 1.0}).encode()
    stage.block(0, [body], [T0])
    stage.tick(0, END_MS)
    (event,) = stage.run().values()
    assert (event.kind, event.facts["field"]) == (EventKind.DEAD, "event_time")


def test_an_announcement_that_cannot_be_read_is_told_and_the_rest_goes_on() -> None:
    stage = Stage()
    broken = replace(scene.changes()[0], id="broken", body={"geometry": {"type": "Nonsense"}})
    stage.announce([broken, *scene.changes()])
    stage.receive(messages(2))
    events = stage.run()
    dead = [event for event in events.values() if event.kind is EventKind.DEAD and event.feed == ""]
    assert [event.facts["field"] for event in dead] == ["body.geometry"]
    assert differing({one: event for one, event in events.items() if event not in dead}, known_ahead(2)) == {}


def test_why_not_names_the_condition_that_fails() -> None:
    stage = Stage()
    body = json.dumps({"id": "v0", "t": T0, "x": 0.0005, "y": 0.0005, "v": 20.0}).encode()
    stage.block(0, [body], [T0])
    stage.tick(0, T0 + 100)
    stage.run()
    found = stage.workers[0].why_not("fast", "v0")
    assert found is not None
    assert found["result"] is False
    assert found["parts"][0]["values"] == {"speed_kph": 20.0}
    assert stage.workers[0].why_not("fast", "nobody") is None
