"""Mending: each geometry is kept, repaired or refused, and the report says which and why.

Input is degrees of the layer's datum, output WGS-84 degrees, both longitude first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.cells import Geometries
from gis.crs import in_china_box, to_wgs84
from layers.report import Finding

_DIMENSION = {"point": 0, "line": 1, "zone": 2}
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Mended:
    """Geometries in WGS-84 with what befell them; None where refused."""

    geometries: Geometries
    repaired: tuple[Finding, ...]
    refused: tuple[Finding, ...]


class _Mender:
    """Collects findings over the steps; one use."""

    def __init__(self, geometries: Geometries, keys: Sequence[str]) -> None:
        self.shapes = geometries.copy()
        self.keys = keys
        self.repaired: list[Finding] = []
        self.refused: list[Finding] = []

    def refuse(self, rows: NDArray[np.bool_], reason: str) -> None:
        """Drop the shapes of these rows."""
        for row in np.flatnonzero(rows).tolist():
            detail = "" if self.shapes[row] is None else _place(self.shapes[row])
            self.refused.append(Finding(row=row + 1, key=self.keys[row], reason=reason, detail=detail))
            self.shapes[row] = None

    def repair(self, rows: NDArray[np.bool_], shapes: Geometries, reason: str | Sequence[str]) -> None:
        """Put other shapes in these rows; `reason` is one for all or one a row."""
        for row in np.flatnonzero(rows).tolist():
            why = reason if isinstance(reason, str) else reason[row]
            self.repaired.append(Finding(row=row + 1, key=self.keys[row], reason=why, detail=_place(self.shapes[row])))
            self.shapes[row] = shapes[row]

    def present(self) -> NDArray[np.bool_]:
        """Return which rows still have a shape."""
        return np.asarray([shape is not None for shape in self.shapes], dtype=np.bool_)


def mend(
    geometries: Geometries,
    *,
    keys: Sequence[str],
    kind: str,
    datum: str = "wgs84",
    bounds: Bounds | None = None,
) -> Mended:
    """Return the geometries in WGS-84, mended or refused; `bounds` are WGS-84 degrees."""
    m = _Mender(geometries, keys)
    m.refuse(~m.present() | shapely.is_empty(m.shapes), "no coordinates")
    m.shapes = shapely.force_2d(m.shapes)
    _finite(m)
    _swapped(m)
    if datum != "wgs84":
        _into_wgs84(m, datum)
    if bounds is not None:
        _within(m, bounds)
    _valid(m)
    _of_kind(m, kind)
    return Mended(m.shapes, tuple(m.repaired), tuple(m.refused))


def _finite(m: _Mender) -> None:
    box = shapely.bounds(m.shapes)
    m.refuse(m.present() & ~np.isfinite(box).all(axis=1), "a coordinate is not a number")


def _swapped(m: _Mender) -> None:
    box = np.nan_to_num(shapely.bounds(m.shapes))
    lon, lat = np.abs(box[:, [0, 2]]).max(axis=1), np.abs(box[:, [1, 3]]).max(axis=1)
    swapped = m.present() & (lat > 90) & (lat <= 180) & (lon <= 90)
    m.repair(swapped, shapely.transform(m.shapes, lambda xy: xy[:, ::-1]), "longitude and latitude were swapped")
    m.refuse(m.present() & ~swapped & ((lon > 180) | (lat > 90)), "outside ±180 and ±90 degrees")
    m.refuse(m.present() & (lon == 0) & (lat == 0), "at 0, 0")


def _into_wgs84(m: _Mender, datum: str) -> None:
    # The Chinese datums exist in China only: a coordinate outside is broken or in another datum.
    box = np.nan_to_num(shapely.bounds(m.shapes))
    inside = in_china_box(box[:, 0], box[:, 1]) & in_china_box(box[:, 2], box[:, 3])
    m.refuse(m.present() & ~inside, f"outside the area of {datum}")
    convert = to_wgs84(datum)
    m.shapes = shapely.transform(m.shapes, lambda xy: np.column_stack(convert(xy[:, 0], xy[:, 1])))


def _within(m: _Mender, bounds: Bounds) -> None:
    area = shapely.box(*bounds)
    outside = m.present() & ~shapely.intersects(m.shapes, area)
    turned = shapely.transform(m.shapes, lambda xy: xy[:, ::-1])
    swapped = outside & shapely.intersects(turned, area)
    m.repair(swapped, turned, "longitude and latitude were swapped")
    m.refuse(outside & ~swapped, "outside the bounds of the layer")


def _valid(m: _Mender) -> None:
    broken = m.present() & ~shapely.is_valid(m.shapes)
    if broken.any():
        why = [f"invalid geometry: {str(reason).split('[')[0].strip()}" for reason in shapely.is_valid_reason(m.shapes)]
        m.repair(broken, shapely.make_valid(m.shapes), why)


def _of_kind(m: _Mender, kind: str) -> None:
    """Keep the parts of the layer's kind: a polygon repaired into polygon and line is the polygon."""
    wanted = _DIMENSION[kind]
    mixed = shapely.get_type_id(m.shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for row in np.flatnonzero(mixed & m.present()).tolist():
        parts = shapely.get_parts(shapely.get_parts(np.asarray([m.shapes[row]], dtype=object)))
        fitting = parts[shapely.get_dimensions(parts) == wanted]
        if len(fitting):
            m.shapes[row] = shapely.union_all(fitting)
    other = m.present() & (shapely.get_dimensions(m.shapes) != wanted)
    if wanted == 2:
        other |= m.present() & (shapely.area(m.shapes) == 0)
    m.refuse(other, f"not a {kind}")
    if kind == "point":
        many = m.present() & (shapely.get_num_geometries(m.shapes) > 1)
        m.repair(many, shapely.centroid(m.shapes), "several points taken for their middle")
        rows = m.present()
        m.shapes[rows] = shapely.get_geometry(m.shapes[rows], 0)


def _place(shape: shapely.Geometry) -> str:
    if shapely.is_empty(shape):
        return ""
    west, south, east, north = shapely.bounds(shape)
    corner = f"{west:.5f} {south:.5f}"
    return corner if (west, south) == (east, north) else f"{corner} {east:.5f} {north:.5f}"
