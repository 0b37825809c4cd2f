"""Build the exercise layers: everything the demo needs that has no open source, invented by one seeded script.

Run ``python -m layers.build.exercise`` after ``layers.build.basemap``. The same base layers and
seed give the same files. Every name begins with 模拟 / Exercise; phone numbers begin with 000,
which is never assigned. Coordinates are WGS-84 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import Point

from gis.geodesy import circle
from layers.build import exercise_rescue, exercise_stakes
from layers.build.basemap import SHIPPED, write
from layers.build.exercise_roads import add_service_areas, build_loops, build_roads, build_tunnels
from layers.build.scene import Scene, city_middle, km, moved, read

SEED = 20190811
PARK_COUNTY = "370126"


def main() -> None:
    """Write every exercise layer."""
    chance = np.random.default_rng(SEED)
    counties, cities = read("counties"), read("cities")
    province = read("province").geometry[0]
    places = read("places")
    scene = Scene(counties=counties, cities=cities, province=province, places=places, chance=chance)
    roads = build_roads(scene, read("roads-plain"))
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
    exercise_rescue.main()
    exercise_stakes.main()


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
        points.append(moved(scene.chance, at, away, shape))
        owner.append(c)
    return points, owner


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
    rivers = read("rivers").geometry.array
    shores = shapely.boundary(read("lakes").geometry.array)
    water = [*shapely.intersection(rivers, scene.province), *shapely.intersection(shores, scene.province)]
    water = [line for line in water if not line.is_empty]
    share = np.asarray([line.length for line in water])
    rows: list[dict[str, Any]] = []
    while len(rows) < 60:
        line = water[int(scene.chance.choice(len(water), p=share / share.sum()))]
        at = line.interpolate(float(scene.chance.random()), normalized=True)
        if any(km(row["at"], at) < 6 for row in rows):
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
        at = city_middle(scene, code)
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
        at = moved(scene.chance, shapely.point_on_surface(shape), float(scene.chance.uniform(1_000, 12_000)), shape)
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
            at = moved(scene.chance, shapely.point_on_surface(shape), float(scene.chance.uniform(200, 4_000)), shape)
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
        at = moved(scene.chance, shapely.point_on_surface(shape), float(scene.chance.uniform(500, 3_000)), shape)
        rows.append(
            {"key": code, "name": f"模拟{zh}气象站", "name_en": f"Exercise weather station {county}", "geometry": at}
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
