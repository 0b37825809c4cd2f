"""Build the exercise layers: everything the demo needs that has no open source, invented by one seeded script.

Run ``python -m layers.build.exercise`` after ``layers.build.basemap``. The same base layers and
seed give the same files. Every name begins with 模拟 / Exercise; phone numbers begin with 000,
which is never assigned. Coordinates are WGS-84 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point
from shapely.ops import substring

from gis.geodesy import circle
from gis.roads import RoadNetwork
from layers.build.basemap import SHIPPED, write

SEED = 20190811
PARK_COUNTY = "370126"
EXPRESSWAY_LINKS = 34  # pairs of cities joined by one: the nearest pairs, no city left out
SPURS_FROM_NODE = 9_000_000  # numbers of the nodes invented for service areas; the source's are below 1,000,000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The base layers the inventions stand on."""

    counties: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame
    province: Any
    places: gpd.GeoDataFrame
    chance: np.random.Generator


def main() -> None:
    """Write every exercise layer."""
    chance = np.random.default_rng(SEED)
    counties, cities = _read("counties"), _read("cities")
    province = _read("province").geometry[0]
    places = _read("places")
    scene = Scene(counties=counties, cities=cities, province=province, places=places, chance=chance)
    roads = build_roads(scene, _read("roads-plain"))
    areas, roads = add_service_areas(scene, roads)
    (SHIPPED / "roads-plain.parquet").unlink()
    write("roads", roads)
    write("service-areas", areas)
    write("tunnels", build_tunnels(scene, roads))
    write("schools", build_schools(scene, roads))
    write("hospitals", build_hospitals(scene, roads))
    write("water-intakes", build_water_intakes(scene))
    write("restricted-zones", build_restricted_zones(scene))
    sources = build_hazard_sources(scene)
    write("hazard-sources", sources)
    write("teams", build_teams(scene))
    write("weather-stations", build_weather_stations(scene))
    write("loops", build_loops(scene, roads))
    write("gas-detectors", build_gas_detectors(scene, sources.geometry[0]))


def _read(name: str) -> gpd.GeoDataFrame:
    return gpd.read_parquet(SHIPPED / f"{name}.parquet")


def build_roads(scene: Scene, plain: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the intercity network with invented class, limit and name on its real edges.

    Shortest paths between neighbouring cities are the expressways; what lies within 5 km of a
    city's middle is urban; the rest is ordinary. A fifth of ordinary and urban edges has no sign.
    """
    network = RoadNetwork.of(plain, key="edge")
    middles = [_city_middle(scene, code) for code in scene.cities["code"]]
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
    near = np.min([_km(middle, p) for p in middles], axis=0) < 5.0
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


def _city_middle(scene: Scene, code: str) -> Point:
    name = scene.cities["name"][scene.cities["code"] == code].iloc[0]
    found = scene.places[(scene.places["rank"] == "city") & (scene.places["name"] == name)]
    middle: Point = found.geometry.iloc[0]
    return middle


def _km(points: Any, other: Point) -> NDArray[np.float64]:
    east = (shapely.get_x(points) - other.x) * 111.32 * np.cos(np.radians(other.y))
    return np.asarray(np.hypot(east, (shapely.get_y(points) - other.y) * 110.57))


def add_service_areas(scene: Scene, roads: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return service areas beside expressways, and the roads with a spur of class service_area to each."""
    express = roads[(roads["class"] == "expressway") & (roads["length_m"] > 3000)]
    order = scene.chance.permutation(len(express))
    areas: list[dict[str, Any]] = []
    spurs: list[dict[str, Any]] = []
    for at in order.tolist():
        edge = express.iloc[at]
        start = Point(edge.geometry.coords[0])
        if not scene.province.covers(start) or any(_km(a["geometry"], start) < 22 for a in areas):
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
        length = round(float(_km(start, place)) * 1000, 1)
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


def build_schools(scene: Scene, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return 600 schools: by county, two in five near a road."""
    points, county = _spread(scene, roads, 600, beside_road=0.4)
    kinds = scene.chance.choice(
        [("小学", "primary school"), ("中学", "middle school"), ("幼儿园", "kindergarten")], 600
    )
    return _facilities(scene, "sc", points, county, kinds, {"pupils": scene.chance.integers(80, 3200, 600)})


def build_hospitals(scene: Scene, roads: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return 220 hospitals: at least one in every county."""
    points, county = _spread(scene, roads, 220, beside_road=0.3)
    beds = (scene.chance.lognormal(5.3, 0.7, 220) // 10 * 10 + 20).astype(np.int64)
    kinds = [("医院", "hospital")] * 220
    return _facilities(scene, "hp", points, county, kinds, {"beds": beds})


def _spread(scene: Scene, roads: gpd.GeoDataFrame, n: int, *, beside_road: float) -> tuple[list[Point], list[int]]:
    """Return n points that fill the counties in turn: beside one of its roads, or in its middle half."""
    tree = shapely.STRtree(roads.geometry.array)
    points, owner = [], []
    for i in range(n):
        c = i % len(scene.counties)
        shape = scene.counties.geometry[c]
        lines = tree.query(shape, predicate="contains")
        if scene.chance.random() < beside_road and len(lines):
            line = roads.geometry.iloc[int(scene.chance.choice(lines))]
            at = line.interpolate(float(scene.chance.uniform(0.1, 0.9)), normalized=True)
            away = float(scene.chance.uniform(80, 500))
        else:
            at, away = shapely.point_on_surface(shape), float(scene.chance.uniform(500, 9_000))
        points.append(_moved(scene.chance, at, away, shape))
        owner.append(c)
    return points, owner


def _moved(chance: np.random.Generator, at: Point, metres: float, shape: Any) -> Point:
    """Return a point so far from `at`, inside the shape where a few tries find one."""
    for _ in range(12):
        turn = chance.uniform(0, 2 * np.pi)
        east = metres * np.cos(turn) / (111_320 * np.cos(np.radians(at.y)))
        moved = Point(at.x + east, at.y + metres * np.sin(turn) / 110_574)
        if shape.covers(moved):
            return moved
    return at


def _facilities(
    scene: Scene,
    prefix: str,
    points: Sequence[Point],
    county: Sequence[int],
    kinds: Any,
    more: dict[str, Any],
) -> gpd.GeoDataFrame:
    zh = scene.counties["name"]
    en = [name.rsplit(" ", 1)[0] for name in scene.counties["name_en"]]
    numbers = range(1, len(points) + 1)
    columns = {
        "key": [f"{prefix}-{n:04d}" for n in numbers],
        "name": [f"模拟{zh[c]}第{n:03d}{k[0]}" for n, c, k in zip(numbers, county, kinds, strict=True)],
        "name_en": [
            f"Exercise {k[1]} {n:03d}, {en[c].rsplit(' ', 1)[0]}"
            for n, c, k in zip(numbers, county, kinds, strict=True)
        ],
        **{name: np.asarray(values).tolist() for name, values in more.items()},
        "duty_phone": [f"000{int(d):08d}" for d in scene.chance.integers(0, 10**8, len(points))],
    }
    return gpd.GeoDataFrame(columns, geometry=list(points), crs=4326)


def build_water_intakes(scene: Scene) -> gpd.GeoDataFrame:
    """Return protected zones around intakes on rivers and lakes, radius 500 m (first grade) or 1,500 m."""
    rivers = _read("rivers").geometry.array
    shores = shapely.boundary(_read("lakes").geometry.array)
    water = [*shapely.intersection(rivers, scene.province), *shapely.intersection(shores, scene.province)]
    water = [line for line in water if not line.is_empty]
    share = np.asarray([line.length for line in water])
    rows: list[dict[str, Any]] = []
    while len(rows) < 60:
        line = water[int(scene.chance.choice(len(water), p=share / share.sum()))]
        at = line.interpolate(float(scene.chance.random()), normalized=True)
        if any(_km(row["at"], at) < 6 for row in rows):
            continue
        n, first = len(rows) + 1, bool(scene.chance.random() < 0.4)
        rows.append(
            {"key": f"wi-{n:03d}", "name": f"模拟饮用水源保护区{n:02d}", "name_en": f"Exercise water intake {n:02d}",
             "grade": 1 if first else 2, "people": int(scene.chance.integers(5, 900)) * 1000,
             "geometry": circle(at.x, at.y, radius_m=500 if first else 1_500, points=36), "at": at}
        )  # fmt: skip
    return gpd.GeoDataFrame([{k: v for k, v in row.items() if k != "at"} for row in rows], crs=4326)


def build_restricted_zones(scene: Scene) -> gpd.GeoDataFrame:
    """Return one restricted zone in the middle of each city."""
    rows = []
    for n, code in enumerate(scene.cities["code"], start=1):
        at = _city_middle(scene, code)
        reach = scene.chance.uniform(1_400, 2_200, 10)
        ring = [circle(at.x, at.y, radius_m=float(r), points=10).exterior.coords[i] for i, r in enumerate(reach)]
        rows.append(
            {"key": f"rz-{code}", "name": f"模拟{scene.cities['name'][n - 1]}中心限行区",
             "name_en": f"Exercise restricted zone, central {scene.cities['name_en'][n - 1]}",
             "geometry": shapely.Polygon(ring)}
        )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)


SUBSTANCES = (
    # substance, UN number, and the threshold quantity in tonnes of GB 18218-2018, table 1
    ("液氯", "Chlorine", "1017", 5.0),
    ("液氨", "Ammonia", "1005", 10.0),
    ("液化石油气", "Liquefied petroleum gas", "1075", 50.0),
    ("汽油", "Petrol", "1203", 200.0),
    ("甲醇", "Methanol", "1230", 500.0),
    ("苯", "Benzene", "1114", 50.0),
)


def build_hazard_sources(scene: Scene) -> gpd.GeoDataFrame:
    """Return 150 major hazard sources; the grade by R of GB 18218-2018 with both its factors taken as 1."""
    weights = np.where(scene.counties["city"].isin(["370300", "370500", "370700", "371600", "371700"]), 3.0, 1.0)
    rows = []
    for n in range(1, 151):
        c = int(scene.chance.choice(len(weights), p=weights / weights.sum()))
        if n == 1:  # the park whose detectors report by the feed park-gas
            c = int(np.flatnonzero(scene.counties["code"] == PARK_COUNTY)[0])
        shape = scene.counties.geometry[c]
        at = _moved(scene.chance, shapely.point_on_surface(shape), float(scene.chance.uniform(1_000, 12_000)), shape)
        zh, en, un_number, threshold_t = SUBSTANCES[int(scene.chance.integers(len(SUBSTANCES)))]
        ratio = float(np.round(np.exp(scene.chance.uniform(np.log(1.5), np.log(180))), 1))
        grade = 1 if ratio >= 100 else 2 if ratio >= 50 else 3 if ratio >= 10 else 4
        rows.append(
            {"key": f"hs-{n:03d}", "name": f"模拟化工厂{n:03d}", "name_en": f"Exercise chemical plant {n:03d}",
             "grade": grade, "substance": zh, "substance_en": en, "un_number": un_number,
             "quantity_t": round(ratio * threshold_t, 1), "ratio": ratio, "geometry": at}
        )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)


CAPABILITIES = (
    ("hazmat_team", "危化品救援队", "hazmat team", 32),
    ("fire", "消防救援站", "fire station", 136),
    ("medical", "急救站", "ambulance station", 60),
    ("police", "交警中队", "traffic police post", 60),
    ("road_rescue", "道路清障队", "road rescue team", 40),
    ("flood_rescue", "防汛抢险队", "flood rescue team", 32),
)


def build_teams(scene: Scene) -> gpd.GeoDataFrame:
    """Return emergency teams with capability, people and vehicles."""
    rows = []
    for capability, zh, en, count in CAPABILITIES:
        first = int(scene.chance.integers(len(scene.counties)))
        step = max(len(scene.counties) // count, 1)
        for n in range(1, count + 1):
            c = (first + (n - 1) * step) % len(scene.counties)
            shape = scene.counties.geometry[c]
            at = _moved(scene.chance, shapely.point_on_surface(shape), float(scene.chance.uniform(200, 4_000)), shape)
            county = scene.counties["name_en"][c].rsplit(" ", 1)[0]
            rows.append(
                {"key": f"tm-{capability}-{n:03d}", "name": f"模拟{scene.counties['name'][c]}{zh}",
                 "name_en": f"Exercise {en}, {county}", "capability": capability,
                 "people": int(scene.chance.integers(6, 40)), "vehicles": int(scene.chance.integers(1, 9)),
                 "duty_phone": f"000{int(scene.chance.integers(10**8)):08d}", "geometry": at}
            )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)


def build_weather_stations(scene: Scene) -> gpd.GeoDataFrame:
    """Return one station in every county, keyed by the county's code."""
    rows = []
    for code, zh, en, shape in zip(
        scene.counties["code"], scene.counties["name"], scene.counties["name_en"], scene.counties.geometry, strict=True
    ):
        county = en.rsplit(" ", 1)[0]
        at = _moved(scene.chance, shapely.point_on_surface(shape), float(scene.chance.uniform(500, 3_000)), shape)
        rows.append(
            {"key": code, "name": f"模拟{zh}气象站", "name_en": f"Exercise weather station {county}", "geometry": at}
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


def build_gas_detectors(scene: Scene, park: Point) -> gpd.GeoDataFrame:
    """Return twelve hydrogen-sulfide detectors around one chemical plant."""
    rows = []
    for n in range(1, 13):
        ring = circle(park.x, park.y, radius_m=float(scene.chance.uniform(80, 450)), points=12)
        at = Point(ring.exterior.coords[n - 1])
        rows.append(
            {"key": f"SIM-H2S-{n:02d}", "name": f"模拟硫化氢探测器{n:02d}",
             "name_en": f"Exercise H2S detector {n:02d}", "geometry": at}
        )  # fmt: skip
    return gpd.GeoDataFrame(rows, crs=4326)


if __name__ == "__main__":
    main()
