"""The map's definition: every deck.gl layer once, by pydeck; data comes over the live channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pydeck as pdk
from pydeck.types import String

from ops_center.picture import LayerView

Colour = list[int]
FONT = '"Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif'
NEUTRAL: Colour = [136, 152, 180]


def definition(layers: Sequence[LayerView]) -> str:
    """Return ``Deck.to_json()``: the ground from the catalog, then what moves, then what calls."""
    ground = [_ground(layer) for layer in layers if not layer.moving]
    deck = pdk.Deck(
        layers=[*ground, *_moving(), *_calling()],
        views=[pdk.View(type="MapView", controller=True)],
        map_provider=None,
        initial_view_state=pdk.ViewState(longitude=0, latitude=0, zoom=1),
        tooltip=False,
    )
    text: str = deck.to_json()
    return text


def ground_hints(layers: Sequence[LayerView]) -> dict[str, dict[str, Any]]:
    """Return layer id -> what the browser decides by zoom: label field and lowest zoom."""
    return {
        layer.id: {"label": str(layer.draw.get("label", "")), "min_zoom": float(layer.draw.get("min_zoom", 0))}
        for layer in layers
        if not layer.moving
    }


def colour_of(layer: LayerView) -> Colour:
    """Return the layer's colour: the stated one, its legend's, or the neutral one."""
    stated = str(layer.draw.get("colour", "")) or (layer.legend[0].colour if layer.legend else "")
    return _rgb(stated) if stated.startswith("#") else NEUTRAL


def _rgb(text: str) -> Colour:
    digits = text.lstrip("#")
    return [int(digits[at : at + 2], 16) for at in (0, 2, 4)]


def _ground(layer: LayerView) -> Any:
    colour, drawn = colour_of(layer), str(layer.draw.get("as", "zone"))
    width = float(layer.draw.get("width_px", 1.0))
    common: dict[str, Any] = {"id": layer.id, "data": [], "line_width_units": String("pixels")}
    if drawn == "line":
        return pdk.Layer("GeoJsonLayer", filled=False, get_line_color=[*colour, 200], get_line_width=width, **common)
    if drawn == "point":
        return pdk.Layer(
            "GeoJsonLayer",
            pickable=True,
            stroked=True,
            get_fill_color=[*colour, 215],
            get_line_color=[10, 16, 30, 255],
            get_line_width=1,
            get_point_radius=4 * width,
            point_radius_units=String("pixels"),
            **common,
        )
    return pdk.Layer(
        "GeoJsonLayer",
        filled=bool(layer.draw.get("filled", True)),
        get_fill_color=[*colour, 40],
        get_line_color=[*colour, 190],
        get_line_width=width,
        **common,
    )


def _moving() -> list[Any]:
    return [
        pdk.Layer(
            "GeoJsonLayer",
            id="zones",
            data=[],
            stroked=True,
            pickable=True,
            line_width_units=String("pixels"),
            get_line_width=2,
        ),
        _labels("place-labels", size=13, colour=[205, 217, 236, 255]),
        pdk.Layer(
            "ScatterplotLayer",
            id="vehicles",
            data=[],
            pickable=True,
            radius_units=String("pixels"),
            get_radius=3.2,
            radius_min_pixels=2,
            stroked=False,
            antialiasing=True,
        ),
        pdk.Layer(
            "IconLayer",
            id="headings",
            data=[],
            size_units=String("pixels"),
            get_size=26,
            billboard=False,
        ),
    ]


def _calling() -> list[Any]:
    return [
        *_rings(),
        *_icons(),
        _labels("call-labels", size=14, colour=[255, 255, 255, 255], backing=[8, 14, 27, 215]),
    ]


def _rings() -> list[Any]:
    return [
        pdk.Layer(
            "GeoJsonLayer",
            id="drafts",
            data=[],
            stroked=True,
            line_width_units=String("pixels"),
            get_line_width=3,
        ),
        pdk.Layer(
            "ScatterplotLayer",
            id="hazards",
            data=[],
            pickable=True,
            radius_units=String("pixels"),
            get_position="[lon, lat]",
            get_radius=11,
            filled=False,
            stroked=True,
            line_width_units=String("pixels"),
            get_line_width=2.5,
            get_line_color=[208, 140, 255, 235],
        ),
        pdk.Layer(
            "ScatterplotLayer",
            id="rings",
            data=[],
            radius_units=String("pixels"),
            get_position="[lon, lat]",
            get_radius="radius",
            filled=False,
            stroked=True,
            line_width_units=String("pixels"),
            get_line_width=2,
            get_line_color="colour",
        ),
    ]


def _icons() -> list[Any]:
    return [
        pdk.Layer(
            "IconLayer",
            id="alarms",
            data=[],
            pickable=True,
            size_units=String("pixels"),
            get_position="[lon, lat]",
            get_icon="severity",
            get_size="size",
        ),
        pdk.Layer(
            "IconLayer",
            id="incidents",
            data=[],
            pickable=True,
            size_units=String("pixels"),
            get_position="[lon, lat]",
            get_icon="icon",
            get_size=34,
        ),
        pdk.Layer(
            "ScatterplotLayer",
            id="reckoned",
            data=[],
            radius_units=String("pixels"),
            get_position="[lon, lat]",
            get_radius=17,
            filled=False,
            stroked=True,
            line_width_units=String("pixels"),
            get_line_width=1.5,
            get_line_color=[95, 224, 192, 150],
        ),
        pdk.Layer(
            "IconLayer",
            id="units",
            data=[],
            pickable=True,
            size_units=String("pixels"),
            get_position="[lon, lat]",
            get_icon="icon",
            get_size=24,
        ),
        pdk.Layer(
            "IconLayer",
            id="aims",
            data=[],
            size_units=String("pixels"),
            get_position="[lon, lat]",
            get_icon="icon",
            get_size=40,
        ),
    ]


def _labels(identity: str, *, size: int, colour: Colour, backing: Colour | None = None) -> Any:
    return pdk.Layer(
        "TextLayer",
        id=identity,
        data=[],
        get_position="[lon, lat]",
        get_text="text",
        get_size=size,
        size_units=String("pixels"),
        get_color=colour,
        get_pixel_offset="[0, dy]",
        character_set=String("auto"),
        font_family=String(FONT),
        font_settings={"fontSize": 48, "buffer": 4},
        font_weight=500,
        background=bool(backing),
        get_background_color=backing or [0, 0, 0, 0],
        background_padding=[5, 2],
    )


def listed_layers(text: str) -> list[str]:
    """Return the layer ids of a definition, in drawing order."""
    return [str(layer["id"]) for layer in json.loads(text)["layers"]]
