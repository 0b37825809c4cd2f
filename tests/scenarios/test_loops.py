"""Scenario (b): two days of Los Angeles loop detectors equal a plain pandas computation."""

from __future__ import annotations

import pandas as pd
import pytest

from ops_center.bootstrap import Run
from ops_center.domain.event import EventKind
from ops_center.pipeline.results import events_of
from tests.paths import data
from tests.scenarios import loop_oracle, loops
from tests.scenarios.loop_oracle import Congestion, Limits
from tests.scenarios.running import ended_ms, occurred, run


@pytest.fixture(scope="module")
def speeds() -> pd.DataFrame:
    return loops.read(data()).iloc[: 2 * 288]  # two of the two days


@pytest.fixture(scope="module")
def finished(speeds: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(loops.write(tmp_path_factory.mktemp("loops"), data(), speeds))


def test_congestion_of_every_sensor_equals_the_plain_computation(finished: Run, speeds: pd.DataFrame) -> None:
    expected = loop_oracle.expect(
        loops.with_utc(speeds),
        limits=Limits(slow_kph=loops.SLOW_KPH, free_kph=loops.FREE_KPH, lasts_ms=loops.LASTS_MS),
        end_ms=ended_ms(finished.journal),
    )
    said = [
        Congestion(event.event_ms, event.subject, event.kind is EventKind.FIRING)
        for event in events_of(finished.journal)
        if event.rule == "congested"
    ]
    assert len(expected) > 700
    assert sorted(said, key=str) == sorted(expected, key=str)


def test_corridors_with_many_slow_sensors_at_once_equal_the_plain_computation(
    finished: Run, speeds: pd.DataFrame
) -> None:
    end_ms = ended_ms(finished.journal)
    single = loop_oracle.expect(
        loops.with_utc(speeds), limits=Limits(slow_kph=loops.SLOW_KPH, free_kph=None, lasts_ms=0), end_ms=end_ms
    )
    expected = loop_oracle.expect_many(
        single, loops.corridors(data()), at_least=loops.MANY, within_ms=loops.WITHIN_MS, end_ms=end_ms
    )
    said = []
    for one in occurred(finished.journal):
        if one.rule == "corridor-slow":
            ((_, road),) = one.group
            said.append((one.from_ms, road, True))
            if one.to_ms is not None:
                said.append((one.to_ms, road, False))
    assert len(expected) > 50
    assert sorted(said) == expected
