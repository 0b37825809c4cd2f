"""Places: the geometry the desk asks for, as a Protocol that bootstrap fills from gis and layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision

GeoJson = Mapping[str, Json]


class Places(Protocol):
    """Geometry and joins; longitudes and latitudes are WGS-84 degrees, results in a fixed order."""

    def near(self, layer: str, lon: float, lat: float, within_m: float) -> Sequence[Mapping[str, Json]]:
        """Return the features of a layer within a distance: ``key``, ``distance_m``, fields; nearest first."""
        ...

    def inside(self, layer: str, lon: float, lat: float) -> Sequence[Mapping[str, Json]]:
        """Return the features of a polygon layer that contain the point: ``key`` and fields, by key."""
        ...

    def touching(self, layer: str, area: GeoJson) -> Sequence[Mapping[str, Json]]:
        """Return the features of a layer that an area touches: ``key`` and fields, by key."""
        ...

    def covered(self, layer: str, adcodes: Sequence[str]) -> Sequence[Mapping[str, Json]]:
        """Return the features of a layer of administrative units that these codes cover, by key."""
        ...

    def counties(self, adcodes: Sequence[str]) -> GeoJson | None:
        """Return the union of these administrative units, None where none is known."""
        ...

    def county_at(self, lon: float, lat: float) -> str:
        """Return the 6-digit code of the county at a point, "" outside all."""
        ...

    def wind_circles(self, revision: HazardRevision) -> Sequence[tuple[str, GeoJson, Mapping[str, Json]]]:
        """Return (key, area, fields) of each wind circle of a typhoon revision, strongest last."""
        ...

    def felt_area(self, revision: HazardRevision) -> GeoJson | None:
        """Return the area a quake is drawn with, None where it is too small to draw."""
        ...

    def named(self, text: str, *, limit: int) -> Sequence[Mapping[str, Json]]:
        """Return the named things a text may mean, best first: id, layer, name, name_en, lon, lat, adcode."""
        ...

    def place(self, text: str) -> Mapping[str, Json] | None:
        """Return the one thing with this id or exactly this name, None where there is none or many."""
        ...

    def stake(self, road: str, metre: int) -> tuple[float, float] | None:
        """Return (lon, lat) of a stake of a road, None where its kilometre posts are not known."""
        ...

    def covers(self, area: GeoJson, lon: float, lat: float) -> bool:
        """Return True where the point lies in an area or on its edge."""
        ...

    def travel(
        self, origins: Sequence[tuple[float, float]], to: tuple[float, float], closed: Sequence[str]
    ) -> Sequence[tuple[float, float] | None]:
        """Return (seconds, metres) by road from each origin (lon, lat) to a point; None where no road leads there.

        `closed` names road segments that cannot be used, by their feature key.
        """
        ...

    def route(
        self, origin: tuple[float, float], to: tuple[float, float], closed: Sequence[str]
    ) -> Sequence[tuple[float, float, float]] | None:
        """Return (lon, lat, seconds from the start) along the quickest way; None where no road leads there."""
        ...


class NoPlaces:
    """No geometry: joins find nothing, areas are only those the hazard itself states."""

    def near(self, layer: str, lon: float, lat: float, within_m: float) -> Sequence[Mapping[str, Json]]:
        """Return nothing."""
        return ()

    def inside(self, layer: str, lon: float, lat: float) -> Sequence[Mapping[str, Json]]:
        """Return nothing."""
        return ()

    def touching(self, layer: str, area: GeoJson) -> Sequence[Mapping[str, Json]]:
        """Return nothing."""
        return ()

    def covered(self, layer: str, adcodes: Sequence[str]) -> Sequence[Mapping[str, Json]]:
        """Return nothing."""
        return ()

    def counties(self, adcodes: Sequence[str]) -> GeoJson | None:
        """Return None."""
        return None

    def county_at(self, lon: float, lat: float) -> str:
        """Return no county."""
        return ""

    def wind_circles(self, revision: HazardRevision) -> Sequence[tuple[str, GeoJson, Mapping[str, Json]]]:
        """Return no circle."""
        return ()

    def felt_area(self, revision: HazardRevision) -> GeoJson | None:
        """Return None."""
        return None

    def named(self, text: str, *, limit: int) -> Sequence[Mapping[str, Json]]:
        """Return nothing."""
        return ()

    def place(self, text: str) -> Mapping[str, Json] | None:
        """Return None."""
        return None

    def stake(self, road: str, metre: int) -> tuple[float, float] | None:
        """Return that no post is known."""
        return None

    def covers(self, area: GeoJson, lon: float, lat: float) -> bool:
        """Return False."""
        return False

    def travel(
        self, origins: Sequence[tuple[float, float]], to: tuple[float, float], closed: Sequence[str]
    ) -> Sequence[tuple[float, float] | None]:
        """Return that no road is known."""
        return [None for _ in origins]

    def route(
        self, origin: tuple[float, float], to: tuple[float, float], closed: Sequence[str]
    ) -> Sequence[tuple[float, float, float]] | None:
        """Return that no road is known."""
        return None
