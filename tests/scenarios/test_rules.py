"""Each shipped rule fires where it should and is silent where little is missing, on decoded input."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ops_center.bootstrap import backtest
from ops_center.bootstrap.content import load_content
from ops_center.desk.definitions import FEED_SILENT
from ops_center.domain.alert import Alert, SuppressionReason
from tests.scenarios import rules
from tests.scenarios.rule_places import layer
from tests.scenarios.running import alerts_of, occurred

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
def played(day: str) -> tuple[tuple[Alert, ...], frozenset[tuple[str, str]]]:
    """Return every alert of a day as it began, and (rule, text of the group) of every occurrence."""
    with TemporaryDirectory() as place:
        shows = rules.vehicles(day)
        scenario = rules.write(Path(place), shows, all_feeds=day == DAYS[-1])
        run = backtest([scenario.folder], scenario.inputs, metric_epsg=scenario.metric_epsg)
        return alerts_of(run.journal), frozenset((one.rule, str(one.group)) for one in occurred(run.journal))


def said(day: str) -> frozenset[tuple[str, str]]:
    """Return (rule, text of the group) of every alert of a day."""
    return played(day)[1]


def begun(rule: str) -> Alert:
    """Return the alert of a rule on the day of the other feeds, as it began."""
    group = f"{OTHERS[rule][0]}'"
    return next(one for one in played(DAYS[-1])[0] if one.rule == rule and group in str(one.group))


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


@pytest.mark.parametrize("rule", ["loop-congestion", "loop-incident"])
def test_what_slows_traffic_in_the_felt_area_of_a_quake_is_counted_under_it(rule: str) -> None:
    alert, quake = begun(rule), begun("quake-near-hazard-source")
    assert alert.hazard == dict(quake.group)["hazard"]
    assert alert.under.startswith("incident-")
    assert [one.reason for one in alert.suppressions] == [SuppressionReason.PARENT_ACTIVE]


def test_a_gas_alarm_in_the_felt_area_still_calls() -> None:
    gas = begun("gas-h2s-high")
    assert (gas.hazard, gas.suppressions) == ("", ())
    assert gas.message.render("zh").startswith("模拟硫化氢探测器01 硫化氢 38")
    assert gas.message.render("en").startswith("Exercise H2S detector 01: hydrogen sulfide 38")
