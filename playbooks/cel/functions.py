"""Typed operations of conditions: each checks its arguments at load and returns a function over a batch."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import re2

from ops_center.domain.errors import ContentError
from playbooks.cel import arithmetic, texts
from playbooks.cel.tree import Binary, Call, Node, Span, refuse
from playbooks.cel.values import (
    BOOLEAN,
    INTEGER,
    NUMBER,
    TEXT,
    Mask,
    Rows,
    Value,
    as_double,
    both,
    choose,
    compare_mixed,
    truth,
    unify,
)

Run = Callable[[Rows], Value]
Constant = bool | int | float | str

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
    "contains": lambda text, part: part in text,
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A compiled node: its kind, the names it reads, its function; `constant` where it is one."""

    kind: str
    names: frozenset[str]
    run: Run
    constant: Constant | None = None


def read(rows: Rows, name: str, kind: str) -> Value:
    """Return a column; a boolean one is False where it is unknown."""
    value = rows.value(name, kind)
    return truth(value.data, value.known) if kind == BOOLEAN else value


def constant(value: Constant) -> Typed:
    """Return a typed constant."""
    kind = {bool: BOOLEAN, int: INTEGER, float: NUMBER, str: TEXT}[type(value)]
    data: Any = value if kind == TEXT else np.asarray(value)
    held = Value(data)
    return Typed(kind, frozenset(), lambda rows: held, value)


def choice(condition: Typed, yes: Typed, no: Typed, kind: str) -> Typed:
    """Compile ``c ? a : b`` of one kind."""

    def run(rows: Rows) -> Value:
        return choose(condition.run(rows), yes.run(rows), no.run(rows), kind)

    return Typed(kind, condition.names | yes.names | no.names, run)


def comparison(op: str, a: Typed, b: Typed, node: Node) -> Typed:
    """Compile a comparison; integers and doubles compare exactly with each other."""
    numeric = {NUMBER, INTEGER}
    if a.kind != b.kind and not {a.kind, b.kind} <= numeric:
        raise _unlike(a, b, node)
    names = a.names | b.names
    if a.kind == TEXT:
        return _text_comparison(op, a, b)
    compare = COMPARE[op]
    if a.kind == b.kind:
        return Typed(BOOLEAN, names, lambda rows: _apply(compare, a.run(rows), b.run(rows)))
    a, b = _widened(a), _widened(b)
    if a.kind == b.kind:
        return Typed(BOOLEAN, names, lambda rows: _apply(compare, a.run(rows), b.run(rows)))
    return Typed(BOOLEAN, names, lambda rows: _apply(_mixed(compare), a.run(rows), b.run(rows)))


def _mixed(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: compare_mixed(compare, np.asarray(x), np.asarray(y))


def _widened(typed: Typed) -> Typed:
    """Return an integer constant as the double it equals: then both sides are plain arrays."""
    if typed.kind == INTEGER and isinstance(typed.constant, int):
        double = as_double(typed.constant)
        if double is not None:
            return constant(double)
    return typed


def _apply(compare: Callable[[Any, Any], Any], a: Value, b: Value) -> Value:
    with np.errstate(invalid="ignore"):
        return truth(compare(a.data, b.data), both(a.known, b.known))


def _text_comparison(op: str, a: Typed, b: Typed) -> Typed:
    names = a.names | b.names
    if a.constant is not None and b.constant is None:
        return _text_comparison(SWAPPED[op], b, a)
    compare = COMPARE[op]
    if isinstance(b.constant, str):
        right = b.constant
        look = texts.Lookup(lambda text: compare(text, right), np.bool_)
        return Typed(BOOLEAN, names, lambda rows: _look(look, a.run(rows)))

    def run(rows: Rows) -> Value:
        left, other = a.run(rows), b.run(rows)
        x, y, _ = unify(left.data, other.data)
        return truth(compare(x, y), both(left.known, other.known))

    return Typed(BOOLEAN, names, run)


def one_of(item: Typed, wanted: frozenset[str]) -> Typed:
    """Compile ``text in [constants]``."""
    look = texts.Lookup(wanted.__contains__, np.bool_)
    return Typed(BOOLEAN, item.names, lambda rows: _look(look, item.run(rows)))


def _look(table: texts.Lookup, value: Value) -> Value:
    return truth(table(value.data), value.known)


def calculation(node: Binary, a: Typed, b: Typed) -> Typed:
    """Compile ``+ - * / %``."""
    op, names = node.op, a.names | b.names
    if a.kind == b.kind == TEXT and op == "+":
        return Typed(TEXT, names, lambda rows: texts.concatenate(a.run(rows), b.run(rows)))
    if {a.kind, b.kind} == {NUMBER, INTEGER}:
        raise refuse(f"{op} wants both sides alike: write 2.0, or double(name)", node.span)
    if a.kind == b.kind == NUMBER:
        if op == "%":
            raise refuse("% is for whole numbers", node.span)
        return Typed(NUMBER, names, lambda rows: arithmetic.doubles(op, a.run(rows), b.run(rows)))
    if a.kind == b.kind == INTEGER:
        return Typed(INTEGER, names, lambda rows: arithmetic.integers(op, a.run(rows), b.run(rows)))
    raise _unlike(a, b, node)


def negated(inner: Typed, span: Span) -> Typed:
    """Compile ``-x``."""
    if inner.kind == NUMBER and isinstance(inner.constant, float):
        return constant(-inner.constant)
    if inner.kind == NUMBER:
        return Typed(NUMBER, inner.names, lambda rows: arithmetic.negate_double(inner.run(rows)))
    if inner.kind == INTEGER:
        return Typed(INTEGER, inner.names, lambda rows: arithmetic.negate_integer(inner.run(rows)))
    raise refuse(f"- wants a number, this is {article(inner.kind)}", span)


def size(text: Typed, node: Call) -> Typed:
    """Compile ``size``: the number of characters (Unicode code points) of a text."""
    _want(text, TEXT, node)
    look = texts.Lookup(len, np.int64)

    def run(rows: Rows) -> Value:
        value = text.run(rows)
        return Value(look(value.data), value.known)

    return Typed(INTEGER, text.names, run)


def bit(word: Typed, place: Typed, node: Call) -> Typed:
    """Compile ``bit(word, place)``."""
    _want(word, INTEGER, node)
    number = place.constant
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 62:
        raise refuse("the bit is a whole number from 0 to 62", node.args[1].span)
    return Typed(BOOLEAN, word.names, lambda rows: _bit(word.run(rows), number))


def _bit(word: Value, place: int) -> Value:
    found = arithmetic.bit(word, place)
    return truth(found.data, found.known)


def convert(arg: Typed, node: Call) -> Typed:
    """Compile ``int(x)`` or ``double(x)``."""
    if arg.kind not in (NUMBER, INTEGER):
        raise refuse(f"{node.function}() wants a number, this is {article(arg.kind)}", node.span)
    kind = INTEGER if node.function == "int" else NUMBER
    if arg.kind == kind:
        return arg
    change = arithmetic.to_integer if kind == INTEGER else arithmetic.to_double
    return Typed(kind, arg.names, lambda rows: change(arg.run(rows)))


def matches(text: Typed, pattern: Typed, node: Call) -> Typed:
    """Compile ``matches``: RE2 syntax, linear in the text, found anywhere in it."""
    _want(text, TEXT, node)
    if not isinstance(pattern.constant, str):
        raise refuse("the pattern must be written out", node.args[1].span)
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern.constant, options)
    except re2.error as error:
        raise refuse(f"not an RE2 pattern: {_message(error)}", node.args[1].span) from error
    look = texts.Lookup(lambda value: compiled.search(value) is not None, np.bool_)
    return Typed(BOOLEAN, text.names, lambda rows: _look(look, text.run(rows)))


def _message(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)


def text_test(node: Call, text: Typed, part: Typed) -> Typed:
    """Compile startsWith, endsWith or contains."""
    _want(text, TEXT, node)
    _want(part, TEXT, node)
    test = _TESTS[node.function]
    names = text.names | part.names
    if isinstance(part.constant, str):
        wanted = part.constant
        look = texts.Lookup(lambda value: test(value, wanted), np.bool_)
        return Typed(BOOLEAN, names, lambda rows: _look(look, text.run(rows)))
    return Typed(BOOLEAN, names, lambda rows: texts.pairwise(test, text.run(rows), part.run(rows), np.bool_))


def _want(arg: Typed, kind: str, node: Call) -> None:
    if arg.kind != kind:
        raise refuse(f"{node.function}() wants {article(kind)}, this is {article(arg.kind)}", node.span)


def _unlike(a: Typed, b: Typed, node: Node) -> ContentError:
    op = node.op if isinstance(node, Binary) else "in"
    reason = f"{op} between {article(a.kind)} and {article(b.kind)}"
    numbers = {NUMBER, INTEGER}
    for side, other in ((a, b), (b, a)):
        if side.kind == TEXT and other.kind in numbers and other.constant is not None:
            reason += f'; quote it: "{other.constant}"'
        elif side.kind in numbers and isinstance(other.constant, str):
            reason += f"; write {other.constant} without quotes"
    return refuse(reason, node.span)


def article(kind: str) -> str:
    """Return the name of a kind as messages say it."""
    return {NUMBER: "a number", INTEGER: "a whole number", TEXT: "a text", BOOLEAN: "a boolean"}[kind]


def masks_of(value: Value, n: int) -> tuple[Mask, Mask]:
    """Return (true, known) with one value a row."""
    true = np.broadcast_to(np.asarray(value.data), (n,))
    known = np.ones(n, np.bool_) if value.known is None else np.broadcast_to(value.known, (n,))
    return true.astype(np.bool_), known.astype(np.bool_)
