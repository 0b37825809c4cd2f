"""Roads: paths against networkx and against the camera pairs of Jinan."""

from __future__ import annotations

import gzip

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString

from gis.crs import Metric
from gis.roads import RoadNetwork
from tests.paths import data

METRIC = Metric.of(32650)


def network(edges: list[tuple[int, int, float]], *, oneway: bool = False) -> RoadNetwork:
    """Nodes of a row along latitude 36: node n lies at longitude 117 + n / 100."""
    lines = [LineString([(117 + u / 100, 36.0), (117 + v / 100, 36.0)]) for u, v, _ in edges]
    frame = pd.DataFrame(edges, columns=["u", "v", "length_m"])
    return RoadNetwork.of(gpd.GeoDataFrame(frame, geometry=lines, crs=4326), oneway=oneway)


def test_a_route_names_its_edges_and_its_line_runs_the_way_it_is_driven() -> None:
    roads = network([(0, 1, 100), (2, 1, 100), (2, 3, 100), (0, 3, 500)])
    route = roads.router().route(0, 3)
    assert route is not None
    assert route.edges == (0, 1, 2)
    assert route.length_mm == 300_000
    assert [round(x, 2) for x, _ in route.line.coords] == [117.0, 117.01, 117.02, 117.03]


def test_a_closed_edge_is_gone_round_and_a_closed_town_cannot_be_reached() -> None:
    roads = network([(0, 1, 100), (0, 1, 150), (1, 2, 100), (0, 2, 900)])
    assert roads.router().route(0, 1).edges == (0,)  # type: ignore[union-attr]
    assert roads.router(closed=[0]).route(0, 1).edges == (1,)  # type: ignore[union-attr]
    assert roads.router(closed=[0, 1]).route(0, 1).edges == (3, 2)  # type: ignore[union-attr]
    assert roads.router(closed=[2, 3]).route(0, 2) is None


def test_a_one_way_street_is_not_driven_backwards() -> None:
    roads = network([(0, 1, 100), (1, 2, 100)], oneway=True)
    assert roads.router().route(0, 2) is not None
    assert roads.router().route(2, 0) is None


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 50)), min_size=1, max_size=40),
    st.booleans(),
    st.sets(st.integers(0, 39), max_size=8),
)
def test_distances_equal_networkx(edges: list[tuple[int, int, int]], oneway: bool, closed: set[int]) -> None:
    roads = network([(u, v, float(w)) for u, v, w in edges], oneway=oneway)
    shut = [e for e in closed if e < len(edges)]
    graph = roads.to_networkx()
    graph.remove_edges_from([(u, v, k) for u, v, k in list(graph.edges(keys=True)) if k in shut])
    want = nx.single_source_dijkstra_path_length(graph, 0, weight="length_mm")
    got = roads.router(closed=shut).distances(0)
    assert {node: far for node, far in enumerate(got.tolist()) if far >= 0} == dict(want)


def od_pairs() -> np.ndarray:
    with gzip.open(data() / "gis/roads/jinan_w_jinan/od_queries_first20k.csv.gz", "rt") as file:
        return pd.read_csv(file)[["source", "target", "shortest_m"]].to_numpy()


def jinan() -> RoadNetwork:
    return RoadNetwork.of(gpd.read_parquet(data() / "gis/roads/jinan_w_jinan/jinan_edges.parquet"), oneway=True)


def misses(pairs: np.ndarray) -> int:
    """Number of camera pairs whose shortest distance is not within a metre of the published one."""
    roads = jinan()
    source, target = (np.searchsorted(roads.nodes, pairs[:, column].astype(np.int64)) for column in (0, 1))
    router, wrong = roads.router(), 0
    for origin in np.unique(source):
        rows = np.flatnonzero(source == origin)
        got = router.distances(int(origin))[target[rows]] / 1000
        wrong += int((np.abs(got - pairs[rows, 2]) > 1.0).sum())
    return wrong


def test_all_camera_pairs_of_jinan_have_their_published_distance() -> None:
    assert misses(od_pairs()) == 0


def test_a_camera_route_is_as_long_as_its_edges() -> None:
    roads = jinan()
    router = roads.router()
    for source, target, shortest_m in od_pairs()[:20].tolist():
        route = router.route(*np.searchsorted(roads.nodes, [int(source), int(target)]).tolist())
        assert route is not None
        assert abs(route.length_mm / 1000 - shortest_m) <= 1.0
        tails, heads = roads.u[list(route.edges)], roads.v[list(route.edges)]
        assert (heads[:-1] == tails[1:]).all()


def test_an_isochrone_holds_what_is_reached_and_not_what_is_not() -> None:
    roads = network([(0, 1, 900), (1, 2, 900), (2, 9, 6300)])
    area = roads.router().isochrone(0, limit=2_000_000, grow_m=50, metric=METRIC)
    assert area.covers(LineString([(117.0, 36.0), (117.02, 36.0)]))
    assert not area.intersects(LineString([(117.05, 36.0), (117.09, 36.0)]))
