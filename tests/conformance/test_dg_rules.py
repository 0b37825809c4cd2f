"""The shipped rules against third-party cases on vehicles carrying dangerous goods."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from ops_center.content import built_in, load_tree
from ops_center.domain.quantity import parse_iso
from playbooks.calendar import read_calendars
from playbooks.explain import FIRES, explain_row
from playbooks.names import Environment, environment_of
from playbooks.program import CompiledRule
from playbooks.rules_loader import compile_rule
from tests.paths import vectors

# Families judged elsewhere, by name: grade of an event and who commands are decided by people
# (MODEL: four scales); warning colours by the decoders; clocks by the playbooks.
ELSEWHERE = {
    "cn-accident-grade": "event grade: ops_center/domain/scales.py; a person grades",
    "sd-who-commands": "response: a person starts it",
    "cn-warning-colour": "warning colours: streams/decoders/cn_warning",
    "cn-warning-measures": "measures: playbooks/books",
    "cn-report-clock": "legal clocks: playbooks/books",
}
ROAD = {
    "expressway": "expressway",
    "other": "ordinary",
    "ordinary_road": "ordinary",
    "ordinary road": "ordinary",
    "ordinary": "ordinary",
    "urban": "urban",
    "expressway service area": "service_area",
}
# Beijing noon on a day all the laws without windows are in force.
NOON_MS = parse_iso("2026-03-02T12:00:00+08:00")


@cache
def shipped(rule: str) -> CompiledRule:
    tree, errors = load_tree([built_in()])
    assert not errors
    calendars, wrong = read_calendars(tree)
    assert not wrong
    environment: Environment = environment_of(tree)
    return compile_rule(tree.of("rule")[rule], tree, environment, calendars=calendars)


def fires(rule: str, row: Mapping[str, Any], at_ms: int = NOON_MS) -> bool:
    return bool(explain_row(shipped(rule), row, at_ms)["result"] == FIRES)


def night(given: Mapping[str, Any], expected: str) -> None:
    row = {
        "cargo": {"un_number": "1203"} if given["vehicle"] == "dangerous goods" else {},
        "road": {"class": ROAD[given["road"]]},
        "speed_kph": 0.0 if given.get("parked") else 70.0,
        "permit": {"expressway": bool(given.get("approval") or given.get("exempt"))},
    }
    rules = (
        "sd-expressway-night-v1",
        "sd-expressway-night-v2",
        "sd-expressway-night-v3",
        "sd-service-area-wait",
        "sd-holiday-ban-2015",
    )
    banned = [rule for rule in rules if fires(rule, row, parse_iso(given["time"]))]
    assert bool(banned) == expected.startswith("banned"), banned


def moving(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "cargo": {"un_number": "1203"},
        "speed_kph": float(given["speed_kmh"]),
        "road": {"class": ROAD[given["road"]], "limit_kph": given.get("sign_kmh")},
        "visibility_m": given.get("visibility_m"),
        "headway_m": given.get("gap_m"),
    }


def speed(given: Mapping[str, Any], expected: str) -> None:
    row = moving(given)
    over = fires("hazmat-speed-expressway", row) or fires("hazmat-speed-other-road", row)
    assert over == ("overspeed" in expected)


def shandong_speed(given: Mapping[str, Any], expected: str) -> None:
    assert fires("sd-hazmat-speed-no-sign", moving(given)) == ("overspeed" in expected)


def low_visibility(given: Mapping[str, Any], expected: str) -> None:
    row = moving(given)
    assert fires("low-visibility-speed", row) == ("overspeed" in expected)
    assert fires("low-visibility-leave", row) == ("leave" in expected or given["visibility_m"] < 50)
    # Below 50 m the article states no gap, from 200 m on art. 80 speaks: this family asks about neither.
    if 50 <= given["visibility_m"] < 200:
        assert fires("expressway-gap", row) == any(word in expected for word in ("gap", "distance", "close"))


def fatigue(given: Mapping[str, Any], expected: str) -> None:
    driven_s = driving_s(given["driving"])
    assert fires("four-hours-at-the-wheel", {"driving_s": float(driven_s)}) == expected.startswith("fatigue")


def driving_s(stretches: str) -> int:
    """Return the continuous driving time after "3:59 + rest 19 min + 0:30" (a rest of 20 min ends a stretch)."""
    driven = longest = 0
    for part in stretches.split("+"):
        if "rest" in part:
            rest = re.search(r"\d+", part)
            assert rest is not None
            driven = 0 if int(rest[0]) >= 20 else driven
        else:
            hours, minutes, seconds = (int(n) for n in [*part.strip().split(":"), "0"][:3])
            driven += hours * 3600 + minutes * 60 + seconds
        longest = max(longest, driven)
    return longest


FAMILIES = {
    "sd-expressway-night": night,
    "cn-dg-speed": speed,
    "sd-hazchem-truck-speed": shandong_speed,
    "cn-low-visibility": low_visibility,
    "cn-fatigue-day": fatigue,
}


def cases() -> list[dict[str, Any]]:
    text = (vectors() / "dg_rules_cn" / "cases.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_case_of_a_family_on_the_road_is_decided_as_the_text_says(family: str):
    mine = [case for case in cases() if case["rule"] == family]
    assert mine
    for case in mine:
        try:
            FAMILIES[family](case["input"], case["expected"])
        except AssertionError as error:
            raise AssertionError(f"{case['id']}: {case['input']} -> {case['expected']}: {error}") from error


def test_every_family_is_judged_here_or_said_to_be_judged_elsewhere():
    assert {case["rule"] for case in cases()} <= set(FAMILIES) | set(ELSEWHERE)


def test_a_rest_of_nineteen_minutes_does_not_end_a_stretch():
    assert driving_s("3:59 + rest 19 min + 0:30") == 16_140
    assert driving_s("3:59 + rest 20 min + 3:00") == 14_340
