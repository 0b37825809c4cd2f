"""Places that a caller may tell: a gazetteer, posts of one road, two counties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gis.gazetteer import Gazetteer, Named
from gis.stakes import Stakes
from ops_center.domain.digest import plain
from tests.desk.stage import FewPlaces

NAMES = Gazetteer.of(
    [
        Named(id="counties/370102", layer="counties", name="历下区", name_en="Lixia District", adcode="370102", rank=0),
        Named(id="counties/370202", layer="counties", name="市南区", name_en="Shinan", adcode="370202", rank=0),
        Named(
            id="places/1", layer="places", name="姚家", name_en="Yaojia", lon=117.1, lat=36.65, adcode="370102", rank=2
        ),
        Named(id="places/2", layer="places", name="店子", lon=120.0, lat=36.9, adcode="370283", rank=2),
        Named(id="places/3", layer="places", name="店子", lon=121.0, lat=37.0, adcode="370681", rank=2),
        Named(id="roads/G2 京沪高速", layer="roads", name="G2 京沪高速", name_en="G2", rank=3),
    ]
)
POSTS = Stakes.of([("G2", 123_000, 117.0, 36.6), ("G2", 124_000, 117.01, 36.6), ("G2", 180_000, 117.5, 36.6)])


class Known(FewPlaces):
    """A gazetteer, posts of one road, and one county for every point east of 119."""

    def named(self, text: str, *, limit: int) -> Sequence[Mapping[str, Any]]:
        return [plain(one) for one in NAMES.search(text, limit=limit)]

    def place(self, text: str) -> Mapping[str, Any] | None:
        found = NAMES.one(text)
        return None if found is None else plain(found)

    def stake(self, road: str, metre: int) -> tuple[float, float] | None:
        return POSTS.at(road, metre)

    def county_at(self, lon: float, lat: float) -> str:
        return "370202" if lon > 119 else "370102"
