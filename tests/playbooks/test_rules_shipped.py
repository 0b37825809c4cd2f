"""The shipped rules: all compile, all tests pass, each has a source, a firing test and a silent one."""

from __future__ import annotations

import pytest

from ops_center.content import ContentTree, built_in, load_tree
from ops_center.domain.scales import AlertClass
from playbooks.rules_check import RuleCheck, check_document, check_rules

# Rules whose silence is shown elsewhere: a silent feed is judged by the desk's ticks.
FIRES_ONLY = {"feed-silent"}


@pytest.fixture(scope="module")
def tree() -> ContentTree:
    found, errors = load_tree([built_in()], accept=check_document)
    assert errors == ()
    return found


@pytest.fixture(scope="module")
def checked(tree: ContentTree) -> RuleCheck:
    return check_rules(tree)


def test_every_shipped_rule_compiles(checked: RuleCheck):
    assert [str(error) for error in checked.errors] == []
    assert len(checked.program.rules) >= 20


def test_every_shipped_rule_passes_its_own_tests(checked: RuleCheck):
    assert [(test.rule, test.number, test.reason) for test in checked.tests if not test.passed] == []


def test_every_shipped_rule_is_shown_firing_and_silent(checked: RuleCheck):
    for compiled in checked.program.rules:
        counts = [test["expect"]["fires"] for test in compiled.rule.tests]
        assert max(counts) > 0, compiled.rule.id
        assert min(counts) == 0 or compiled.rule.id in FIRES_ONLY, compiled.rule.id


def test_every_shipped_rule_says_where_it_comes_from_and_what_to_do(checked: RuleCheck):
    for compiled in checked.program.rules:
        rule = compiled.rule
        assert rule.source.zh, rule.id
        assert rule.source.en, rule.id
        assert set(rule.rationale) >= {"cause", "consequence", "response"}, rule.id


def test_causes_and_responses_are_distinct_where_someone_must_act(checked: RuleCheck):
    alarms = [c.rule for c in checked.program.rules if c.rule.alert_class is AlertClass.ALARM]
    assert len({str(rule.title) for rule in alarms}) == len(alarms)
    assert len(alarms) < len(checked.program.rules) / 2


def test_only_rules_that_look_across_subjects_run_at_the_desk(checked: RuleCheck):
    desk = {rule for rule, reasons in checked.planes.items() if reasons}
    assert desk == {"county-under-warning", "feed-silent", "many-in-wind-circle", "quake-near-hazard-source"}
