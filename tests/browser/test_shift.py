"""Two scripted shifts on a real desk, by keyboard only: keys and seconds are counted and printed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.desk import Desk, opened
from tests.browser.windows import Window, chromium, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("desk")) as running:
        yield running


@pytest.fixture
def officer(browser: Browser, desk: Desk) -> Iterator[Window]:
    window = Window(browser, desk.link("王磊"), drawn=False)
    window.run("document.addEventListener('pointerdown', () => { window.touched = true; }, true)")
    yield window
    assert window.run("window.touched === true") is False
    assert window.errors == []
    window.close()


def idle(window: Window) -> bool:
    """Return True when nothing this window sent is undecided."""
    return bool(window.run("opsWall.pending.size === 0"))


def handled(window: Window, desk: Desk, began: float, what: str) -> None:
    """From an open incident: verify, send two units, report, draft a warning; then ask the desk whether it is so."""
    incident = window.run("opsWall.ui.drawer.id")
    window.press("v")
    until(lambda: window.run("opsWall.incidentNow().state") == "verified", "verified")
    window.press("d")
    for n in range(2):
        until(lambda: window.page.locator(".offer .eta").count() > 1 and idle(window), "units to send")
        until(lambda: "—" not in window.text(".offer .eta"), "times by road")
        window.press("1")
        until(lambda n=n: window.run(f"opsWall.dispatchesOf('{incident}').length") == n + 1, "one more unit sent")
    window.press("r")
    until(lambda: window.focused() == "reported_to", "the report's form")
    window.press("Enter")
    until(lambda: window.run("opsWall.incidentNow().reports.some((one) => one.kind === 'first' && one.sent)"), "sent")
    until(lambda: idle(window) and not window.run("opsWall.ui.dialog"), "the form gone")
    window.press("w")
    until(lambda: window.focused() == "template", "the warning's form")
    window.press("Enter")
    until(lambda: window.run(f"opsWall.warningsOf('{incident}').length") == 1, "the draft")
    seconds = time.monotonic() - began
    print(f"\n{what}: {window.keys} keys, {seconds:.0f} s on this machine")

    picture = desk.service.station.live()
    found = next(one for one in picture.incidents if one.id == incident)
    sent = [one for one in picture.dispatches if one.incident == incident]
    assert found.verified is not None
    assert found.verified.by == "王磊"
    assert len({one.resource for one in sent}) == 2
    assert all(one.why["travel_s"] > 0 for one in sent)
    first = next(one for one in found.reports if one.kind == "first")
    assert first.sent is not None
    assert first.text
    warning = next(one for one in picture.warnings if one.incident == incident)
    assert warning.last.headline.zh
    assert warning.last.headline.en


def test_from_the_first_alarm_to_a_drafted_warning_by_keyboard(officer: Window, desk: Desk) -> None:
    desk.gas(1)
    until(lambda: officer.sees(".alarm.calling"), "the alarm")
    began, officer.keys = time.monotonic(), 0
    officer.press("j", "a")
    until(lambda: officer.run("opsWall.selectedAlert().acknowledged !== null"), "acknowledged")
    officer.press("e")  # the rule has opened the incident; E goes there
    until(lambda: officer.sees(".incident-head"), "the incident")
    handled(officer, desk, began, "first alarm to drafted warning")
    alert = next(one for one in desk.service.station.live().alerts if one.incident)
    assert alert.last.acknowledged is not None
    assert alert.last.acknowledged.by == "王磊"


def test_from_a_telephone_call_to_a_drafted_warning_by_keyboard(officer: Window, desk: Desk) -> None:
    began, officer.keys = time.monotonic(), 0
    officer.press("n")
    until(lambda: officer.focused() == "kind", "the intake form")
    officer.type("泄漏")
    officer.press("Enter", "Tab")
    officer.type("G2 K123+400")
    officer.press("Tab")
    until(lambda: "模拟桩号" in officer.text("#intake-place-read"), "where the server reads it to be")
    officer.type("路人 10000000002")
    officer.press("Tab", "Tab")
    officer.type("2")
    officer.press("Enter")
    until(lambda: officer.sees(".incident-head"), "the incident, opened by itself")
    taken = time.monotonic() - began
    print(f"\nintake: {officer.keys} keys, {taken:.0f} s on this machine")
    handled(officer, desk, began, "telephone call to drafted warning")
    found = next(one for one in desk.service.station.live().incidents if one.reporter.startswith("路人"))
    assert (found.place.road, found.place.stake) == ("G2", "K123+400")
    assert found.place.lon_e7 is not None
    assert found.jurisdiction.startswith("3701")
    assert [(one.what, one.value) for one in found.claims] == [("serious_injuries", 2)]
