"""Map a table of rows to the columns of a batch as the manifest says; every row is accounted for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gis.crs import e7, to_wgs84
from ops_center.columns import (
    CORE_BY_NAME,
    NULL_I64,
    Codes,
    Column,
    Decoded,
    Refused,
    core_batch,
    empty_batch,
)
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.text import Json
from streams.decoders.rows import convert, times
from streams.decoders.rows.faults import Faults
from streams.decoders.rows.records import records_of
from streams.decoders.rows.table import STAMP, Table

_DTYPE = {"number": "float64", "integer": "int64", "text": "codes", "boolean": "int8"}


def extra_columns(feed: Feed) -> dict[str, str]:
    """Return name -> dtype of the columns a feed adds to the core ones."""
    return {f.name: _DTYPE[f.kind] for f in feed.fields if f.name not in CORE_BY_NAME}


def map_table(feed: Feed, table: Table, stamps: NDArray[np.int64], refused: tuple[Refused, ...] = ()) -> Decoded:
    """Return a table's rows as a batch (or as records, where the manifest makes them records).

    `stamps` is the gateway's stamp of each message; a bulk message carries one a row instead.
    `refused` is what the form itself already refused.
    """
    n = len(table.message)
    faults = Faults(n)
    columns: dict[str, Column] = {"message": np.asarray(table.message, dtype=np.int32)}
    columns["stamp"] = _stamps(table, stamps)
    columns["subject"] = _subject(feed, table, faults)
    columns["event_time"] = _event_time(feed, table, columns["stamp"], faults)
    columns |= _position(feed, table, faults)
    columns |= {f.name: _field(f, table, faults) for f in feed.fields}
    batch = core_batch(n, columns)
    good = faults.good
    if not good.all():
        batch = batch.take(np.flatnonzero(good))
    every = (*refused, *faults.refused(table.message))
    if "registry" in feed.options or "hazard" in feed.options:
        rows, wrong = records_of(feed, table, batch, np.flatnonzero(good))
        return Decoded(empty_batch(extra_columns(feed)), (*every, *wrong), rows)
    return Decoded(batch, every)


def without_rows(feed: Feed, refused: tuple[Refused, ...]) -> Decoded:
    """Return what is left where no message held a row."""
    return Decoded(empty_batch(extra_columns(feed)), refused)


def _stamps(table: Table, stamps: NDArray[np.int64]) -> NDArray[np.int64]:
    column = table.column(STAMP)
    if column is not None:
        return convert.integers(column)[0]
    return np.asarray(stamps[table.message] if len(table.message) else np.empty(0), dtype=np.int64)


def _subject(feed: Feed, table: Table, faults: Faults) -> Codes:
    n = len(table.message)
    if not feed.subject_key:
        return Codes(np.full(n, -1, np.int32), ())
    column = table.column(feed.subject_key)
    codes = Codes(np.full(n, -1, np.int32), ()) if column is None else convert.texts(column)
    faults.add(codes.codes < 0, "missing", feed.subject_key)
    return codes


def _event_time(feed: Feed, table: Table, stamps: Column, faults: Faults) -> NDArray[np.int64]:
    form = feed.options.get("time")
    if not isinstance(form, Mapping):  # the manifest says that a row's time is its receipt
        return np.asarray(stamps, dtype=np.int64)
    name = str(form.get("field") or "")
    column = table.column(name)
    if column is None:
        faults.add(np.ones(len(table.message), np.bool_), "missing", name)
        return np.full(len(table.message), NULL_I64, dtype=np.int64)
    values, bad = times.read(column, form)
    faults.add(bad, f"no time of form {form.get('format') or 'iso'}", name)
    faults.add(values == NULL_I64, "missing", name)
    return values


def _position(feed: Feed, table: Table, faults: Faults) -> dict[str, Column]:
    """Return lon_e7 and lat_e7 in WGS-84; a fix outside the world is refused, an absent one is null."""
    degrees: dict[str, NDArray[np.float64]] = {}
    for axis, limit in (("lon", 180.0), ("lat", 90.0)):
        spec = feed.options.get(axis)
        if spec is None:
            return {}
        found = spec if isinstance(spec, Mapping) else {"from": spec}
        column = table.column(str(found.get("from") or axis))
        if column is None:
            return {}
        values, bad = convert.numbers(column, found.get("missing") or ())
        faults.add(bad, "not a number", axis)
        values = values * float(found.get("scale", 1.0))
        if axis == "lon" and found.get("wrap"):  # a track across the antimeridian counts on to 360
            values = np.where(values > limit, values - 360.0, values)
        faults.add(np.abs(values) > limit, f"outside ±{limit:g} degrees", axis)
        degrees[axis] = np.where(np.abs(values) > limit, np.nan, values)
    absent = np.isnan(degrees["lon"]) | np.isnan(degrees["lat"])
    lon, lat = to_wgs84(feed.datum)(degrees["lon"], degrees["lat"])
    # Degrees came as decimal text or scaled integers; 1e-7 is finer than both, so rounding restores them.
    return {"lon_e7": e7(np.where(absent, np.nan, lon)), "lat_e7": e7(np.where(absent, np.nan, lat))}


def _field(spec: FeedField, table: Table, faults: Faults) -> Column:
    column = table.column(spec.source)
    n = len(table.message)
    if spec.kind == "text":
        return Codes(np.full(n, -1, np.int32), ()) if column is None else convert.texts(column, spec.missing)
    if spec.kind == "boolean":
        flags, bad = (
            (np.full(n, -1, np.int8), np.zeros(n, np.bool_))
            if column is None
            else convert.booleans(column, spec.missing)
        )
        faults.add(bad, "neither true nor false", spec.name)
        return flags
    core = CORE_BY_NAME.get(spec.name)
    whole = spec.kind == "integer" or (core is not None and core.dtype.startswith("int"))
    if whole and spec.scale == 1.0 and spec.offset == 0.0:
        return _integer(spec, column, n, faults)
    values, bad = (
        (np.full(n, np.nan), np.zeros(n, np.bool_)) if column is None else convert.numbers(column, spec.missing)
    )
    faults.add(bad, "not a number", spec.name)
    values = values * spec.scale + spec.offset
    _limits(spec, values, faults)
    if not whole:
        return values
    return np.where(np.isnan(values), NULL_I64, np.round(np.nan_to_num(values))).astype(np.int64)


def _integer(spec: FeedField, column: Json, n: int, faults: Faults) -> NDArray[np.int64]:
    if column is None:
        return np.full(n, NULL_I64, dtype=np.int64)
    values, bad = convert.integers(column, spec.missing)
    faults.add(bad, "not a whole number", spec.name)
    _limits(spec, np.where(values == NULL_I64, np.nan, values.astype(np.float64)), faults)
    return values


def _limits(spec: FeedField, values: NDArray[np.float64], faults: Faults) -> None:
    if spec.minimum is not None:
        faults.add(values < spec.minimum, f"below {spec.minimum:g}", spec.name)
    if spec.maximum is not None:
        faults.add(values > spec.maximum, f"above {spec.maximum:g}", spec.name)
