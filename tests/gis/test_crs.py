"""Chinese datums and the metric plane."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from gis import crs
from ops_center.columns import NULL_I32, NULL_I64
from ops_center.domain.errors import SetupError
from tests.paths import data


def one(pair: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    return float(pair[0][0]), float(pair[1][0])


def test_tiananmen_in_the_three_datums() -> None:
    # The shift at Beijing is known: about 0.0062 east and 0.0014 north from WGS-84 to GCJ-02.
    lon, lat = one(crs.wgs84_to_gcj02(np.array([116.3913]), np.array([39.9075])))
    assert (round(lon, 4), round(lat, 4)) == (116.3975, 39.9089)
    lon, lat = one(crs.gcj02_to_bd09(np.array([116.404]), np.array([39.915])))
    assert (round(lon, 5), round(lat, 5)) == (116.41037, 39.92134)


@given(st.floats(73.0, 135.0), st.floats(3.0, 54.0))
def test_gcj02_and_bd09_are_undone_to_a_tenth_of_a_millimetre(lon: float, lat: float) -> None:
    at = np.array([lon]), np.array([lat])
    for there, back in (
        (crs.wgs84_to_gcj02, crs.gcj02_to_wgs84),
        (crs.gcj02_to_bd09, crs.bd09_to_gcj02),
        (crs.wgs84_to_bd09, crs.bd09_to_wgs84),
    ):
        back_lon, back_lat = one(back(*there(*at)))
        assert abs(back_lon - lon) < 1e-9
        assert abs(back_lat - lat) < 1e-9


def test_points_outside_china_are_left_alone() -> None:
    lon, lat = np.array([-122.4194, 2.35, 139.7]), np.array([37.7749, 48.85, 35.7])
    for convert in (crs.wgs84_to_gcj02, crs.gcj02_to_wgs84):
        out = convert(lon, lat)
        assert out[0].tolist() == lon.tolist()
        assert out[1].tolist() == lat.tolist()


def test_an_unknown_datum_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SetupError, match="wgs84, gcj02, bd09"):
        crs.to_wgs84("cgcs")


def test_county_borders_are_440_m_off_when_the_datum_is_ignored_and_in_place_when_converted() -> None:
    folder = data() / "gis" / "admin"
    published = shapely.get_coordinates(gpd.read_file(folder / "shandong_admin.gpkg", layer=0).geometry[:1])
    converted = shapely.get_coordinates(gpd.read_file(folder / "shandong_admin_wgs84.gpkg", layer=0).geometry[:1])
    metric = crs.Metric.of(32650)
    there_x, there_y = metric.forward_m(converted[:, 0], converted[:, 1])

    def furthest_m(lon: np.ndarray, lat: np.ndarray) -> float:
        x, y = metric.forward_m(lon, lat)
        return float(np.hypot(x - there_x, y - there_y).max())

    assert 400 < furthest_m(published[:, 0], published[:, 1]) < 800
    assert furthest_m(*crs.gcj02_to_wgs84(published[:, 0], published[:, 1])) < 1.0


def test_metric_gives_whole_millimetres_of_proj() -> None:
    metric = crs.Metric.of(32650)
    lon, lat = np.array([1170635300], np.int32), np.array([366503700], np.int32)
    x, y = metric.forward(lon, lat)
    east, north = Transformer.from_crs(4326, 32650, always_xy=True).transform(117.06353, 36.65037)
    assert (x[0], y[0]) == (round(east * 1000), round(north * 1000))
    back_lon, back_lat = metric.back(x, y)
    assert crs.e7(back_lon).tolist() == lon.tolist()
    assert crs.e7(back_lat).tolist() == lat.tolist()


def test_metric_does_not_depend_on_the_batch() -> None:
    chance = np.random.default_rng(5)
    lon = (chance.uniform(115, 122, 5000) * 1e7).astype(np.int32)
    lat = (chance.uniform(34, 38, 5000) * 1e7).astype(np.int32)
    metric = crs.Metric.of(32650)
    whole = np.stack(metric.forward(lon, lat))
    for size in (1, 7, 1000):
        parts = [np.stack(metric.forward(lon[i : i + size], lat[i : i + size])) for i in range(0, 5000, size)]
        assert np.array_equal(whole, np.concatenate(parts, axis=1))


def test_datum_conversion_does_not_depend_on_the_batch() -> None:
    chance = np.random.default_rng(6)
    lon, lat = chance.uniform(115, 122, 1000), chance.uniform(34, 38, 1000)
    whole = np.stack(crs.bd09_to_wgs84(lon, lat))
    singly = [np.stack(crs.bd09_to_wgs84(lon[i : i + 1], lat[i : i + 1])) for i in range(1000)]
    assert np.array_equal(whole, np.concatenate(singly, axis=1))


def test_null_positions_stay_null() -> None:
    metric = crs.Metric.of(32650)
    null = np.array([NULL_I32], np.int32)
    x, y = metric.forward(null, null)
    assert (x[0], y[0]) == (NULL_I64, NULL_I64)
    assert np.isnan(crs.degrees(null)).all()
    assert crs.e7(np.array([np.nan]))[0] == NULL_I32


def test_a_crs_that_is_not_in_metres_is_refused() -> None:
    with pytest.raises(SetupError, match="no plane in metres"):
        crs.Metric.of(4326)
