"""The wall in a real browser: live on one canvas, commands seen by all, replay in every panel, nothing off-origin."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.windows import Window, chromium, until
from tests.wall.fake_clock import NOW_MS
from tests.wall.fake_people import FakeDoor
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def station() -> FakeStation:
    return FakeStation(vehicles=400)


@pytest.fixture
def address(station: FakeStation) -> Iterator[str]:
    with served(app_over(station, door=FakeDoor())) as url:
        yield url


class Wall(Window):
    """A window on the fake station, drawn, with all its layers."""

    def __init__(self, browser: Browser, address: str, *, who: str = "officer-0", language: str = "zh") -> None:
        """Sign in and wait for the map."""
        super().__init__(browser, f"{address}/enter?token=token-{who}", language=language)
        until(lambda: self.run("!!(opsWall.map.deck && opsWall.vehicles.n)"), "the first vehicles")
        until(lambda: self.run("opsWall.map.ground.size === 2"), "the layers")

    def probe(self) -> dict[str, Any]:
        """Return what the map draws."""
        found: dict[str, Any] = self.run("opsWall.probe()")
        return found


@pytest.fixture
def wall(browser: Browser, address: str) -> Iterator[Wall]:
    opened = Wall(browser, address)
    yield opened
    opened.page.context.close()
    assert opened.errors == []


def test_vehicles_move_on_the_same_canvas_and_the_view_stays(wall: Wall) -> None:
    wall.page.evaluate("() => { window.kept = document.querySelector('#map canvas'); }")
    before = wall.probe()
    after = until(lambda: (p := wall.probe()) and p["seq"] >= before["seq"] + 4 and p, "four more frames")
    assert after["first"] != before["first"]
    assert after["drawn"] == 400
    assert wall.run(
        "window.kept === document.querySelector('#map canvas') && document.querySelectorAll('canvas').length === 1"
    )
    assert after["view"]["zoom"] == before["view"]["zoom"]
    assert after["error"] is None


def test_what_is_asked_for_lies_on_our_own_origin_only(wall: Wall, address: str) -> None:
    own = urlsplit(address).netloc
    assert len(wall.requests) > 8
    assert [
        url for url in wall.requests if not url.startswith(("data:", "blob:")) and urlsplit(url).netloc != own
    ] == []


def test_an_acknowledgement_by_one_key_is_seen_in_a_second_window(browser: Browser, address: str, wall: Wall) -> None:
    second = Wall(browser, address, who="commander-0", language="en")
    row = '.alarm[data-id="alert-0000"]'
    assert second.page.locator(f"{row} .chip.call").count() == 1
    wall.page.keyboard.press("j")
    assert wall.run("opsWall.ui.selected") == "alert-0000"
    wall.page.keyboard.press("a")
    until(lambda: "Ack 王磊" in second.text(row), "the acknowledgement in the second window")
    until(lambda: "王磊 已签收" in wall.text(row), "the acknowledgement in the first window")
    assert second.errors == []
    second.page.context.close()


def test_opening_an_incident_flies_there_and_its_task_can_be_completed(wall: Wall, station: FakeStation) -> None:
    wall.page.locator('[data-tab="incidents"]').click()
    wall.page.locator(".incident button").nth(0).click()
    until(lambda: abs(wall.probe()["view"]["longitude"] - 117.45) < 0.01, "the map over the incident")
    wall.page.keyboard.press("t")
    task = wall.page.locator('[data-task="task-0"]')
    task.locator(".task-buttons .primary").click()
    task.locator('input[name="leaking"]').first.check()
    task.locator('input[name="un_number"]').fill("1203")
    task.locator('.form button[type="submit"]').click()
    until(lambda: task.get_attribute("data-state") == "done", "the task done")
    assert station.commands[-1][1].args == {"answers": {"leaking": "true", "un_number": "1203"}}
    wall.page.locator('[data-task="task-3"] .task-buttons .primary').click()
    until(
        lambda: wall.page.locator('[data-task="task-3"]').get_attribute("data-state") == "done",
        "the task without a form done",
    )


def test_the_replay_cursor_changes_every_panel_and_disables_commands(wall: Wall, station: FakeStation) -> None:
    live = wall.run(
        "({alerts: opsWall.channels.alerts.size, incidents: opsWall.channels.incidents.size, runs: opsWall.channels.runs.size,"
        " kpis: JSON.stringify(opsWall.channels.kpis), hazard: [...opsWall.channels.hazards.values()][0].lat, first: opsWall.probe().first,"
        " feeds: opsWall.channels.feeds.get('quakes').last_ms, zone: [...opsWall.channels.zones.values()][0].geometry.coordinates[0][0][1]})"
    )
    then = NOW_MS - 4 * 3_600_000
    wall.run(f"opsWall.seek({then})")
    until(
        lambda: wall.run("opsWall.mode.replay && !opsWall.mode.loading && opsWall.channels.head.shown_ms") == then,
        "the picture of then",
    )
    past = wall.run(
        "({alerts: opsWall.channels.alerts.size, incidents: opsWall.channels.incidents.size, runs: opsWall.channels.runs.size,"
        " kpis: JSON.stringify(opsWall.channels.kpis), hazard: [...opsWall.channels.hazards.values()][0].lat, first: opsWall.probe().first,"
        " feeds: opsWall.channels.feeds.get('quakes').last_ms, zone: [...opsWall.channels.zones.values()][0].geometry.coordinates[0][0][1]})"
    )
    assert {name for name in live if live[name] == past[name]} == set()
    until(lambda: wall.text(".clock-time").startswith("02:00"), "the clock at the cursor")
    assert wall.page.locator(".frame").get_attribute("data-mode") == "replay"
    until(lambda: wall.page.locator(".frame.loading").count() == 0, "the panels bright again")
    assert wall.page.locator(".alarm > .acknowledge:not([disabled])").count() == 0
    assert wall.page.locator(".alarm > .acknowledge").count() > 0
    before = len(station.commands)
    wall.page.keyboard.press("j")
    wall.page.keyboard.press("a")
    until(lambda: wall.page.locator(".toasts .warn").count(), "the reason why not")
    assert len(station.commands) == before
    wall.page.locator(".banner.replay .button").click()
    until(lambda: wall.run("!opsWall.mode.replay && opsWall.channels.alerts.size") == live["alerts"], "live again")


def test_a_live_alarm_is_heard_and_announced_in_replay(wall: Wall, station: FakeStation) -> None:
    wall.run(f"opsWall.seek({NOW_MS - 3_600_000})")
    until(lambda: wall.run("opsWall.mode.replay && !opsWall.mode.loading"), "replay")
    played = wall.probe()["sound"]["played"]
    count = wall.run("Object.values(opsWall.channels.calls.counts).reduce((a, b) => a + b, 0)")
    station.alarms += 3
    until(
        lambda: wall.run("Object.values(opsWall.channels.calls.counts).reduce((a, b) => a + b, 0)") > count,
        "more live calls",
    )
    until(lambda: wall.probe()["sound"]["played"] > played, "the sound")
    assert wall.page.locator(".banner.calling").count() == 1


def test_play_runs_the_cursor_at_its_speed(wall: Wall) -> None:
    from_ms, speed, began_s = NOW_MS - 5 * 3_600_000, 3_600, time.monotonic()
    wall.run(f"opsWall.replay({{at_ms: {from_ms}, speed: {speed}, playing: true}})")

    def past_an_hour() -> int:
        shown_ms: int = wall.run("opsWall.mode.replay && opsWall.channels.head.shown_ms") or 0
        return shown_ms if shown_ms > from_ms + 3_600_000 else 0

    shown_ms = until(past_an_hour, "an hour after it")
    assert shown_ms - from_ms <= (time.monotonic() - began_s) * 1_000 * speed


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_label_is_in_the_language_asked_for(browser: Browser, address: str, language: str) -> None:
    opened = Wall(browser, address, language=language, who=f"officer-{1 + (language == 'en')}")
    opened.page.keyboard.press("l")
    opened.run("opsWall.open('incident', 'incident-1')")
    opened.page.keyboard.press("t")
    until(lambda: opened.page.locator(".drawer .task").count() > 5, "the drawer")
    opened.page.keyboard.press("?")
    until(lambda: opened.page.locator(".help-card").count(), "the help")
    shown = opened.page.locator(".top, .lists, .drawer, .layers-panel, .timebar, .help-card").all_inner_texts()
    words = " ".join(shown)
    if language == "zh":
        assert "签收" in words
        assert not [word for word in ("Acknowledge", "Layers", "Incident", "Severe", "Replay") if word in words]
    else:
        # Proper names stay: the person, the post, the plate, road, school, carrier; and the switch to the other language.
        names = (
            "王磊",
            "李敏",
            "1 号席",
            "指挥席",
            "鲁",
            "京沪高速",
            "示范小学",
            "测试承运",
            "队",
            "中文",
            "货主即承运人，已联系",
        )
        for name in names:
            words = words.replace(name, "")
        assert [sign for sign in words if "\u4e00" <= sign <= "\u9fff"] == []
    assert opened.errors == []
    opened.page.context.close()


def test_switching_the_language_needs_no_reload(wall: Wall) -> None:
    wall.page.evaluate("() => { window.stays = true; }")
    wall.page.keyboard.press("/")
    wall.page.keyboard.type("语言")
    wall.page.keyboard.press("Enter")
    until(lambda: "Alarms" in wall.text(".tabs"), "the English tabs")
    assert wall.run("window.stays === true")
    assert wall.run("document.documentElement.lang") == "en"


def test_a_lost_line_shows_its_age_and_comes_back_without_reload(wall: Wall) -> None:
    wall.page.evaluate(
        "() => { window.stays = true; window.realConnect = opsWall.connect; opsWall.tell = () => {}; window.RealSocket = WebSocket; window.WebSocket = function () { const s = new EventTarget(); setTimeout(() => s.onclose && s.onclose(), 200); return s; }; opsWall.reconnect(); }"
    )
    until(lambda: wall.page.locator(".banner.stale").count(), "the stale banner")
    assert any(sign.isdigit() for sign in wall.text(".banner.stale"))
    wall.page.evaluate("() => { window.WebSocket = window.RealSocket; }")
    until(lambda: wall.run("opsWall.link.state === 'open' && !opsWall.link.stale"), "the line again")
    until(lambda: wall.page.locator(".banner.stale").count() == 0, "the banner gone")
    assert wall.run("window.stays === true")


def test_a_lost_graphics_context_is_rebuilt_with_the_same_view(wall: Wall) -> None:
    view = wall.probe()["view"]
    wall.page.evaluate(
        "() => { const canvas = document.querySelector('#map canvas'); (canvas.getContext('webgl2') || canvas.getContext('webgl')).getExtension('WEBGL_lose_context').loseContext(); }"
    )
    after = until(lambda: (p := wall.probe()) and p["rebuilt"] == 1 and p["drawn"] == 400 and p, "the map again")
    assert after["view"]["zoom"] == pytest.approx(view["zoom"])
    seq = after["seq"]
    until(lambda: wall.probe()["seq"] > seq + 2, "moving again")


def test_a_session_that_is_not_there_shows_the_sign_in_page(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(address)
    assert urlsplit(page.url).path == "/login"
    page.fill('input[name="name"]', "officer")
    page.fill('input[name="password"]', "reciffo")
    page.click("button")
    until(lambda: urlsplit(page.url).path == "/", "the wall")
    context.close()


def test_a_tile_opens_the_list_it_counts(wall: Wall) -> None:
    wall.page.locator('[data-kpi="tasks_late"]').click()
    until(lambda: wall.page.locator(".task-row").count() == 1, "the late task")
    wall.page.locator('[data-kpi="feeds_stale"]').click()
    until(lambda: wall.page.locator('.feeds tr.stale[data-feed="loops"]').count() == 1, "the stale feed")
    wall.page.locator('[data-kpi="alerts_unacknowledged"]').click()
    counted = wall.run("opsWall.channels.kpis.find((k) => k.id === 'alerts_unacknowledged').value")
    until(lambda: wall.run("opsWall.alarmRows('alarm').length") == counted, "as many rows as counted")
    assert counted > 0
    assert all(wall.run("opsWall.alarmRows('alarm').map((row) => !row.acknowledged)"))
