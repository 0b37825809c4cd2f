"""Decode the tables of a block's messages together, and join what cannot be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ops_center.columns import Batch, Codes, Column, Decoded, Messages, Refused
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from streams.decoders.rows.mapping import map_table, without_rows
from streams.decoders.rows.table import ArrowTable

# Reads one message: its table, and (reason, text) of rows that were none.
Read = Callable[[bytes], tuple[pa.Table, list[tuple[str, str]]]]


def decoded_tables(feed: Feed, messages: Messages, read: Read) -> Decoded:
    """Return a block decoded; neighbouring messages of one schema are mapped as one table."""
    refused: list[Refused] = []
    tables: list[tuple[int, pa.Table]] = []
    for row in range(len(messages)):
        try:
            table, broken = read(messages[row])
        except BadInput as error:
            refused.append(Refused(row, error.reason, error.field))
            continue
        refused += [Refused(row, reason, "row", whole=False) for reason, _ in broken]
        if table.num_rows:
            tables.append((row, table.replace_schema_metadata(None)))
    parts = [without_rows(feed, tuple(refused))]
    for _, together in groupby(tables, key=lambda pair: pair[1].schema):
        parts.append(_mapped(feed, list(together), messages.stamps))
    return merged(parts)


def _mapped(feed: Feed, tables: Sequence[tuple[int, pa.Table]], stamps: NDArray[np.int64]) -> Decoded:
    rows = [row for row, _ in tables]
    counts = [table.num_rows for _, table in tables]
    whole = pa.concat_tables([table for _, table in tables]) if len(tables) > 1 else tables[0][1]
    return map_table(feed, ArrowTable(whole, np.repeat(np.asarray(rows, dtype=np.int32), counts)), stamps)


def merged(parts: Sequence[Decoded]) -> Decoded:
    """Return the parts as one, in their order; all come of one feed, so their columns are the same."""
    filled = [part.batch for part in parts if part.batch.n] or [parts[0].batch]
    if len(filled) == 1:
        batch = filled[0]
    else:
        names = filled[0].columns
        columns = {name: _joined([batch[name] for batch in filled]) for name in names}
        batch = Batch(columns, sum(part.n for part in filled))
    return Decoded(
        batch,
        tuple(refused for part in parts for refused in part.refused),
        tuple(record for part in parts for record in part.records),
    )


def _joined(columns: Sequence[Column]) -> Column:
    arrays = [column for column in columns if not isinstance(column, Codes)]
    if arrays:
        return np.concatenate(arrays)
    texts = [column for column in columns if isinstance(column, Codes)]
    values: dict[str, int] = {}
    codes: list[NDArray[np.int32]] = []
    for column in texts:
        lookup = [values.setdefault(text, len(values)) for text in column.values]
        codes.append(np.array([*lookup, -1], dtype=np.int32)[column.codes])
    return Codes(np.concatenate(codes), tuple(values))
