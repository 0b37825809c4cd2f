"""Scenario (a): one day of San Francisco taxis equals a plain pandas and shapely computation."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
import shapely

from ops_center.bootstrap import Run
from ops_center.domain.event import Event, EventKind
from ops_center.pipeline.results import events_of
from tests.paths import data
from tests.scenarios import taxi_oracle, taxis
from tests.scenarios.running import ended_ms, run
from tests.scenarios.taxi_oracle import Happening

KINDS = {EventKind.ENTER: "enter", EventKind.EXIT: "exit", EventKind.JUMP: "jump"}


@pytest.fixture(scope="module")
def fixes() -> pd.DataFrame:
    return taxis.cut(taxis.read(data()))


@pytest.fixture(scope="module")
def finished(fixes: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(taxis.write(tmp_path_factory.mktemp("taxis"), fixes))


def happenings(finished: Run) -> Counter[Happening]:
    """Return what the loop said, in the oracle's words."""
    found: Counter[Happening] = Counter()
    for event in events_of(finished.journal):
        kind = _kind(event)
        if kind:
            dwell = event.facts.get("dwell_s") if kind == "exit" else None
            zone = event.zone.removeprefix(f"{taxis.LAYER}/")
            found[Happening(event.event_ms, event.subject, kind, zone, dwell)] += 1
    return found


def _kind(event: Event) -> str:
    if event.kind is EventKind.FIRING:
        return {"taxi-dwell": "dwell", "taxi-silent": "silent"}.get(event.rule, "")
    return KINDS.get(event.kind, "")


def test_every_enter_exit_dwell_silence_and_jump_of_a_day_equals_the_plain_computation(
    finished: Run, fixes: pd.DataFrame
) -> None:
    expected = set(
        taxi_oracle.expect(
            taxis.for_oracle(fixes),
            taxi_oracle.zones_of_san_francisco(),
            limits=taxis.LIMITS,
            end_ms=ended_ms(finished.journal),
        )
    )
    said = happenings(finished)
    assert {kind: n for kind, n in Counter(h.kind for h in expected).items() if n < 1_000} == {}
    assert sorted(expected - said.keys(), key=str)[:5] == []
    assert sorted(said.keys() - expected, key=str)[:5] == []
    assert [h for h, n in said.items() if n > 1] == []


def test_no_fix_lies_so_near_a_border_that_the_answer_would_be_a_matter_of_rounding(fixes: pd.DataFrame) -> None:
    zones = list(taxi_oracle.zones_of_san_francisco().values())
    borders = shapely.union_all([zone.boundary for zone in zones])
    shapely.prepare(borders)
    assert not shapely.dwithin(shapely.points(fixes.lon_e5 / 1e5, fixes.lat_e5 / 1e5), borders, 1e-9).any()
    assert len(zones) >= 60


def test_every_message_is_counted_and_none_is_late_or_dead(finished: Run) -> None:
    health = {feed.id: feed for feed in finished.picture.feeds}[taxis.FEED]
    assert (health.late, health.dead) == (0, 0)
