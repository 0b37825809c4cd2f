"""Alert transitions one by one, and as a state machine against a plain model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ops_center.desk import alerts, handling
from ops_center.domain.alert import Alert, Condition, Mark
from ops_center.domain.errors import CommandRefused
from ops_center.domain.scales import Severity, Status
from tests.desk.stage import CHATTER, DAY, LEAK, STOP, event

LI = Mark(by="li", post="desk-1", at_ms=DAY + 60_000)
WANG = Mark(by="wang", post="desk-2", at_ms=DAY + 61_000)


def fired(at: int = 0, **given: object) -> Alert:
    return alerts.fire(None, event("firing", "stop", "a", at, **given), STOP, deployment="370000")


def test_a_firing_opens_an_occurrence_with_the_rules_version_and_the_row_it_read():
    alert = fired(1_000, facts={"speed_kph": 3.2})
    assert alert.last.started_ms == DAY + 1_000
    assert alert.last.rule_version == "1"
    assert alert.last.why["speed_kph"] == 3.2
    assert alert.jurisdiction == "370102"
    assert alert.message.render("zh") == "测a 停留"


def test_a_county_given_as_a_zone_becomes_its_code():
    assert fired(facts={"admin.county": "counties/370202"}).jurisdiction == "370202"


def test_resolved_and_unacknowledged_stays_in_the_list_until_it_is_acknowledged():
    alert = alerts.resolve(fired(), at_ms=DAY + 5_000, resolution="cleared")
    assert alerts.listed(alert)
    assert not alerts.listed(handling.acknowledge(alert, LI))


def test_a_new_occurrence_needs_a_new_acknowledgement_and_comes_back_from_the_shelf():
    alert = handling.acknowledge(fired(), LI)
    alert = handling.shelve(alert, LI, until_ms=DAY + 900_000, reason="known")
    alert = alerts.resolve(alert, at_ms=DAY + 70_000, resolution="cleared")
    again = alerts.fire(alert, event("firing", "stop", "a", 80_000), STOP, deployment="370000")
    assert len(again.occurrences) == 2
    assert again.last.acknowledged is None
    assert again.occurrences[0].acknowledged == LI
    assert again.shelf is None
    assert alerts.alarming(again)


def test_a_higher_severity_alarms_again_and_a_lower_one_does_not():
    alert = handling.acknowledge(fired(), LI)
    worse = alerts.fire(
        alert, event("firing", "stop", "a", 9_000, facts={"severity": "extreme"}), STOP, deployment="370000"
    )
    assert worse.severity is Severity.EXTREME
    assert alerts.alarming(worse)
    seen = handling.acknowledge(worse, WANG)
    better = alerts.fire(
        seen, event("firing", "stop", "a", 10_000, facts={"severity": "minor"}), STOP, deployment="370000"
    )
    assert better.severity is Severity.MINOR
    assert better.last.acknowledged == WANG
    assert [s for _, s in better.last.severities] == [Severity.MODERATE, Severity.EXTREME, Severity.MINOR]


def test_firing_again_within_once_within_resumes_the_same_occurrence():
    first = alerts.fire(None, event("firing", "chatter", "a", 0), CHATTER, deployment="370000")
    cleared = alerts.resolve(handling.acknowledge(first, LI), at_ms=DAY + 10_000, resolution="cleared")
    soon = alerts.fire(cleared, event("firing", "chatter", "a", 20_000), CHATTER, deployment="370000")
    assert len(soon.occurrences) == 1
    assert soon.last.condition is Condition.FIRING
    assert soon.last.acknowledged == LI
    late = alerts.fire(cleared, event("firing", "chatter", "a", 600_000), CHATTER, deployment="370000")
    assert len(late.occurrences) == 2


def test_an_edited_rule_that_fires_again_keeps_the_acknowledgement_and_a_removed_one_does_not():
    ended = alerts.resolve(handling.acknowledge(fired(), LI), at_ms=DAY + 9_000, resolution=alerts.RULE_WITHDRAWN)
    edited = replace(event("firing", "stop", "a", 30_000), rule_version="2")
    again = alerts.fire(ended, edited, STOP, deployment="370000")
    assert (len(again.occurrences), again.last.acknowledged) == (1, LI)
    much_later = replace(event("firing", "stop", "a", 3_600_000), rule_version="2")
    assert len(alerts.fire(ended, much_later, STOP, deployment="370000").occurrences) == 2


def test_an_exercise_never_touches_the_actual_alert_of_the_same_rule_and_group():
    actual, exercise = event("firing", "stop", "a", 0), event("firing", "stop", "a", 0, status=Status.EXERCISE)
    assert alerts.id_of("370000", actual) != alerts.id_of("370000", exercise)


def test_an_acknowledgement_of_an_older_occurrence_is_refused():
    alert = alerts.resolve(fired(), at_ms=DAY + 5_000, resolution="cleared")
    again = alerts.fire(alert, event("firing", "stop", "a", 9_000), STOP, deployment="370000")
    with pytest.raises(CommandRefused, match="newer occurrence"):
        handling.acknowledge(again, LI, occurrence=alert.last.id)


def test_of_two_officers_one_claims_and_the_other_sees_who_and_when():
    claimed = handling.claim(fired(), LI)
    with pytest.raises(CommandRefused, match="claimed by li") as refused:
        handling.claim(claimed, WANG)
    assert (refused.value.by, refused.value.at_ms) == ("li", LI.at_ms)
    given = handling.hand_over(claimed, LI, to=WANG)
    assert given.claimed == WANG
    with pytest.raises(CommandRefused, match="held by wang") as refused:
        handling.hand_over(given, LI, to=LI)
    assert (refused.value.by, refused.value.at_ms) == ("wang", WANG.at_ms)


def test_suppression_reasons_are_a_set_and_each_is_released_alone():
    alert = handling.suppress(handling.suppress(fired(), LI, reason="maintenance"), LI, reason="exercise")
    with pytest.raises(CommandRefused, match=r"suppressed \(maintenance\) by li"):
        handling.suppress(alert, WANG, reason="maintenance")
    assert alert.suppressed == ("exercise", "maintenance")
    assert not alerts.alarming(alert)
    assert handling.release(alert, reason="exercise").suppressed == ("maintenance",)
    with pytest.raises(CommandRefused):
        handling.release(alert, reason="parent_active")


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_shelf_needs_a_reason_and_an_end_to_come(reason: str):
    with pytest.raises(CommandRefused, match="reason"):
        handling.shelve(fired(), LI, until_ms=LI.at_ms + 1, reason=reason)
    with pytest.raises(CommandRefused, match="future"):
        handling.shelve(fired(), LI, until_ms=LI.at_ms, reason="known")


def test_closing_asks_for_the_disposition_and_acknowledges():
    with pytest.raises(CommandRefused, match="disposition"):
        handling.close(fired(), LI, disposition="")
    closed = handling.close(fired(), LI, disposition="driver called")
    assert closed.last.acknowledged == LI
    with pytest.raises(CommandRefused, match="already closed"):
        handling.close(closed, WANG, disposition="again")


class AlertMachine(RuleBasedStateMachine):
    """Events and commands in any order, against a model of plain variables."""

    def __init__(self) -> None:
        super().__init__()
        self.alert: Alert | None = None
        self.now = 0
        self.firing = False
        self.acknowledged = False
        self.occurrences = 0
        self.shelved = False
        self.reasons: set[str] = set()

    def _event(self, kind: str) -> None:
        self.now += 1_000
        self.alert = alerts.apply(self.alert, event(kind, "leak", "a", self.now), LEAK, deployment="370000")

    @rule()
    def fire(self) -> None:
        self._event("firing")
        if not self.firing:
            self.firing, self.acknowledged, self.shelved = True, False, False
            self.occurrences += 1

    @rule(kind=st.sampled_from(["resolved", "withdrawn"]))
    def resolve(self, kind: str) -> None:
        self._event(kind)
        self.firing = False

    @rule()
    def acknowledge(self) -> None:
        if self.alert is None:
            return
        try:
            self.alert = handling.acknowledge(self.alert, LI)
        except CommandRefused:
            assert self.acknowledged
        else:
            assert not self.acknowledged
            self.acknowledged = True

    @rule()
    def shelve(self) -> None:
        if self.alert is not None and not self.shelved:
            mark = replace(LI, at_ms=DAY + self.now)
            self.alert = handling.shelve(self.alert, mark, until_ms=DAY + self.now + 1, reason="known")
            self.shelved = True

    @rule(reason=st.sampled_from(["maintenance", "exercise"]), on=st.booleans())
    def suppress(self, reason: str, on: bool) -> None:
        if self.alert is None:
            return
        if on:
            try:
                self.alert = handling.suppress(self.alert, LI, reason=reason)
            except CommandRefused:
                assert reason in self.reasons
            self.reasons.add(reason)
        elif reason in self.reasons:
            self.alert = handling.release(self.alert, reason=reason)
            self.reasons.remove(reason)

    @invariant()
    def facts_agree(self) -> None:
        if self.alert is None:
            assert self.occurrences == 0
            return
        assert len(self.alert.occurrences) == min(self.occurrences, alerts.MOST_OCCURRENCES)
        assert (self.alert.last.condition is Condition.FIRING) == self.firing
        assert (self.alert.last.acknowledged is not None) == self.acknowledged
        assert (self.alert.shelf is not None) == self.shelved
        assert set(self.alert.suppressed) == self.reasons
        assert self.alert.open == (self.firing or not self.acknowledged)
        assert alerts.alarming(self.alert) == (not self.acknowledged and not self.shelved and not self.reasons)


TestAlertMachine = AlertMachine.TestCase
TestAlertMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
