"""Scenery of the exercise: its road network and measuring places, drawn from the shipped layers."""

from __future__ import annotations

import numpy as np
import shapely

from layers.catalog import road_network
from layers.loader import load_layer
from ops_center.bootstrap.geography import Atlas
from ops_center.content import built_in, read_document
from ops_center.demo.bulletins import Scenery, Station
from ops_center.demo.itinerary import Roads

CRUISE_KPH = {"expressway": 76.0, "urban": 38.0}
OTHER_KPH = 55.0
_LAYERS = built_in().path / "layers"
ROAD_FILES = (_LAYERS / "catalog" / "roads.yml", _LAYERS / "shipped" / "roads.parquet")


def shipped_roads() -> Roads:
    """Return the shipped intercity network with the speed the exercise's drivers keep, below every limit."""
    network = road_network(load_layer(read_document(ROAD_FILES[0])))
    classes = network.attributes["class"]
    limits = np.asarray(network.attributes["limit_kph"], dtype=np.float64)
    cruise = np.asarray([CRUISE_KPH.get(str(one), OTHER_KPH) for one in classes])
    signed = np.where(np.isnan(limits), np.inf, limits * 0.95)
    return Roads(
        u=network.u,
        v=network.v,
        length_m=network.length_mm / 1000.0,
        cruise_kph=np.minimum(cruise, signed),
        lines=[shapely.get_coordinates(line) for line in network.lines],
        nodes=len(network.nodes),
    )


def scenery_of(atlas: Atlas) -> Scenery:
    """Return who measures where."""
    return Scenery(
        weather=_stations(atlas, "weather-stations"),
        loops=_stations(atlas, "loops"),
        detectors=_stations(atlas, "gas-detectors"),
    )


def _stations(atlas: Atlas, layer: str) -> tuple[Station, ...]:
    found = atlas.features.get(layer)
    if found is None:
        return ()
    points = shapely.centroid(found.geometries)
    return tuple(
        Station(key=key, lon=float(point.x), lat=float(point.y)) for key, point in zip(found.keys, points, strict=True)
    )
