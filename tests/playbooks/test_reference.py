"""The reference against a minute-by-minute reading of the rule, on generated lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_center.content import Folder, load_tree
from ops_center.domain.quantity import parse_iso
from playbooks.names import environment
from playbooks.program import CompiledRule
from playbooks.reference import Row, run
from playbooks.rules_loader import load_rules

START = parse_iso("2026-09-07T00:00:00Z")
MINUTE = 60_000
RULE = """id: r1
version: 1
title: {zh: 规则, en: Rule}
class: notice
source: {zh: 据, en: Source}
severity: minor
message: {zh: "x", en: "x"}
applies_to: {subject: vehicle}
"""


@pytest.fixture(scope="module")
def compile_text(tmp_path_factory: pytest.TempPathFactory):
    def compiled(text: str) -> CompiledRule:
        folder: Path = tmp_path_factory.mktemp("content")
        (folder / "rules").mkdir()
        (folder / "rules" / "r1.yml").write_text(RULE + text)
        tree, errors = load_tree([Folder(folder)])
        assert errors == ()
        return load_rules(tree, environment(feeds={}, layers={})).rules[0]

    return compiled


# A line: the speed reported in each minute, None where nothing was reported.
LINES = st.lists(st.none() | st.sampled_from([0.0, 50.0, float("nan")]), min_size=1, max_size=40)


def rows(line: list[float | None]) -> list[Row]:
    made = []
    for minute, speed in enumerate(line):
        if speed is not None:
            values = {} if speed != speed else {"speed_kph": speed}  # a report without a speed
            made.append(Row(at_ms=START + minute * MINUTE, subject="v", values=values))
    return made


def minutes(compiled: CompiledRule, line: list[float | None]) -> list[tuple[int, bool]]:
    given_rows = rows(line)
    if not given_rows:
        return []
    changes = run(compiled, given_rows, START + (len(line) - 1) * MINUTE)
    return [((c.at_ms - START) // MINUTE, c.fires) for c in changes]


@given(LINES)
def test_for_equals_counting_the_minutes_it_has_held(compile_text, line: list[float | None]):
    compiled = compile_text("when: speed_kph < 5.0\nfor: 4 min")
    expected: list[tuple[int, bool]] = []
    since, holds, firing = 0, False, False
    for minute, speed in enumerate(line):
        if holds and not firing and minute - since >= 4:  # a timer comes before the row of its minute
            firing = True
            expected.append((minute, True))
        if speed is None:
            continue
        if speed == 0.0:
            since, holds = (since if holds else minute), True
        else:
            holds = False
            if firing:
                firing = False
                expected.append((minute, False))
    assert minutes(compiled, line) == expected


@given(LINES)
def test_absence_equals_counting_the_minutes_without_a_report(compile_text, line: list[float | None]):
    compiled = compile_text("when: speed_kph < 5.0\nabsent_for: 3 min")
    expected: list[tuple[int, bool]] = []
    heard, armed, firing = 0, False, False
    for minute, speed in enumerate(line):
        if armed and not firing and minute - heard >= 3:
            firing = True
            expected.append((minute, True))
        if speed is None:
            continue
        if firing:
            firing = False
            expected.append((minute, False))
        heard, armed = minute, speed == 0.0
    assert minutes(compiled, line) == expected


@given(LINES)
def test_firings_and_ends_alternate_whatever_the_keys(compile_text, line: list[float | None]):
    for text in (
        "when: speed_kph < 5.0\nonce_within: 7 min",
        "when: speed_kph < 5.0\nthen: speed_kph > 20.0\nwithin: 5 min",
        "when: speed_kph < 5.0\ncount: {of: firings, at_least: 2}\nwithin: 6 min",
        "when: speed_kph < 5.0\nfor: 2 min\nclear_when: speed_kph > 20.0",
    ):
        states = [fires for _, fires in minutes(compile_text(text), line)]
        assert states == [n % 2 == 0 for n in range(len(states))], text
