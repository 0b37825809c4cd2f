"""Scene of the exercise: the base layers its inventions stand on, and how a place is found among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point

from layers.build.basemap import SHIPPED


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The base layers the inventions stand on."""

    counties: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame
    province: Any
    places: gpd.GeoDataFrame
    chance: np.random.Generator


def read(name: str) -> gpd.GeoDataFrame:
    """Return a shipped layer."""
    return gpd.read_parquet(SHIPPED / f"{name}.parquet")


def city_middle(scene: Scene, code: str) -> Point:
    """Return where GeoNames puts a city."""
    name = scene.cities["name"][scene.cities["code"] == code].iloc[0]
    found = scene.places[(scene.places["rank"] == "city") & (scene.places["name"] == name)]
    middle: Point = found.geometry.iloc[0]
    return middle


def km(points: Any, other: Point) -> NDArray[np.float64]:
    """Return kilometres between points and one other, for placing things only."""
    east = (shapely.get_x(points) - other.x) * 111.32 * np.cos(np.radians(other.y))
    return np.asarray(np.hypot(east, (shapely.get_y(points) - other.y) * 110.57))


def moved(chance: np.random.Generator, at: Point, metres: float, shape: Any) -> Point:
    """Return a point so far from `at`, inside the shape where a few tries find one."""
    for _ in range(12):
        turn = chance.uniform(0, 2 * np.pi)
        east = metres * np.cos(turn) / (111_320 * np.cos(np.radians(at.y)))
        place = Point(at.x + east, at.y + metres * np.sin(turn) / 110_574)
        if shape.covers(place):
            return place
    return at
