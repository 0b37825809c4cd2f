"""What is no condition is refused, never another exception."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_center.domain.errors import ContentError
from playbooks.cel import compile_condition

NAMES = {"speed_kph": "number", "n": "integer", "cargo.name": "text", "on": "boolean"}
PIECES = [
    *NAMES,
    *("(", ")", "[", "]", "{", "}", "?", ":", ",", ".", "!", "-", "+", "*", "/", "%", "<", ">", "=", "&", "|"),
    *('"', "'", "\\", "#", "$", "@", "&&", "||", "==", "!=", "in", "has(", "size(", "matches(", "bit(", "int("),
    *("1", "2.5", "1e400", "0x1F", "5u", '"a"', "'''b'''", 'r"\\d"', '"\\ud800"', '"\\q"', "b'x'", "null", "true"),
    *("99999999999999999999", "//x\n", "危"),
]


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_any_text_is_compiled_or_refused_with_its_place(text: str):
    try:
        compiled = compile_condition(text, NAMES)
    except ContentError as refused:
        place = (refused.line, refused.column)
    else:
        true, known = compiled.masks({}, 3)
        assert len(true) == len(known) == 3
        place = (1, 1)
    assert min(place) >= 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(" * 120 + "true" + ")" * 120, "nested deeper"),
        ("true && " * 600 + "true", "longer than"),
        ("cargo.name == 'a' || " * 190 + "on", "nested deeper"),
        ("cargo.name < 3", "quote it"),
        ("on + on == on", "between a boolean and a boolean"),
        ("on > 1", "between a boolean and a whole number"),
        ("n % 2.0 == 0.0", "both sides alike"),
        ("speed_kph % 2.0 == 0.0", "whole numbers"),
        ("bit(n, 63)", "from 0 to 62"),
        ("bit(speed_kph, 1)", "wants a whole number"),
        ("size(n) > 1", "wants a text"),
        ("cargo.name.matches(cargo.name)", "written out"),
        ("cargo.name.matches('a{1,9999}')", "RE2"),
        ("cargo['name'] == 'a'", "indexing"),
        ("n == 5u", "no number, text or boolean"),
        ("n in n", "wants a list"),
        ("[1] == [1]", "right of in"),
        ("on ? n : speed_kph", "not true or false|the choice"),
        ("(on ? n : speed_kph) > 1", "the choice is between"),
        ("timestamp('2020-01-01T00:00:00Z') < 1", "unknown function"),
        ("has(n > 1)", "takes a name"),
        ("n.foo", "unknown name"),
    ],
)
def test_what_has_no_mask_is_refused_by_name(text: str, reason: str):
    with pytest.raises(ContentError, match=reason):
        compile_condition(text, NAMES)


def test_a_column_of_another_kind_than_declared_is_an_error_not_a_guess():
    condition = compile_condition("cargo.name == 'a'", NAMES)
    with pytest.raises(TypeError, match=r"cargo\.name is not text"):
        condition.masks({"cargo.name": np.zeros(2)}, 2)


def test_a_name_absent_from_the_batch_is_missing_in_every_row():
    true, known = compile_condition("speed_kph > 1.0 || on", NAMES).masks({"on": np.array([1, 0, -1], np.int8)}, 3)
    assert list(true) == [True, False, False]
    assert list(known) == [True, False, False]
