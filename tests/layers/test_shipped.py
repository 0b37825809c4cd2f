"""The layers that ship: all load, say where they come from, and are marked where invented."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.crs import Metric
from layers import catalog as catalog_module
from layers.catalog import Catalog, load_catalog, nearest_index, road_network, zone_index
from layers.deck import PALETTE, deck_layer, geojson_of, legend_of
from layers.loader import LAYER_SCHEMA
from ops_center.content import read_document

HERE = Path(catalog_module.__file__).parent
IDS = sorted(path.stem for path in (HERE / "catalog").glob("*.yml"))
INVENTED = {
    "gas-detectors", "hazard-sources", "rescue-vehicles",
    "stakes", "stocks", "hospitals", "loops", "restricted-zones", "roads", "schools", "service-areas",
    "teams", "tunnels", "water-intakes", "weather-stations",
}  # fmt: skip


@cache
def shipped() -> Catalog:
    documents = {name: read_document(HERE / "catalog" / f"{name}.yml") for name in IDS}
    return load_catalog(documents)


def test_every_manifest_loads_and_nothing_had_to_be_mended() -> None:
    found = shipped()
    assert found.errors == ()
    assert sorted(found.layers) == IDS
    for data in found.layers.values():
        assert (data.report.repaired, data.report.refused) == ((), ()), data.layer.id
        assert data.report.kept > 0


@pytest.mark.parametrize("layer", IDS)
def test_every_layer_has_valid_shapes_in_shandong_and_stable_keys(layer: str) -> None:
    data = shipped()[layer]
    assert shapely.is_valid(data.geometries).all()
    west, south, east, north = shapely.total_bounds(data.geometries)
    assert 114 < west < east < 123
    assert 33.8 < south < north < 39
    assert list(data.keys) == sorted(set(data.keys))
    assert not any(key.isdigit() and len(key) < 6 for key in data.keys)  # never a row number


@pytest.mark.parametrize("layer", IDS)
def test_invented_layers_are_marked_and_every_layer_is_attributed(layer: str) -> None:
    definition = shipped()[layer].layer
    assert definition.exercise is (layer in INVENTED)
    assert layer in (HERE / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert definition.attribution
    if layer in INVENTED - {"roads"}:
        assert "模拟" in definition.title.zh
        assert "exercise" in definition.title.en
        names = shipped()[layer].columns["name"]
        assert all("模拟" in text for text in names.values)  # type: ignore[union-attr]


def test_there_are_136_counties_in_16_cities_in_one_province() -> None:
    found = shipped()
    assert (len(found["counties"]), len(found["cities"]), len(found["province"])) == (136, 16, 1)
    assert found.admin is not None
    assert found.admin.code_at(117.0, 36.65) in found.admin.counties
    jinan = found.admin.units["370100"]
    assert (jinan.name.zh, jinan.name.en) == ("济南市", "Jinan")
    assert found.admin.units["370105"].name.en == "Tianqiao District"
    assert len(found.admin.counties_of(["370000"])) == 136
    area = sum(unit.geometry.area for unit in found.admin.units.values() if unit.level == "city")
    assert abs(area / found.admin.units["370000"].geometry.area - 1) < 1e-4


def test_the_network_joins_the_cities_and_leads_to_every_service_area() -> None:
    found = shipped()
    roads = road_network(found["roads"])
    assert set(roads.attributes["class"]) == {"expressway", "ordinary", "urban", "service_area"}
    limit = roads.attributes["limit_kph"].astype(float)
    assert 0.1 < np.isnan(limit).mean() < 0.3
    assert not np.isnan(limit[roads.attributes["class"] == "expressway"]).any()
    metric = Metric.of(32650)
    jinan, qingdao = roads.node_near(117.0, 36.65), roads.node_near(120.38, 36.07)
    route = roads.router().route(jinan, qingdao)
    assert route is not None
    assert 300_000_000 < route.length_mm < 450_000_000
    assert nearest_index(found["service-areas"], metric).keys == found["service-areas"].keys
    spurs = np.flatnonzero(roads.attributes["class"] == "service_area")
    far = roads.router().distances(jinan)
    assert (far[roads.v[spurs]] > 0).all()
    assert len(spurs) == len(found["service-areas"])


def test_tunnels_lie_on_their_roads_and_some_are_long() -> None:
    tunnels, roads = shipped()["tunnels"], shipped()["roads"]
    road = tunnels.columns["road"]
    for row in range(len(tunnels)):
        edge = roads.row(str(road.text(row)))  # type: ignore[union-attr]
        assert shapely.hausdorff_distance(tunnels.geometries[row], roads.geometries[edge]) < 0.6
        assert shapely.distance(shapely.centroid(tunnels.geometries[row]), roads.geometries[edge]) < 1e-5
    assert np.count_nonzero(np.asarray(tunnels.columns["length_m"]) > 1000) >= 5


def test_zones_that_are_entered_and_left_are_tracked() -> None:
    assert sorted(key for key, data in shipped().layers.items() if data.layer.track) == [
        "restricted-zones",
        "water-intakes",
    ]
    assert len(zone_index(shipped()["restricted-zones"])) == 16


def test_what_is_drawn_holds_no_personal_field() -> None:
    schools = shipped()["schools"]
    drawn = geojson_of(schools)
    assert len(drawn["features"]) == 600
    properties = drawn["features"][0]["properties"]
    assert set(properties) == {"key", "name", "name_en", "pupils", "label", "label_en"}
    assert properties["label"] == properties["name"]
    assert properties["label_en"] == properties["name_en"]


def test_drawing_hints_name_known_colours_and_zones_stay_simple() -> None:
    for data in shipped().layers.values():
        assert data.layer.draw.colour in PALETTE
        assert deck_layer(data.layer)["id"] == data.layer.id
    assert sorted(PALETTE) == sorted(LAYER_SCHEMA["properties"]["draw"]["properties"]["colour"]["enum"])
    counties = geojson_of(shipped()["counties"])
    assert len(str(counties)) < 1_000_000


def test_a_legend_says_what_it_is_whose_and_how_old() -> None:
    legend = legend_of(shipped()["schools"], "en")
    assert legend["title"] == "Schools (exercise)"
    assert (legend["count"], legend["exercise"], legend["valid_from"]) == (600, True, "2019-08-01")
    assert legend["colour"] == "#e6c85a"


def test_the_whole_stays_small() -> None:
    assert sum(path.stat().st_size for path in (HERE / "shipped").iterdir()) < 8_000_000


def test_a_layer_that_breaks_keeps_its_last_good_version(tmp_path: Path) -> None:
    (tmp_path / "ports.yml").write_text("id: ports\ntitle: 港口\n", encoding="utf-8")
    broken = {"ports": read_document(tmp_path / "ports.yml")}
    again = load_catalog(broken, previous=shipped())
    assert len(again.errors) > 0
    assert again["ports"].layer.version == shipped()["ports"].layer.version
