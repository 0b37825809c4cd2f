"""Build the exercise layer of kilometre posts (桩号) along a few numbered roads of the exercise network.

Run ``python -m layers.build.exercise_stakes``; `layers.build.exercise` calls it last. The numbers are
those of real motorways and the towns they join; the zero of each, and that it runs on these edges, is
invented. Coordinates are WGS-84 degrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Point

from gis.geodesy import distance_mm
from gis.roads import RoadNetwork
from layers.build.basemap import write
from layers.build.scene import Scene, city_middle, read

EVERY_M = 1_000
# Number, name, name in English, and the cities it joins, from its zero on.
ROADS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("G2", "京沪高速", "Beijing–Shanghai expressway", ("德州市", "济南市", "泰安市", "临沂市")),
    ("G3", "京台高速", "Beijing–Taipei expressway", ("德州市", "济南市", "泰安市", "济宁市", "枣庄市")),
    ("G15", "沈海高速", "Shenyang–Haikou expressway", ("烟台市", "青岛市", "日照市")),
    ("G20", "青银高速", "Qingdao–Yinchuan expressway", ("青岛市", "潍坊市", "淄博市", "济南市", "德州市")),
)


def main() -> None:
    """Write the layer."""
    counties, cities, places = read("counties"), read("cities"), read("places")
    chance = np.random.default_rng(0)  # nothing is drawn: a scene has one
    scene = Scene(counties=counties, cities=cities, province=None, places=places, chance=chance)
    write("stakes", build_stakes(scene, read("roads")))


def build_stakes(scene: Scene, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a post at every kilometre of each numbered road."""
    network = RoadNetwork.of(roads, key="edge")
    router = network.router()
    codes = dict(zip(scene.cities["name"], scene.cities["code"], strict=True))
    rows: list[dict[str, Any]] = []
    for number, name, name_en, through in ROADS:
        middles = [city_middle(scene, codes[city]) for city in through]
        nodes = [network.node_near(at.x, at.y) for at in middles]
        legs = [router.route(a, b) for a, b in pairwise(nodes)]
        line = np.concatenate([np.asarray(leg.line.coords) for leg in legs if leg is not None])
        for metre, lon, lat in _posts(line):
            label, label_en = f"模拟 {number} K{metre // 1000}", f"Exercise {number} K{metre // 1000}"
            rows.append(
                {"key": f"{number}-{metre // 1000:04d}", "road": number, "road_name": name, "road_name_en": name_en,
                 "metre": metre, "name": label, "name_en": label_en, "geometry": Point(lon, lat)}
            )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)


def _posts(line: NDArray[np.float64]) -> Iterator[tuple[int, float, float]]:
    """Yield (metre, lon, lat) at every whole kilometre along a line of degrees."""
    lon, lat = (np.round(line[:, axis] * 1e7).astype(np.int32) for axis in (0, 1))
    along = np.concatenate([[0.0], np.cumsum(distance_mm(lon[:-1], lat[:-1], lon[1:], lat[1:]) / 1000.0)])
    for metre in range(0, int(along[-1]) + 1, EVERY_M):
        yield metre, float(np.interp(metre, along, line[:, 0])), float(np.interp(metre, along, line[:, 1]))


if __name__ == "__main__":
    main()
