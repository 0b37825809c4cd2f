"""Turn a wide table (one column a sensor) into a long one (one row a sensor and time)."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ops_center.domain.errors import BadInput
from ops_center.domain.text import Json

MAX_ROWS = 50_000_000


def melted(table: pa.Table, spec: Mapping[str, Json], *, keep: tuple[str, ...]) -> pa.Table:
    """Return the long form, row by row of the wide one: `keep` columns, the key, the value.

    `spec`: ``key`` and ``value`` name the new columns; ``columns`` is a regular expression or a list
    of the columns to melt, by default all that are not kept. A table that is long already is
    returned as it is.
    """
    key, value = str(spec["key"]), str(spec["value"])
    if key in table.column_names and value in table.column_names:
        return table
    kept = [name for name in keep if name in table.column_names]
    wide = [name for name in table.column_names if name not in kept and _chosen(name, spec.get("columns"))]
    if not wide:
        raise BadInput("no column to melt", field="melt")
    n, width = table.num_rows, len(wide)
    if n * width > MAX_ROWS:
        raise BadInput(f"{n} rows of {width} columns are more than {MAX_ROWS} values", field="melt")
    repeat = pa.array(np.repeat(np.arange(n), width))
    columns = {name: table.column(name).combine_chunks().take(repeat) for name in kept}
    codes = pa.array(np.tile(np.arange(width, dtype=np.int32), n))
    columns[key] = pa.DictionaryArray.from_arrays(codes, pa.array(wide, pa.string()))
    columns[value] = _interleaved([table.column(name).combine_chunks() for name in wide], n)
    return pa.table(columns)


def _chosen(name: str, wanted: Json) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, list):
        return name in wanted
    return re.fullmatch(str(wanted), name) is not None


def _interleaved(columns: list[pa.Array], n: int) -> pa.Array:
    kinds = {column.type for column in columns}
    if len(kinds) > 1:
        columns = [column.cast(pa.string()) for column in columns]
    width = len(columns)
    order = np.arange(n * width).reshape(width, n).T.reshape(-1)
    return pa.concat_arrays(columns).take(pa.array(order))
