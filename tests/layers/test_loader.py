"""Manifests and their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import box

from gis.admin import AdminIndex
from layers.loader import load_layer, read_layer
from layers.model import LayerData
from ops_center.content import read_document
from ops_center.domain.errors import ContentError
from ops_center.domain.text import Text

MANIFEST = """\
id: schools
title: {zh: 学校, en: Schools}
source: {file: schools.csv, lon: 经度, lat: 纬度, encoding: gb18030}
datum: gcj02
key: 学校标识码
valid_from: "2026-09-01"
refresh: {every: 90 d, stale_after: 400 d}
fields:
  name: {from: 学校名称, type: text}
  pupils: {from: 在校人数, type: integer}
  boarding: {from: 寄宿, type: boolean}
  duty_phone: {from: 值班电话, type: text, personal: true}
jurisdiction: from_geometry
licence: government-internal
draw: {as: point, icon: school, colour: facility, label: name, min_zoom: 9}
"""
ROWS = """\
学校标识码,学校名称,在校人数,寄宿,值班电话,经度,纬度
0004,二中,1200,是,00012345678,117.0059,36.5003
0002,一中,many,,,117.0059,36.5003
0002,又一中,5,否,,117.0059,36.5003
,无名,5,否,,117.0059,36.5003
0009,天外,5,否,,117.0059,
"""
ADMIN = AdminIndex.of(["370102"], [Text("历下区", "Lixia")], [box(116, 36, 118, 37)])


def load(folder: Path, *, manifest: str = MANIFEST, rows: str = ROWS, admin: AdminIndex | None = ADMIN) -> LayerData:
    (folder / "schools.csv").write_bytes(rows.encode("gb18030"))
    (folder / "schools.yml").write_text(manifest, encoding="utf-8")
    return load_layer(read_document(folder / "schools.yml"), admin=admin)


def refusal(folder: Path, old: str, new: str) -> ContentError:
    with pytest.raises(ContentError) as caught:
        load(folder, manifest=MANIFEST.replace(old, new))
    return caught.value


def test_the_example_of_a_technician_is_read_in_order_of_key(tmp_path: Path) -> None:
    schools = load(tmp_path)
    assert schools.keys == ("0002", "0004")
    assert schools.values(1, personal=True) == {
        "name": "二中",
        "pupils": 1200,
        "boarding": True,
        "duty_phone": "00012345678",
        "county": "370102",
    }
    assert abs(schools.geometries[0].x - 117.0) < 1e-3  # GCJ-02 lies 500 m further east
    assert schools.geometries[0].x != 117.0059


def test_personal_fields_come_only_on_demand(tmp_path: Path) -> None:
    assert "duty_phone" not in load(tmp_path).values(1)


def test_a_missing_value_is_null_and_a_wrong_one_is_reported(tmp_path: Path) -> None:
    schools = load(tmp_path)
    assert schools.values(0) == {"name": "一中", "pupils": None, "boarding": None, "county": "370102"}
    assert [(f.key, f.field, f.reason) for f in schools.report.repaired] == [
        ("0002", "pupils", "no whole number, left empty")
    ]


def test_every_refused_row_is_reported_with_its_reason(tmp_path: Path) -> None:
    report = load(tmp_path).report
    assert (report.read, report.kept) == (5, 2)
    assert [(f.row, f.reason) for f in report.refused] == [
        (5, "no coordinates"),
        (3, "a key used before"),
        (4, "no key"),
    ]
    assert report.lines()[0] == "schools.csv: 2 of 5 features kept"
    assert report.to_json()["kept"] == 2


def test_the_version_changes_with_the_file_and_with_the_manifest(tmp_path: Path) -> None:
    first = load(tmp_path).layer.version
    assert first.endswith("@2026-09-01")
    assert load(tmp_path).layer.version == first
    assert load(tmp_path, rows=ROWS.replace("1200", "1201")).layer.version != first
    assert load(tmp_path, manifest=MANIFEST.replace("400 d", "401 d")).layer.version != first


def test_times_and_hints_of_the_manifest_are_read(tmp_path: Path) -> None:
    layer = load(tmp_path).layer
    assert (layer.refresh_ms, layer.stale_after_ms) == (90 * 86_400_000, 400 * 86_400_000)
    assert (layer.kind, layer.draw.icon, layer.draw.label, layer.draw.min_zoom) == ("point", "school", "name", 9.0)
    assert not layer.exercise


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "suggestion"),
    [
        ("datum: gcj02", "datum: gcj-02", 4, "datum", "gcj02"),
        ("licence:", "license:", 14, "license", "licence"),
        ("key: 学校标识码", "key: 学校标识", 5, "key", "学校标识码"),
        ("from: 在校人数", "from: 在校人", 10, "fields.pupils", "在校人数"),
        ("label: name", "label: nam", 15, "draw.label", "name"),
        ("label: name", "label: duty_phone", 15, "draw.label", ""),
        ("400 d", "400 days", 7, "refresh.stale_after", ""),
        ('"2026-09-01"', '"2026-02-30"', 6, "valid_from", ""),
        ("licence: gov", "track: true\nlicence: gov", 14, "track", ""),
        ("  pupils:", "  distance_m:", 10, "fields.distance_m", ""),
        ("schools.csv", "school.csv", 3, "source.file", ""),
    ],
)
def test_a_mistake_is_refused_with_line_field_and_suggestion(
    tmp_path: Path, old: str, new: str, line: int, field: str, suggestion: str
) -> None:
    error = refusal(tmp_path, old, new)
    assert (error.line, error.field, error.suggestion) == (line, field, suggestion)


def test_a_wrong_encoding_is_refused_not_guessed(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path, "gb18030", "utf-8").reason


def test_without_units_the_county_is_null(tmp_path: Path) -> None:
    assert load(tmp_path, admin=None).values(0)["county"] is None


def test_a_fixed_jurisdiction_is_every_features_county(tmp_path: Path) -> None:
    schools = load(tmp_path, manifest=MANIFEST.replace("from_geometry", '"370126"'))
    assert [schools.values(row)["county"] for row in range(2)] == ["370126", "370126"]


def test_a_manifest_alone_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "schools.yml").write_text(MANIFEST, encoding="utf-8")
    assert read_layer(read_document(tmp_path / "schools.yml")).id == "schools"


def test_whole_numbers_keep_their_null(tmp_path: Path) -> None:
    pupils = load(tmp_path).columns["pupils"]
    assert isinstance(pupils, np.ndarray)
    assert pupils.dtype == np.int64
