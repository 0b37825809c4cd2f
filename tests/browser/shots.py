"""Write pictures of every screen, both languages, both sizes: ``python tests/browser/shots.py FOLDER [NAME ...]``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.browser.screens import SCREENS, reset
from tests.browser.windows import Window, chromium
from tests.wall.desk_pages import desk_pages
from tests.wall.fake_people import FakeDoor
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over, served

SIZES = ((1920, 1080), (3840, 2160))
PATIENCE_MS = 180_000  # software GL draws a large screen slowly


def main(folder: Path, wanted: list[str]) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    door = FakeDoor()
    with served(app_over(FakeStation(vehicles=200), door=door, pages=desk_pages)) as address, chromium() as browser:
        for n, (size, language) in enumerate((size, language) for size in SIZES for language in ("zh", "en")):
            window = Window(browser, f"{address}/enter?token=token-commander-{n}", language=language, size=size)
            window.page.wait_for_timeout(2_000)
            for name in wanted or SCREENS:
                reset(window)
                SCREENS[name](window)
                window.page.wait_for_timeout(600)
                window.page.screenshot(path=folder / f"{name}-{language}-{size[0]}.png", timeout=PATIENCE_MS)
                print(name, language, size[0], flush=True)
            for error in window.errors:
                print("error:", error, flush=True)
            window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
