"""What would cover another does not: names on the map, buttons in rows; words are counted and cited as they are read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.screens import SCREENS, reset
from tests.browser.windows import Window, chromium
from tests.wall.desk_pages import desk_pages
from tests.wall.fake_people import FakeDoor
from tests.wall.fake_station import FakeStation
from tests.wall.serving import app_over, served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    app = app_over(FakeStation(vehicles=40, stepping=False), door=FakeDoor(), pages=desk_pages)
    with served(app) as address, chromium() as browser:
        opened = Window(browser, f"{address}/enter?token=token-commander-0", language="en")
        yield opened
        assert opened.errors == []
        opened.close()


def spread(window: Window, *labels: tuple[str, str, float]) -> list[tuple[str, float]]:
    """Return (text, dy) of what is drawn of (kind, text, x), all 28 px below their signs, in letters of 14 px."""
    given = [{"kind": kind, "text": text, "lon": x, "lat": 0, "dy": 28} for kind, text, x in labels]
    drawn = window.run(f"opsWall.spread({given!r}, 14, (at) => at).labels")
    return [(one["text"], round(one["dy"])) for one in drawn]


def test_two_names_at_one_place_stand_under_each_other(window: Window) -> None:
    assert spread(window, ("incident", "Leak", 0), ("incident", "Pile-up", 0)) == [("Leak", 28), ("Pile-up", 51)]


def test_names_apart_stay_where_they_are(window: Window) -> None:
    assert spread(window, ("incident", "Leak", 0), ("incident", "Pile-up", 300)) == [("Leak", 28), ("Pile-up", 28)]


def test_one_name_twice_at_a_place_is_counted(window: Window) -> None:
    assert spread(window, ("incident", "Leak", 0), ("incident", "Leak", 4)) == [("Leak ×2", 28)]


def test_an_alarm_and_its_incident_are_one_thing(window: Window) -> None:
    assert spread(window, ("alarm", "Leak", 0), ("incident", "Leak", 4)) == [("Leak", 28)]


def test_what_has_no_line_left_is_told_by_number(window: Window) -> None:
    drawn = spread(window, *(("incident", f"Leak {n}", 0.0) for n in range(6)))
    assert [text for text, _ in drawn] == ["Leak 0 +2", "Leak 1", "Leak 2", "Leak 3"]


def test_a_place_s_name_under_a_call_is_not_drawn(window: Window) -> None:
    names = "[{ lon: 0, lat: 0, dy: 0, text: 'Lixia' }, { lon: 300, lat: 0, dy: 0, text: 'Changle' }]"
    shown = window.run(f"opsWall.uncovered({names}, [[-20, -8, 20, 8]], 14, (at) => at).map((one) => one.text)")
    assert shown == ["Changle"]


def test_the_map_draws_three_incidents_at_one_place_as_two_lines(window: Window) -> None:
    reset(window)
    SCREENS["same-place"](window)
    drawn = window.run("opsWall.map.layers.get('call-labels').props.data.map((one) => one.text)")
    assert "Pile-up on G2" in drawn
    assert any(text.startswith("Hazmat tanker leak ×") for text in drawn)
    reset(window)


def test_a_law_is_cited_in_the_language_of_the_text(window: Window) -> None:
    cited = [
        window.run(f"opsWall.cited('{law}', '{language}')")
        for law in ("突发事件应对法（2024）第六十七条第六项", "突发事件应对法（2024）第二十条", "某办法第三条")
        for language in ("zh", "en")
    ]
    assert cited == [
        "突发事件应对法（2024）第六十七条第六项", "Emergency Response Law (2024), art. 67(6)",
        "突发事件应对法（2024）第二十条", "Emergency Response Law (2024), art. 20",
        "某办法第三条", "某办法第三条",
    ]  # fmt: skip


def test_one_thing_is_counted_in_the_singular(window: Window) -> None:
    said = [window.run(f"opsWall.t('incident.tasks', {{ n: {n} }})") for n in (1, 2)]
    assert said == ["1 task", "2 tasks"]


def test_a_row_of_linked_things_is_one_line_with_its_button_beside_it(window: Window) -> None:
    reset(window)
    SCREENS["incident-figures"](window)
    tall = window.run("[...document.querySelectorAll('.linked > li')].map((one) => one.offsetHeight)")
    rem = window.run("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert tall
    assert max(tall) < 4 * rem
    reset(window)


def test_nothing_of_a_group_is_under_its_button(window: Window) -> None:
    reset(window)
    SCREENS["flood"](window)
    apart = window.run(
        "[...document.querySelectorAll('.group')].filter((one) => one.querySelector('.acknowledge')).map((one) => { "
        "const button = one.querySelector('.acknowledge').getBoundingClientRect(); "
        "return [...one.querySelectorAll('.times, time, .where, .chip')].map((part) => part.getBoundingClientRect())"
        ".every((box) => box.right <= button.left || box.top >= button.bottom); })"
    )
    assert apart
    assert all(apart)
    reset(window)


def test_a_lost_line_is_called_live_nowhere(window: Window) -> None:
    reset(window)
    SCREENS["line-lost"](window)
    said = window.text(".time-now"), window.text(".pill")
    on = window.sees(".live-button.on")
    reset(window)
    assert all("LINE LOST" in one for one in said)
    assert not on
