"""Importing files of any kind."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point, Polygon, box

from layers.importer import import_layer
from layers.loader import load_layer
from layers.model import LayerData
from ops_center.content import read_document
from ops_center.domain.errors import BadInput
from tests.paths import data


def imported(folder: Path, name: str) -> LayerData:
    return load_layer(read_document(folder / f"{name}.yml"))


def test_what_is_imported_loads_without_a_finding(tmp_path: Path) -> None:
    source = tmp_path / "Fire Stations.csv"
    source.write_text("id,lon,lat,name,人数\nb,117.1,36.6,二站,12\na,117.0,36.5,一站,9\n", encoding="utf-8")
    report = import_layer(source, datum="gcj02", key="id", out_folder=tmp_path / "out", layer_id="Fire Stations")
    assert (report.read, report.kept, report.refused) == (2, 2, ())
    stations = imported(tmp_path / "out", "fire-stations")
    assert stations.keys == ("a", "b")
    assert (stations.report.repaired, stations.report.refused) == ((), ())
    assert stations.values(0)["name"] == "一站"
    assert 0.005 < 117.0 - stations.geometries[0].x < 0.007


@pytest.mark.parametrize(("driver", "suffix"), [("GPKG", "gpkg"), ("GeoJSON", "geojson"), ("ESRI Shapefile", "shp")])
def test_vector_formats_come_in_and_other_crs_are_converted(tmp_path: Path, driver: str, suffix: str) -> None:
    frame = gpd.GeoDataFrame({"code": ["z1"], "note": ["x"]}, geometry=[box(117, 36, 117.1, 36.1)], crs=4326)
    source = tmp_path / f"zones.{suffix}"
    (frame if suffix == "geojson" else frame.to_crs(32650)).to_file(source, driver=driver)
    report = import_layer(source, datum="wgs84", key="code", out_folder=tmp_path / "out")
    zones = imported(tmp_path / "out", "zones")
    assert zones.layer.kind == "zone"
    assert zones.geometries[0].symmetric_difference(box(117, 36, 117.1, 36.1)).area < 1e-7
    assert bool(report.notes) is (suffix != "geojson")


def test_geoparquet_with_a_broken_polygon_is_repaired_and_says_so(tmp_path: Path) -> None:
    bow = Polygon([(117, 36), (118, 37), (118, 36), (117, 37)])
    frame = gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=[bow, Point()], crs=4326)
    frame.to_parquet(tmp_path / "zones.parquet")
    report = import_layer(tmp_path / "zones.parquet", datum="wgs84", key="code", out_folder=tmp_path / "out")
    assert [(f.key, f.reason) for f in report.repaired] == [("a", "invalid geometry: Self-intersection")]
    assert [(f.key, f.reason) for f in report.refused] == [("b", "no coordinates")]


def test_a_legacy_encoding_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_bytes("编号,经度,纬度\n一,117.0,36.5\n".encode("gb18030"))
    import_layer(tmp_path / "points.csv", datum="wgs84", key="编号", out_folder=tmp_path / "out")
    assert imported(tmp_path / "out", "points").keys == ("一",)


def test_without_a_key_column_keys_follow_the_features_not_their_rows(tmp_path: Path) -> None:
    rows = ["lon,lat,name", "117.0,36.5,a", "117.1,36.5,b"]
    for order, name in ((rows, "one"), ([rows[0], *rows[:0:-1]], "two")):
        (tmp_path / f"{name}.csv").write_text("\n".join(order) + "\n", encoding="utf-8")
        import_layer(tmp_path / f"{name}.csv", datum="wgs84", key="", out_folder=tmp_path / "out")
    assert imported(tmp_path / "out", "one").keys == imported(tmp_path / "out", "two").keys
    assert len(set(imported(tmp_path / "out", "one").keys)) == 2


@pytest.mark.parametrize(
    ("name", "content", "key", "reason"),
    [
        ("absent.csv", None, "id", "no such file"),
        ("a.csv", "id,lon,lat\n1,0,0\n", "id", "at 0, 0"),
        ("a.csv", "id,lon,lat\n1,117,36\n", "code", "no column 'code'"),
        ("a.csv", "id,east,north\n1,117,36\n", "id", "no column None for lon"),
        ("a.gpkg", "not a database", "id", "cannot be read"),
        ("a.parquet", "not parquet", "id", "cannot be read"),
        ("a.vrt", "<OGRVRTDataSource/>", "id", "only point to other sources"),
        ("empty.csv", "", "id", "cannot be read"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: str | None, key: str, reason: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=reason):
        import_layer(tmp_path / name, datum="wgs84", key=key, out_folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_dirty_charging_stations_of_jinan_are_sorted_out(tmp_path: Path) -> None:
    source = data() / "gis" / "poi" / "jinan_ev_charging.csv"
    report = import_layer(
        source,
        datum="gcj02",
        key="rank",
        out_folder=tmp_path,
        layer_id="charging",
        bounds=(116.2, 35.99, 117.795, 37.6),
        options={"lon": "lon_gcj", "lat": "lat_gcj"},
    )
    turned = [f for f in report.repaired if f.reason == "longitude and latitude were swapped"]
    assert report.read == 992
    assert report.kept + len(report.refused) == 992
    # 66 lie outside Jinan as published; those that were only swapped come back.
    assert len(report.refused) == 66 - len(turned)
    assert len(turned) >= 3
    assert {f.reason for f in report.refused} == {
        "at 0, 0",
        "outside ±180 and ±90 degrees",
        "outside the area of gcj02",
        "outside the bounds of the layer",
    }
    # Against the conversion that came with the data (another formula: a metre is fine).
    published = gpd.pd.read_csv(source).astype({"rank": str}).set_index("rank")
    stations = imported(tmp_path, "charging")
    at = published.loc["2.0"]
    row = stations.row("2.0")
    assert abs(stations.geometries[row].x - at["lon_wgs"]) < 1e-5
    assert abs(stations.geometries[row].y - at["lat_wgs"]) < 1e-5
