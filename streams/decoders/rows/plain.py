"""Show a batch's rows and records as JSON for people and scripts."""

from __future__ import annotations

import numpy as np

from ops_center.columns import Batch, Codes, Column, Decoded, Refused
from ops_center.domain.digest import plain
from ops_center.domain.quantity import iso
from ops_center.domain.text import Json


def value_at(column: Column, row: int) -> Json:
    """Return one value of a column as JSON; None where null."""
    if isinstance(column, Codes):
        return column.text(row)
    value = column[row]
    if column.dtype.kind == "f":
        return None if np.isnan(value) else float(value)
    if column.dtype == np.int8:
        return None if value < 0 else bool(value)
    return None if value == np.iinfo(column.dtype).min else int(value)


def observations(batch: Batch) -> list[dict[str, Json]]:
    """Return a batch's rows as JSON objects, nulls left out, positions in degrees, times as ISO."""
    names = [name for name in batch.columns if name not in ("message", "stamp")]
    rows: list[dict[str, Json]] = []
    for row in range(batch.n):
        found = {name: value for name in names if (value := value_at(batch[name], row)) is not None}
        if "event_time" in found:
            found["event_time"] = iso(found["event_time"])
        for axis in ("lon", "lat"):
            if f"{axis}_e7" in found:
                found[axis] = found.pop(f"{axis}_e7") / 1e7
        rows.append(found)
    return rows


def described(decoded: Decoded) -> dict[str, Json]:
    """Return one decoded message: what was read, what of it was refused; not ok where nothing was read."""
    refused: list[Json] = [_refusal(r) for r in decoded.refused]
    if decoded.refused and not decoded.batch.n and not decoded.records:
        first = decoded.refused[0]
        return {"ok": False, "error": first.reason, "field": first.field, "refused": refused}
    header = {"rows": decoded.batch.n, "records": len(decoded.records), "refused": len(refused)}
    found = {"ok": True, "header": header, "observations": observations(decoded.batch)}
    if decoded.records:
        found["records"] = [plain(record) for _, record in decoded.records]
    return {**found, "refused": refused} if refused else found


def _refusal(refused: Refused) -> dict[str, Json]:
    return {"reason": refused.reason, "field": refused.field}
