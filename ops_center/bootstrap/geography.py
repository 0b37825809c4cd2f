"""Geography: layers as the worker's world and the desk's places, over the indices of gis."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from gis.crs import Metric
from gis.gazetteer import Gazetteer
from gis.geodesy import Cyclone, circle, wind_area
from gis.nearest import NearestIndex
from gis.routes import PlannedRoutes
from gis.segments import SegmentIndex
from gis.stakes import Stakes
from gis.travel import Travel
from layers.catalog import Catalog, nearest_index, road_network, zone_index
from layers.model import LayerData
from ops_center.bootstrap.naming import gazetteer_of, stakes_of
from ops_center.desk.places import GeoJson
from ops_center.domain.digest import plain
from ops_center.domain.feed import Feed
from ops_center.domain.jurisdiction import covers
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision
from ops_center.worker.layer import PointLayer, RoadLayer, ZoneLayer
from ops_center.worker.world import Admin, World, registry_of
from playbooks.program import Program

log = logging.getLogger(__name__)

T = TypeVar("T")
MOST_SHAPES = 64  # areas of hazards kept ready to be asked
COUNTIES, ROADS, ROUTES, STAKES = "counties", "roads", "routes", "stakes"
NETWORK = ("u", "v", "length_m", "class", "limit_kph")  # what a layer of roads needs to be travelled on
# Beaufort 7, 10 and 12 as the 10-minute wind, the radii that Chinese typhoon bulletins state
# (GB/T 19201-2006 and GB/T 28591-2012, table 1: lower bounds 13.9, 24.5 and 32.7 m/s).
CIRCLES: tuple[tuple[int, float], ...] = ((7, 13.9), (10, 24.5), (12, 32.7))
FELT_KM: tuple[tuple[float, float], ...] = ((3.0, 20.0), (4.0, 60.0), (5.0, 150.0), (6.0, 300.0), (7.0, 500.0))
# What a fire engine or ambulance keeps up by road class (km/h), an assumption of this deployment's plans.
CRUISE_KPH: Mapping[str, float] = {"expressway": 90.0, "ordinary": 60.0, "urban": 40.0, "service_area": 30.0, "": 50.0}


@dataclass(frozen=True)
class Atlas:
    """The layers of a deployment with their features; implements desk.Places.

    `real`: nothing is placed by what an exercise has invented.
    """

    catalog: Catalog
    metric: Metric
    real: bool = False

    @property
    def features(self) -> Mapping[str, LayerData]:
        """Layers with their features, by id."""
        return self.catalog.layers

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the deployment (degrees): of its counties, or of all layers."""
        chosen = [self.features[COUNTIES]] if COUNTIES in self.features else list(self.features.values())
        west, south, east, north = shapely.total_bounds(np.concatenate([found.geometries for found in chosen]))
        return float(west), float(south), float(east), float(north)

    @cached_property
    def _nearest(self) -> dict[str, NearestIndex]:
        return {}

    def nearest(self, layer: str) -> NearestIndex:
        """Return the index of a layer, made at first use."""
        if layer not in self._nearest:
            self._nearest[layer] = nearest_index(self.features[layer], self.metric)
        return self._nearest[layer]

    def zones(self, layer: str) -> ZoneLayer:
        """Return a layer of zones as the worker joins to it."""
        found = self.features[layer]
        return ZoneLayer(index=zone_index(found), keys=tuple(found.keys), fields=found.columns)

    def points(self, layer: str) -> PointLayer:
        """Return a layer whose nearest feature is wanted, as the worker joins to it."""
        found = self.features[layer]
        return PointLayer(index=self.nearest(layer), keys=tuple(found.keys), fields=found.columns)

    def near(self, layer: str, lon: float, lat: float, within_m: float) -> Sequence[Mapping[str, Json]]:
        """Return the features of a layer within a distance, nearest first, then by key."""
        found = self.features.get(layer)
        if found is None:
            return ()
        point = shapely.Point(*(float(part[0]) for part in self.metric.forward_m(np.array([lon]), np.array([lat]))))
        distances = shapely.distance(self._plane(layer), point)
        rows = np.flatnonzero(distances <= within_m)
        ordered = sorted(rows.tolist(), key=lambda row: (round(float(distances[row]), 3), found.keys[row]))
        return [{**row_of(found, row), "distance_m": round(float(distances[row]), 3)} for row in ordered]

    def inside(self, layer: str, lon: float, lat: float) -> Sequence[Mapping[str, Json]]:
        """Return the features of a polygon layer that contain the point, by key."""
        found = self.features.get(layer)
        if found is None:
            return ()
        rows = np.flatnonzero(shapely.covers(found.geometries, shapely.Point(lon, lat)))
        return [row_of(found, row) for row in sorted(rows.tolist(), key=lambda row: found.keys[row])]

    def touching(self, layer: str, area: GeoJson) -> Sequence[Mapping[str, Json]]:
        """Return the features of a layer that an area touches, by key."""
        found = self.features.get(layer)
        if found is None:
            return ()
        shape = shapely.make_valid(shapely.from_geojson(msgspec.json.encode(area)))
        rows = np.flatnonzero(shapely.intersects(found.geometries, shape))
        return [row_of(found, row) for row in sorted(rows.tolist(), key=lambda row: found.keys[row])]

    def covered(self, layer: str, adcodes: Sequence[str]) -> Sequence[Mapping[str, Json]]:
        """Return the features of a layer of administrative units that these codes cover, by key."""
        found, admin = self.features.get(layer), self.catalog.admin
        if found is None or admin is None:
            return ()
        rolled = [one.unit.code for code in adcodes if (one := admin.roll_up(code)) is not None]
        rows = [row for row, key in enumerate(found.keys) if any(covers(code, key) for code in rolled)]
        return [row_of(found, row) for row in sorted(rows, key=lambda row: found.keys[row])]

    def counties(self, adcodes: Sequence[str]) -> GeoJson | None:
        """Return the union of these administrative units."""
        shape = self.catalog.admin.union(adcodes) if self.catalog.admin else None
        return None if shape is None else _geojson(shape)

    def county_at(self, lon: float, lat: float) -> str:
        """Return the 6-digit code of the county at a point."""
        return self.catalog.admin.code_at(lon, lat) if self.catalog.admin else ""

    def named(self, text: str, *, limit: int) -> Sequence[Mapping[str, Json]]:
        """Return the named things a text may mean, best first."""
        return [plain(one) for one in self.gazetteer.search(text, limit=limit)]

    def place(self, text: str) -> Mapping[str, Json] | None:
        """Return the one thing with this id or exactly this name."""
        found = self.gazetteer.one(text)
        return None if found is None else plain(found)

    def stake(self, road: str, metre: int) -> tuple[float, float] | None:
        """Return (lon, lat) of a stake by the posts of the layer `stakes`."""
        return self._stakes.at(road, metre)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """All that has a name: administrative units, places, facilities, roads."""
        return gazetteer_of(self.features, self.county_at)

    @cached_property
    def _stakes(self) -> Stakes:
        return stakes_of(None if self.real and self.invented(STAKES) else self.features.get(STAKES))

    def invented(self, layer: str) -> bool:
        """Return True where a layer is an exercise's."""
        found = self.features.get(layer)
        return found is not None and found.layer.exercise

    def covers(self, area: GeoJson, lon: float, lat: float) -> bool:
        """Return True where the point lies in an area or on its edge."""
        raw = msgspec.json.encode(area)
        if raw not in self._shapes:
            if len(self._shapes) >= MOST_SHAPES:
                self._shapes.clear()
            shape = shapely.make_valid(shapely.from_geojson(raw))
            shapely.prepare(shape)
            self._shapes[raw] = shape
        return bool(shapely.intersects_xy(self._shapes[raw], lon, lat))

    @cached_property
    def _shapes(self) -> dict[bytes, Any]:
        return {}

    def travel(
        self, origins: Sequence[tuple[float, float]], to: tuple[float, float], closed: Sequence[str]
    ) -> Sequence[tuple[float, float] | None]:
        """Return (seconds, metres) by the roads layer from each origin to a point; None where none leads there."""
        return [None for _ in origins] if self._travel is None else self._travel.to(to, origins, closed=closed)

    def route(
        self, origin: tuple[float, float], to: tuple[float, float], closed: Sequence[str]
    ) -> Sequence[tuple[float, float, float]] | None:
        """Return (lon, lat, seconds from the start) along the quickest way; None where no road leads there."""
        return None if self._travel is None else self._travel.way(origin, to, closed=closed)

    @cached_property
    def _travel(self) -> Travel | None:
        found = self.features.get(ROADS)
        if found is None:
            return None
        if lacking := [name for name in NETWORK if name not in found.columns]:
            log.warning("the layer %r has no %s: nothing is known of the way by road", ROADS, ", ".join(lacking))
            return None
        network = road_network(found)
        limit = np.asarray(network.attributes["limit_kph"], dtype=np.float64)
        usual = np.asarray([CRUISE_KPH.get(str(name), CRUISE_KPH[""]) for name in network.attributes["class"]])
        speed_kph = np.where(np.isnan(limit), usual, np.minimum(limit, usual))
        return Travel.of(network, speed_kph, self.metric)

    def wind_circles(self, revision: HazardRevision) -> Sequence[tuple[str, GeoJson, Mapping[str, Json]]]:
        """Return the derived area of each wind force the storm reaches, weakest first."""
        wind, pressure = revision.fields.get("wind_ms"), revision.fields.get("pressure_hpa")
        if wind is None or pressure is None or revision.lon_e7 is None or revision.lat_e7 is None:
            return ()
        storm = Cyclone(
            lon=revision.lon_e7 / 1e7, lat=revision.lat_e7 / 1e7, wind_ms=float(wind), pressure_hpa=float(pressure)
        )
        found = []
        for force, wind_ms in CIRCLES:
            area = wind_area(storm, wind_ms=wind_ms)
            if area is not None:
                fields = {"force": force, "wind_ms": wind_ms, "derived": True}
                found.append((f"force-{force}", _geojson(area), fields))
        return found

    def felt_area(self, revision: HazardRevision) -> GeoJson | None:
        """Return the circle a quake is drawn with; a drawing aid, no intensity."""
        magnitude = revision.fields.get("magnitude")
        if magnitude is None or revision.lon_e7 is None or revision.lat_e7 is None or magnitude < FELT_KM[0][0]:
            return None
        radius_km = float(np.interp(magnitude, [m for m, _ in FELT_KM], [km for _, km in FELT_KM]))
        return _geojson(circle(revision.lon_e7 / 1e7, revision.lat_e7 / 1e7, radius_m=radius_km * 1000))

    @cached_property
    def _planes(self) -> dict[str, NDArray[Any]]:
        return {}

    def _plane(self, layer: str) -> NDArray[Any]:
        if layer not in self._planes:
            shapes = self.features[layer].geometries
            self._planes[layer] = shapely.transform(
                shapes, lambda xy: np.column_stack(self.metric.forward_m(xy[:, 0], xy[:, 1]))
            )
        return self._planes[layer]


class Joinable(Mapping[str, T]):
    """Layers by id, each made ready when a rule first joins to it: an edited rule may join to any."""

    def __init__(self, names: Sequence[str], make: Callable[[str], T]) -> None:
        self._names, self._make, self._made = frozenset(names), make, dict[str, T]()

    def __getitem__(self, layer: str) -> T:
        if layer not in self._made:
            if layer not in self._names:
                raise KeyError(layer)
            self._made[layer] = self._make(layer)
        return self._made[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)


def world_of(
    atlas: Atlas,
    *,
    feeds: Mapping[str, Feed],
    program: Program,
    slack_ms: int,
    announced: Mapping[str, tuple[str, ...]],
) -> World:
    """Return the world as the layers and rules give it, before any announcement."""
    track = {name for name, found in atlas.features.items() if found.layer.track}
    counties, roads, routes = (atlas.features.get(name) for name in (COUNTIES, ROADS, ROUTES))
    return World(
        feeds=feeds,
        slack_ms=slack_ms,
        zones=Joinable([name for name, found in atlas.features.items() if found.layer.kind == "zone"], atlas.zones),
        points=Joinable(list(atlas.features), atlas.points),
        roads=None
        if roads is None
        else RoadLayer(
            index=SegmentIndex.of(roads.geometries, metric=atlas.metric),
            keys=tuple(roads.keys),
            fields=roads.columns,
        ),
        routes=None if routes is None else PlannedRoutes.of(routes.keys, routes.geometries, atlas.metric),
        admin=None
        if counties is None
        else Admin(
            counties=ZoneLayer(
                index=zone_index(counties),
                keys=tuple(counties.keys),
                fields=counties.columns,
            )
        ),
        registry=_standing_registries(atlas, feeds),
        announced=announced,
        track=frozenset(track),
        programs=((-(2**62), program),),
    )


def _standing_registries(atlas: Atlas, feeds: Mapping[str, Feed]) -> dict[str, Any]:
    """Return the registries that are layers: where a station or detector stands, and what is known of it."""
    filled = {str(feed.options["registry"]["id"]) for feed in feeds.values() if "registry" in feed.options}
    kinds = {feed.registry: feed.subject_kind for feed in feeds.values() if feed.registry}
    registries = {}
    for name in sorted((kinds.keys() - filled) & atlas.features.keys()):
        found = atlas.features[name]
        rows = []
        for row, key in enumerate(found.keys):
            point = shapely.centroid(found.geometries[row])
            known = {f"{kinds[name]}.{field}": value for field, value in row_of(found, row).items()}
            rows.append((key, 0, None, {**known, "lon": point.x, "lat": point.y}))
        registries[name] = registry_of(rows)
    return registries


def row_of(features: LayerData, row: int) -> dict[str, Json]:
    """Return one feature's key and known fields as JSON values; rules read personal ones too."""
    known = {name: value for name, value in features.values(row, personal=True).items() if value is not None}
    return {"key": features.keys[row], **known}


def _geojson(shape: Any) -> GeoJson:
    found: GeoJson = msgspec.json.decode(shapely.to_geojson(shape))
    return found
