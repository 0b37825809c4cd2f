"""Windows on the wall in headless Chromium: signed in, polled with a deadline, keys counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.required import absent
from tests.waiting import DEADLINE_S, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a browser."""
    if not CHROMIUM:
        absent("no Chromium here; install the Debian package chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


class Window:
    """One signed-in window, with its request log, its errors and the keys pressed in it."""

    def __init__(
        self,
        browser: Browser,
        link: str,
        *,
        language: str = "zh",
        size: tuple[int, int] = (1280, 720),
        drawn: bool = True,
    ) -> None:
        """Sign in by a one-time link; `drawn` False: the map stands still, so that software GL costs nothing."""
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        context.add_init_script(
            f"if (!localStorage.getItem('ops.language')) localStorage.setItem('ops.language', '{language}')"
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(DEADLINE_S * 1000)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.keys = 0
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.goto(link)
        until(lambda: self.run("!!(window.opsWall && opsWall.probe && opsWall.channels.head)"), "the first picture")
        until(lambda: self.run("opsWall.layers.length && Object.keys(opsWall.content.forms).length"), "the content")
        if not drawn:
            self.run("void (opsWall.drawVehicles = () => {}, opsWall.drawAll = () => {})")

    def run(self, script: str) -> Any:
        """Return what an expression yields in the page."""
        return self.page.evaluate(f"() => ({script})")

    def text(self, selector: str) -> str:
        """Return the text of the first match."""
        return self.page.locator(selector).first.inner_text()

    def sees(self, selector: str) -> bool:
        """Return True where something matches."""
        return self.page.locator(selector).count() > 0

    def press(self, *keys: str) -> None:
        """Press keys, one stroke each."""
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type a text, a stroke a character."""
        self.keys += len(text)
        self.page.keyboard.type(text)

    def focused(self) -> str:
        """Return the name of the field that has the focus."""
        return str(self.run("(document.activeElement && document.activeElement.getAttribute('name')) || ''"))

    def close(self) -> None:
        """Close the window with all that belongs to it."""
        self.page.context.close()
