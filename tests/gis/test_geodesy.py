"""Lengths, circles and wind areas."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import Point

from gis.geodesy import Cyclone, circle, distance_mm, peak_radius_m, quadrants, speed_kph, wind_area

GEOD = Geod(ellps="WGS84")


def at(degrees: float) -> np.ndarray:
    return np.array([round(degrees * 1e7)], np.int32)


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(-1, 1), st.floats(-1, 1))
def test_distances_are_within_six_thousandths_of_the_ellipsoid(lon: float, lat: float, dx: float, dy: float) -> None:
    got = int(distance_mm(at(lon), at(lat), at(lon + dx), at(lat + dy))[0])
    true = GEOD.inv(round(lon, 7), round(lat, 7), round(lon + dx, 7), round(lat + dy, 7))[2] * 1000
    assert abs(got - true) <= 0.006 * true + 30


def test_a_fix_that_does_not_move_has_no_distance() -> None:
    assert distance_mm(at(117.0), at(36.0), at(117.0), at(36.0)).tolist() == [0]


def test_speed_needs_time() -> None:
    got = speed_kph(np.array([10_000, 10_000, 0]), np.array([1000, 0, 0]))
    assert got.tolist() == [36.0, np.inf, 0.0]


def test_a_circle_has_its_radius_in_every_direction() -> None:
    for lon, lat in circle(121.0, 36.0, radius_m=100_000).exterior.coords:
        assert abs(GEOD.inv(121.0, 36.0, lon, lat)[2] - 100_000) < 1


def test_quadrant_radii_go_clockwise_from_north_east() -> None:
    area = quadrants(120.0, 35.0, radii_m=(300_000, 200_000, 100_000, 50_000))
    assert area.is_valid
    for bearing, inside, outside in ((45, 290, 310), (135, 190, 210), (225, 90, 110), (315, 40, 60)):
        for distance_km, want in ((inside, True), (outside, False)):
            lon, lat, _ = GEOD.fwd(120.0, 35.0, bearing, distance_km * 1000)
            assert area.covers(Point(lon, lat)) is want


LEKIMA = Cyclone(lon=120.6, lat=31.9, wind_ms=23.2, pressure_hpa=980, motion_ms=5.0, motion_deg=0.0)


def test_gales_of_a_typhoon_reach_further_on_the_right_of_its_way() -> None:
    area = wind_area(LEKIMA, wind_ms=17.2)
    assert area is not None
    assert area.is_valid
    west, _, east, _ = area.bounds
    assert east - 120.6 > 120.6 - west > 0
    assert 50_000 < GEOD.inv(120.6, 31.9, east, 31.9)[2] < 500_000


def test_stronger_winds_blow_in_a_smaller_area_and_none_above_the_greatest() -> None:
    gale, strong = wind_area(LEKIMA, wind_ms=17.2), wind_area(LEKIMA, wind_ms=13.9)
    assert gale is not None
    assert strong is not None
    assert strong.covers(gale)
    assert wind_area(LEKIMA, wind_ms=24.5) is None


def test_radius_of_greatest_wind_as_in_the_paper() -> None:
    # Willoughby, Darling and Rahn (2006), eq. 7a: 46.4 exp(-0.0155 * 40 + 0.0169 * 20) = 35.0 km.
    storm = Cyclone(lon=120, lat=20, wind_ms=40, pressure_hpa=960)
    assert round(peak_radius_m(storm) / 1000, 1) == 35.0
