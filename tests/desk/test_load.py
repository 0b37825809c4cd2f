"""The alarm load by the figures of EEMUA 191 and ISA-18.2, over alarms written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center.desk import alerts as transitions
from ops_center.desk.handling import acknowledge
from ops_center.desk.load import DAY_MS, TARGETS, load_of, officers_of, peak_of, tiles_of
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.scales import Role
from ops_center.domain.shift import Shift, ShiftState
from tests.desk.stage import DAY, SPEED, STOP, event, rule

S, MIN = 1_000, 60_000
RULES = [rule(f"rule-{n:02d}") for n in range(12)]


def fired(subject: str, at: int, of=STOP, *, ends: int | None = None, **facts: object) -> Alert:
    told = event("firing", of.id, subject, at, facts=dict(facts))
    alert = transitions.fire(None, told, of, deployment="370000")
    return alert if ends is None else transitions.resolve(alert, at_ms=DAY + ends, resolution="cleared")


def load(alerts: list[Alert], *, minutes: int, officers: int = 1):
    return load_of(alerts, at_ms=DAY + minutes * MIN, from_ms=DAY - 1, officers=officers)


def test_alarms_per_officer_are_the_mean_over_ten_minute_periods_and_posts():
    alarms = [fired(f"a{n}", n * 5 * MIN) for n in range(12)]
    assert load(alarms, minutes=60).per_officer_10min == 2.0
    assert load(alarms, minutes=60, officers=4).per_officer_10min == 0.5


def test_the_peak_slides_and_says_when():
    starts = [0, *(9 * MIN + n for n in range(6)), *(10 * MIN + n for n in range(5))]
    assert peak_of(starts) == (11, 10 * MIN + 4)
    assert peak_of([]) == (0, None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 3_000_000), max_size=40))
def test_the_peak_is_the_most_in_any_window(starts: list[int]):
    every = sorted(starts)
    most = max((sum(at - 10 * MIN < s <= at for s in every) for at in every), default=0)
    assert peak_of(every)[0] == most


def test_percent_time_in_flood_counts_from_the_eleventh_to_fewer_than_five():
    alarms = [fired(f"a{n}", n * S) for n in range(11)]
    found = load(alarms, minutes=100)
    ((begin, end),) = found.floods
    assert (begin, end) == (DAY + 10 * S, DAY + 10 * MIN + 6 * S)  # the seventh leaves, four are left
    assert found.flood_percent == round(100 * (end - begin) / (100 * MIN), 1)


def test_chattering_is_three_firings_within_a_minute_and_fleeting_is_gone_within_one():
    alert = fired("a", 0, ends=5 * S)
    for at in (20 * S, 59 * S):
        alert = transitions.fire(alert, event("firing", "stop", "a", at), STOP, deployment="370000")
        alert = transitions.resolve(alert, at_ms=DAY + at + 5 * S, resolution="cleared")
    slow = fired("b", 0, ends=90 * S)
    found = load([alert, slow], minutes=10)
    assert found.chattering == found.fleeting == (alert.id,)
    seen = acknowledge(fired("c", 0, ends=30 * S), Mark(by="li", post="1", at_ms=DAY + 10 * S))
    assert load([seen], minutes=10).fleeting == ()


def test_stale_is_what_fires_for_more_than_a_day():
    alert = fired("a", 0)
    assert load_of([alert], at_ms=DAY + DAY_MS, from_ms=DAY, officers=1).stale == ()
    assert load_of([alert], at_ms=DAY + DAY_MS + 1, from_ms=DAY, officers=1).stale == (alert.id,)


def test_the_top_ten_rules_and_the_split_by_priority_are_shares_of_all_alarms():
    alarms = [fired(f"{one.id}-{n}", 60 * S + n, one) for one in RULES for n in range(2)]
    alarms += [fired(f"x{n}", 70 * S + n, severity="extreme") for n in range(6)]
    found = load(alarms, minutes=10)
    assert found.top_ten[0] == ("stop", 6, 20.0)
    assert len(found.top_ten) == 10
    assert found.top_ten_percent == 80.0
    assert dict(found.priority) == {"minor": 0.0, "moderate": 80.0, "severe": 0.0, "extreme": 20.0}


def test_notices_and_rules_on_trial_are_no_load():
    trial = rule("trial", shadow=True)
    assert load([fired("a", 0, SPEED), fired("b", 0, trial)], minutes=10).alarms == 0


def test_officers_are_the_posts_on_duty_and_one_at_least():
    def shift(post: str, role: Role, state: ShiftState = ShiftState.ON_DUTY) -> Shift:
        began = Mark(by=post, post=post, at_ms=DAY)
        return Shift(
            id=f"{post}-{role}", post=post, person=post, role=role, jurisdiction="370000", began=began, state=state
        )

    assert officers_of([]) == 1
    duty = shift("desk-1", Role.DUTY_OFFICER)
    gone = shift("desk-2", Role.DUTY_OFFICER, ShiftState.SIGNED_OFF)
    assert officers_of([duty, gone, shift("chief", Role.COMMANDER), shift("lab", Role.ANALYST)]) == 2


@pytest.mark.parametrize("tile", tiles_of(load([], minutes=10)), ids=lambda tile: tile.id)
def test_every_load_tile_says_what_it_counts_in_both_languages(tile):
    assert tile.title.zh and tile.title.en  # noqa: PT018
    assert tile.definition.zh and tile.definition.en  # noqa: PT018
    assert tile.value == 0
    assert tile.id in {*TARGETS, "standing"}
