"""Build the shipped base layers from the open data that may be shipped (../ATTRIBUTION.md).

Run ``OPS_DATA=DIR python -m layers.build.basemap``; DIR has the layout of the sources listed in
ATTRIBUTION.md. All coordinates are WGS-84 degrees.
"""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

SHIPPED = Path(__file__).parents[1] / "shipped"
_SUFFIX_EN = {"区": "District", "县": "County", "市": "City"}
# Japanese and traditional forms among GeoNames' names, and what is written in the place itself.
_SIMPLIFIED = str.maketrans("浜徳済棗東煙濰寧聊荷澤臨濱掖縣鄒滕兗", "滨德济枣东烟潍宁聊荷泽临滨掖县邹滕兖")


def main() -> None:
    """Write every base layer."""
    data = Path(os.environ["OPS_DATA"]) / "gis"
    SHIPPED.mkdir(exist_ok=True)
    names = read_names()
    counties = build_counties(data, names)
    cities = dissolve(counties, names)
    province = gpd.GeoDataFrame(
        {"code": ["370000"], "name": ["山东省"], "name_en": ["Shandong"]},
        geometry=[clean(shapely.union_all(counties.geometry.array))],
        crs=4326,
    )
    write("counties", counties)
    write("cities", cities)
    write("province", province)
    frame = shapely.buffer(province.geometry[0], 0.08)
    write("rail", network(data / "rail_water_coast/shandong_rail_routrs/railways_edges.parquet", frame))
    write("roads-plain", network(data / "roads/shandong_intercity_routrs/highways_edges.parquet", frame))
    write_water(data / "rail_water_coast", names)
    write("places", build_places(data, counties, cities))
    write("ports", build_ports(data, names))
    write("airports", build_airports(data, names))


def read_names() -> dict[str, tuple[str, str]]:
    """Return key -> (Chinese, English) of what the sources do not name."""
    with Path(__file__).with_name("names.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["key"]: (row["zh"], row["en"]) for row in rows}


def build_counties(data: Path, names: dict[str, tuple[str, str]]) -> gpd.GeoDataFrame:
    """Return the 136 counties with names in both languages."""
    read = gpd.read_file(data / "admin/shandong_counties_shippable.geojson").sort_values("adcode")
    in_english = [
        f"{names[code][1]} {_SUFFIX_EN[zh[-1]]}" for code, zh in zip(read["adcode"], read["name"], strict=True)
    ]
    return gpd.GeoDataFrame(
        {
            "code": read["adcode"].to_list(),
            "name": read["name"].to_list(),
            "name_en": in_english,
            "city": read["city_adcode"].to_list(),
        },
        geometry=read.geometry.to_list(),
        crs=4326,
    )


def dissolve(counties: gpd.GeoDataFrame, names: dict[str, tuple[str, str]]) -> gpd.GeoDataFrame:
    """Return the 16 cities as the unions of their counties."""
    codes = sorted(set(counties["city"]))
    shapes = [clean(shapely.union_all(counties.geometry[counties["city"] == code].array)) for code in codes]
    columns = {"code": codes, "name": [names[c][0] for c in codes], "name_en": [names[c][1] for c in codes]}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


def clean(shape: Any) -> Any:
    """Return the polygon without holes below 1 km2 (slivers of generalised coasts), valid."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    parts = parts[shapely.get_dimensions(parts) == 2]
    kept = [shapely.Polygon(p.exterior, [r for r in p.interiors if shapely.Polygon(r).area > 1e-4]) for p in parts]
    return shapely.make_valid(shapely.union_all(kept))


def network(path: Path, frame: Any) -> gpd.GeoDataFrame:
    """Return the edges that meet the frame, keyed by their two nodes; the source's numbers are stable."""
    edges = gpd.read_parquet(path)
    edges = edges[shapely.intersects(edges.geometry.array, frame)]
    low, high = np.minimum(edges["u"], edges["v"]), np.maximum(edges["u"], edges["v"])
    keys = [f"{a}-{b}" for a, b in zip(low, high, strict=True)]
    out = gpd.GeoDataFrame(
        {
            "edge": keys,
            "u": edges["u"].to_numpy(),
            "v": edges["v"].to_numpy(),
            "length_m": edges["length_m"].to_numpy(),
        },
        geometry=edges.geometry.to_list(),
        crs=4326,
    )
    return out.drop_duplicates("edge").sort_values("edge").reset_index(drop=True)


def write_water(folder: Path, names: dict[str, tuple[str, str]]) -> None:
    """Write coast, lakes and rivers."""
    land = gpd.read_parquet(folder / "gshhs_land_h_shandong.parquet")
    box = shapely.box(*land.total_bounds).exterior.buffer(1e-6)  # the cut at the edge of the extract is no coast
    coast = shapely.difference(shapely.boundary(land.geometry.array), box)
    columns = {"key": [f"gshhs-{n}" for n in land["id"]], "area_km2": land["area"].round(2).to_list()}
    frame = gpd.GeoDataFrame(columns, geometry=list(coast), crs=4326)
    write("coast", frame[~frame.geometry.is_empty].sort_values("key"))
    lakes = gpd.read_parquet(folder / "gshhs_lakes_h_shandong.parquet")
    keys = [f"gshhs-{n}" for n in lakes["id"]]
    frame = gpd.GeoDataFrame(
        {
            "key": keys,
            "name": [names[key][0] if key in names else None for key in keys],
            "name_en": [names[key][1] if key in names else None for key in keys],
            "area_km2": lakes["area"].round(1).to_list(),
        },
        geometry=lakes.geometry.to_list(),
        crs=4326,
    )
    write("lakes", frame[frame["name"].notna()].sort_values("key"))
    rivers = gpd.read_parquet(folder / "wdbii_rivers_h_shandong.parquet")
    frame = gpd.GeoDataFrame(
        {"key": [f"wdbii-{n}" for n in rivers["id"]], "level": rivers["level"].to_list()},
        geometry=rivers.geometry.to_list(),
        crs=4326,
    )
    write("rivers", frame.drop_duplicates("key").sort_values("key"))


def build_places(data: Path, counties: gpd.GeoDataFrame, cities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return towns with a Chinese name; a seat bears the name of its unit, whatever GeoNames calls the town."""
    read = pd.read_parquet(data / "places/geonames_cities500_shandong.parquet").sort_values("geonameid")
    units = {}
    for frame, level in ((counties, "county"), (cities, "city")):
        for code, zh, en, shape in zip(frame["code"], frame["name"], frame["name_en"], frame.geometry, strict=True):
            bare = en.removesuffix(" County").removesuffix(" City").removesuffix(" District")
            units[(level, plain_name(bare))] = (zh, bare, shape, code)
    rows = []
    for town in read.to_dict("records"):
        point, bare = shapely.Point(town["longitude"], town["latitude"]), plain_name(town["name"])
        zh = town["name_zh"] if isinstance(town["name_zh"], str) else ""
        name, en, rank = zh.translate(_SIMPLIFIED), str(town["name"]).replace("’", "'"), "town"
        for level in ("city", "county"):
            unit = units.get((level, bare))
            if unit is not None and unit[2].buffer(0.05).covers(point):
                name, en, rank = unit[0], unit[1], level
                break
        if name:
            rows.append((f"geonames-{town['geonameid']}", name, en, rank, int(town["population"]), point))
    keys, in_chinese, in_english, ranks, people, points = zip(*rows, strict=True)
    columns = {"key": keys, "name": in_chinese, "name_en": in_english, "rank": ranks, "population": people}
    return gpd.GeoDataFrame(columns, geometry=list(points), crs=4326)


def plain_name(name: str) -> str:
    """Return a romanised name without its generic part, spaces, apostrophes and case."""
    return name.lower().replace("’", "").replace("'", "").replace(" ", "").replace("-", "").removesuffix("city")


def build_ports(data: Path, names: dict[str, tuple[str, str]]) -> gpd.GeoDataFrame:
    """Return the ports of the World Port Index."""
    read = pd.read_csv(data / "poi/ports_worldportindex_shandong.csv").sort_values("World Port Index Number")
    keys = [f"wpi-{n}" for n in read["World Port Index Number"]]
    columns = {
        "key": keys,
        "name": [names[key][0] for key in keys],
        "name_en": [names[key][1] for key in keys],
        "harbour_size": read["Harbor Size"].to_list(),
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(read["Longitude"], read["Latitude"]), crs=4326)


def build_airports(data: Path, names: dict[str, tuple[str, str]]) -> gpd.GeoDataFrame:
    """Return the airports by ICAO code."""
    read = pd.read_csv(data / "poi/airports_shandong.csv").sort_values("icao")
    columns = {
        "key": read["icao"].to_list(),
        "name": [names[code][0] for code in read["icao"]],
        "name_en": read["name"].to_list(),
        "iata": read["iata"].to_list(),
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(read["lon"], read["lat"]), crs=4326)


def write(name: str, frame: gpd.GeoDataFrame) -> None:
    """Write one layer as GeoParquet, coordinates rounded to 1e-6 degree."""
    rounded = shapely.set_precision(frame.geometry.array, 1e-6, mode="pointwise")
    out = frame.set_geometry(gpd.GeoSeries(list(rounded), index=frame.index, crs=4326)).reset_index(drop=True)
    out.to_parquet(SHIPPED / f"{name}.parquet", compression="zstd", index=False)
    print(json.dumps({"layer": name, "features": len(out), "bytes": (SHIPPED / f"{name}.parquet").stat().st_size}))


if __name__ == "__main__":
    main()
