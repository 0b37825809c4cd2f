"""Make slow-plane records of rows: versions of a registry, revisions of a hazard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ops_center.columns import NULL_I32, NULL_I64, Batch, Codes, Refused
from ops_center.domain.feed import Feed
from ops_center.domain.quantity import iso
from ops_center.domain.text import Json
from ops_center.domain.world import HazardRevision, RegistryVersion
from streams.decoders.rows import convert, times
from streams.decoders.rows.plain import value_at
from streams.decoders.rows.table import Table

Records = tuple[tuple[int, Any], ...]


def records_of(feed: Feed, table: Table, batch: Batch, rows: NDArray[np.int64]) -> tuple[Records, tuple[Refused, ...]]:
    """Return the records of the good `rows` of a table, whose columns `batch` holds, and what is refused."""
    if "registry" in feed.options:
        return _registry(feed, table, batch, rows)
    return _hazards(feed, table, batch, rows), ()


def _registry(feed: Feed, table: Table, batch: Batch, rows: NDArray[np.int64]) -> tuple[Records, tuple[Refused, ...]]:
    """Option ``registry: {id, from, to}``: a row without `from` is valid from its event time."""
    spec = feed.options["registry"]
    spec = spec if isinstance(spec, Mapping) else {"id": spec}
    form = feed.options.get("time") if isinstance(feed.options.get("time"), Mapping) else {}
    starts, no_start = _times(table, spec.get("from"), form or {}, rows)
    ends, no_end = _times(table, spec.get("to"), form or {}, rows)
    starts = np.where(starts == NULL_I64, batch.array("event_time"), starts)
    message, subject = batch.array("message"), batch.codes("subject")
    wrong = no_start | no_end
    backwards = (ends != NULL_I64) & (ends <= starts) & ~wrong
    refused = [
        Refused(int(message[row]), "no time", str(spec.get("from")), whole=False) for row in np.flatnonzero(wrong)
    ]
    refused += [
        Refused(int(message[row]), "ends before it starts", str(spec.get("to")), whole=False)
        for row in np.flatnonzero(backwards)
    ]
    found = tuple(
        (
            int(message[row]),
            RegistryVersion(
                registry=str(spec["id"]),
                key=subject.text(row) or "",
                from_ms=int(starts[row]),
                to_ms=None if ends[row] == NULL_I64 else int(ends[row]),
                fields=_fields(feed, batch, row),
            ),
        )
        for row in np.flatnonzero(~(wrong | backwards)).tolist()
    )
    return found, tuple(refused)


def _times(
    table: Table, name: Json, form: Mapping[str, Json], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    column = table.column(str(name)) if name else None
    if column is None:
        return np.full(len(rows), NULL_I64, dtype=np.int64), np.zeros(len(rows), np.bool_)
    return times.read(column.take(pa.array(rows)), form)


def _hazards(feed: Feed, table: Table, batch: Batch, rows: NDArray[np.int64]) -> Records:
    """Option ``hazard: {kind, id, title: {zh, en}, event_code}``; a title may name fields as {season}."""
    spec = feed.options["hazard"]
    ids = _texts(table, str(spec.get("id") or feed.subject_key), rows)
    message, at = batch.array("message"), batch.array("event_time")
    lon, lat = batch.array("lon_e7"), batch.array("lat_e7")
    titles = {str(k): str(v) for k, v in (spec.get("title") or {}).items()}
    found: list[tuple[int, Any]] = []
    for row in range(batch.n):
        fields = _fields(feed, batch, row)
        name = ids.text(row) or ""
        known = {**fields, "id": name}
        found.append(
            (
                int(message[row]),
                HazardRevision(
                    id=name,
                    revision=f"{name}@{iso(int(at[row]))}",
                    kind=str(spec.get("kind") or "warning"),
                    event_code=str(spec.get("event_code") or ""),
                    title={language: _filled(text, known) for language, text in titles.items()},
                    issued_ms=int(at[row]),
                    onset_ms=int(at[row]),
                    status=feed.status,
                    lon_e7=None if lon[row] == NULL_I32 else int(lon[row]),
                    lat_e7=None if lat[row] == NULL_I32 else int(lat[row]),
                    fields={**fields, **(spec.get("fields") or {})},
                ),
            )
        )
    return tuple(found)


def _texts(table: Table, path: str, rows: NDArray[np.int64]) -> Codes:
    column = table.column(path)
    if column is None:
        return Codes(np.full(len(rows), -1, np.int32), ())
    return convert.texts(column.take(pa.array(rows)))


def _filled(text: str, known: Mapping[str, Json]) -> str:
    for name, value in known.items():
        text = text.replace("{" + name + "}", "—" if value is None else str(value))
    return text


def _fields(feed: Feed, batch: Batch, row: int) -> dict[str, Json]:
    return {f.name: value_at(batch[f.name], row) for f in feed.fields}
