"""Rules: each key is compiled or refused, with line, column and the nearest right name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ops_center.content import ContentTree, Folder, load_tree
from ops_center.domain.errors import ContentError
from ops_center.domain.quantity import parse_iso
from ops_center.domain.rule import Counting, Join
from playbooks.names import environment
from playbooks.program import CompiledRule, Program
from playbooks.reference import Row, run
from playbooks.rules_check import check_rules, run_rule_tests
from playbooks.rules_loader import compile_rules, load_rules

ENVIRONMENT = environment(
    feeds={"park-gas": ("sensor", {"h2s_ppm": "number"})},
    layers={"schools": {"name": "text", "pupils": "integer"}},
)
HEAD = """id: r
version: 1
title: {zh: 规则, en: Rule}
class: notice
source: {zh: 据, en: Source}
severity: minor
message: {zh: "{vehicle.plate}", en: "{vehicle.plate}"}
"""
VEHICLE = "applies_to: {subject: vehicle}\n"
CALENDAR = """id: school_hours
title: {zh: 历, en: Hours}
zone: Asia/Shanghai
windows: [{days: [mon], from: "07:00", to: "18:00"}]
"""
MONDAY = parse_iso("2026-09-07T08:00:00+08:00")
MINUTE = 60_000


def tree_of(folder: Path, text: str) -> ContentTree:
    for kind, name, content in (("rules", "r1.yml", text), ("calendars", "school_hours.yml", CALENDAR)):
        path = folder / "playbooks" / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("id: r\n", "id: r1\n"), encoding="utf-8")
    tree, errors = load_tree([Folder(folder)])
    assert errors == ()
    return tree


def rule_of(folder: Path, text: str) -> CompiledRule:
    (compiled,) = load_rules(tree_of(folder, HEAD + text), ENVIRONMENT).rules
    return compiled


def test_every_key_of_the_schema_reaches_the_definition(tmp_path: Path):
    compiled = rule_of(
        tmp_path,
        VEHICLE
        + """params: {near: 300 m, stopped: 10 min}
join: {school: {nearest: schools, within: $near}}
when: speed_kph < 5.0 && school.pupils > 100 && school.distance_m < $near
for: $stopped
calendar: school_hours
group_by: [vehicle, school]
once_within: 1 h
clear_when: speed_kph > 10.0
valid: {from: "2020-01-01", to: "2020-12-31"}
if_missing: {school: skip}
shadow: true
""",
    )
    rule = compiled.rule
    assert rule.joins == (Join(name="school", mode="nearest", layer="schools", within_mm=300_000),)
    assert (rule.for_ms, rule.once_within_ms, rule.shadow) == (600_000, 3_600_000, True)
    assert rule.valid.from_ms == parse_iso("2020-01-01T00:00:00+08:00")
    assert rule.valid.to_ms == parse_iso("2021-01-01T00:00:00+08:00")
    assert compiled.group == (("vehicle", "subject"), ("school", "school.key"))
    assert compiled.names == (
        "school.distance_m",
        "school.key",
        "school.pupils",
        "speed_kph",
        "subject",
        "vehicle.plate",
    )
    assert rule.one_subject
    assert rule.version.startswith("1-")


def test_the_compiler_says_which_rules_look_across_subjects(tmp_path: Path):
    text = (
        VEHICLE + 'when: has(speed_kph)\ncount: {of: subjects, at_least: 3}\nwithin: 5 min\ngroup_by: ["admin.county"]'
    )
    compiled = rule_of(tmp_path, text)
    assert not compiled.rule.one_subject
    assert compiled.rule.count == Counting(of="subjects", at_least=3, within_ms=300_000)
    checked = check_rules(tree_of(tmp_path, HEAD + text), environment=ENVIRONMENT)
    assert checked.planes["r1"] == ("group_by names no vehicle, so subjects share an alert", "it counts subjects")
    own = rule_of(tmp_path, VEHICLE + "when: has(speed_kph)\ncount: {of: firings, at_least: 3}\nwithin: 5 min")
    assert own.rule.one_subject


@pytest.mark.parametrize(
    ("text", "place", "field", "reason", "suggestion"),
    [
        ("when: sped_kph > 1.0", (9, 7), "when", "unknown name", "speed_kph"),
        (
            "when: |\n  speed_kph > 1.0\n  && cargo.clas == ''",
            (11, 6),
            "when",
            "unknown name 'cargo.clas'",
            "cargo.hazard_class",
        ),
        ('when: "cargo.un_number == 1203"', (9, 8), "when", 'quote it: "1203"', ""),
        ("when: speed_kph * 2 > 1.0", (9, 7), "when", "both sides alike: write 2.0", ""),
        ("when: speed_kph", (9, 7), "when", "a number, not true or false", ""),
        ("when: speed_kph >", (9, 17), "when", "not a condition", ""),
        ("when: speed_kph > 1.0 && cargo.name.matches('(')", (9, 45), "when", "RE2", ""),
        ("when: '[1, 2].exists(x, x > 1)'", (9, 8), "when", "loops", ""),
        ("when: speed_kph == null", (9, 20), "when", "has(name)", ""),
        ("when: speed_kph > $fast", (9, 19), "when", "unknown parameter", ""),
        ("params: {fast: 80}\nwhen: speed_kph > $fats", (10, 19), "when", "unknown parameter", "$fast"),
        ("when: hasn(speed_kph)", (9, 7), "when", "unknown function", "has"),
        ("whn: speed_kph > 1.0", (9, 1), "whn", "unknown field", "when"),
        ("when: 'true'\nfor: 10", (10, 1), "for", "quote it", ""),
        ("when: 'true'\nfor: $long", (10, 1), "for", "unknown parameter", ""),
        (
            "when: 'true'\njoin: {s: {nearest: school, within: 1 m}}",
            (10, 12),
            "join.s.nearest",
            "unknown layer",
            "schools",
        ),
        ("when: 'true'\ncalendar: school_hour", (10, 1), "calendar", "unknown calendar", "school_hours"),
        ("when: 'true'\nplaybook: leak", (10, 1), "playbook", "unknown playbook", ""),
        ("when: 'true'\ngroup_by: [vehicles]", (10, 12), "group_by.0", "cannot group by", "vehicle"),
        ("when: 'true'\ngroup_by: [vehicle, cargo.nam]", (10, 21), "group_by.1", "unknown name", "cargo.name"),
        ("when: 'true'\nthen: speed_kph > 1.0", (10, 1), "then", "wants a window", ""),
        ("when: 'true'\nwithin: 1 min", (10, 1), "within", "window of then or count", ""),
        ("absent_for: 1 min\nfor: 1 min", (10, 1), "for", "cannot stand together", ""),
        ("when: 'true'\nif_missing: {carg: assume_true}", (10, 14), "if_missing.carg", "no name begins so", "cargo"),
        ("when: 'true'\nif_missing: {cargo: asume_true}", (10, 14), "if_missing.cargo", "none of", "assume_true"),
        ('when: "true"\nvalid: {from: "2020-13-01"}', (10, 9), "valid.from", "no date", ""),
        ("when: true", (9, 1), "when", "must be text", ""),
    ],
)
def test_what_cannot_be_compiled_is_refused_at_its_place(
    tmp_path: Path, text: str, place: tuple[int, int], field: str, reason: str, suggestion: str
):
    with pytest.raises(ContentError) as caught:
        rule_of(tmp_path, VEHICLE + text)
    error = caught.value
    assert reason in error.reason
    assert ((error.line, error.column), error.field, error.suggestion) == (place, field, suggestion)
    assert error.file.endswith("r1.yml")


def test_a_message_may_only_use_names_of_its_row(tmp_path: Path):
    text = HEAD.replace('en: "{vehicle.plate}"', 'en: "{vehicle.plat}"') + VEHICLE + "when: 'true'"
    with pytest.raises(ContentError) as caught:
        load_rules(tree_of(tmp_path, text), ENVIRONMENT)
    assert (caught.value.field, caught.value.suggestion) == ("message.en", "vehicle.plate")


def test_an_alarm_without_a_response_is_refused(tmp_path: Path):
    text = HEAD.replace("class: notice", "class: alarm") + VEHICLE + "when: 'true'"
    with pytest.raises(ContentError, match="who must do what"):
        load_rules(tree_of(tmp_path, text), ENVIRONMENT)


def test_a_feeds_fields_are_names_only_for_its_subjects(tmp_path: Path):
    gas = HEAD.replace("{vehicle.plate}", "{subject}")
    load_rules(tree_of(tmp_path, gas + "applies_to: {subject: sensor}\nwhen: h2s_ppm > 7.0"), ENVIRONMENT)
    with pytest.raises(ContentError, match="unknown name"):
        rule_of(tmp_path, VEHICLE + "when: h2s_ppm > 7.0")


def test_a_rule_that_is_wrong_now_stays_as_it_was(tmp_path: Path):
    before, _ = compile_rules(tree_of(tmp_path, HEAD + VEHICLE + "when: speed_kph > 1.0"), ENVIRONMENT)
    after, (error,) = compile_rules(
        tree_of(tmp_path, HEAD + VEHICLE + "when: sped > 1.0"), ENVIRONMENT, previous=before
    )
    assert after.rules == before.rules
    assert after.version == before.version
    assert error.field == "when"


def test_the_program_changes_with_a_calendar_but_not_with_a_comment(tmp_path: Path):
    text = HEAD + VEHICLE + "when: 'true'\ncalendar: school_hours"
    first = load_rules(tree_of(tmp_path, text), ENVIRONMENT)
    assert load_rules(tree_of(tmp_path, "# why\n" + text), ENVIRONMENT).version == first.version
    tree = tree_of(tmp_path, text)
    path = tmp_path / "playbooks/calendars/school_hours.yml"
    path.write_text(CALENDAR.replace("18:00", "17:00"))
    tree, _ = load_tree([Folder(tmp_path)])
    assert load_rules(tree, ENVIRONMENT).version != first.version


def fired(compiled: CompiledRule, *rows: tuple[float, dict[str, object]], until: float | None = None) -> list[float]:
    """Return the minutes of firing (and -minutes of the ends) after Monday 08:00."""
    made = [Row(at_ms=MONDAY + round(at * MINUTE), subject="v", values=values) for at, values in rows]
    last = made[-1].at_ms if until is None else MONDAY + round(until * MINUTE)
    return [(c.at_ms - MONDAY) / MINUTE * (1 if c.fires else -1) for c in run(compiled, made, last)]


ONE_ROW = "when: speed_kph < 5.0\n"
SLOW, FAST = {"speed_kph": 1.0}, {"speed_kph": 50.0}


def test_for_fires_at_the_instant_it_has_held_and_a_break_starts_again(tmp_path: Path):
    compiled = rule_of(tmp_path, VEHICLE + "when: speed_kph < 5.0\nfor: 10 min")
    assert fired(compiled, (0, SLOW), (9, SLOW), (11, FAST)) == [10, -11]
    assert fired(compiled, (0, SLOW), (9, FAST), (10, SLOW), (19, SLOW)) == []
    assert fired(compiled, (0, SLOW), until=30) == [10]
    assert fired(compiled, (0, SLOW), (5, {}), (12, SLOW)) == []  # unknown is not true


def test_clear_when_keeps_a_firing_until_it_holds(tmp_path: Path):
    compiled = rule_of(tmp_path, VEHICLE + "when: speed_kph < 5.0\nclear_when: speed_kph > 10.0")
    assert fired(compiled, (0, SLOW), (1, {"speed_kph": 7.0}), (2, FAST), (3, SLOW)) == [0, -2, 3]


def test_once_within_lets_a_group_fire_once_in_that_time(tmp_path: Path):
    compiled = rule_of(tmp_path, VEHICLE + "when: speed_kph < 5.0\nonce_within: 30 min")
    assert fired(compiled, (0, SLOW), (1, FAST), (20, SLOW), (21, FAST), (30, SLOW)) == [0, -1, 30]


def test_absence_fires_at_its_instant_and_ends_with_the_next_report(tmp_path: Path):
    compiled = rule_of(tmp_path, VEHICLE + "absent_for: 10 min")
    assert fired(compiled, (0, SLOW), (9.9, SLOW), (25, SLOW), until=26) == [19.9, -25]


def test_then_must_follow_within_its_window(tmp_path: Path):
    compiled = rule_of(tmp_path, VEHICLE + "when: speed_kph > 60.0\nthen: speed_kph < 30.0\nwithin: 10 min")
    assert fired(compiled, (0, {"speed_kph": 90.0}), (10, SLOW)) == [10]
    assert fired(compiled, (0, {"speed_kph": 90.0}), (10.1, SLOW)) == []


def test_a_calendars_edge_judges_the_last_row_again(tmp_path: Path):
    compiled = rule_of(tmp_path, VEHICLE + "when: speed_kph < 5.0\ncalendar: school_hours")
    before = -61.0  # 06:59; the window opens an hour before 08:00 and closes at 18:00
    assert fired(compiled, (before, SLOW), until=601) == [-60.0, -600.0]


def test_counting_firings_looks_back_over_its_window(tmp_path: Path):
    text = "when: speed_kph < 5.0\ncount: {of: firings, at_least: 3}\nwithin: 10 min"
    compiled = rule_of(tmp_path, VEHICLE + text)
    stops = [(float(at), SLOW if at % 2 == 0 else FAST) for at in range(6)]
    assert fired(compiled, *stops, until=20)[0] == 4


def test_a_rule_with_a_wrong_expectation_fails_its_test(tmp_path: Path):
    text = VEHICLE + ONE_ROW + "tests: [{given: [{at: '2026-09-07T08:00:00Z', speed_kph: 1.0}], expect: {fires: 2}}]"
    program = Program(version="x", rules=(rule_of(tmp_path, text),))
    (result,) = run_rule_tests(program)
    assert not result.passed
    assert "fires 2 expected, 1 found" in result.reason


def test_another_runner_may_run_the_rules_tests(tmp_path: Path):
    text = VEHICLE + ONE_ROW + "tests: [{given: [{at: '2026-09-07T08:00:00Z', speed_kph: 1.0}], expect: {fires: 0}}]"
    program = Program(version="x", rules=(rule_of(tmp_path, text),))
    assert run_rule_tests(program, runner=lambda rule, rows, until_ms: ())[0].passed


def test_an_override_gives_the_rule_another_version(tmp_path: Path):
    tree = tree_of(tmp_path, HEAD + VEHICLE + "params: {long: 10 min}\nwhen: speed_kph < 5.0\nfor: $long")
    (tmp_path / "playbooks/rules/o.yml").write_text("override: {id: r1, params: {long: 20 min}}")
    changed, errors = load_tree([Folder(tmp_path)])
    assert errors == ()
    first, second = (load_rules(t, ENVIRONMENT).rules[0].rule for t in (tree, changed))
    assert (first.for_ms, second.for_ms) == (600_000, 1_200_000)
    assert first.version != second.version
    assert replace(first, version="", for_ms=0, params={}) == replace(second, version="", for_ms=0, params={})
