"""The exercise, small and fast, through its real doors: history, live, replay, stop and start again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import shapely
from rich.console import Console

from ops_center.adapters.store_reads import StoreReads
from ops_center.api.scope import positions_of
from ops_center.demo.run import Exercise, prepare_exercise
from ops_center.demo.script import MINUTE_MS, STARTS_MS
from ops_center.demo.units import declines
from ops_center.desk.reckoning import units_of
from ops_center.domain import command as kinds
from ops_center.domain.command import Command
from ops_center.domain.incident import incident_id
from ops_center.domain.jurisdiction import covers
from ops_center.domain.resource import Dispatch, DispatchState, dispatch_id
from ops_center.domain.scales import AlertClass, Status
from ops_center.ports import Search
from tests.waiting import until

OPENS_MS = STARTS_MS + 15 * MINUTE_MS
VEHICLES = 60
SILENCES = ("feed-silent", "vehicle-silent", "toxic-vehicle-silent")  # the script's first is in the third hour

pytestmark = pytest.mark.slow


def _prepared(folder: Path) -> Exercise:
    return prepare_exercise(
        port=0, folder=folder, speed=60.0, opens_ms=OPENS_MS, vehicles=VEHICLES, console=Console(quiet=True)
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exercise")


@pytest.fixture(scope="module")
def live(folder: Path) -> Iterator[tuple[Exercise, dict[int, str]]]:
    """A running exercise, and the digest of each picture it showed."""
    exercise = _prepared(folder)
    seen: dict[int, str] = {}
    exercise.start()
    try:
        station = exercise.service.station

        def note() -> bool:
            picture = station.live()
            seen.setdefault(picture.at_ms, picture.digest())
            return picture.at_ms > OPENS_MS + 4 * MINUTE_MS

        until(note, within_s=120.0)
        yield exercise, seen
    finally:
        exercise.stop()


def test_a_county_sees_the_vehicles_inside_it_and_no_others(live: tuple[Exercise, dict[int, str]]) -> None:
    exercise, _ = live
    positions = exercise.service.station.live().positions
    admin = exercise.service.setup.places.catalog.admin
    assert admin is not None
    there = [admin.code_at(lon, lat) for lon, lat in zip(positions.lon, positions.lat, strict=True)]
    county = next(code for code in sorted(there) if code)
    seen = positions_of(positions, lambda code: covers(county, code))
    assert seen.subjects == tuple(s for s, code in zip(positions.subjects, there, strict=True) if code == county)


def test_every_vehicle_connects_and_its_reports_arrive(live: tuple[Exercise, dict[int, str]]) -> None:
    exercise, _ = live
    assert exercise.devices is not None
    assert exercise.devices.connected == VEHICLES
    picture = exercise.service.station.live()
    assert len(picture.positions.subjects) == VEHICLES
    assert picture.positions.event_ms.min() > OPENS_MS
    assert [feed.id for feed in picture.feeds if feed.dead or feed.refused] == []
    assert picture.dead_letters == ()


def test_nothing_seems_late_or_silent_where_the_machine_is_slower_than_the_exercise_s_speed(
    live: tuple[Exercise, dict[int, str]],
) -> None:
    exercise, _ = live
    picture = exercise.service.station.live()
    assert 0.9 < exercise.service.clock.pace <= 60.1
    assert [feed.id for feed in picture.feeds if feed.late or feed.stale] == []
    assert [(one.rule, one.subject) for one in picture.alerts if one.rule in SILENCES] == []


def test_positions_carry_the_registry_s_papers(live: tuple[Exercise, dict[int, str]]) -> None:
    positions = live[0].service.station.live().positions
    plates = {positions.labels["vehicle.plate"].text(row) for row in range(len(positions.subjects))}
    assert len(plates) == VEHICLES
    assert all(plate is not None and plate.startswith("鲁") for plate in plates)


def test_the_store_catches_up_with_what_the_desk_decided_and_where_the_vehicles_are(
    live: tuple[Exercise, dict[int, str]],
) -> None:
    service = live[0].service
    reads, everything = StoreReads(service.recorders.store.store.engine), Search(jurisdiction=None)

    def caught_up() -> bool:
        stored = {one.id: one for one in reads.alerts(everything)}
        shown = [one for one in service.station.live().alerts if one.alert_class is not AlertClass.RECORD]
        places = reads.positions(everything)
        newest = max((one.event_ms for one in places), default=0)
        return bool(shown) and len(places) == VEHICLES and newest > OPENS_MS and all(one.id in stored for one in shown)

    until(caught_up)
    assert {one.id for one in reads.incidents(everything)} >= {one.id for one in service.station.live().incidents}
    assert reads.hazards()
    counties = service.setup.places.features["counties"]
    for one in reads.positions(everything):
        inside = shapely.covers(counties.geometries, shapely.Point(one.lon, one.lat))
        assert one.jurisdiction in ([counties.keys[n] for n in np.flatnonzero(inside)] or [None])
    assert service.recorders.lost() == ()


def test_nobody_comes_in_without_the_link_and_the_link_works_once(live: tuple[Exercise, dict[int, str]]) -> None:
    service = live[0].service
    base = f"http://127.0.0.1:{service.port}"
    with httpx.Client(base_url=base, trust_env=False) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/api/alerts").status_code == 401
        link = service.link()
        assert client.get(link).status_code == 303
        assert client.get("/").status_code == 200
    with httpx.Client(base_url=base, trust_env=False) as second:
        assert second.get(link).status_code == 401


def test_a_dispatched_unit_answers_by_itself_and_moves_along_its_way(live: tuple[Exercise, dict[int, str]]) -> None:
    station = live[0].service.station
    duty = live[0].service.accounts.users["duty"].actor
    team = station.live().resources[0]
    assert {one.status for one in station.live().resources} == {Status.EXERCISE}

    def give(verb: str, target: str, number: int, **args: object) -> None:
        command = Command(id=f"command-{number:032x}", kind=verb, target=target, actor=duty, args=args)
        assert station.submit(command).accepted

    place = {"lon": (team.lon_e7 or 0) / 1e7 + 0.1, "lat": (team.lat_e7 or 0) / 1e7, "adcode": team.jurisdiction}
    give(kinds.OPEN_INCIDENT, "", 1, kind="other", **place)
    opened = incident_id("370000", f"command-{1:032x}")
    until(lambda: any(one.id == opened for one in station.live().incidents))
    offers = station.recommend(station.live(), opened, "fire")
    assert [one["rank"] for one in offers[:3]] == [1, 2, 3]
    times = [one["travel_s"] for one in offers if one["travel_s"] is not None]
    assert len(times) > 100
    assert times == sorted(times)
    number = next(n for n in range(2, 99) if not declines_by(opened, str(offers[0]["resource"]), f"command-{n:032x}"))
    give(kinds.DISPATCH, opened, number, resource=offers[0]["resource"], capability="fire")

    def state() -> DispatchState | None:
        return next((one.state for one in station.live().dispatches if one.incident == opened), None)

    until(lambda: state() is DispatchState.EN_ROUTE)
    (unit,) = units_of(station.live())
    assert unit.reckoned
    (sent,) = [one for one in station.live().dispatches if one.incident == opened]
    assert [mark.by for _, mark in sent.marks] == ["duty", "units", "units"]
    assert sent.route[-1][2] > 0


def declines_by(incident: str, resource: str, cause: str) -> bool:
    identity = dispatch_id("370000", incident, resource, cause)
    return declines(Dispatch(id=identity, incident=incident, resource=resource, capability="fire"))


def test_a_replay_shows_what_was_shown_live(live: tuple[Exercise, dict[int, str]]) -> None:
    exercise, seen = live
    instants = sorted(seen)[:: max(1, len(seen) // 6)]
    replayed = {at_ms: exercise.service.station.at(at_ms).digest() for at_ms in reversed(instants)}
    assert replayed == {at_ms: seen[at_ms] for at_ms in instants}


def test_a_stopped_exercise_goes_on_where_it_was(live: tuple[Exercise, dict[int, str]], folder: Path) -> None:
    exercise, _ = live
    exercise.stop()
    before = exercise.service.station.loop
    again = _prepared(folder)
    try:
        loop = again.service.station.loop
        assert loop.progress_ms >= before.progress_ms > OPENS_MS
        assert again.service.clock.now_ms() >= before.progress_ms
        known = set(before.desk.state.alerts)
        assert known <= set(loop.desk.state.alerts)
    finally:
        again.agencies.stop()
        again.service.journal.close()
