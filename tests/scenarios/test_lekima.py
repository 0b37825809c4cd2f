"""Scenario (c): which county was alerted when, for Lekima, warnings and quakes, equals plain shapely."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from math import nan
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from shapely import Point, Polygon
from shapely.geometry.base import BaseGeometry

from ops_center.bootstrap import Run
from tests.paths import data
from tests.scenarios import lekima, lekima_oracle
from tests.scenarios.lekima import CAP, PLATFORM, Message, local_ms
from tests.scenarios.lekima_oracle import STANDS_MS, Revision, Span
from tests.scenarios.running import ended_ms, occurred, run

ALERTING = ("orange", "red")


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(lekima.write(tmp_path_factory.mktemp("lekima"), data()))


@pytest.fixture(scope="module")
def usgs(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(lekima.write_week(tmp_path_factory.mktemp("usgs"), data()))


def said(finished: Run, rule: str) -> set[Span]:
    return {
        Span(hazard, county, one.from_ms, one.to_ms)
        for one in occurred(finished.journal)
        if one.rule == rule
        for (_, hazard), (_, county) in [one.group]
    }


def expected(finished: Run, revisions: Sequence[Revision]) -> set[Span]:
    return lekima_oracle.spans(revisions, end_ms=ended_ms(finished.journal))


def typhoon(folder: Path) -> Iterator[Revision]:
    counties = lekima.counties(folder)
    for fix in lekima.track(folder).to_dict("records"):
        wind, pressure = fix["wind"] or nan, fix["slp"]
        area: BaseGeometry | None = Point(fix["lon"], fix["lat"])  # no wind stated: the county of its centre
        if wind == wind:
            area = lekima_oracle.windy_area(
                lon=fix["lon"],
                lat=fix["lat"],
                peak_ms=wind * lekima_oracle.MS_PER_KNOT,
                pressure_hpa=pressure,
                wind_ms=lekima_oracle.BEAUFORT_7_MS,
            )
        at_ms = int(pd.Timestamp(fix["time"], tz="UTC").timestamp() * 1000)
        yield Revision(lekima.TRACK, at_ms, at_ms + STANDS_MS["typhoon"], lekima_oracle.touched(counties, area))


def warning(message: Message, hazard: str, folder: Path) -> Revision:
    counties = lekima.counties(folder)
    touched = frozenset[str]()
    if message.action != "Cancel" and message.colour in ALERTING:
        if message.codes:
            touched = lekima_oracle.covered(counties, message.codes)
        else:
            touched = lekima_oracle.touched(counties, Polygon([(lon, lat) for lat, lon in message.ring]))
    ends_ms = local_ms(message.at if message.action == "Cancel" else message.until)
    return Revision(hazard, local_ms(message.at), ends_ms, touched)


def quakes(features: Sequence[dict[str, Any]], folder: Path, *, km: float, least: float) -> Iterator[Revision]:
    counties = lekima.counties(folder)
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"][:2]
        magnitude, at_ms = feature["properties"]["mag"], feature["properties"]["time"]
        near = frozenset[str]()
        if magnitude is not None and magnitude >= least:
            near = lekima_oracle.within(counties, lon, lat, metres=km * 1000, epsg=lekima.EPSG)
        yield Revision(feature["id"], at_ms, at_ms + STANDS_MS["quake"], near)


def test_counties_inside_the_wind_circle_of_lekima_are_those_of_the_plain_computation(week: Run) -> None:
    spans = expected(week, list(typhoon(data())))
    assert len(spans) >= 50
    assert said(week, "typhoon-county") == spans


def test_counties_under_orange_and_red_warnings_follow_updates_cancels_and_expiry(week: Run) -> None:
    revisions = [warning(m, f"cn:{lekima.identifier(m.first or m.at)}", data()) for m in PLATFORM] + [
        warning(m, f"cap:test@example.invalid,EX-{local_ms(m.first or m.at)}", data()) for m in CAP
    ]
    spans = expected(week, revisions)
    assert len(spans) >= 40
    assert said(week, "warning-county") == spans


def test_counties_near_quakes_are_those_of_the_plain_computation(week: Run) -> None:
    features = lekima.quakes(data())
    spans = expected(week, list(quakes(features, data(), km=lekima.NEAR_KM, least=5.5)))
    assert len(spans) >= 50
    assert said(week, "quake-county") == spans


def test_the_real_week_of_usgs_quakes_alerts_the_counties_within_reach(usgs: Run) -> None:
    features = json.loads(gzip.decompress((data() / lekima.USGS_WEEK).read_bytes()))["features"]
    spans = expected(usgs, list(quakes(features, data(), km=lekima.FAR_KM, least=4.5)))
    assert len(spans) >= 10
    assert said(usgs, "quake-county") == spans
