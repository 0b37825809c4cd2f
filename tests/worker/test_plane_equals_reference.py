"""The plane gives what the plain reference gives, wherever its batches are cut."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.reference_lines import Row
from tests.worker.scene import RULES, T0, feed, reference, run, told, with_content, world

PLACES = [(0.0005, 0.0005), (0.0015, 0.0015), (0.0012, 0.0004), (0.0035, 0.0030), (0.0050, 0.0010), (0.0200, 0.0200)]
END_MS = T0 + 400_000


@st.composite
def messages(draw: Any, *, disorder: bool = True) -> list[Row]:
    """Rows in journal order: mostly prompt, some late, some in bursts, repeated or ahead."""
    count = draw(st.integers(1, 40))
    rows: list[Row] = []
    stamp = T0
    for _ in range(count):
        stamp += draw(st.sampled_from([0, 0, 500, 1_000, 1_000, 2_000, 5_000, 20_000]))
        lag = draw(st.sampled_from([0, 0, 0, 300, 1_000, 2_000, 2_001, 9_000, 30_000, -400, -5_000]))
        if not disorder:
            lag = 0
        place = draw(st.sampled_from([*PLACES, None]))
        rows.append(
            Row(
                subject=draw(st.sampled_from(["v0", "v1", "v2"])),
                event=stamp - lag,
                stamp=stamp,
                lon=None if place is None else place[0],
                lat=None if place is None else place[1],
                values={"speed_kph": draw(st.sampled_from([0.0, 3.0, 20.0, 60.0, 80.0, None]))},
                content=0,
            )
        )
        if draw(st.integers(0, 9)) == 0:
            rows.append(rows[-1])
    return with_content(rows)


def expected(rows: list[Row], of: Any) -> tuple[list[tuple[Any, ...]], int, int]:
    oracle = reference(of, RULES)
    for row in rows:
        oracle.take(row)
    oracle.advance(END_MS)
    return sorted(oracle.happened), oracle.late, oracle.repeated


def differing(
    found: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return what was found and not wanted, and what was wanted and not found."""
    extra, missing = Counter(found), Counter(wanted)
    extra.subtract(wanted)
    missing.subtract(found)
    return sorted((+extra).elements()), sorted((+missing).elements())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=messages(), size=st.sampled_from([1, 2, 7, 1000]), save=st.booleans())
def test_any_batch_size_gives_what_one_by_one_gives(rows: list[Row], size: int, save: bool) -> None:
    of = feed()
    happened, late, repeated = expected(rows, of)
    events, state = run(rows, world(of), [size], END_MS, save=save)
    assert differing(told(events), happened) == ([], [])
    assert (state.counts["late"], state.counts["repeated"]) == (late, repeated)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=messages(), size=st.sampled_from([1, 3, 1000]), save=st.booleans())
def test_rows_that_wait_for_earlier_ones_come_out_the_same(rows: list[Row], size: int, save: bool) -> None:
    of = feed(reorder_ms=1_500)
    happened, late, repeated = expected(rows, of)
    events, state = run(rows, world(of), [size], END_MS, save=save)
    assert differing(told(events), happened) == ([], [])
    assert (state.counts["late"], state.counts["repeated"]) == (late, repeated)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(rows=messages(disorder=False), waits=st.lists(st.integers(0, 1_500), min_size=80, max_size=80))
def test_the_order_of_arrival_within_the_reorder_time_changes_nothing(rows: list[Row], waits: list[int]) -> None:
    of = feed(reorder_ms=1_500)
    shuffled = [replace(row, stamp=row.event + wait) for row, wait in zip(rows, waits, strict=False)]
    shuffled.sort(key=lambda row: row.stamp)
    first, _ = run(rows, world(of), [7], END_MS)
    second, _ = run(shuffled, world(of), [7], END_MS)
    assert differing([logical(one) for one in told(second)], [logical(one) for one in told(first)]) == ([], [])


def logical(one: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what happened without the stamp, which is the arrival's own."""
    return (*one[:5], *one[6:])
