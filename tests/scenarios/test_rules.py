"""Each shipped rule fires where it should and is silent where little is missing, on decoded input."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ops_center.bootstrap import backtest
from ops_center.bootstrap.content import load_content
from ops_center.desk.definitions import FEED_SILENT
from tests.scenarios import rules
from tests.scenarios.rule_places import layer
from tests.scenarios.running import occurred

DAYS = ("2015-06-22", "2015-06-23", "2018-06-01", "2018-06-02", "2019-08-08", "2019-08-09", "2026-03-03")
# rule -> (group that fires, group that is silent), of rules over other subjects than vehicles
OTHERS = {
    "gas-h2s-high": ("SIM-H2S-01", "SIM-H2S-02"),
    "loop-congestion": (layer("loops").keys[0], layer("loops").keys[1]),
    "loop-incident": (layer("loops").keys[2], layer("loops").keys[3]),
    "quake-near-hazard-source": ("q1", "q2"),
    "county-under-warning": ("371102", "370883"),
    "many-in-wind-circle": ("EAST/force-7", "WEST/force-7"),
    "feed-silent": ("park-gas", "dg-registry"),
    "expressway-gap": ("close", "apart"),
}


@cache
def said(day: str) -> frozenset[tuple[str, str]]:
    """Return (rule, text of the group) of every alert of a day."""
    with TemporaryDirectory() as place:
        shows = rules.vehicles(day)
        scenario = rules.write(Path(place), shows, all_feeds=day == DAYS[-1])
        run = backtest([scenario.folder], scenario.inputs, metric_epsg=scenario.metric_epsg)
        return frozenset((one.rule, str(one.group)) for one in occurred(run.journal))


def fired(day: str, rule: str, name: str) -> bool:
    return any(of == rule and f"{name}'" in group for of, group in said(day))


def shown() -> dict[str, set[bool]]:
    found: dict[str, set[bool]] = {rule: {True, False} for rule in OTHERS}
    for show in (show for day in DAYS for show in rules.vehicles(day)):
        found.setdefault(show.rule, set()).add(show.fires)
    return found


def test_every_shipped_rule_is_shown_firing_and_silent() -> None:
    shipped = {compiled.rule.id for compiled in load_content([]).program.rules} | {FEED_SILENT.id}
    assert {rule for rule, both in shown().items() if both == {True, False}} == shipped


@pytest.mark.parametrize("day", DAYS)
def test_vehicles_fire_the_rule_they_play_for_and_their_doubles_do_not(day: str) -> None:
    shows = rules.vehicles(day)
    wrong = [
        (show.rule, show.fires)
        for number, show in enumerate(shows)
        if show.rule not in OTHERS and fired(day, show.rule, rules.terminal(number)) != show.fires
    ]
    assert wrong == []


@pytest.mark.parametrize("rule", OTHERS)
def test_rules_over_sensors_hazards_and_feeds_fire_and_are_silent(rule: str) -> None:
    yes, no = OTHERS[rule]
    assert fired(DAYS[-1], rule, yes)
    assert not fired(DAYS[-1], rule, no)
