"""Catalog layers as the wall lists them: views with legend and age, GeoJSON made once a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from layers.deck import colour_hex, geojson_of
from layers.model import Layer, LayerData
from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.picture import LayerView, LegendEntry

SHAPES: Mapping[str, str] = {"point": "point", "line": "line", "zone": "area"}


@dataclass(slots=True, kw_only=True)
class CatalogLayers:
    """Implements picture.LayerSource over the loaded catalog; `moving` layers come with the picture."""

    catalog: Mapping[str, LayerData]
    zone: ZoneInfo
    status: Status = Status.EXERCISE  # what an invented layer is marked with
    moving: tuple[LayerView, ...] = ()
    made: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def layers(self) -> Sequence[LayerView]:
        """Return the catalog in drawing order, then the moving layers."""
        ordered = sorted(self.catalog.values(), key=lambda data: (data.layer.draw.order, data.layer.id))
        return (*(self._view(data.layer) for data in ordered), *self.moving)

    def geojson(self, layer: str) -> tuple[bytes, str] | None:
        """Return a layer's features and version."""
        data = self.catalog.get(layer)
        if data is None:
            return None
        version = data.layer.version
        if self.made.get(layer, ("", b""))[0] != version:
            self.made[layer] = (version, msgspec.json.encode(geojson_of(data)))
        return self.made[layer][1], version

    def _view(self, layer: Layer) -> LayerView:
        colour = colour_hex(layer.draw.colour)
        return LayerView(
            id=layer.id,
            title=layer.title,
            status=self.status if layer.exercise else Status.ACTUAL,
            from_ms=_start(layer.valid_from, self.zone),
            stale_after_ms=layer.stale_after_ms or None,
            draw={
                "as": layer.kind,
                "colour": colour,
                "label": "label" if layer.draw.label else "",
                "min_zoom": layer.draw.min_zoom,
                "width_px": layer.draw.width_px,
                "filled": layer.draw.filled,
            },
            legend=(LegendEntry(title=layer.title, colour=colour, shape=SHAPES[layer.kind]),),
            note=Text(layer.attribution, layer.attribution),
            etag=layer.version,
        )


def _start(day: str, zone: ZoneInfo) -> int:
    """Return the instant a layer is valid from; a date begins at local midnight."""
    given = datetime.fromisoformat(day)
    return int((given if given.tzinfo else given.replace(tzinfo=zone)).timestamp() * 1000)
