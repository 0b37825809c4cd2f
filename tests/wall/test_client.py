"""A client of the live channel: newest state wins, two messages ahead at most, live and replay apart."""

from __future__ import annotations

import asyncio

from ops_center.api.frames import parsed
from ops_center.api.hub import Hub
from ops_center.api.sessions import Sessions
from ops_center.api.settings import Settings
from ops_center.domain.text import Text
from tests.wall.fake_clock import NOW_MS
from tests.wall.fake_people import COUNTY, DEPLOYMENT, OFFICER
from tests.wall.fake_station import FakeStation


class Line:
    """A pipe that keeps what was sent; blocks while `open` is false."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)


class Seconds:
    """A monotonic clock that stands."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def hub_over(station: FakeStation) -> tuple[Hub, Seconds]:
    seconds = Seconds()
    sessions = Sessions(life_s=3600, monotonic_s=seconds)
    settings = Settings(deployment=DEPLOYMENT, title=Text("测试", "Test"))
    return Hub(station=station, clock=station.clock, settings=settings, sessions=sessions, monotonic_s=seconds), seconds


def heads(message: bytes | None) -> dict[str, dict]:
    return {head.get("ch", head["k"]): head for head, _ in parsed(message or b"")}


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_client_that_never_acknowledges_is_sent_two_messages_and_no_more() -> None:
    async def run() -> int:
        hub, _ = hub_over(FakeStation(vehicles=20))
        client = hub.join(hub.sessions.open(OFFICER))
        line = Line()
        sending = asyncio.create_task(client.send(line))
        for _ in range(30):
            hub.tick()
            await settle()
        sending.cancel()
        return len(line.sent)

    assert asyncio.run(run()) == 2


def test_after_a_late_acknowledgement_one_message_brings_the_newest_state() -> None:
    async def run() -> tuple[int, int]:
        station = FakeStation(vehicles=20)
        hub, _ = hub_over(station)
        client = hub.join(hub.sessions.open(OFFICER))
        line = Line()
        sending = asyncio.create_task(client.send(line))
        for _ in range(30):
            hub.tick()
            await settle()
        client.acknowledged(2)
        await settle()
        sending.cancel()
        return heads(line.sent[-1])["vehicles"]["t"], station.clock.ms

    shown, now = asyncio.run(run())
    assert shown == now


def test_silence_is_measured_from_the_oldest_unacknowledged_message() -> None:
    async def run() -> list[float]:
        hub, seconds = hub_over(FakeStation(vehicles=5))
        client = hub.join(hub.sessions.open(OFFICER))
        sending = asyncio.create_task(client.send(Line()))
        await settle()
        seconds.now = 31.0
        before = client.silent_s()
        client.acknowledged(client.number)
        sending.cancel()
        return [before, client.silent_s()]

    assert asyncio.run(run()) == [31.0, 0.0]


def test_in_replay_every_panel_is_sent_anew_and_calls_stay_live() -> None:
    async def run() -> tuple[dict, dict]:
        station = FakeStation(vehicles=20, stepping=False)
        hub, _ = hub_over(station)
        client = hub.join(hub.sessions.open(OFFICER))
        first = heads(client.collect())
        hub.told(client, {"replay": {"at_ms": NOW_MS - 3_600_000 * 3}})
        while client.replay is None or client.replay.board.picture is None:
            await asyncio.sleep(0.001)
        return first, heads(client.collect())

    live, past = asyncio.run(run())
    panels = {"alerts", "incidents", "runs", "hazards", "zones", "feeds", "kpis", "dead", "head", "vehicles"}
    assert panels <= set(live)
    assert panels <= set(past)
    assert past["mode"]["replay"] is True
    assert {head["t"] for name, head in past.items() if name in panels} == {NOW_MS - 3_600_000 * 3}
    assert "calls" not in past  # nothing new is calling: its live place is kept
    assert len(past["alerts"]["rows"]) < len(live["alerts"]["rows"])


def test_a_screen_in_the_past_is_known_to_be_there_and_comes_back() -> None:
    async def run() -> list[bool]:
        hub, _ = hub_over(FakeStation(vehicles=5))
        client = hub.join(hub.sessions.open(OFFICER))
        seen = [hub.in_replay(client.id)]
        hub.told(client, {"replay": {"at_ms": NOW_MS - 1000}})
        seen.append(hub.in_replay(client.id))
        hub.told(client, {"live": True})
        return [*seen, hub.in_replay(client.id)]

    assert asyncio.run(run()) == [False, True, False]


def test_the_cursor_runs_with_its_speed_and_stops_at_the_end() -> None:
    async def run() -> list[int]:
        station = FakeStation(vehicles=5, stepping=False)
        hub, seconds = hub_over(station)
        client = hub.join(hub.sessions.open(OFFICER))
        hub.told(client, {"replay": {"at_ms": NOW_MS - 100_000, "speed": 10, "playing": True}})
        session = client.replay
        assert session is not None
        seconds.now = 2.0
        middle = session.held(station.span())
        seconds.now = 60.0
        return [middle, session.held(station.span()), int(session.playing)]

    assert asyncio.run(run()) == [NOW_MS - 80_000, NOW_MS, 0]


def test_a_county_officer_is_sent_no_row_of_another_county() -> None:
    async def run() -> dict[str, dict]:
        hub, _ = hub_over(FakeStation())
        return heads(hub.join(hub.sessions.open(COUNTY)).collect())

    sent = asyncio.run(run())
    assert sent["alerts"]["rows"]
    assert {row["jurisdiction"] for row in sent["alerts"]["rows"]} == {"370102"}
    assert {row["jurisdiction"] for row in sent["incidents"]["rows"]} == {"370102"}
    assert {row["incident"] for row in sent["runs"]["rows"]} == {"incident-1"}
    assert sent["vehicles"]["n"] == 200  # every tenth of 2,000
    assert sent["dead"]["body"] == []
    assert sent["kpis"]["body"][1]["value"] <= len(sent["alerts"]["rows"])
