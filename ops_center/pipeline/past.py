"""Past pictures kept: the newest few instants somebody looked at, each rebuilt once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from ops_center.picture import Picture

KEPT = 8


@dataclass(slots=True)
class PastPictures:
    """Pictures by instant; of several threads that ask, one at a time is served."""

    kept: OrderedDict[int, Picture] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def at(self, at_ms: int, rebuild: Callable[[int], Picture]) -> Picture:
        """Return the picture at `at_ms`, rebuilt where it is not kept."""
        with self.lock:
            found = self.kept.get(at_ms)
            if found is None:
                found = self.kept[at_ms] = rebuild(at_ms)
                if len(self.kept) > KEPT:
                    self.kept.popitem(last=False)
            return found
