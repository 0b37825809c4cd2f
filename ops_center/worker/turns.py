"""Turns: runs that fired or ended, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

I64 = NDArray[np.int64]
# firing, key, at_ms, item, seen, start_ms, set_by
Turn = tuple[bool, int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Turns:
    """One row a turn. `item` acted (-1: a timer); `seen` is the item that explains it (-1: before the pass)."""

    firing: NDArray[np.bool_]
    key: I64
    at: I64  # event time
    item: I64
    seen: I64
    start: I64  # of the run
    set_by: I64  # row that set the timer, -1: before the pass

    def __len__(self) -> int:
        return len(self.key)

    @staticmethod
    def of(turns: Sequence[Turn]) -> Turns:
        """Return turns told one by one."""
        table = np.asarray(turns, dtype=np.int64).reshape(len(turns), 7)
        return Turns(table[:, 0] != 0, *(table[:, i] for i in range(1, 7)))

    def take(self, rows: I64) -> Turns:
        """Return some of the turns."""
        return Turns(
            self.firing[rows],
            self.key[rows],
            self.at[rows],
            self.item[rows],
            self.seen[rows],
            self.start[rows],
            self.set_by[rows],
        )


def both(a: Turns, b: Turns) -> Turns:
    """Return two lists of turns as one."""
    return Turns(
        np.concatenate([a.firing, b.firing]),
        np.concatenate([a.key, b.key]),
        np.concatenate([a.at, b.at]),
        np.concatenate([a.item, b.item]),
        np.concatenate([a.seen, b.seen]),
        np.concatenate([a.start, b.start]),
        np.concatenate([a.set_by, b.set_by]),
    )
