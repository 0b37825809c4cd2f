"""Tables: read any file of features into a frame of columns and geometries, as the file states them.

Reads CSV with longitude and latitude columns, GeoParquet, and every vector format of GDAL. What
the file says is not judged here, only made into WGS-84-shaped degrees of its own datum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from gis.cells import Geometries
from ops_center.domain.errors import BadInput
from ops_center.domain.text import Json

MAX_BYTES = 512_000_000
_TEXT_FORMATS = (".csv", ".txt", ".tsv")
# Formats of GDAL that are only a pointer to other files or hosts.
_POINTERS = (".vrt", ".ovf", ".wfs", ".xml")
_LON_NAMES = ("lon", "lng", "long", "longitude", "经度", "x")
_LAT_NAMES = ("lat", "latitude", "纬度", "y")


@dataclass(frozen=True, slots=True)
class Source:
    """A file's columns (one row a feature) and geometries in degrees, None where it has none."""

    frame: pd.DataFrame
    geometries: Geometries
    notes: tuple[str, ...] = ()


def read_source(path: Path, *, options: Mapping[str, Json]) -> Source:
    """Return a file's features; BadInput where it cannot be read. `options`: layer, lon, lat, encoding."""
    if not path.exists():
        raise BadInput("no such file", field=str(path))
    if path.is_file() and path.stat().st_size > MAX_BYTES:
        raise BadInput(f"larger than {MAX_BYTES} bytes", field=str(path))
    suffix = path.suffix.lower()
    if suffix in _POINTERS:
        raise BadInput(f"{suffix} files only point to other sources", field=str(path), suggestion="import those")
    try:
        if suffix in _TEXT_FORMATS:
            return _read_text(path, options)
        if suffix == ".parquet":
            return _as_degrees(gpd.read_parquet(path))
        more = {name: options[name] for name in ("layer", "encoding") if name in options}
        return _as_degrees(gpd.read_file(path, **more))
    except (DataSourceError, DataLayerError, OSError, UnicodeError, ValueError, LookupError) as error:
        raise BadInput(f"cannot be read: {error}", field=str(path)) from error


def _read_text(path: Path, options: Mapping[str, Json]) -> Source:
    encoding = str(options.get("encoding") or _encoding_of(path))
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    frame = pd.read_csv(path, dtype=str, encoding=encoding, sep=separator, keep_default_na=False)
    frame = frame.astype(object).where(frame != "", None)
    names = {
        axis: options.get(axis) or _guess(frame, known) for axis, known in (("lon", _LON_NAMES), ("lat", _LAT_NAMES))
    }
    for axis, name in names.items():
        if name not in frame.columns:
            raise BadInput(
                f"no column {name!r} for {axis}", field=str(path), suggestion=", ".join(map(str, frame.columns))
            )
    lon, lat = (pd.to_numeric(frame[names[axis]], errors="coerce").to_numpy(np.float64) for axis in ("lon", "lat"))
    points = np.full(len(frame), None, dtype=object)
    known = np.isfinite(lon) & np.isfinite(lat)
    points[known] = shapely.points(lon[known], lat[known])
    return Source(frame, points)


def _encoding_of(path: Path) -> str:
    """Return utf-8 where the file is, else gb18030, which reads any Chinese legacy file."""
    try:
        path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _guess(frame: pd.DataFrame, known: tuple[str, ...]) -> str | None:
    lowered = {str(name).strip().lower(): str(name) for name in frame.columns}
    return next((lowered[name] for name in known if name in lowered), None)


def _as_degrees(read: Any) -> Source:
    if not isinstance(read, gpd.GeoDataFrame):
        raise BadInput("has no geometries")
    notes: list[str] = []
    if read.crs is None:
        notes.append("states no CRS; taken for degrees of longitude and latitude")
    elif read.crs.to_epsg() != 4326:
        notes.append(f"converted from {read.crs.to_string()} to degrees")
        read = read.to_crs(4326)
    geometries = np.asarray(read.geometry.array, dtype=object)
    return Source(pd.DataFrame(read.drop(columns=read.geometry.name)), geometries, tuple(notes))
