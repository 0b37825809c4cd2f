"""Spatial SQL functions for SQLite, registered from shapely under the names GeoAlchemy2 compiles to.

SpatiaLite comes in no wheel. A geometry is stored as EWKB in the column; GeoAlchemy2 writes it
through GeomFromEWKT and reads it through AsEWKB, and calls the SpatiaLite functions that manage
geometry columns on CREATE and DROP, which have nothing to do here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

Blob = bytes | None


def register(connection: sqlite3.Connection) -> None:
    """Make the functions known to one connection."""
    for name, arguments, function in _FUNCTIONS:
        connection.create_function(name, arguments, _null_safe(function), deterministic=True)
    for name, arguments in (("RecoverGeometryColumn", 5), ("CreateSpatialIndex", 2), ("DiscardGeometryColumn", 2)):
        connection.create_function(name, arguments, _done)
    connection.create_function("CheckSpatialIndex", 2, _none)
    # Reflection asks SpatiaLite's catalogue; an empty one says "no managed geometry column".
    connection.execute(
        "CREATE TEMP VIEW geometry_columns AS SELECT '' AS f_table_name, '' AS f_geometry_column,"
        " 0 AS geometry_type, 2 AS coord_dimension, 0 AS srid, 0 AS spatial_index_enabled WHERE 0"
    )


def _read(blob: bytes) -> BaseGeometry:
    return shapely.from_wkb(blob)


def _write(geometry: BaseGeometry, srid: int) -> bytes:
    made: bytes = shapely.to_wkb(shapely.set_srid(geometry, srid), include_srid=True)
    return made


def _from_ewkt(text: str) -> bytes:
    head, _, body = text.rpartition(";")
    srid = int(head.removeprefix("SRID=")) if head else 0
    return _write(shapely.from_wkt(body), srid)


def _from_wkb(blob: bytes, srid: int = 0) -> bytes:
    return _write(_read(blob), srid)


def _plain_wkb(blob: bytes) -> bytes:
    made: bytes = shapely.to_wkb(_read(blob), include_srid=False)
    return made


def _geojson(blob: bytes) -> str:
    made: str = shapely.to_geojson(_read(blob))
    return made


def _envelope(x_min: float, y_min: float, x_max: float, y_max: float, srid: int) -> bytes:
    return _write(shapely.box(x_min, y_min, x_max, y_max), srid)


def _x(blob: bytes) -> float:
    return float(shapely.get_x(_read(blob)))


def _y(blob: bytes) -> float:
    return float(shapely.get_y(_read(blob)))


def _srid(blob: bytes) -> int:
    return int(shapely.get_srid(_read(blob)))


def _pair(test: Callable[[BaseGeometry, BaseGeometry], Any]) -> Callable[[bytes, bytes], int]:
    def apply(one: bytes, other: bytes) -> int:
        return int(bool(test(_read(one), _read(other))))

    return apply


def _distance(one: bytes, other: bytes) -> float:
    """Return the planar distance in the units of the CRS, as PostGIS does for geometry."""
    return float(shapely.distance(_read(one), _read(other)))


def _within_distance(one: bytes, other: bytes, distance: float) -> int:
    return int(bool(shapely.dwithin(_read(one), _read(other), distance)))


def _null_safe(function: Callable[..., Any]) -> Callable[..., Any]:
    """SQL's rule: NULL in, NULL out."""

    def apply(*arguments: Any) -> Any:
        return None if any(one is None for one in arguments) else function(*arguments)

    return apply


def _done(*arguments: Any) -> int:
    return 1


def _none(*arguments: Any) -> None:
    return None


_FUNCTIONS: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("GeomFromEWKT", 1, _from_ewkt),
    ("GeomFromWKB", 1, _from_wkb),
    ("GeomFromWKB", 2, _from_wkb),
    ("GeomFromEWKB", 1, bytes),
    ("AsEWKB", 1, bytes),
    ("AsBinary", 1, _plain_wkb),
    ("AsGeoJSON", 1, _geojson),
    ("ST_MakeEnvelope", 5, _envelope),
    ("ST_X", 1, _x),
    ("ST_Y", 1, _y),
    ("ST_SRID", 1, _srid),
    ("ST_Intersects", 2, _pair(shapely.intersects)),
    ("ST_Contains", 2, _pair(shapely.contains)),
    ("ST_Covers", 2, _pair(shapely.covers)),
    ("ST_Within", 2, _pair(shapely.within)),
    ("ST_Distance", 2, _distance),
    ("ST_DWithin", 3, _within_distance),
)
