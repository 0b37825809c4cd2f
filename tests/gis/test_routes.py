"""Tests of the distance to one's own route."""

from __future__ import annotations

import numpy as np
from shapely import LineString

from gis.crs import Metric
from gis.routes import PlannedRoutes
from ops_center.columns import Codes

METRIC = Metric.of(32650)


def test_the_distance_is_to_the_own_route_and_unknown_without_route_or_position() -> None:
    lines = np.array([LineString([(117.0, 36.0), (117.1, 36.0)]), LineString([(118.0, 36.0), (118.1, 36.0)])])
    routes = PlannedRoutes.of(["a", "b"], lines, METRIC)
    lon = np.array([1170500000, 1170500000, 1170500000, 1180500000, 1180500000, -(2**31)], np.int32)
    lat = np.array([360001000, 360100000, 360001000, 360001000, 360001000, -(2**31)], np.int32)
    own = Codes.of(["a", "a", "b", None, "unheard of", "a"])
    found_m = routes.distance_mm(own, lon, lat) / 1000
    # 0.0001 and 0.01 degrees of latitude are 11.1 and 1,110 m; 0.9 degrees of longitude 81 km at 36 N.
    np.testing.assert_allclose(
        found_m[:3], [11.1, 1_110, 81_200], rtol=0.12
    )  # a straight line leaves the parallel by 1.2 m
    assert (found_m[3:] == -0.001).all()
