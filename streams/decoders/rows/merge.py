"""Join what several messages of a block were decoded to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ops_center.columns import Batch, Codes, Column, Decoded


def merged(parts: Sequence[Decoded]) -> Decoded:
    """Return the parts as one, in their order; all come of one feed, so their columns are the same."""
    if len(parts) == 1:
        return parts[0]
    batches = [part.batch for part in parts]
    columns = {name: _joined([batch[name] for batch in batches]) for name in batches[0].columns}
    return Decoded(
        Batch(columns, sum(batch.n for batch in batches)),
        tuple(refused for part in parts for refused in part.refused),
        tuple(record for part in parts for record in part.records),
    )


def _joined(columns: Sequence[Column]) -> Column:
    arrays = [column for column in columns if not isinstance(column, Codes)]
    if arrays:
        return np.concatenate(arrays)
    texts = [column for column in columns if isinstance(column, Codes)]
    values: dict[str, int] = {}
    codes: list[np.ndarray[tuple[int, ...], np.dtype[np.int32]]] = []
    for column in texts:
        lookup = [values.setdefault(text, len(values)) for text in column.values]
        codes.append(np.array([*lookup, -1], dtype=np.int32)[column.codes])
    return Codes(np.concatenate(codes), tuple(values))
