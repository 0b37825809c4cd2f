"""Deck: what the map needs of a layer: its drawing as a deck.gl layer definition, GeoJSON and legend.

Plain dictionaries with deck.gl's own names, so that the wall can hand them to pydeck or serve
them; nothing here knows the wall. Personal fields never leave this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from layers.model import Layer, LayerData, plain
from ops_center.domain.text import Json

# Colours for a dark map, RGB; each kind of thing has one everywhere.
PALETTE: Mapping[str, tuple[int, int, int]] = {
    "boundary": (72, 98, 138),
    "city": (120, 150, 190),
    "road": (84, 104, 128),
    "rail": (120, 110, 140),
    "water": (30, 78, 128),
    "land": (70, 90, 110),
    "place": (176, 190, 210),
    "port": (86, 180, 233),
    "facility": (150, 170, 200),
    "school": (230, 200, 90),
    "hospital": (235, 130, 150),
    "protected": (0, 158, 180),
    "restricted": (214, 120, 60),
    "hazard": (213, 94, 0),
    "team": (0, 190, 140),
    "tunnel": (160, 160, 160),
}
_M_PER_DEGREE = 111_320.0


def deck_layer(layer: Layer) -> dict[str, Json]:
    """Return the deck.gl definition of a layer without its features: type, id, accessors, order."""
    colour = list(PALETTE.get(layer.draw.colour, PALETTE["boundary"]))
    common: dict[str, Json] = {
        "id": layer.id,
        "type": "GeoJsonLayer",
        "kind": layer.kind,
        "pickable": True,
        "order": layer.draw.order,
        "minZoom": layer.draw.min_zoom,
        "exercise": layer.exercise,
    }
    if layer.kind == "point":
        return common | {
            "getFillColor": [*colour, 220],
            "pointRadiusUnits": "pixels",
            "getPointRadius": 4 * layer.draw.width_px,
            "icon": layer.draw.icon,
        }
    line = {"getLineColor": [*colour, 200], "lineWidthUnits": "pixels", "getLineWidth": layer.draw.width_px}
    if layer.kind == "line":
        return common | line
    return common | line | {"stroked": True, "filled": layer.draw.filled, "getFillColor": [*colour, 40]}


def legend_of(data: LayerData, language: str) -> dict[str, Json]:
    """Return a layer's legend entry: title, mark, colour, how many, whether invented, how old and whose."""
    layer = data.layer
    return {
        "id": layer.id,
        "title": layer.title.of(language),
        "kind": layer.kind,
        "icon": layer.draw.icon,
        "colour": colour_hex(layer.draw.colour),
        "count": len(data),
        "exercise": layer.exercise,
        "valid_from": layer.valid_from,
        "stale_after_ms": layer.stale_after_ms,
        "min_zoom": layer.draw.min_zoom,
        "licence": layer.licence,
        "attribution": layer.attribution,
        "version": layer.version,
    }


def geojson_of(data: LayerData) -> dict[str, Json]:
    """Return a FeatureCollection for drawing: simplified, five decimals, both labels, nothing personal.

    It depends on the layer's version only, so it can be cached under that. ``label`` and
    ``label_en`` are the texts beside the feature in the two languages.
    """
    layer = data.layer
    shapes = data.geometries
    if layer.draw.simplify_m and layer.kind != "point":
        shapes = shapely.simplify(shapes, layer.draw.simplify_m / _M_PER_DEGREE, preserve_topology=True)
    shown = [f.name for f in layer.fields if not f.personal]
    labels = {"label": layer.draw.label, "label_en": layer.draw.label_en or layer.draw.label}
    features = []
    for row, key in enumerate(data.keys):
        properties = {name: plain(data.columns[name], row) for name in shown} | {"key": key}
        properties |= {to: plain(data.columns[name], row) for to, name in labels.items() if name}
        features.append({"type": "Feature", "geometry": _rounded(shapes[row]), "properties": properties})
    return {"type": "FeatureCollection", "features": features}


def colour_hex(name: str) -> str:
    """Return a colour of the palette as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*PALETTE.get(name, PALETTE["boundary"]))


def _rounded(shape: Any) -> dict[str, Json]:
    geometry: dict[str, Json] = shapely.geometry.mapping(shape)
    return {"type": geometry["type"], "coordinates": _five(geometry["coordinates"])}


def _five(coordinates: Any) -> Any:
    if isinstance(coordinates[0], int | float | np.floating):
        return [round(float(value), 5) for value in coordinates]
    return [_five(part) for part in coordinates]
