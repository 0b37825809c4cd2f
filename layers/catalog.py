"""Catalog: all layers of the content as one immutable set, with the indexes made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from gis.admin import AdminIndex
from gis.crs import Metric
from gis.nearest import NearestIndex
from gis.roads import RoadNetwork
from gis.zones import ZoneIndex
from layers.loader import load_layer
from layers.model import LayerData, plain
from ops_center.columns import Codes
from ops_center.content import Document
from ops_center.domain.errors import ContentError, SetupError
from ops_center.domain.text import Text

UNITS = ("counties", "cities", "province")  # the layers that make the administrative units


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Layers by id, in order of drawing then id; `admin` None where no layer of units is there."""

    layers: Mapping[str, LayerData]
    admin: AdminIndex | None
    errors: tuple[ContentError, ...] = ()

    def __getitem__(self, layer: str) -> LayerData:
        found = self.layers.get(layer)
        if found is None:
            raise SetupError(f"no layer {layer!r}", setting="layer", suggestion=", ".join(sorted(self.layers)))
        return found


def load_catalog(documents: Mapping[str, Document], *, previous: Catalog | None = None) -> Catalog:
    """Return every layer of the manifests; one that is wrong is in `errors` and stays as in `previous`."""
    found: dict[str, LayerData] = {}
    errors: list[ContentError] = []

    def load(key: str, admin: AdminIndex | None) -> None:
        try:
            found[key] = load_layer(documents[key], admin=admin)
        except ContentError as error:
            errors.append(error)
            if previous is not None and key in previous.layers:
                found[key] = previous.layers[key]

    for key in UNITS:
        if key in documents:
            load(key, None)
    admin = admin_index(found)
    for key in sorted(documents):
        if key not in UNITS:
            load(key, admin)
    ordered = dict(sorted(found.items(), key=lambda item: (item[1].layer.draw.order, item[0])))
    return Catalog(layers=ordered, admin=admin, errors=tuple(errors))


def admin_index(layers: Mapping[str, LayerData]) -> AdminIndex | None:
    """Return the administrative units of the layers of units, None where the counties are missing."""
    if "counties" not in layers:
        return None
    codes: list[str] = []
    names: list[Text] = []
    shapes: list[object] = []
    for key in UNITS:
        for row, code in enumerate(layers[key].keys if key in layers else ()):
            zh = str(plain(layers[key].columns["name"], row))
            en = plain(layers[key].columns["name_en"], row) if "name_en" in layers[key].columns else None
            codes.append(code)
            names.append(Text(zh, str(en or zh)))
            shapes.append(layers[key].geometries[row])
    return AdminIndex.of(codes, names, shapes)


def zone_index(data: LayerData) -> ZoneIndex:
    """Return the index of a layer of zones; zone z is the layer's row z."""
    return ZoneIndex.of(data.keys, data.geometries)


def nearest_index(data: LayerData, metric: Metric) -> NearestIndex:
    """Return the index for the nearest feature of a layer; feature f is the layer's row f."""
    return NearestIndex.of(data.keys, data.geometries, metric=metric)


def road_network(data: LayerData) -> RoadNetwork:
    """Return the network of a layer of lines with fields u, v and length_m; edge e is the layer's row e.

    Text columns come as arrays of text, null as "".
    """
    for name in ("u", "v", "length_m"):
        if name not in data.columns:
            raise SetupError(f"the layer {data.layer.id!r} has no field {name!r}", setting="roads")
    columns = {
        name: np.asarray([column.text(row) or "" for row in range(len(data))], dtype=object)
        if isinstance(column, Codes)
        else column
        for name, column in data.columns.items()
    }
    frame = gpd.GeoDataFrame({**columns, "edge": list(data.keys)}, geometry=list(data.geometries), crs=4326)
    return RoadNetwork.of(frame, key="edge", oneway="oneway" if "oneway" in frame else False)
