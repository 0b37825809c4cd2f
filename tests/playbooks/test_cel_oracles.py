"""The compiled masks against two independent evaluators on generated conditions and rows."""

from __future__ import annotations

import math
from typing import Any

import cel
import celpy
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ops_center.columns import Codes, Column
from playbooks.cel import compile_condition

KINDS = {
    "row.speed": "number",
    "row.limit": "number",
    "row.count": "integer",
    "row.bits": "integer",
    "row.kind": "text",
    "row.plate": "text",
    "row.on": "boolean",
}
BY_KIND = {kind: [n for n, k in KINDS.items() if k == kind] for kind in ("number", "integer", "text", "boolean")}
NO_OPINION = "no opinion"
TEXTS = ["", "3", "6.1", "2.3", "鲁A危", "abc", "abcabc"]

numbers = st.sampled_from([0.0, -0.0, 1.0, 2.5, 60.0, 80.0, -3.25, 1e300, 0.1])
integers = st.one_of(st.integers(-5, 90), st.sampled_from([2**63 - 1, -(2**63) + 1, 2**53 + 1]))
texts = st.sampled_from(TEXTS)
ROWS = st.fixed_dictionaries(
    {
        name: st.none() | {"number": numbers, "integer": integers, "text": texts, "boolean": st.booleans()}[kind]
        for name, kind in KINDS.items()
    }
)


def quoted(text: str) -> str:
    return '"' + text + '"'


def names(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from(BY_KIND[kind])


def pair(operators: list[str], of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(of, st.sampled_from(operators), of).map(lambda t: f"({t[0]} {t[1]} {t[2]})")


NUMBER = st.recursive(
    names("number") | numbers.map(lambda v: f"({v!r})" if v < 0 else repr(v)),
    lambda inner: pair(["+", "-", "*", "/"], inner) | inner.map(lambda x: f"(-{x})"),
    max_leaves=4,
)
INTEGER = st.recursive(
    names("integer") | integers.map(lambda v: f"({v})"),
    lambda inner: pair(["+", "-", "*", "/", "%"], inner) | inner.map(lambda x: f"(-{x})"),
    max_leaves=4,
)
TEXT = st.recursive(names("text") | texts.map(quoted), lambda inner: pair(["+"], inner), max_leaves=3)
COMPARE = ["<", "<=", ">", ">=", "==", "!="]
LEAF = st.one_of(
    pair(COMPARE, NUMBER),
    pair(COMPARE, INTEGER),
    pair(COMPARE, TEXT),
    names("boolean"),
    st.tuples(names("text"), st.lists(texts.map(quoted), max_size=3)).map(lambda t: f"{t[0]} in [{', '.join(t[1])}]"),
    st.tuples(INTEGER, st.lists(INTEGER, max_size=3)).map(lambda t: f"({t[0]} in [{', '.join(t[1])}])"),
    st.tuples(TEXT, st.sampled_from(["startsWith", "endsWith", "contains"]), TEXT).map(
        lambda t: f"{t[0]}.{t[1]}({t[2]})"
    ),
    st.tuples(names("text"), st.sampled_from(["^a.c", "[0-9]+", "危$", "(ab|c)+"])).map(
        lambda t: f"{t[0]}.matches({quoted(t[1])})"
    ),
    st.sampled_from(sorted(KINDS)).map(lambda name: f"has({name})"),
)
CONDITION = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        pair(["&&", "||"], inner),
        inner.map(lambda x: f"(!({x}))"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
    ),
    max_leaves=5,
)


def columns(rows: list[dict[str, Any]]) -> dict[str, Column]:
    made: dict[str, Column] = {}
    for name, kind in KINDS.items():
        values = [row[name] for row in rows]
        if kind == "text":
            made[name] = Codes.of(values)
        elif kind == "number":
            made[name] = np.array([np.nan if v is None else v for v in values])
        elif kind == "integer":
            made[name] = np.array([-(2**63) if v is None else v for v in values], dtype=np.int64)
        else:
            made[name] = np.array([-1 if v is None else int(v) for v in values], dtype=np.int8)
    return made


def compiled(condition: str, rows: list[dict[str, Any]]) -> list[bool | None]:
    true, known = compile_condition(condition, KINDS).masks(columns(rows), len(rows))
    assert not np.any(true & ~known)
    return [bool(t) if k else None for t, k in zip(true, known, strict=True)]


def nested(row: dict[str, Any]) -> dict[str, Any]:
    return {"row": {name[4:]: value for name, value in row.items() if value is not None}}


def rust(condition: str, row: dict[str, Any]) -> bool | str | None:
    """Return the Rust evaluator's result; its errors (a missing key, overflow, zero) are unknown.

    It has no ordering with NaN ("no such overload"), where CEL and IEEE 754 say false: no opinion.
    """
    try:
        result = cel.evaluate(condition, nested(row))
    except (KeyError, OverflowError, ZeroDivisionError):
        return None
    except TypeError:
        return NO_OPINION
    assert isinstance(result, bool)
    return result


PYTHON = celpy.Environment()


def both(condition: str, rows: list[dict[str, Any]], oracle: Any) -> tuple[list[bool | None], list[bool | None]]:
    """Return our results and the oracle's of the rows it has an opinion of."""
    ours = compiled(condition, rows)
    theirs = [oracle(condition, row) for row in rows]
    kept = [(o, t) for o, t in zip(ours, theirs, strict=True) if t != NO_OPINION]
    return [o for o, _ in kept], [t for _, t in kept]


def python(condition: str, row: dict[str, Any]) -> bool | str | None:
    """Return cel-python's result; its errors are unknown.

    No opinion where it fails by itself: the error text of ``in []``.
    """
    program = PYTHON.program(PYTHON.compile(condition))
    try:
        result = program.evaluate({k: celpy.json_to_cel(v) for k, v in nested(row).items()})
    except celpy.CELEvalError:
        return None
    except IndexError:
        return NO_OPINION
    assert isinstance(result, bool | int)
    return bool(result)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CONDITION, st.lists(ROWS, min_size=1, max_size=6))
def test_masks_equal_the_rust_evaluator_row_by_row(condition: str, rows: list[dict[str, Any]]):
    ours, theirs = both(condition, rows, rust)
    assert ours == theirs


def outside(condition: str) -> bool:
    """Return whether cel-python departs from the CEL text: NaN == NaN holds, no contains() on joined texts."""
    nan = "/" in condition or "1e+300" in condition or "- " in condition
    return nan or ").contains(" in condition


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(CONDITION, st.lists(ROWS, min_size=1, max_size=4))
def test_masks_equal_cel_python_row_by_row(condition: str, rows: list[dict[str, Any]]):
    assume(not outside(condition))
    ours, theirs = both(condition, rows, python)
    assert ours == theirs


@settings(max_examples=150, deadline=None)
@given(CONDITION, st.lists(ROWS, min_size=2, max_size=8), st.data())
def test_a_row_does_not_depend_on_the_rows_beside_it(condition: str, rows: list[dict[str, Any]], data: st.DataObject):
    cut = data.draw(st.integers(1, len(rows) - 1))
    whole = compiled(condition, rows)
    assert whole == compiled(condition, rows[:cut]) + compiled(condition, rows[cut:])


@settings(max_examples=150, deadline=None)
@given(CONDITION, ROWS)
def test_explain_says_what_the_mask_says(condition: str, row: dict[str, Any]):
    (mask,) = compiled(condition, [row])
    explained = compile_condition(condition, KINDS).explain(row)
    assert explained["result"] == ("unknown" if mask is None else mask)


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=True))
def test_integers_and_doubles_compare_exactly(whole: int, double: float):
    names = {"i": "integer", "d": "number"}
    for op, right in (("<", whole < double), ("==", whole == double), (">=", whole >= double), ("!=", whole != double)):
        batch: dict[str, Column] = {"i": np.array([whole]), "d": np.array([double])}
        true, known = compile_condition(f"i {op} d", names).masks(batch, 1)
        if math.isnan(double):
            assert not known[0]
        else:
            assert bool(true[0]) == right


@pytest.mark.parametrize(
    ("condition", "row", "result"),
    [
        ("row.speed > 60", {"row.speed": 60.5}, True),
        ("row.speed > 60 && row.limit < 50", {"row.speed": 50.0}, False),
        ("row.speed > 60 && row.limit < 50", {"row.speed": 70.0}, None),
        ("row.speed > 60 || row.limit < 50", {"row.speed": 70.0}, True),
        ("!(row.speed > 60)", {}, None),
        ("row.on ? row.limit > 1.0 : true", {"row.on": False}, True),
        ("row.count / 0 == 1", {"row.count": 3}, None),
        ("has(row.speed) && row.speed > 1.0", {}, False),
        ("row.plate.size() == 3", {"row.plate": "鲁A危"}, True),
    ],
)
def test_missing_is_unknown_and_logic_absorbs_it(condition: str, row: dict[str, Any], result: bool | None):
    assert compiled(condition, [{name: row.get(name) for name in KINDS}]) == [result]
