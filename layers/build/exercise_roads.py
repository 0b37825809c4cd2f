"""Invented attributes of the roads: class, signed limit, name, service areas, tunnels, loops."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point
from shapely.ops import substring

from gis.roads import RoadNetwork
from layers.build.scene import Scene, city_middle, km

EXPRESSWAY_LINKS = 34  # pairs of cities joined by one: the nearest pairs, no city left out
SPURS_FROM_NODE = 9_000_000  # numbers of the nodes invented for service areas; the source's are below 1,000,000


def build_roads(scene: Scene, plain: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the intercity network with invented class, limit and name on its real edges.

    Shortest paths between neighbouring cities are the expressways; what lies within 5 km of a
    city's middle is urban; the rest is ordinary. A fifth of ordinary and urban edges has no sign.
    """
    network = RoadNetwork.of(plain, key="edge")
    middles = [city_middle(scene, code) for code in scene.cities["code"]]
    nodes = [network.node_near(p.x, p.y) for p in middles]
    router = network.router()
    far = {a: router.distances(nodes[a]) for a in range(len(nodes))}
    pairs = sorted((int(far[a][nodes[b]]), a, b) for a, b in combinations(range(len(nodes)), 2))
    klass = np.full(len(plain), "ordinary", dtype=object)
    name = np.asarray(_ordinary_names(scene, plain), dtype=object)
    for _, a, b in pairs[:EXPRESSWAY_LINKS] + _first_link(pairs, len(nodes)):
        route = router.route(nodes[a], nodes[b])
        if route is None:
            continue
        fresh = [e for e in route.edges if klass[e] == "ordinary"]
        klass[fresh] = "expressway"
        for e in fresh:
            zh = f"{scene.cities['name'][a][:-1]}—{scene.cities['name'][b][:-1]}"
            en = f"{scene.cities['name_en'][a]}–{scene.cities['name_en'][b]}"
            name[e] = (f"模拟高速 {zh}", f"Exercise expressway {en}")
    middle = shapely.centroid(plain.geometry.array)
    near = np.min([km(middle, p) for p in middles], axis=0) < 5.0
    klass[near] = "urban"
    limit = _limits(scene.chance, klass)
    columns = {
        **{c: plain[c].to_list() for c in ("edge", "u", "v", "length_m")},
        "name": [n[0] for n in name],
        "name_en": [n[1] for n in name],
        "class": klass.tolist(),
        "limit_kph": limit.tolist(),
    }
    return gpd.GeoDataFrame(columns, geometry=plain.geometry.to_list(), crs=4326)


def _limits(chance: np.random.Generator, klass: NDArray[Any]) -> NDArray[np.float64]:
    """Return a signed limit for each edge, NaN where there is no sign."""
    drawn = {
        "expressway": chance.choice([100.0, 120.0], len(klass)),
        "ordinary": chance.choice([60.0, 70.0, 80.0, np.nan], len(klass), p=[0.2, 0.2, 0.4, 0.2]),
        "urban": chance.choice([40.0, 50.0, 60.0, np.nan], len(klass), p=[0.2, 0.2, 0.4, 0.2]),
    }
    return np.select([klass == k for k in drawn], list(drawn.values()))


def _ordinary_names(scene: Scene, plain: gpd.GeoDataFrame) -> list[tuple[str, str]]:
    middle = shapely.centroid(plain.geometry.array)
    tree = shapely.STRtree(scene.counties.geometry.array)
    county = tree.nearest(middle)
    seen: dict[int, int] = {}
    names = []
    for c in county.tolist():
        seen[c] = seen.get(c, 0) + 1
        number = f"{seen[c]:03d}"
        zh, en = scene.counties["name"][c], scene.counties["name_en"][c].rsplit(" ", 1)[0]
        names.append((f"模拟公路 {zh}{number}", f"Exercise road {en} {number}"))
    return names


def _first_link(pairs: Sequence[tuple[int, int, int]], n: int) -> list[tuple[int, int, int]]:
    return [next(pair for pair in pairs if city in pair[1:]) for city in range(n)]


def add_service_areas(scene: Scene, roads: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return service areas beside expressways, and the roads with a spur of class service_area to each."""
    express = roads[(roads["class"] == "expressway") & (roads["length_m"] > 3000)]
    order = scene.chance.permutation(len(express))
    areas: list[dict[str, Any]] = []
    spurs: list[dict[str, Any]] = []
    for at in order.tolist():
        edge = express.iloc[at]
        start = Point(edge.geometry.coords[0])
        if not scene.province.covers(start) or any(km(a["geometry"], start) < 22 for a in areas):
            continue
        n = len(areas) + 1
        ahead = np.diff(np.asarray(edge.geometry.coords), axis=0)[0]
        ahead /= np.hypot(*ahead)
        place = Point(start.x + ahead[1] * 0.002 + ahead[0] * 0.001, start.y - ahead[0] * 0.002 + ahead[1] * 0.001)
        name, name_en = f"模拟服务区{n:02d}", f"Exercise service area {n:02d}"
        node = SPURS_FROM_NODE + n
        bays = int(scene.chance.integers(0, 25))
        areas.append(
            {"key": f"sa-{n:03d}", "name": name, "name_en": name_en, "road_name": edge["name"], "dg_bays": bays,
             "geometry": place}
        )  # fmt: skip
        length = round(float(km(start, place)) * 1000, 1)
        spurs.append(
            {"edge": f"{edge['u']}-{node}", "u": edge["u"], "v": node, "length_m": length, "name": name,
             "name_en": name_en, "class": "service_area", "limit_kph": 30.0, "geometry": LineString([start, place])}
        )  # fmt: skip
    more = gpd.GeoDataFrame(spurs, crs=4326)
    joined = gpd.GeoDataFrame(pd.concat([roads, more], ignore_index=True), crs=4326).sort_values("edge")
    return gpd.GeoDataFrame(areas, crs=4326), joined


def build_tunnels(scene: Scene, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return tunnels as pieces of edges; grades by length as in JTG 3370.1-2018 (500, 1000, 3000 m)."""
    able = roads[(roads["length_m"] > 2_500) & roads["class"].isin(["expressway", "ordinary"])]
    able = able[shapely.covers(scene.province, able.geometry.array)]
    rows = []
    for n, at in enumerate(scene.chance.choice(len(able), 36, replace=False).tolist(), start=1):
        edge = able.iloc[at]
        length = round(float(min(scene.chance.choice([350, 800, 1600, 2400, 3600]), edge["length_m"] * 0.8)))
        share = length / edge["length_m"]
        begin = float(scene.chance.uniform(0.05, 0.95 - share))
        grade = ("short", "medium", "long", "extra_long")[int(np.searchsorted([500, 1000, 3000], length))]
        rows.append(
            {"key": f"tn-{n:03d}", "name": f"模拟隧道{n:02d}", "name_en": f"Exercise tunnel {n:02d}",
             "road": edge["edge"], "road_name": edge["name"], "length_m": float(length), "grade": grade,
             "geometry": substring(edge.geometry, begin, begin + share, normalized=True)}
        )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)


def build_loops(scene: Scene, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return eight loops along each of the four longest expressways, numbered along the road."""
    express = roads[(roads["class"] == "expressway") & shapely.covers(scene.province, roads.geometry.array)]
    lengths = express.groupby("name")["length_m"].sum().sort_values(ascending=False, kind="stable")
    rows: list[dict[str, Any]] = []
    for name in lengths.index[:4]:
        edges = express[(express["name"] == name) & (express["length_m"] > 800)]
        middles = shapely.line_interpolate_point(edges.geometry.array, 0.5, normalized=True)
        order = np.argsort(shapely.get_x(middles), kind="stable")
        for at in order[np.linspace(0, len(order) - 1, 8).astype(int)].tolist():
            n, edge = len(rows) + 1, edges.iloc[at]
            rows.append(
                {"key": f"SIM-L{n:03d}", "name": f"{name} 线圈{n:02d}", "name_en": f"{edge['name_en']} loop {n:02d}",
                 "road": edge["edge"], "road_name": name, "geometry": middles[at]}
            )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)
