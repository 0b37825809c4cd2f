"""Values with validity joined as of a time: registry records and values of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import NULL_I64, Codes, Column
from ops_center.domain.text import Json
from ops_center.worker.layer import FOREVER_MS, column_of

I64 = NDArray[np.int64]
_TIME_BITS = 42  # milliseconds up to the year 2109; the key's number stands above them


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a key's fields: valid in [from_ms, to_ms), known from `known_ms` on."""

    key: str
    from_ms: int
    to_ms: int | None
    known_ms: int
    fields: Mapping[str, Json]

    @property
    def effective_ms(self) -> int:
        """When it begins to count: a version stated for the past changes no earlier decision."""
        return max(self.from_ms, self.known_ms, 0)


@dataclass(frozen=True)
class AsOf:
    """Versions by key; a lookup takes the last one that had begun and has not ended."""

    versions: tuple[Version, ...] = ()
    ids: frozenset[str] = field(default=frozenset())

    def with_version(self, version: Version) -> AsOf:
        """Return with one more version."""
        return AsOf((*self.versions, version), self.ids)

    def rows(self, keys: Codes, t_ms: I64) -> I64:
        """Return the version that holds for each key at its time, -1 where none does."""
        if not self.versions or not len(keys):
            return np.full(len(keys), -1, dtype=np.int64)
        table = np.asarray([*(self._numbers.get(text, -1) for text in keys.values), -1], dtype=np.int64)
        number = table[keys.codes]
        wanted = (number << _TIME_BITS) | np.clip(t_ms, 0, 2**_TIME_BITS - 1)
        found = np.searchsorted(self._begins, wanted, side="right") - 1
        row = self._order[np.maximum(found, 0)]
        good = (number >= 0) & (found >= 0) & (self._number_of[row] == number) & (t_ms < self._ends[row])
        return np.where(good, row, -1)

    def column(self, name: str, rows: I64) -> Column:
        """Return a field of these versions; null where the row is -1."""
        column = self.columns[name]
        if isinstance(column, Codes):
            return Codes(np.where(rows >= 0, column.codes[rows], -1).astype(np.int32), column.values)
        null: Any = np.nan if column.dtype.kind == "f" else -1 if column.dtype == np.int8 else NULL_I64
        return np.asarray(np.where(rows >= 0, column[rows], null).astype(column.dtype))

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Return one column a field over all versions."""
        names = dict.fromkeys(name for version in self.versions for name in version.fields)
        return {name: column_of([version.fields.get(name) for version in self.versions]) for name in sorted(names)}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(dict.fromkeys(v.key for v in self.versions))}

    @cached_property
    def _number_of(self) -> I64:
        return np.asarray([self._numbers[v.key] for v in self.versions], dtype=np.int64)

    @cached_property
    def _ends(self) -> I64:
        return np.asarray([FOREVER_MS if v.to_ms is None else v.to_ms for v in self.versions], dtype=np.int64)

    @cached_property
    def _order(self) -> I64:
        begins = np.asarray([v.effective_ms for v in self.versions], dtype=np.int64)
        stated = np.asarray([v.from_ms for v in self.versions], dtype=np.int64)
        return np.lexsort((np.arange(len(begins)), stated, begins, self._number_of)).astype(np.int64)

    @cached_property
    def _begins(self) -> I64:
        begins = np.asarray([v.effective_ms for v in self.versions], dtype=np.int64)
        return ((self._number_of << _TIME_BITS) | begins)[self._order]
