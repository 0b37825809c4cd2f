"""What is loaded at the start is set aside; cycles made later are still found."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from ops_center.bootstrap.memory import THRESHOLDS, settle


class Ring:
    """A cycle of one."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_there_is_is_set_aside_and_later_cycles_are_found() -> None:
    settle()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == THRESHOLDS
    ring = Ring()
    seen = weakref.ref(ring)
    del ring
    gc.collect()
    assert seen() is None
