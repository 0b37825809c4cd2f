"""Collect why rows are refused: the first reason of each row, whole columns at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import Refused
from streams.decoders.rows.convert import Mask


class Faults:
    """Reasons by row; a row keeps the first reason given."""

    def __init__(self, n: int) -> None:
        self._of = np.full(n, -1, dtype=np.int32)
        self._kinds: list[tuple[str, str]] = []

    def add(self, mask: Mask, reason: str, field: str) -> None:
        """Refuse the rows of `mask` that are not refused yet."""
        if mask.any():
            self._of[mask & (self._of < 0)] = len(self._kinds)
            self._kinds.append((reason, field))

    @property
    def good(self) -> Mask:
        """Where a row has no fault."""
        return np.asarray(self._of < 0)

    def refused(self, message: NDArray[np.int32]) -> tuple[Refused, ...]:
        """Return one refusal a faulty row; `whole` where its message held no other row."""
        rows = np.flatnonzero(self._of >= 0)
        if not len(rows):
            return ()
        alone = np.bincount(message, minlength=int(message.max()) + 1) == 1
        return tuple(
            Refused(int(message[row]), *self._kinds[int(self._of[row])], whole=bool(alone[message[row]]))
            for row in rows
        )
