"""A changed copy is what `dataclasses.replace` gives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_center.domain.alert import Mark, Shelf
from ops_center.domain.changed import changed

MARK = Mark(by="wang", post="1", at_ms=5)


@given(st.integers(), st.text(), st.integers())
def test_a_changed_copy_equals_a_replaced_one(until_ms: int, reason: str, other_ms: int) -> None:
    shelf = Shelf(until_ms=until_ms, reason=reason, mark=MARK)
    assert changed(shelf, until_ms=other_ms) == replace(shelf, until_ms=other_ms)
    assert changed(shelf) == shelf
    assert shelf.until_ms == until_ms


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="Mark has no field 'who'"):
        changed(MARK, who="li")


def test_a_class_without_slots_is_refused() -> None:
    @dataclass(frozen=True)
    class Open:
        a: int
        b: int

    with pytest.raises(TypeError, match="Open has no slots"):
        changed(Open(1, 2), a=3)


def test_a_class_that_checks_its_fields_is_refused() -> None:
    @dataclass(frozen=True)
    class Checked:
        a: int
        b: int

        def __post_init__(self) -> None:
            raise ValueError

    with pytest.raises(TypeError, match="use dataclasses"):
        changed(object.__new__(Checked), a=1)
