"""Nothing typed is lost: not by a reload, not by a refusal, not by a lost line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.windows import Window, chromium, until
from tests.wall.desk_pages import desk_pages
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
    return FakeStation(vehicles=20, stepping=False)


@pytest.fixture
def address(station: FakeStation) -> Iterator[str]:
    with served(app_over(station, door=FakeDoor(), pages=desk_pages)) as url:
        yield url


def caller(window: Window) -> None:
    """Fill in the intake form, but do not send it."""
    window.press("n")
    until(lambda: window.focused() == "kind", "the intake form")
    window.press("1", "Tab")
    window.type("117.2, 36.5")
    window.press("Tab")
    window.type("路人甲")
    until(lambda: window.page.locator("#intake-reporter").input_value() == "路人甲", "the caller's name")


def test_a_reload_costs_nothing_of_what_was_typed(browser: Browser, address: str) -> None:
    window = Window(browser, f"{address}/enter?token=token-officer-0", drawn=False)
    caller(window)
    window.page.reload()
    until(lambda: window.run("!!(window.opsWall && opsWall.channels.head && opsWall.layers.length)"), "the wall again")
    window.press("n")
    until(lambda: window.sees(".restored"), "the word that it was restored")
    assert window.page.locator("#intake-reporter").input_value() == "路人甲"
    assert window.page.locator("#intake-place").input_value() == "117.2, 36.5"
    window.close()


def test_a_lost_line_sends_once_when_it_is_back(browser: Browser, address: str, station: FakeStation) -> None:
    window = Window(browser, f"{address}/enter?token=token-officer-0", drawn=False)
    caller(window)
    window.page.context.set_offline(True)
    window.press("Enter")
    until(lambda: window.sees('.form [role="status"].refused'), "the word that it waits for the line")
    assert window.page.locator("#intake-reporter").input_value() == "路人甲"
    assert [command.kind for _, command in station.commands] == []
    window.page.context.set_offline(False)
    until(lambda: window.sees(".incident-head"), "the incident, opened by itself")
    assert [command.kind for _, command in station.commands] == ["incident.open"]
    window.press("n")
    until(lambda: window.focused() == "kind", "a new form")
    assert window.page.locator("#intake-reporter").input_value() == ""
    window.close()


def test_enter_waits_for_the_servers_offers_and_sends_nothing_yet(
    browser: Browser, address: str, station: FakeStation
) -> None:
    window = Window(browser, f"{address}/enter?token=token-officer-0", drawn=False)
    window.press("n")
    until(lambda: window.focused() == "kind", "the intake form")
    window.press("1", "Tab")
    window.type("姚")
    window.press("Enter")  # faster than the answer
    until(lambda: window.page.locator("#intake-place").input_value() == "姚家", "the first offer, taken")
    until(lambda: "117.1000, 36.6500" in window.text("#intake-place-read"), "where it lies")
    assert station.commands == []
    window.press("Enter")
    until(lambda: window.sees(".incident-head"), "the incident, opened by itself")
    ((_, sent),) = station.commands
    assert sent.args["place"] == "places/1"
    window.close()


def test_a_refusal_says_why_beside_the_form_and_keeps_what_was_typed(browser: Browser, address: str) -> None:
    window = Window(browser, f"{address}/enter?token=token-county-0", drawn=False)
    window.press("n")
    until(lambda: window.focused() == "kind", "the intake form")
    window.press("1", "Tab")
    window.type("120.3, 36.1")
    until(lambda: "不在您的辖区内" in window.text("#intake-place-read"), "the word before it is sent")
    window.press("Enter")
    until(lambda: window.sees('.form [role="alert"].refused'), "the refusal")
    assert "不在您的辖区内" in window.text('.form [role="alert"].refused')
    assert window.page.locator("#intake-place").input_value() == "120.3, 36.1"
    window.close()


def test_a_wrong_value_is_named_beside_its_field(browser: Browser, address: str) -> None:
    window = Window(browser, f"{address}/enter?token=token-officer-0", language="en", drawn=False)
    window.press("n")
    until(lambda: window.focused() == "kind", "the intake form")
    window.press("1", "Enter")
    until(lambda: window.sees("#intake-place-wrong"), "the field that is missing")
    assert window.focused() == "place"
    assert window.page.locator("#intake-place").get_attribute("aria-invalid") == "true"
    assert window.text("#intake-place-wrong") == "Say where, or click on the map"
    window.close()


def test_escape_goes_back_one_step_at_a_time_and_keeps_a_form_s_words(browser: Browser, address: str) -> None:
    window = Window(browser, f"{address}/enter?token=token-officer-0", drawn=False)
    window.press("j", "Enter", "z")
    until(lambda: window.focused() == "minutes", "the shelf form")
    window.press("Tab")
    window.type("已电话核实")
    window.press("Escape")
    until(lambda: not window.sees(".dialog"), "the form gone")
    assert window.sees('.drawer[data-kind="alert"]')
    window.press("z")
    until(lambda: window.sees(".dialog"), "the form again")
    assert window.page.locator('.dialog input[name="reason"]').input_value() == "已电话核实"
    window.press("Escape", "Escape")
    until(lambda: not window.sees(".drawer"), "the drawer gone")
    window.press("?")
    until(lambda: window.sees(".help-card"), "the help")
    window.press("Tab", "Tab")
    assert window.run("document.querySelector('.help').contains(document.activeElement)")
    window.press("Escape")
    until(lambda: not window.sees(".help-card"), "the help gone")
    window.close()


def test_the_command_line_completes_words_and_things_in_both_languages(browser: Browser, address: str) -> None:
    window = Window(browser, f"{address}/enter?token=token-officer-0", language="en", drawn=False)
    window.press("/")
    until(lambda: window.sees(".command input"), "the command line")
    window.type("shel")
    window.press("Tab")
    assert window.page.locator(".command input").input_value() == "shelve "
    window.press("Escape", "/")
    until(lambda: window.sees(".command input"), "the command line again")
    window.type("值班")
    window.press("Enter")
    until(lambda: window.sees('.drawer[data-kind="shift"]'), "the shift, by its Chinese word on an English screen")
    window.close()


def test_a_unit_is_taken_out_and_brought_back_by_words_with_the_reason_behind_its_name(
    browser: Browser, address: str, station: FakeStation
) -> None:
    window = Window(browser, f"{address}/enter?token=token-officer-0", language="en", drawn=False)
    unit = station.live().resources[0]
    for line in (f"unitout {unit.name.en} flat tyre", f"unitback {unit.name.en}"):
        window.press("/")
        until(lambda: window.sees(".command input"), "the command line")
        window.type(line)
        window.press("Enter")
        until(lambda: not window.sees(".command input"), "the command line gone")
    until(lambda: len(station.commands) == 2, "both sent")
    out, back = (command for _, command in station.commands)
    assert (out.kind, out.target, out.args) == ("resource.out_of_service", unit.id, {"reason": "flat tyre"})
    assert (back.kind, back.target) == ("resource.return_to_service", unit.id)
    window.close()
