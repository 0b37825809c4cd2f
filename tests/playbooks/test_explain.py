"""Why a rule fires, is silent, or cannot be decided."""

from __future__ import annotations

import pytest

from ops_center.content import built_in, load_tree
from ops_center.domain.errors import BadInput
from playbooks.calendar import read_calendars
from playbooks.cel import compile_condition, flatten
from playbooks.explain import explain_line
from playbooks.names import environment
from playbooks.program import CompiledRule
from playbooks.rules_loader import compile_rule

ENVIRONMENT = environment(feeds={}, layers={"schools": {"name": "text", "name_en": "text"}})


@pytest.fixture(scope="module")
def school_rule() -> CompiledRule:
    tree, _ = load_tree([built_in()])
    calendars, _ = read_calendars(tree)
    return compile_rule(tree.of("rule")["hazmat-stop-near-school"], tree, ENVIRONMENT, calendars=calendars)


STOPPED = {
    "event_time": "2026-09-07T07:42:00+08:00",
    "speed_kph": 0.0,
    "cargo": {"hazard_class": "3"},
    "school": {"key": "s1", "distance_m": 120.0},
}


def test_a_row_that_fires_says_so_condition_by_condition(school_rule: CompiledRule):
    found = explain_line(school_rule, STOPPED)
    assert found["result"] == "fires"
    assert [(p["condition"], p["result"], p["values"]) for p in found["when"]["parts"]] == [
        ("cargo.hazard_class in $classes", True, {"cargo.hazard_class": "3"}),
        ("speed_kph < 5.0", True, {"speed_kph": 0.0}),
    ]
    assert found["joins"]["school"]["found"] is True
    assert found["calendar"] == {"id": "school_hours", "holds": True}
    assert found["also_needs"] == {"for_s": 600.0}


def test_a_missing_value_is_named_and_makes_it_unknown(school_rule: CompiledRule):
    found = explain_line(school_rule, {**STOPPED, "speed_kph": None})
    assert found["result"] == "unknown"
    assert found["when"]["missing"] == ["speed_kph"]


def test_what_is_assumed_when_papers_are_missing_is_said(school_rule: CompiledRule):
    found = explain_line(school_rule, {**STOPPED, "cargo": {}})
    assert found["result"] == "fires"
    assert found["when"]["parts"][0]["assumed"] == ["cargo.hazard_class"]


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({"event_time": "2026-09-06T07:42:00+08:00"}, "silent"),  # a Sunday
        ({"event_time": "2019-09-09T07:42:00+08:00"}, "silent"),  # before it was valid
        ({"event_time": None}, "unknown"),
        ({"speed_kph": 30.0, "event_time": None}, "silent"),  # false wins over unknown
        ({"school": {"key": None}}, "silent"),
        ({"school": {"key": "s1", "distance_m": 300.5}}, "silent"),
        ({"school": None}, "silent"),
    ],
)
def test_calendar_validity_and_joins_decide_too(school_rule: CompiledRule, change: dict[str, object], result: str):
    assert explain_line(school_rule, {**STOPPED, **change})["result"] == result


def test_a_row_that_does_not_mention_the_join_leaves_it_unknown(school_rule: CompiledRule):
    row = {key: value for key, value in STOPPED.items() if key != "school"}
    assert explain_line(school_rule, row)["result"] == "unknown"


def test_a_value_of_another_kind_is_bad_input_with_its_field(school_rule: CompiledRule):
    with pytest.raises(BadInput) as caught:
        explain_line(school_rule, {**STOPPED, "speed_kph": "fast"})
    assert caught.value.field == "speed_kph"
    with pytest.raises(BadInput, match="states no time zone"):
        explain_line(school_rule, {**STOPPED, "event_time": "2026-09-07T07:42:00"})


def test_nested_rows_become_dotted_names():
    assert flatten({"a": 1, "b": {"c": {"d": 2}}, "e.f": 3}) == {"a": 1, "b.c.d": 2, "e.f": 3}


@pytest.mark.parametrize(("action", "result"), [("assume_true", True), ("assume_false", False), ("skip", "unknown")])
def test_if_missing_decides_a_test_only_when_nothing_else_is_missing(action: str, result: object):
    names = {"cargo.un_number": "text", "cargo.name": "text", "speed_kph": "number"}
    condition = compile_condition('cargo.un_number == "1203"', names, if_missing={"cargo": action})
    assert condition.explain({})["result"] == result
    assert condition.explain({"cargo.un_number": "1203"})["result"] is True
    mixed = compile_condition("cargo.name.size() == int(speed_kph)", names, if_missing={"cargo": action})
    assert mixed.explain({})["result"] == "unknown"


def test_bits_of_the_alarm_word_are_tested_from_the_lowest():
    condition = compile_condition("bit(alarm_bits, 0) || bit(alarm_bits, 31)", {"alarm_bits": "integer"})
    assert [condition.explain({"alarm_bits": word})["result"] for word in (0, 1, 2, 2**31)] == [
        False,
        True,
        False,
        True,
    ]
