"""Scenario (d): vehicles in JT/T 808 frames on Jinan's roads equal shapely distances in EPSG:32650."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from ops_center.bootstrap import Run
from ops_center.domain.event import Event, EventKind
from ops_center.pipeline.results import events_of
from tests.paths import data
from tests.scenarios import jinan, jinan_oracle
from tests.scenarios.jinan import Drive, Town
from tests.scenarios.jinan_oracle import Turn
from tests.scenarios.running import ended_ms, run

TOLERANCE_M = 0.01


@pytest.fixture(scope="module")
def town() -> Town:
    return jinan.build(data())


@pytest.fixture(scope="module")
def finished(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(jinan.write(tmp_path_factory.mktemp("jinan"), town))


def turns(finished: Run, rule: str) -> list[Event]:
    return [event for event in events_of(finished.journal) if event.rule == rule]


def off_route(town: Town) -> Iterator[tuple[Drive, NDArray[np.float64]]]:
    for drive in town.drives:
        points = jinan_oracle.plane_points(drive.lon_e7, drive.lat_e7)
        yield drive, jinan_oracle.to_line_m(points, town.routes[drive.route])


def test_routes_are_the_shortest_paths_that_the_data_set_states(town: Town) -> None:
    pairs = jinan._pairs(data(), town.graph, jinan.VEHICLES)
    for source, target, metres in pairs:
        assert nx.shortest_path_length(town.graph, source, target, weight="weight") == pytest.approx(metres, abs=1)


def test_vehicles_off_their_route_are_those_that_shapely_finds(finished: Run, town: Town) -> None:
    expected: list[Turn] = []
    for drive, metres in off_route(town):
        assert not (abs(metres - jinan.FAR_M) < TOLERANCE_M).any()
        holds = (metres > jinan.FAR_M).tolist()
        end_ms = ended_ms(finished.journal)
        expected += jinan_oracle.held(drive.phone, drive.event_ms.tolist(), holds, for_ms=jinan.LONG_MS, end_ms=end_ms)
    said = [Turn(e.event_ms, e.subject, e.kind is EventKind.FIRING) for e in turns(finished, "off-route")]
    assert {turn.subject for turn in expected} == {drive.phone for drive in town.drives if drive.strays}
    assert sorted(said, key=str) == sorted(expected, key=str)


def test_the_distance_that_an_alert_states_is_shapelys(finished: Run, town: Town) -> None:
    # At a timer the rule reads the fix before it, even where the next one has the same instant (ORDER 9).
    known = {
        (drive.phone, int(at)): float(m)
        for drive, metres in off_route(town)
        for at, m in zip(drive.event_ms[1:], metres[:-1], strict=True)
    }
    said = {
        (e.subject, e.event_ms): e.facts["off_route_m"]
        for e in turns(finished, "off-route")
        if e.kind is EventKind.FIRING
    }
    there = said.keys() & known.keys()
    assert there
    assert {key: said[key] for key in there} == pytest.approx({key: known[key] for key in there}, abs=TOLERANCE_M)


def test_fixes_beside_the_road_are_those_that_shapely_finds(finished: Run, town: Town) -> None:
    roads = jinan.roads(town)
    expected: list[Turn] = []
    metres_at: dict[tuple[str, int], float] = {}
    for drive in town.drives:
        points = jinan_oracle.plane_points(drive.lon_e7, drive.lat_e7)
        metres = jinan_oracle.to_roads_m(points, roads)
        assert not (abs(metres - jinan.ON_ROAD_M) < 1e-3).any()
        holds = (metres > jinan.ON_ROAD_M).tolist()
        expected += jinan_oracle.held(drive.phone, drive.event_ms.tolist(), holds, for_ms=0, end_ms=0)
        metres_at.update(zip(((drive.phone, int(at)) for at in drive.event_ms), metres.tolist(), strict=True))
    events = turns(finished, "beside-road")
    said = [Turn(e.event_ms, e.subject, e.kind is EventKind.FIRING) for e in events]
    assert len(expected) > 50
    assert sorted(said, key=str) == sorted(expected, key=str)
    stated = {(e.subject, e.event_ms): e.facts["road.distance_m"] for e in events}
    assert stated == pytest.approx({key: metres_at[key] for key in stated}, abs=TOLERANCE_M)
