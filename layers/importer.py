"""Importer: any file of features becomes a clean GeoParquet with a manifest skeleton and a report.

The command line calls `import_layer`; the result is what `load_layer` reads without a finding.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.cells import Geometries
from layers.mending import Bounds, mend
from layers.report import Finding, Report
from layers.tables import Source, read_source
from ops_center.domain.errors import BadInput

_KINDS = {0: "point", 1: "line", 2: "zone"}
_TYPES = {"i": "integer", "u": "integer", "f": "number", "b": "boolean"}


def import_layer(
    path: Path,
    *,
    datum: str,
    key: str,
    out_folder: Path,
    layer_id: str | None = None,
    kind: str | None = None,
    bounds: Bounds | None = None,
    valid_from: str = "2000-01-01",
    options: dict[str, Any] | None = None,
) -> Report:
    """Write ``<id>.parquet`` (WGS-84) and ``<id>.yml`` into `out_folder`; return what was mended.

    `key` "" makes keys from what each feature is (shape and values), never from its row. `kind` is
    point, line or zone; where absent, that of most features. `bounds` are WGS-84 degrees; `options`
    are layer, lon, lat, encoding. BadInput where nothing can be read or kept.
    """
    source = read_source(path, options=options or {})
    name = _id_of(layer_id or path.stem)
    keys = _keys(source, key)
    mended = mend(
        source.geometries,
        keys=keys,
        kind=kind or _usual_kind(source.geometries),
        datum=datum,
        bounds=bounds,
    )
    rows, doubled = _good_rows(keys, mended.geometries)
    report = Report(
        source=path.name,
        read=len(keys),
        kept=len(rows),
        repaired=mended.repaired,
        refused=(*mended.refused, *doubled),
        notes=(
            *source.notes,
            *([f"converted from {datum} to wgs84"] if datum != "wgs84" else []),
            *([] if key else ["no key column named; keys made from shape and values"]),
        ),
    )
    if not rows:
        raise BadInput("; ".join(report.lines()), field=str(path))
    columns = _columns(source.frame, rows, key)
    out_folder.mkdir(parents=True, exist_ok=True)
    frame = gpd.GeoDataFrame(
        {"key": [keys[row] for row in rows], **{c.name: c.values for c in columns}},
        geometry=list(mended.geometries[rows]),
        crs=4326,
    )
    frame.to_parquet(out_folder / f"{name}.parquet", compression="zstd", index=False)
    manifest = _manifest(name, kind or _usual_kind(mended.geometries), columns, valid_from=valid_from)
    (out_folder / f"{name}.yml").write_text(manifest, encoding="utf-8")
    return report


def _keys(source: Source, key: str) -> list[str]:
    """Return the keys of a column, or of "" a hash of each feature's shape and values."""
    if not key:
        shapes = shapely.to_wkb(source.geometries)
        values = source.frame.astype(str).agg("\x1f".join, axis=1) if len(source.frame.columns) else [""] * len(shapes)
        pairs = zip(shapes, values, strict=True)
        return [blake2b((wkb or b"") + text.encode(), digest_size=8).hexdigest() for wkb, text in pairs]
    if key not in source.frame.columns:
        known = ", ".join(str(c) for c in source.frame.columns)
        raise BadInput(f"no column {key!r}", field="key", suggestion=f"columns: {known}")
    return ["" if pd.isna(value) else str(value).strip() for value in source.frame[key]]


class _Column:
    """One column to write: its name in the layer, the source's name, its type and values."""

    def __init__(self, name: str, source: str, values: pd.Series[Any]) -> None:
        self.name, self.source, self.values = name, source, values.to_numpy()
        self.type = _TYPES.get(values.dtype.kind, "text")
        if self.type == "text":
            self.values = np.asarray([None if pd.isna(v) else str(v) for v in values], dtype=object)


def _columns(frame: pd.DataFrame, rows: Sequence[int], key: str) -> list[_Column]:
    used = {"key", "geometry", "distance_m", "county"}
    columns = []
    for number, source in enumerate(frame.columns, start=1):
        if source == key:
            continue
        name = re.sub(r"[^a-z0-9]+", "_", str(source).lower()).strip("_")
        if not name or not name[0].isalpha() or name in used:
            name = f"column_{number}"  # a Chinese heading has no ASCII name; the person renames it
        used.add(name)
        columns.append(_Column(name, str(source), frame[source].iloc[list(rows)]))
    return columns


def _manifest(name: str, kind: str, columns: Sequence[_Column], *, valid_from: str) -> str:
    fields = "".join(
        f"  {c.name}: {{from: {c.name}, type: {c.type}}}"
        + (f"  # {c.source!r} in the file imported\n" if c.source != c.name else "\n")
        for c in columns
    )
    return (
        f"# yaml-language-server: $schema=../layer.schema.json\n"
        f"# Written by the import. Complete: title, licence, personal fields, valid_from, draw.\n"
        f"id: {name}\n"
        f"title: {{zh: {name}, en: {name}}}\n"
        f"source: {{file: {name}.parquet}}\n"
        f"datum: wgs84\n"
        f"key: key\n"
        f'valid_from: "{valid_from}"\n'
        f"refresh: {{stale_after: 400 d}}\n"
        + (f"fields:\n{fields}" if columns else "")
        + "jurisdiction: from_geometry\n"
        + "licence: not stated\n"
        + f"draw: {{as: {kind}, colour: facility}}\n"
    )


def _usual_kind(shapes: Geometries) -> str:
    dimensions = shapely.get_dimensions(shapes)
    counts = np.bincount(dimensions[(dimensions >= 0) & ~shapely.is_empty(shapes)], minlength=3)
    return _KINDS[int(np.argmax(counts))]


def _good_rows(keys: Sequence[str], shapes: Geometries) -> tuple[list[int], list[Finding]]:
    first: dict[str, int] = {}
    wrong: list[Finding] = []
    for row, key in enumerate(keys):
        if shapes[row] is None:
            continue
        if not key or key in first:
            detail = f"in row {first[key] + 1}" if key else ""
            reason = "a key used before" if key else "no key"
            wrong.append(Finding(row=row + 1, key=key, reason=reason, detail=detail))
        else:
            first[key] = row
    return [first[key] for key in sorted(first)], wrong


def _id_of(text: str) -> str:
    """Return a text as a layer's id: lower-case letters, digits and hyphens."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return name if name and name[0].isalpha() else f"layer-{name}".strip("-")
