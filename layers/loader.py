"""Loader: a layer's manifest and its file become a `LayerData`; what is wrong is refused by line or reported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.admin import AdminIndex
from gis.cells import Geometries
from layers.mending import mend
from layers.model import COUNTY, Draw, Layer, LayerData, LayerField
from layers.report import Finding, Report
from layers.tables import read_source
from ops_center.columns import NULL_I64, Codes, Column
from ops_center.content import Document, content_hash, nearest, validate
from ops_center.domain.errors import BadInput, ContentError
from ops_center.domain.quantity import duration_ms, length_mm
from ops_center.domain.text import Json, Text

LAYER_SCHEMA: Mapping[str, Json] = json.loads(Path(__file__).with_name("layer.schema.json").read_text(encoding="utf-8"))
_TRUE, _FALSE = {"true", "1", "yes", "是"}, {"false", "0", "no", "否"}


def read_layer(document: Document) -> Layer:
    """Return the definition in a manifest; ContentError with its line where it is wrong."""
    validate(document, LAYER_SCHEMA)
    given: Mapping[str, Any] = document.data
    fields = tuple(
        LayerField(name=name, source=spec.get("from", name), kind=spec["type"], personal=spec.get("personal", False))
        for name, spec in (given.get("fields") or {}).items()
    )
    _check(document, fields)
    draw, refresh = given["draw"], given.get("refresh") or {}
    label_en = draw.get("label_en", f"{draw['label']}_en" if "label" in draw else "")
    return Layer(
        id=given["id"],
        title=Text(given["title"]["zh"], given["title"]["en"]),
        kind=draw["as"],
        source=given["source"],
        datum=given["datum"],
        key=given["key"],
        fields=fields,
        valid_from=given["valid_from"],
        refresh_ms=duration_ms(refresh["every"]) if "every" in refresh else 0,
        stale_after_ms=duration_ms(refresh["stale_after"]) if refresh else 0,
        jurisdiction=given.get("jurisdiction", ""),
        licence=given["licence"],
        attribution=given.get("attribution", ""),
        draw=Draw(
            icon=draw.get("icon", ""),
            colour=draw.get("colour", "boundary"),
            label=draw.get("label", ""),
            label_en=label_en if any(f.name == label_en for f in fields) else "",
            min_zoom=float(draw.get("min_zoom", 0)),
            width_px=float(draw.get("width_px", 1)),
            filled=draw.get("filled", draw["as"] == "zone"),
            simplify_m=length_mm(draw["simplify"]) / 1000 if "simplify" in draw else 0.0,
            order=draw.get("order", {"zone": 10, "line": 30, "point": 50}[draw["as"]]),
        ),
        exercise=given.get("exercise", False),
        track=given.get("track", False),
        resource=dict(given.get("resource", {})),
        version=f"{document.version}@{given['valid_from']}",
        file=document.file,
    )


def load_layer(document: Document, *, admin: AdminIndex | None = None) -> LayerData:
    """Return a layer with its features in order of key; ContentError where its file cannot serve.

    `admin` fills the column ``county`` of a layer with ``jurisdiction: from_geometry``.
    """
    layer = read_layer(document)
    path = Path(document.file).parent / str(layer.source["file"])
    try:
        source = read_source(path, options=layer.source)
    except BadInput as error:
        raise document.error(str(error), ("source", "file")) from error
    frame = source.frame
    for name, at in ((layer.key, ("key",)), *((f.source, ("fields", f.name)) for f in layer.fields)):
        if name not in frame.columns:
            hint = nearest(name, [str(c) for c in frame.columns])
            raise document.error(f"{path.name} has no column {name!r}", at, suggestion=hint)
    keys = [_text(value) or "" for value in frame[layer.key]]
    bounds = document.data.get("bounds")
    mended = mend(
        source.geometries, keys=keys, kind=layer.kind, datum=layer.datum, bounds=tuple(bounds) if bounds else None
    )
    rows, doubled = _rows(keys, mended.geometries)
    columns, dropped = _columns(layer.fields, frame, rows, keys)
    geometries = mended.geometries[rows]
    if layer.jurisdiction:
        columns[COUNTY] = _county(layer.jurisdiction, geometries, admin)
    report = Report(
        source=path.name,
        read=len(frame),
        kept=len(rows),
        repaired=(*mended.repaired, *dropped),
        refused=(*mended.refused, *doubled),
        notes=source.notes,
    )
    version = f"{_version(document, path)}@{layer.valid_from}"
    return LayerData(
        layer=replace(layer, version=version),
        keys=tuple(keys[row] for row in rows),
        columns=columns,
        geometries=geometries,
        report=report,
    )


def _check(document: Document, fields: Sequence[LayerField]) -> None:
    given = document.data
    names = [f.name for f in fields]
    for reserved in ("key", "distance_m", COUNTY):
        if reserved in names:
            raise document.error(f"the name {reserved!r} is given by the join itself", ("fields", reserved))
    for place in ("label", "label_en"):
        name = given["draw"].get(place)
        if name is not None and name not in names:
            raise document.error("no such field", ("draw", place), suggestion=nearest(name, names))
        if name is not None and next(f for f in fields if f.name == name).personal:
            raise document.error("a personal field is never drawn", ("draw", place))
    for place, name in given.get("resource", {}).items():
        if place != "kind" and name not in names:
            raise document.error("no such field", ("resource", place), suggestion=nearest(name, names))
    if given.get("track") and given["draw"]["as"] != "zone":
        raise document.error("only zones are entered and left", ("track",))
    try:
        date.fromisoformat(given["valid_from"])
    except ValueError as error:
        raise document.error("no such date", ("valid_from",)) from error


def _rows(keys: Sequence[str], geometries: Geometries) -> tuple[list[int], list[Finding]]:
    """Return the rows that serve, in order of key, and what is wrong with the keys of others."""
    first: dict[str, int] = {}
    wrong: list[Finding] = []
    for row, key in enumerate(keys):
        if geometries[row] is None:
            continue
        if not key:
            wrong.append(Finding(row=row + 1, key=key, reason="no key"))
        elif key in first:
            wrong.append(Finding(row=row + 1, key=key, reason="a key used before", detail=f"in row {first[key] + 1}"))
        else:
            first[key] = row
    return [first[key] for key in sorted(first)], wrong


def _columns(
    fields: Sequence[LayerField], frame: pd.DataFrame, rows: Sequence[int], keys: Sequence[str]
) -> tuple[dict[str, Column], list[Finding]]:
    columns: dict[str, Column] = {}
    dropped: list[Finding] = []
    for field in fields:
        values = frame[field.source].to_numpy(dtype=object)
        found: list[Any] = []
        for row in rows:
            text = _text(values[row])
            value = None if text is None else _value(text, field.kind)
            if value is None and text is not None:
                reason = {"integer": "no whole number", "number": "no number"}.get(field.kind, "neither true nor false")
                finding = Finding(row=row + 1, key=keys[row], field=field.name, reason=f"{reason}, left empty")
                dropped.append(finding)
            found.append(value)
        columns[field.name] = _column(found, field.kind)
    return columns, dropped


def _text(value: Any) -> str | None:
    """Return a cell as text, None where it is empty; 3.0 of a whole-number column is 3."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip() or None


def _value(text: str, kind: str) -> str | int | float | bool | None:
    """Return a text as the kind of its field, None where it is none."""
    if kind == "text":
        return text
    if kind == "boolean":
        return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}.get(text.lower())
    try:
        number = float(text)
    except ValueError:
        return None
    if kind == "number":
        return number if np.isfinite(number) else None
    return int(number) if number.is_integer() and abs(number) < 2**53 else None


def _column(values: Sequence[Any], kind: str) -> Column:
    if kind == "text":
        return Codes.of(values)
    if kind == "integer":
        return np.asarray([NULL_I64 if v is None else v for v in values], dtype=np.int64)
    if kind == "boolean":
        return np.asarray([-1 if v is None else int(v) for v in values], dtype=np.int8)
    return np.asarray([np.nan if v is None else v for v in values], dtype=np.float64)


def _county(jurisdiction: str, geometries: Geometries, admin: AdminIndex | None) -> Codes:
    n = len(geometries)
    if jurisdiction != "from_geometry":
        return Codes.of([jurisdiction] * n)
    if admin is None or not n:
        return Codes(np.full(n, -1, np.int32), ())
    inner = shapely.point_on_surface(geometries)
    at: list[NDArray[np.int32]] = [
        np.rint(axis * 1e7).astype(np.int32) for axis in (shapely.get_x(inner), shapely.get_y(inner))
    ]
    return Codes(admin.county(*at), admin.counties)


def _version(document: Document, path: Path) -> str:
    """Return the content hash of a manifest and its file or folder."""
    digest = blake2b(digest_size=16)
    for part in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if part.is_file():
            digest.update(part.read_bytes())
    return content_hash([document.version, digest.hexdigest()])


def refused(document: Document, error: ContentError) -> Report:
    """Return the report of a layer that could not be loaded at all."""
    finding = Finding(row=0, key="", reason=error.reason, field=error.field)
    return Report(source=document.file, read=0, kept=0, refused=(finding,))
