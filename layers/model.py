"""Layer: the definition of one layer as its manifest states it, and the features read for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gis.cells import Geometries
from layers.report import Report
from ops_center.columns import Codes, Column
from ops_center.domain.text import Json, Text

KINDS = ("point", "line", "zone")
COUNTY = "county"  # column of 6-digit codes that ``jurisdiction: from_geometry`` adds


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerField:
    """One column, read from the source's column `source` ("from" in the manifest)."""

    name: str
    source: str
    kind: str  # text | integer | number | boolean
    personal: bool = False  # never drawn, never exported


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How the map shows the layer; `label` is a field, `label_en` its English one where there is one."""

    icon: str = ""
    colour: str = "boundary"
    label: str = ""
    label_en: str = ""
    min_zoom: float = 0.0
    width_px: float = 1.0
    filled: bool = True
    simplify_m: float = 0.0
    order: int = 50  # lower is drawn first


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer, never changed after load; `version` = content hash and valid-from.

    `exercise`: invented, and shown as such. `track`: entering and leaving its zones are events.
    """

    id: str
    title: Text
    kind: str  # point | line | zone
    source: Mapping[str, Json]
    datum: str
    key: str
    fields: tuple[LayerField, ...]
    valid_from: str
    refresh_ms: int = 0  # 0 = not refreshed
    stale_after_ms: int = 0  # 0 = never stale
    jurisdiction: str = ""  # "from_geometry", a 6-digit code, or ""
    licence: str = ""
    attribution: str = ""
    draw: Draw = Draw()
    exercise: bool = False
    track: bool = False
    resource: Mapping[str, str] = field(default_factory=dict)  # kind, and the fields that describe what can be sent
    version: str = ""
    file: str = ""

    def field(self, name: str) -> LayerField | None:
        """Return the field of that name."""
        return next((f for f in self.fields if f.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerData:
    """A layer's features in order of key: keys, one column a field, WGS-84 geometries, what was mended."""

    layer: Layer
    keys: tuple[str, ...]
    columns: Mapping[str, Column] = field(default_factory=dict)
    geometries: Geometries
    report: Report

    def __len__(self) -> int:
        return len(self.keys)

    def row(self, key: str) -> int:
        """Return a feature's row, -1 where there is none of that key."""
        return self.keys.index(key) if key in self.keys else -1

    def values(self, row: int, *, personal: bool = False) -> dict[str, Json]:
        """Return one feature's fields as plain values, None where null; personal ones only on demand."""
        hidden = set() if personal else {f.name for f in self.layer.fields if f.personal}
        return {name: plain(column, row) for name, column in self.columns.items() if name not in hidden}


def plain(column: Column, row: int) -> Json:
    """Return one value of a column as JSON has it, None where null."""
    if isinstance(column, Codes):
        return column.text(row)
    value = column[row]
    if column.dtype.kind == "f":
        return None if np.isnan(value) else float(value)
    if column.dtype == np.int8:
        return None if value < 0 else bool(value)
    return None if value == np.iinfo(column.dtype).min else int(value)
