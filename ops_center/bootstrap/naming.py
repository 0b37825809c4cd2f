"""Naming: the named things and the kilometre posts of a deployment's layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import shapely

from gis.gazetteer import Gazetteer, Named
from gis.stakes import Stakes
from layers.model import LayerData
from ops_center.columns import Codes
from ops_center.domain.text import Json

# What a caller most often means, first; layers not named here come after these.
RANKS: Mapping[str, int] = {"counties": 0, "cities": 1, "places": 2, "roads": 3, "tunnels": 4, "service-areas": 4}
OTHERS = 5
WHOLE = ("counties", "cities")  # a unit's middle is not where it happened
LEFT_OUT = ("province", "rivers", "lakes", "coast", "rail", "stakes", "routes")


def gazetteer_of(layers: Mapping[str, LayerData], county_at: Callable[[float, float], str]) -> Gazetteer:
    """Return everything with a name; a road's edges, or its posts, are one thing, without a point."""
    named = (
        one
        for name, found in sorted(layers.items())
        if "name" in found.columns and name not in LEFT_OUT
        for one in (_roads(found) if name == "roads" else _features(name, found, county_at))
    )
    return Gazetteer.of((*named, *_numbered(layers.get("stakes"))))


def stakes_of(found: LayerData | None) -> Stakes:
    """Return the posts of a layer with `road` and `metre`; none without it."""
    if found is None:
        return Stakes.of(())
    rows = ((found.values(row), found.geometries[row]) for row in range(len(found.keys)))
    return Stakes.of((str(values["road"]), int(values["metre"]), point.x, point.y) for values, point in rows)


def _features(name: str, found: LayerData, county_at: Callable[[float, float], str]) -> Iterator[Named]:
    middles = shapely.get_coordinates(shapely.point_on_surface(found.geometries)).tolist()
    whole = name in WHOLE
    for row, (key, (lon, lat)) in enumerate(zip(found.keys, middles, strict=True)):
        values = found.values(row)
        called = values.get("name")
        if not called:
            continue
        yield Named(
            id=f"{name}/{key}",
            layer=name,
            name=str(called),
            name_en=_english(values),
            lon=None if whole else round(lon, 7),
            lat=None if whole else round(lat, 7),
            adcode=key if whole else str(values.get("county") or county_at(lon, lat)),
            rank=RANKS.get(name, OTHERS),
        )


def _roads(found: LayerData) -> Iterator[Named]:
    """Yield each road once: its edges bear one name."""
    column, seen = found.columns["name"], set[str]()
    for row in range(len(found.keys)):
        called = str((column.text(row) if isinstance(column, Codes) else column[row]) or "")
        if called and called not in seen:
            seen.add(called)
            english = _english(found.values(row))
            yield Named(id=f"roads/{called}", layer="roads", name=called, name_en=english, rank=RANKS["roads"])


def _numbered(posts: LayerData | None) -> Iterator[Named]:
    """Yield each road that has posts, by its number and name."""
    if posts is None:
        return
    seen = set[str]()
    for row in range(len(posts.keys)):
        values = posts.values(row)
        number = str(values["road"])
        if number not in seen:
            seen.add(number)
            called, english = (f"{number} {values.get(name) or ''}".strip() for name in ("road_name", "road_name_en"))
            yield Named(id=f"stakes/{number}", layer="stakes", name=called, name_en=english, rank=RANKS["roads"])


def _english(values: Mapping[str, Json]) -> str:
    return str(values.get("name_en") or "")
