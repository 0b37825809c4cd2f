"""Two windows race for every command an officer gives: one result; the other reads who and when, its words stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from ops_center.api.commands import KINDS
from ops_center.domain import command as kinds
from tests.browser.desk import Desk, opened
from tests.browser.races import ADDING, FIRST, PEOPLE, RACES, SECOND, Cast, Race
from tests.browser.screens import reset
from tests.browser.windows import Window, chromium, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SPEED = 10.0  # the desk waits two seconds of its own clock before it decides
BY_WORDS = {kinds.RESOURCE_OUT, kinds.RESOURCE_BACK}  # of the command line only: tests/desk/test_races.py
BUTTON = """([within, key]) => [...document.querySelectorAll(`${within} .button:not(:disabled)`)].filter(
  (one) => one.textContent.startsWith(opsWall.t(key).split('{')[0].trim()) && !one.closest('.form-foot'))"""


@dataclass
class Racers:
    """A desk and its windows: two officers, and the first of them once more."""

    cast: Cast
    first: Window
    second: Window
    again: Window


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def racers(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Racers]:
    with opened(tmp_path_factory.mktemp("races"), people=PEOPLE, speed=SPEED) as desk:
        windows = [window_of(browser, desk, name) for name in (FIRST, SECOND, FIRST)]
        yield Racers(Cast(desk), *windows)
        for window in windows:
            assert window.errors == []
            window.close()


def window_of(browser: Browser, desk: Desk, name: str) -> Window:
    return Window(browser, desk.link(name), size=(1920, 1080), drawn=False)


def press(window: Window, race: Race, beside: str) -> None:
    """Press the first button with these words, as soon as it can be pressed."""
    where = [race.within.replace("{beside}", beside), race.button]
    until(lambda: window.page.evaluate(f"(where) => ({BUTTON})(where).length", where), f"the button {race.button}")
    window.page.evaluate(f"(where) => ({BUTTON})(where)[0].click()", where)


def fill(window: Window, race: Race) -> None:
    """Type into the form that is open."""
    for name, text in race.typed.items():
        box = window.page.locator(f'.drawer form [name="{name}"]').last
        box.fill("")
        box.type(text)
        if box.get_attribute("role") == "combobox":
            box.press("Tab")


def kept(window: Window, race: Race) -> list[str]:
    """Return what the fields hold."""
    return [window.page.locator(f'.drawer form [name="{name}"]').last.input_value() for name in race.typed]


def refusal(window: Window) -> str:
    """Return what stands beside the thing or the form, "" where nothing does."""
    return " ".join(window.page.locator(".drawer .refused").all_inner_texts())


def idle(window: Window) -> bool:
    return bool(window.run("opsWall.pending.size === 0"))


@pytest.mark.parametrize("kind", RACES)
def test_of_two_windows_one_wins_and_the_other_reads_who_and_when(racers: Racers, kind: str) -> None:
    race, cast = RACES[kind], racers.cast
    pair = (racers.first, racers.again if race.same else racers.second)
    beside, opening = race.scene(cast)
    for window in pair:
        reset(window)
        found = f"[...Object.values(opsWall.channels)].some((one) => one instanceof Map && one.has('{beside}'))"
        task = f"[...opsWall.channels.runs.values()].some((run) => run.tasks.some((one) => one.id === '{beside}'))"
        until(lambda window=window, found=found, task=task: not beside or window.run(f"{found} || {task}"), "its row")
        window.page.evaluate(f"() => {{ {opening}; }}")
    forms = bool(race.typed)
    standing = kind == kinds.SIGN_ON  # its form needs no button
    if forms:
        for window in pair:
            if not standing:
                press(window, race, beside)
            until(lambda window=window: window.sees(f'.drawer form [name="{next(iter(race.typed))}"]'), "the form")
            fill(window, race)
    typed = kept(pair[0], race)
    known = {one["command"] for one in cast.picture.results}
    for window in pair:
        if forms:
            first = next(iter(race.typed))
            window.run(f"document.querySelector('.drawer form [name=\"{first}\"]').form.requestSubmit()")
        else:
            press(window, race, beside)
    until(lambda: all(idle(window) for window in pair), "decided")
    decided = [one for one in cast.picture.results if one["command"] not in known and one["kind"] == kind]
    assert [one["accepted"] for one in decided].count(True) == 1, decided
    assert len(decided) == 2
    (winner,) = [one["by"] for one in decided if one["accepted"]]
    losers = [window for window in pair if refusal(window)]
    assert len(losers) == 1
    said = refusal(losers[0])
    assert (race.told or winner) in said
    assert re.search(r"\d\d:\d\d:\d\d", said), said
    if forms:
        # The words of a choice may say more by now ("relieve ..."); nothing of them is gone.
        now = kept(losers[0], race)
        assert [text.startswith(before) for text, before in zip(now, typed, strict=True)] == [True] * len(typed), now


def test_every_command_of_the_screen_has_its_race_or_only_adds() -> None:
    assert set(RACES) | ADDING | BY_WORDS == set(KINDS) | {kinds.ATTACH}
    assert not set(RACES) & ADDING
