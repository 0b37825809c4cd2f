"""The exercise's vehicles keep the law unless a scene says otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ops_center.demo.fleet import REPORT_MS, Fleet, make_fleet
from ops_center.demo.fleet_file import kept_fleet, key_of
from ops_center.demo.itinerary import Track
from ops_center.demo.script import Scene, play
from tests.demo.square import HOUR, START, square


def test_the_same_seed_gives_the_same_fixes(fleet: Fleet) -> None:
    again = make_fleet(square(), size=40, seed=7, depots=3, start_ms=START, until_ms=START + 12 * HOUR)[0]
    a = fleet.fixes(from_ms=START, to_ms=START + HOUR)
    b = again.fixes(from_ms=START, to_ms=START + HOUR)
    assert np.array_equal(a.lon, b.lon)
    assert np.array_equal(a.event_ms, b.event_ms)


def test_spans_of_time_join_without_gap_or_repeat(fleet: Fleet) -> None:
    whole = fleet.fixes(from_ms=START, to_ms=START + HOUR)
    parts = [fleet.fixes(from_ms=START + n * 7_000, to_ms=START + (n + 1) * 7_000) for n in range(600)]
    times = np.concatenate([p.event_ms for p in parts])
    assert np.array_equal(times[times < START + HOUR], whole.event_ms)


def test_nobody_drives_four_hours_without_twenty_minutes_of_rest(fleet: Fleet) -> None:
    for vehicle in fleet.vehicles:
        times = np.arange(START, START + 12 * HOUR, REPORT_MS)
        moving = vehicle.track.at(times)[2] > 1.0
        driven = rest = 0
        for going in moving:
            rest = 0 if going else rest + REPORT_MS
            driven = 0 if rest >= 20 * 60_000 else driven + REPORT_MS
            assert driven < 4 * HOUR


def test_nobody_exceeds_eighty(fleet: Fleet) -> None:
    assert all((v.track.at(np.arange(START, START + 12 * HOUR, REPORT_MS))[2] <= 80.0).all() for v in fleet.vehicles)


def test_a_halt_stops_the_vehicle_and_delays_the_rest() -> None:
    track = Track(t_ms=np.asarray([0, 100_000]), lon=np.asarray([117.0, 117.1]), lat=np.asarray([36.0, 36.0]))
    halted = track.halted(at_ms=40_000, for_ms=60_000)
    lon, _, speed, _ = halted.at(np.asarray([39_000, 40_000, 99_999, 100_000, 160_000]))
    assert speed[1] == speed[2] == 0.0
    assert lon[1] == lon[2] == pytest.approx(117.04)
    assert lon[4] == pytest.approx(117.1)


def test_scenes_go_to_different_moving_vehicles(fleet: Fleet) -> None:
    scenes = tuple(Scene(kind="emergency", at_ms=START + HOUR, for_ms=60_000) for _ in range(3))
    played = play(fleet, scenes)
    actors = [row for row, v in enumerate(played.vehicles) if v.emergency]
    assert len(actors) == 3
    fixes = played.fixes(from_ms=START + HOUR, to_ms=START + HOUR + 60_000)
    assert set(fixes.vehicle[fixes.alarm_bits == 1]) == set(actors)


def test_a_silent_vehicle_sends_nothing_meanwhile(fleet: Fleet) -> None:
    silent = fleet.with_vehicle(0, silent=((START + HOUR, START + 2 * HOUR),))
    fixes = silent.fixes(from_ms=START, to_ms=START + 3 * HOUR)
    mine = fixes.event_ms[fixes.vehicle == 0]
    assert not ((mine >= START + HOUR) & (mine < START + 2 * HOUR)).any()
    assert replace(silent.vehicles[0], silent=()).track is fleet.vehicles[0].track


def test_a_kept_fleet_is_the_planned_one_and_a_broken_file_is_planned_again(tmp_path: Path, fleet: Fleet) -> None:
    key = key_of([b"roads", b"layer"], size=40)
    assert key != key_of([b"roads", b"layer"], size=41)
    assert key != key_of([b"roads", b"other"], size=40)
    assert key != key_of([b"roadslayer"], size=40)
    assert kept_fleet(tmp_path, key, lambda: fleet) is fleet
    again = kept_fleet(tmp_path, key, lambda: pytest.fail("planned a second time"))
    a, b = (one.fixes(from_ms=START, to_ms=START + HOUR) for one in (fleet, again))
    assert np.array_equal(a.lon, b.lon)
    assert np.array_equal(a.speed_kph, b.speed_kph)
    assert [v.papers for v in again.vehicles] == [v.papers for v in fleet.vehicles]
    file = tmp_path / f"fleet-{key}.npz"
    file.write_bytes(file.read_bytes()[:1000])
    assert kept_fleet(tmp_path, key, lambda: fleet) is fleet


def test_who_vanishes_leaves_his_road_slowly_and_falls_silent(fleet: Fleet) -> None:
    scene = Scene(kind="vanish", at_ms=START + 2 * HOUR, for_ms=40 * 60_000)
    played = play(fleet, (scene,))
    row = next(r for r, (a, b) in enumerate(zip(fleet.vehicles, played.vehicles, strict=True)) if a is not b)
    times = np.arange(scene.at_ms - 60_000, scene.at_ms + scene.for_ms + 60_000, 1_000)
    before, after = (one.vehicles[row].track.at(times) for one in (fleet, played))
    away_km = np.abs(after[1] - before[1]) * 110.574
    assert max(away_km[0], away_km[-1]) < 1e-9
    assert away_km.max() > 2.0
    assert np.abs(np.diff(away_km)).max() * 3600 < 20  # km/h aside
    assert played.vehicles[row].silent
