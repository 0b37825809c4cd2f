"""Administrative units by place and by code."""

from __future__ import annotations

import numpy as np
from shapely.geometry import Point, box

from gis.admin import AdminIndex
from ops_center.domain.text import Text

UNITS = {
    "370000": ("山东省", "Shandong", box(116, 36, 118, 37)),
    "370100": ("济南市", "Jinan", box(116, 36, 117, 37)),
    "370102": ("历下区", "Lixia", box(116, 36, 116.5, 37)),
    "370103": ("市中区", "Shizhong", box(116.5, 36, 117, 37)),
    "370200": ("青岛市", "Qingdao", box(117, 36, 118, 37)),
    "370202": ("市南区", "Shinan", box(117, 36, 118, 37)),
}
INDEX = AdminIndex.of(
    list(UNITS), [Text(zh, en) for zh, en, _ in UNITS.values()], [shape for _, _, shape in UNITS.values()]
)


def test_a_point_has_one_county_and_on_a_border_the_lowest_code() -> None:
    assert INDEX.code_at(116.2, 36.5) == "370102"
    assert INDEX.code_at(116.5, 36.5) == "370102"
    assert INDEX.code_at(117.0, 36.5) == "370103"
    assert INDEX.code_at(119.0, 36.5) == ""


def test_counties_come_for_a_whole_batch() -> None:
    lon, lat = np.array([1162000000, 1190000000, 1175000000], np.int32), np.full(3, 365000000, np.int32)
    assert [INDEX.counties[n] if n >= 0 else "" for n in INDEX.county(lon, lat)] == ["370102", "", "370202"]


def test_long_codes_and_development_zones_roll_up_visibly() -> None:
    cases = {
        "370102": ("370102", True),
        "370102000000": ("370102", True),
        "370102003": ("370102", False),
        "370171": ("370100", False),
        "379999": ("370000", False),
    }
    for given, (unit, exact) in cases.items():
        rolled = INDEX.roll_up(given)
        assert rolled is not None
        assert (rolled.given, rolled.unit.code, rolled.exact) == (given, unit, exact)
    assert INDEX.roll_up("110101") is None
    assert INDEX.roll_up("3701") is None


def test_parents_go_up_to_the_province() -> None:
    assert [unit.name.en for unit in INDEX.parents("370102")] == ["Lixia", "Jinan", "Shandong"]
    assert [unit.code for unit in INDEX.parents("370171")] == ["370100", "370000"]
    assert INDEX.parents("000000") == ()


def test_codes_cover_their_counties_and_the_shape_of_them() -> None:
    assert INDEX.counties_of(["370100", "370202"]) == ("370102", "370103", "370202")
    assert INDEX.counties_of(["110000"]) == ()
    assert INDEX.union(["370100"]).covers(Point(116.9, 36.5))
    assert not INDEX.union(["370100"]).covers(Point(117.1, 36.5))
    assert INDEX.union(["110000"]) is None
