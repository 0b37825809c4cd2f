"""The exercise's units: what they say and when, once each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ops_center.adapters.access_matrix import MATRIX, READS
from ops_center.demo.units import ACCEPTS_MS, TURNS_OUT_MS, UNKNOWN_WAY_MS, Units, declines, next_word
from ops_center.domain import command as kinds
from ops_center.domain.alert import Mark
from ops_center.domain.resource import Dispatch, DispatchState
from ops_center.domain.scales import Role
from ops_center.ports import Receipt

T = 1_565_500_000_000


def dispatch(state: DispatchState = DispatchState.REQUESTED, *, end: str = "0001", **given: Any) -> Dispatch:
    mark = Mark(by="li", post="desk-1", at_ms=T)
    return Dispatch(
        id=f"dispatch-{end:0>32}", incident="i", resource="r", capability="fire", state=state,
        marks=((state, mark),), **given,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "after_ms", "said"),
    [
        (dispatch(), ACCEPTS_MS, kinds.DISPATCH_ACCEPT),
        (dispatch(end="000c"), ACCEPTS_MS, kinds.DISPATCH_DECLINE),
        (dispatch(DispatchState.ACCEPTED), TURNS_OUT_MS, kinds.DISPATCH_EN_ROUTE),
        (dispatch(DispatchState.EN_ROUTE), UNKNOWN_WAY_MS, kinds.DISPATCH_ON_SCENE),
        (dispatch(DispatchState.EN_ROUTE, route=((0, 0, 0), (1, 1, 300_000))), 300_000, kinds.DISPATCH_ON_SCENE),
    ],
)
def test_a_crew_says_the_next_thing_when_it_is_time_and_not_before(one: Dispatch, after_ms: int, said: str):
    assert next_word(one, T + after_ms - 1) is None
    assert next_word(one, T + after_ms) == said


@pytest.mark.parametrize("state", ["on_scene", "released", "declined", "cancelled"])
def test_there_is_nothing_to_say_once_it_is_there_or_called_off(state: str):
    assert next_word(dispatch(DispatchState(state)), T + 10**9) is None


def test_one_in_twelve_declines_and_always_the_same():
    some = [dispatch(end=f"{n:04x}") for n in range(120)]
    assert [declines(one) for one in some].count(True) == 10


def test_every_word_is_given_once_and_again_only_where_it_was_not_taken():
    heard: list[str] = []
    answers = [False, True, True]

    def submit(command: Any) -> Receipt:
        heard.append(command.id)
        return Receipt(answers.pop(0), command.id, "")

    picture = SimpleNamespace(dispatches=(dispatch(),))
    units = Units(
        look=lambda: picture,  # type: ignore[arg-type, return-value]
        submit=submit,
        clock=SimpleNamespace(now_ms=lambda: T + ACCEPTS_MS),  # type: ignore[arg-type]
        jurisdiction="370000",
    )
    assert [units.step() for _ in range(3)] == [0, 1, 0]
    assert len(set(heard)) == 1


def test_the_account_may_answer_for_units_and_do_or_read_nothing_else():
    may = {kind for kind, roles in MATRIX.items() if Role.UNIT in roles}
    assert may == {
        kinds.DISPATCH_ACCEPT,
        kinds.DISPATCH_DECLINE,
        kinds.DISPATCH_EN_ROUTE,
        kinds.DISPATCH_ON_SCENE,
    }
    assert all(Role.UNIT not in roles for roles in READS.values())
