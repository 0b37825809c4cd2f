"""Grades, who commands and report times against the third-party cases of the law's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ops_center.content import built_in, load_tree
from ops_center.desk.casework import suggested_grade
from ops_center.domain.incident import Claim
from ops_center.domain.law import COMMAND, FIRST_REPORT, LEADERS, STEPS
from ops_center.domain.scales import EventGrade
from playbooks.book_read import load_playbooks
from tests.paths import vectors

NAMES = {"deaths": "deaths", "serious_injuries": "serious_injuries", "direct_loss_cny": "loss_cny"}


def cases(family: str) -> list[Mapping[str, Any]]:
    lines = (vectors() / "dg_rules_cn" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if case["rule"] == family]


def claims(given: Mapping[str, int]) -> list[Claim]:
    return [Claim(what=NAMES[name], value=value, at_ms=0, source="test") for name, value in given.items()]


def test_the_grade_suggested_from_claims_is_the_laws():
    told = cases("cn-accident-grade")
    assert len(told) >= 11
    for case in told:
        assert suggested_grade(claims(case["input"])) == case["expected"], case["id"]


@pytest.mark.parametrize(
    ("what", "below", "at", "grade"),
    [
        ("deaths", 2, 3, "III"),
        ("deaths", 9, 10, "II"),
        ("deaths", 29, 30, "I"),
        ("serious_injuries", 9, 10, "III"),
        ("serious_injuries", 49, 50, "II"),
        ("serious_injuries", 99, 100, "I"),
        ("poisoned", 9, 10, "III"),  # acute poisoning counts as serious injury
        ("loss_cny", 9_999_999, 10_000_000, "III"),
        ("loss_cny", 49_999_999, 50_000_000, "II"),
        ("loss_cny", 99_999_999, 100_000_000, "I"),
    ],
)
def test_a_bound_includes_its_number(what: str, below: int, at: int, grade: str):
    def of(value: int) -> EventGrade | None:
        return suggested_grade([Claim(what=what, value=value, at_ms=0, source="test")])

    assert of(at) == grade
    assert of(below) != grade


def test_nothing_that_counts_suggests_no_grade_and_sources_are_not_added_up():
    assert suggested_grade([]) is None
    assert suggested_grade([Claim(what="evacuated", value=900, at_ms=0, source="x")]) is None
    told = [Claim(what="deaths", value=n, at_ms=n, source=source) for n, source in ((2, "a"), (2, "b"), (1, "a"))]
    assert suggested_grade(told) == "IV"


def test_who_commands_is_said_by_grade():
    told = cases("sd-who-commands")
    assert len(told) >= 3
    for case in told:
        assert LEADERS[COMMAND[EventGrade(case["input"]["event_grade"])]].en == case["expected"], case["id"]


def test_report_times_are_the_laws():
    told = cases("cn-report-clock")
    assert told
    for case in told:
        hours = STEPS[case["input"]["step"]].within_ms / 3_600_000
        assert f"{hours:.0f} h" == case["expected"], case["id"]
    assert FIRST_REPORT.within_ms == 2 * 3_600_000  # art. 11: two hours at every level


def test_a_playbooks_first_report_is_due_by_the_same_article_as_the_incidents_own():
    books, errors = load_playbooks(load_tree([built_in()])[0])
    assert errors == ()
    steps = [step for book in books for step in book.walk() if step.params.get("form") == "first_report"]
    assert len(steps) >= 2
    for step in steps:
        assert step.done_within_ms == FIRST_REPORT.within_ms, step.id
        assert FIRST_REPORT.basis.zh in step.title.zh
        assert FIRST_REPORT.basis.en in step.title.en
