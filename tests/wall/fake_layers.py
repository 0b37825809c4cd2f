"""Layers of the fake wall, and the shapes that are drawn over them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text
from ops_center.picture import LayerView, LegendEntry
from tests.wall.fake_clock import HOUR_MS, NOW_MS
from tests.wall.fake_vehicles import COUNTIES


def circle(lon: float, lat: float, radius_deg: float) -> Mapping[str, Json]:
    """Return a GeoJSON polygon of 48 corners."""
    turn = np.linspace(0, 2 * np.pi, 49)
    ring = [
        [round(lon + radius_deg * float(np.cos(a)) * 1.22, 4), round(lat + radius_deg * float(np.sin(a)), 4)]
        for a in turn
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def square(lon: float, lat: float, side: float) -> Mapping[str, Json]:
    """Return a GeoJSON square by its lower left corner."""
    return {
        "type": "Polygon",
        "coordinates": [[[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]],
    }


@dataclass(slots=True)
class FakeLayers:
    """Counties as squares, schools as points, two moving layers."""

    def layers(self) -> Sequence[LayerView]:
        """Return the views."""
        day = NOW_MS - 24 * HOUR_MS
        return (
            LayerView(id="counties", title=Text("县级行政区", "Counties"), from_ms=day - 200 * 24 * HOUR_MS, draw={"as": "zone", "colour": "#3c4e70", "label": "label", "filled": False},
                      legend=(LegendEntry(title=Text("县界", "County border"), colour="#3c4e70", shape="area"),)),
            LayerView(id="schools", title=Text("学校（模拟）", "Schools (exercise)"), status=Status.EXERCISE, from_ms=day, stale_after_ms=12 * HOUR_MS, draw={"as": "point", "colour": "#e6c85a", "label": "label", "min_zoom": 9},
                      legend=(LegendEntry(title=Text("学校", "School"), colour="#e6c85a"),)),
            LayerView(id="typhoon-circles", title=Text("台风风圈（推算）", "Wind circles (derived)"), status=Status.EXERCISE, moving=True, legend=(LegendEntry(title=Text("七级、十级", "Gale, storm"), colour="#b07cff", shape="area"),)),
            LayerView(id="warning-areas", title=Text("预警区域", "Warning areas"), status=Status.EXERCISE, moving=True, legend=(LegendEntry(title=Text("橙色预警", "Orange warning"), colour="#ff9a3d", shape="area"),)),
        )  # fmt: skip

    def geojson(self, layer: str) -> tuple[bytes, str] | None:
        """Return the features."""
        features: list[Json] = []
        if layer == "counties":
            features = [
                {
                    "type": "Feature",
                    "geometry": square(115.5 + n % 5 * 1.2, 34.8 + n // 5 * 1.4, 1.2),
                    "properties": {"key": code, "label": f"测试{n}县", "label_en": f"County {n}"},
                }
                for n, code in enumerate(COUNTIES)
            ]
        elif layer == "schools":
            features = [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [117.0 + n * 0.01, 36.6]},
                    "properties": {"key": f"s{n}", "label": f"示范小学{n}", "label_en": f"School {n}"},
                }
                for n in range(30)
            ]
        else:
            return None
        return json.dumps({"type": "FeatureCollection", "features": features}).encode(), f"v1-{layer}"
