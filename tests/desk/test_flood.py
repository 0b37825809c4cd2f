"""Flood mode by the cases of the alarm-management vectors, and the groups a flood is shown in."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center.desk import alerts as transitions
from ops_center.desk import handling
from ops_center.desk.flood import BEGINS_ABOVE, ENDS_BELOW, WINDOW_MS, episodes, flooded, groups_of
from ops_center.domain.alert import Alert, Mark
from ops_center.domain.scales import Severity
from tests.desk.stage import DAY, LEAK, STOP, event, rule
from tests.paths import vectors

S = 1_000
LI = Mark(by="li", post="desk-1", at_ms=DAY)


def lasts(starts: list[int], at: int) -> bool:
    found = episodes(sorted(s for s in starts if s <= at), until_ms=at)
    return bool(found) and found[-1][1] is None


# The instants at which each case of the vectors is asked, and how its text is meant in seconds.
CASES: dict[str, tuple[list[int], int, bool]] = {
    "flood-1": ([55 * n for n in range(11)], 550, True),
    "flood-2": ([60 * n for n in range(10)], 540, False),
    "flood-3": ([540 + 10 * n for n in range(6)] + [600 + 10 * n for n in range(5)], 640, True),
    "flood-4": ([55 * n for n in range(11)] + [560 + 110 * n for n in range(1, 6)], 1_150, True),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_flood_begins_and_ends_as_the_vectors_say(case: str):
    given_cases = json.loads((vectors() / "alarm_mgmt" / "alarm_kpi.json").read_text())["derived_cases"]
    told = {one["id"]: one for one in given_cases}
    assert set(told) == set(CASES)
    starts, at, expected = CASES[case]
    assert expected == (re.match("no flood", told[case]["expected"]) is None)
    assert lasts([s * S for s in starts], at * S) is expected


def test_fixed_windows_would_miss_what_the_sliding_one_sees():
    starts, at, _ = CASES["flood-3"]
    assert max(sum(s // 600 == window for s in starts) for window in (0, 1)) <= BEGINS_ABOVE
    assert lasts([s * S for s in starts], at * S)


def test_a_flood_ends_when_fewer_than_five_are_left_and_not_at_five():
    starts = [n * S for n in range(11)] + [300 * S + n * S for n in range(5)]
    assert lasts(starts, 605 * S)
    assert lasts(starts, 899 * S)
    assert episodes(starts, until_ms=2_000 * S) == ((10 * S, 900 * S),)


def naive(starts: list[int], at: int) -> bool:
    """The definition second by second, without any window structure."""
    state = False
    for t in range(at + 1):
        count = sum(t - WINDOW_MS // S < s <= t for s in starts)
        state = count > BEGINS_ABOVE or (state and count >= ENDS_BELOW)
    return state


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1_500), max_size=40), st.integers(0, 2_400))
def test_the_sweep_equals_the_definition_taken_second_by_second(starts: list[int], at: int):
    known = sorted(s for s in starts if s <= at)
    assert lasts([s * S for s in known], at * S) is naive(known, at)


SENSOR = rule("sensor", subject="sensor")


def fired(subject: str, at: int, *, of=STOP, county: str = "370102", **facts: object) -> Alert:
    told = event("firing", of.id, subject, at, facts={"admin.county": county, **facts})
    return transitions.fire(None, told, of, deployment="370000")


def test_alarms_of_one_rule_and_county_are_one_line_and_other_counties_another():
    many = [fired(f"s{n}", n * S) for n in range(30)] + [fired("far", 31 * S, county="370202")]
    far, near = groups_of(many, hazards={})
    assert (near.count, near.place, near.kind, near.cause) == (30, "370102", "rule", "stop")
    assert near.members[0] == many[29].id
    assert near.newest_ms == DAY + 29 * S
    assert (far.count, far.place) == (1, "370202")


def test_a_graver_alarm_of_the_same_rule_and_county_stands_by_itself_above_the_rest():
    many = [fired(f"s{n}", n * S) for n in range(20)]
    graver = fired("grave", 0, severity="severe")
    first, second = groups_of([*many, graver], hazards={})
    assert first.members == (graver.id,)
    assert second.count == 20


def test_every_extreme_alarm_is_pinned_on_its_own_line_at_the_top():
    extreme = [fired(f"x{n}", n * S, of=LEAK) for n in range(3)]
    many = [fired(f"s{n}", 60 * S + n * S) for n in range(20)]
    found = groups_of([*many, *extreme], hazards={})
    assert [group.pinned for group in found] == [True, True, True, False]
    assert {group.members[0] for group in found[:3]} == {alert.id for alert in extreme}
    assert all(group.severity is Severity.EXTREME for group in found[:3])


def test_what_a_person_put_aside_is_no_line_and_what_a_parent_keeps_quiet_is():
    shelved = handling.shelve(fired("a", 0), LI, until_ms=DAY + 60 * S, reason="known")
    quiet = handling.suppress(fired("b", 0), LI, reason="parent_active", under="incident-1")
    kept = handling.suppress(fired("c", 0), LI, reason="maintenance")
    (only,) = groups_of([shelved, quiet, kept], hazards={})
    assert (only.members, only.under, only.calling) == ((quiet.id,), "incident-1", 0)


def test_what_began_quietly_makes_no_flood():
    loud = [fired(f"s{n}", n * S) for n in range(11)]
    assert flooded(loud, at_ms=DAY + 60 * S)
    held = [handling.suppress(one, LI, reason="maintenance") for one in loud]
    again = [
        transitions.fire(
            transitions.resolve(one, at_ms=DAY + 700 * S, resolution="cleared"),
            event("firing", "stop", f"s{n}", 1_300 * S + n * S),
            STOP,
            deployment="370000",
        )
        for n, one in enumerate(held)
    ]
    assert all(one.last.quiet for one in again)
    assert not flooded(again, at_ms=DAY + 1_400 * S)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["370102", "370202"]),
            st.sampled_from(["minor", "severe", "extreme"]),
            st.sampled_from(["stop", "leak"]),
        ),
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)
def test_every_open_alarm_is_in_exactly_one_line_whatever_their_order(told, shuffle):
    rules = {"stop": STOP, "leak": LEAK}
    made = [
        fired(f"s{n}", n * S, of=rules[name], county=county, severity=severity)
        for n, (county, severity, name) in enumerate(told)
    ]
    found = groups_of(made, hazards={})
    assert sorted(member for group in found for member in group.members) == sorted(alert.id for alert in made)
    assert sum(group.count for group in found) == len(made)
    shuffle.shuffle(made)
    assert groups_of(made, hazards={}) == found
