"""Travel times against networkx: on small networks, on the shipped roads and on Jinan's streets, with roads shut."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from gis.crs import Metric
from gis.roads import RoadNetwork
from gis.travel import APPROACH_KPH, Travel
from layers.catalog import load_catalog
from ops_center.bootstrap.geography import CRUISE_KPH, Atlas
from ops_center.content import Folder, built_in, load_tree
from tests.gis.test_roads import jinan
from tests.scenarios.content import put_layer

METRIC = Metric.of(32650)


PLANES: dict[int, tuple[RoadNetwork, np.ndarray]] = {}


def plane_of(roads: RoadNetwork) -> np.ndarray:
    if id(roads) not in PLANES:
        lines = shapely.transform(roads.lines, lambda xy: np.column_stack(METRIC.forward_m(xy[:, 0], xy[:, 1])))
        PLANES[id(roads)] = roads, lines
    return PLANES[id(roads)][1]


def oracle(
    roads: RoadNetwork, ms: np.ndarray, origin: tuple[float, float], goal: tuple[float, float], closed: set[str]
) -> float | None:
    """Return the seconds by a shortest path of networkx, on a graph that has the two places as nodes."""
    plane = plane_of(roads)
    graph: nx.MultiDiGraph = nx.MultiDiGraph()
    for e in range(len(roads)):
        if roads.keys[e] in closed:
            continue
        graph.add_edge(int(roads.u[e]), int(roads.v[e]), weight=int(ms[e]))
        if not roads.oneway[e]:
            graph.add_edge(int(roads.v[e]), int(roads.u[e]), weight=int(ms[e]))
    gaps, at = [], []
    for name, place in (("from", origin), ("to", goal)):
        graph.add_node(name)
        x, y = METRIC.forward_m(np.array([place[0]]), np.array([place[1]]))
        point = shapely.Point(x[0], y[0])
        far = shapely.distance(plane, point)
        gaps.append(float(far.min()))
        parts = {}
        for e in np.flatnonzero(far <= far.min() + 0.001).tolist():  # a street may be two edges, one each way
            part = round(shapely.line_locate_point(plane[e], point, normalized=True) * int(ms[e]))
            u, v, rest = int(roads.u[e]), int(roads.v[e]), int(ms[e]) - part
            parts[e] = part
            ways = [(v, rest), (u, part)] if name == "from" else [(u, part), (v, rest)]
            for node, weight in ways if not roads.oneway[e] else ways[:1]:
                ends = (name, node) if name == "from" else (node, name)
                graph.add_edge(*ends, weight=weight)
        at.append(parts)
    for e in at[0].keys() & at[1].keys():
        if not roads.oneway[e] or at[1][e] >= at[0][e]:
            graph.add_edge("from", "to", weight=abs(at[1][e] - at[0][e]))
    try:
        found = nx.shortest_path_length(graph, "from", "to", weight="weight")
    except nx.NetworkXNoPath:
        return None
    return found / 1000 + sum(gaps) * 3.6 / APPROACH_KPH


def both(
    travel: Travel, origin: tuple[float, float], goal: tuple[float, float], closed: set[str]
) -> tuple[float | None, float | None]:
    """Return the seconds told, by a way of as many, and those of networkx; None where there is no way."""
    want = oracle(travel.network, travel.edge_ms, origin, goal, closed)
    (got,) = travel.to(goal, [origin], closed=closed)
    way = travel.way(origin, goal, closed=closed)
    if got is None or way is None:
        assert (got, way) == (None, None)
        return None, want
    assert (way[0][:2], way[-1][:2], way[-1][2]) == (origin, goal, got[0])
    times = [at for _, _, at in way]
    assert times == sorted(times)
    return got[0], want


def grid(rows: list[tuple[int, int, int, bool]]) -> Travel:
    """Nodes on a grid of 4 x 4, 1.1 km apart; (u, v, kph, one-way) each."""
    place = [(117 + n % 4 / 100, 36 + n // 4 / 100) for n in range(16)]
    lines = [LineString([place[u], place[v]]) for u, v, _, _ in rows]
    frame = pd.DataFrame([(u, v, one) for u, v, _, one in rows], columns=["u", "v", "oneway"])
    frame["length_m"] = [round(shapely.length(line) * 100_000, 3) for line in lines]
    network = RoadNetwork.of(gpd.GeoDataFrame(frame, geometry=lines, crs=4326), oneway="oneway")
    return Travel.of(network, np.array([float(kph) for _, _, kph, _ in rows]), METRIC)


NODES = st.integers(0, 15)
EDGES = st.tuples(NODES, NODES, st.sampled_from([20, 40, 90]), st.booleans()).filter(lambda e: e[0] != e[1])
PLACES = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda p: (117 + p[0] / 1000, 36 + p[1] / 1000))


@settings(max_examples=150, deadline=None)
@given(st.lists(EDGES, min_size=1, max_size=25), PLACES, PLACES, st.sets(st.integers(0, 24), max_size=6))
def test_times_equal_a_shortest_path_of_networkx_with_one_way_roads_and_closures(
    rows: list[tuple[int, int, int, bool]], origin: tuple[float, float], goal: tuple[float, float], shut: set[int]
) -> None:
    travel = grid(rows)
    told, wanted = both(travel, origin, goal, {travel.network.keys[e] for e in shut if e < len(rows)})
    assert told == pytest.approx(wanted, abs=0.06)


def test_the_quick_way_is_taken_and_its_own_length_is_told() -> None:
    travel = grid([(0, 1, 20, False), (0, 4, 90, False), (4, 5, 90, False), (5, 1, 90, False)])
    (by_detour,) = travel.to((117.01, 36.0), [(117.0, 36.0)])
    assert by_detour is not None
    detour_m = sum(int(travel.network.length_mm[e]) for e in (1, 2, 3)) / 1000
    assert by_detour[1] == pytest.approx(detour_m, abs=0.2)
    (direct,) = travel.to((117.01, 36.0), [(117.0, 36.0)], closed=[travel.network.keys[2]])
    assert direct is not None
    assert direct[1] == pytest.approx(int(travel.network.length_mm[0]) / 1000, abs=0.2)
    assert direct[0] > by_detour[0]


def test_a_scene_on_a_shut_road_is_reached_from_its_ends_and_nobody_drives_through() -> None:
    travel = grid([(0, 1, 60, False), (1, 2, 60, False), (2, 3, 60, False)])
    shut = [travel.network.keys[1]]
    (scene,) = travel.to((117.015, 36.0), [(117.001, 36.0)], closed=shut)
    assert scene is not None
    (beyond,) = travel.to((117.025, 36.0), [(117.001, 36.0)], closed=shut)
    assert beyond is None


def test_on_a_one_way_road_a_place_just_passed_is_far() -> None:
    ring = [(0, 1, 60, True), (1, 5, 60, True), (5, 4, 60, True), (4, 0, 60, True)]
    travel = grid(ring)
    (ahead, behind) = travel.to((117.005, 36.0), [(117.004, 36.0), (117.006, 36.0)])
    assert ahead is not None
    assert behind is not None
    assert behind[1] > 30 * ahead[1]


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    tree, _ = load_tree([built_in()])
    return Atlas(load_catalog({key: tree.of("layer")[key] for key in ("counties", "roads", "teams")}), METRIC)


def test_times_on_the_shipped_roads_equal_networkx_with_closures_drawn_at_random(atlas: Atlas) -> None:
    travel = atlas._travel
    assert travel is not None
    roads = travel.network
    cruise = [CRUISE_KPH.get(str(name), CRUISE_KPH[""]) for name in roads.attributes["class"]]
    limit = roads.attributes["limit_kph"].astype(float)
    kph = [usual if np.isnan(most) else min(usual, most) for usual, most in zip(cruise, limit, strict=True)]
    assert travel.edge_ms.tolist() == [
        max(round(int(mm) * 3.6 / v), 1) for mm, v in zip(roads.length_mm, kph, strict=True)
    ]
    teams = shapely.get_coordinates(atlas.features["teams"].geometries)
    chance = np.random.default_rng(7)
    reached = 0
    for _ in range(12):
        origin, goal = (tuple(map(float, teams[n])) for n in chance.choice(len(teams), 2, replace=False))
        closed = {roads.keys[e] for e in chance.choice(len(roads), len(roads) // 50, replace=False)}
        told, wanted = both(travel, origin, goal, closed)
        assert told == pytest.approx(wanted, abs=0.06)
        reached += told is not None
    assert reached >= 6


def test_roads_that_are_only_drawn_tell_no_way_and_end_no_desk(tmp_path: Path) -> None:
    put_layer(
        tmp_path,
        "roads",
        {"a-b": LineString([(117, 36), (117.1, 36)])},
        draw={"as": "line", "colour": "road"},
    )
    tree, _ = load_tree([Folder(tmp_path)])
    found = Atlas(load_catalog({"roads": tree.of("layer")["roads"]}), METRIC)
    assert len(found.features["roads"]) == 1
    assert found.travel([(117.0, 36.0)], (117.1, 36.0), ()) == [None]
    assert found.route((117.0, 36.0), (117.1, 36.0), ()) is None


def test_times_on_jinans_streets_equal_networkx_with_streets_shut() -> None:
    roads = jinan()
    kph = np.full(len(roads), 40.0)
    travel = Travel.of(roads, kph, METRIC)
    chance = np.random.default_rng(11)
    reached = 0
    for _ in range(12):
        a, b = chance.choice(len(roads.nodes), 2, replace=False)
        origin, goal = ((float(roads.node_lon[n]) + 2e-4, float(roads.node_lat[n]) + 1e-4) for n in (a, b))
        closed = {roads.keys[e] for e in chance.choice(len(roads), len(roads) // 40, replace=False)}
        told, wanted = both(travel, origin, goal, closed)
        assert told == pytest.approx(wanted, abs=0.06)
        reached += told is not None
    assert reached >= 6
