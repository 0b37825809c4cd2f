"""Every screen can be read by everybody: axe finds nothing serious, in both languages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.screens import SCREENS, reset
from tests.browser.windows import Window, chromium, until
from tests.wall.desk_pages import desk_pages
from tests.wall.fake_people import FakeDoor
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over, served

pytestmark = pytest.mark.browser
AXE = Path(__file__).with_name("vendor") / "axe" / "axe-4.10.3.min.js"
# The map is one canvas with its own words beside it; rules of best practice are not WCAG.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(app_over(FakeStation(vehicles=40, stepping=False), door=FakeDoor(), pages=desk_pages)) as url:
        yield url


@pytest.fixture(scope="module", params=["zh", "en"])
def window(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Window]:
    """One window a language, with axe in it."""
    language = request.param
    number = 0 if language == "zh" else 1
    opened = Window(
        browser, f"{address}/enter?token=token-commander-{number}", language=language, size=(1920, 1080), drawn=False
    )
    opened.page.evaluate(AXE.read_text(encoding="utf-8"))
    yield opened
    assert opened.errors == []
    opened.close()


def serious(window: Window) -> list[str]:
    """Return the serious and critical violations of what is shown, with where they are."""
    found: dict[str, Any] = window.page.evaluate(f"() => axe.run(document, {json.dumps(RULES)})")
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def test_axe_is_the_file_we_took() -> None:
    recorded = (AXE.parent / "SHA256SUMS").read_text(encoding="ascii").split()[0]
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == recorded


def test_axe_finds_a_planted_fault(window: Window) -> None:
    reset(window)
    window.page.evaluate(
        "() => document.body.insertAdjacentHTML('beforeend', '<button id=planted></button><p id=pale style=\"position:fixed;top:0;left:0;z-index:99;color:#333;background:#222\">pale words</p>')"
    )
    found = " ".join(serious(window))
    window.page.evaluate("() => { planted.remove(); pale.remove(); }")
    assert "button-name" in found
    assert "color-contrast" in found


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_has_no_serious_violation(window: Window, screen: str) -> None:
    reset(window)
    SCREENS[screen](window)
    until(lambda: not window.run("document.querySelectorAll('.toasts p').length > 3"), "quiet")
    assert serious(window) == []
