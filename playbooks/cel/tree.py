"""Parse a condition with cel-python's grammar into a small tree of our own that knows its places.

Only what the compiler can turn into masks has a node; the rest of CEL (maps, macros, bytes,
unsigned integers, null) is refused here by name. ``$near`` stands for the rule's parameter `near`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celpy.celparser import CELParseError, CELParser
from lark import Token, Tree

from ops_center.domain.errors import ContentError

MAX_CHARACTERS = 4_000
MAX_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Span:
    """Where a node stands in the condition: line and column from 1, text from start to end."""

    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Const:
    """A literal: bool, int, float or str."""

    value: bool | int | float | str
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name of a column."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the rule, written ``$name``."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Items:
    """A list literal; only the right side of `in` may be one."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Unary:
    """``!x`` or ``-x``."""

    op: str
    of: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """``&& || < <= > >= == != in + - * / %``."""

    op: str
    left: Node
    right: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Choice:
    """``c ? a : b``."""

    condition: Node
    yes: Node
    no: Node
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A function; of a method call the object is the first argument."""

    function: str
    args: tuple[Node, ...]
    span: Span


Node = Const | Name | Param | Items | Unary | Binary | Choice | Call

_RELATIONS = {
    "relation_lt": "<",
    "relation_le": "<=",
    "relation_gt": ">",
    "relation_ge": ">=",
    "relation_eq": "==",
    "relation_ne": "!=",
    "relation_in": "in",
    "addition_add": "+",
    "addition_sub": "-",
    "multiplication_mul": "*",
    "multiplication_div": "/",
    "multiplication_mod": "%",
}
_REFUSED = {
    "member_index": "indexing with [ ]",
    "member_object": "building an object with { }",
    "map_lit": "a map literal",
    "dot_ident": "a name that begins with a dot",
    "dot_ident_arg": "a name that begins with a dot",
}
_MACROS = ("all", "exists", "exists_one", "map", "filter", "reduce", "min")
# Quoted text and comments are left alone; a $name becomes _name, of the same length, so that the
# places the parser reports are those of the author's text.
_PARAM = re.compile(
    r"""[rR]?\"{3}.*?\"{3}|[rR]?'{3}.*?'{3}|[rR]?"(?:\\.|[^"\\\n])*"|[rR]?'(?:\\.|[^'\\\n])*'|//[^\n]*|\$([A-Za-z]\w*)""",
    re.DOTALL,
)
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.?))"
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def parse(text: str) -> Node:
    """Return the tree of a condition; ContentError with line and column where it is refused."""
    if len(text) > MAX_CHARACTERS:
        raise ContentError(f"longer than {MAX_CHARACTERS} characters", line=1, column=1)
    params: set[int] = set()

    def mark(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        params.add(match.start())
        return "_" + match[1]

    plain = _PARAM.sub(mark, text)
    try:
        tree = CELParser().parse(plain)
    except CELParseError as error:
        line, column = error.line or 1, error.column or 1
        if line < 0:  # lark reports the end of the text as -1
            lines = text.splitlines() or [""]
            line, column = len(lines), len(lines[-1]) + 1
        raise ContentError("not a condition: " + _what(error), line=line, column=column) from error
    return _Builder(frozenset(params)).node(tree, 0)


def refuse(reason: str, span: Span, suggestion: str = "") -> ContentError:
    """Return the error for a node, placed within the condition."""
    return ContentError(reason, line=span.line, column=span.column, suggestion=suggestion)


def _what(error: CELParseError) -> str:
    """Return the parser's complaint in one line."""
    lines = [line for line in str(error.args[0]).splitlines() if line.strip()]
    return f"cannot read on at {lines[0].strip()[:60]!r}" if lines else "it ends too early"


class _Builder:
    """Turns the parser's tree into nodes."""

    def __init__(self, params: frozenset[int]) -> None:
        self._params = params
        self._primary: dict[str, Callable[[Any, Span, int], Node]] = {
            "literal": self._literal,
            "ident": self._ident,
            "paren_expr": lambda tree, _, depth: self.node(tree.children[0], depth + 1),
            "list_lit": self._list,
            "ident_arg": self._call,
            "member_dot": self._member,
            "member_dot_arg": self._method,
        }

    def node(self, tree: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise refuse(f"nested deeper than {MAX_DEPTH}", _span(tree))
        while tree.data not in self._primary and len(tree.children) == 1:
            if tree.data in _REFUSED:
                break
            tree = tree.children[0]
        span, children = _span(tree), tree.children
        if tree.data in _REFUSED:
            raise refuse(f"{_REFUSED[tree.data]} cannot be used in a condition", span)
        if tree.data in self._primary:
            return self._primary[tree.data](tree, span, depth)
        match tree.data:
            case "expr":
                condition, yes, no = (self.node(child, depth + 1) for child in children)
                return Choice(condition, yes, no, span)
            case "conditionalor" | "conditionaland":
                op = "||" if tree.data == "conditionalor" else "&&"
                return self._binary(op, children[0], children[1], span, depth)
            case "unary":
                op = "!" if children[0].data == "unary_not" else "-"
                return Unary(op, self.node(children[1], depth + 1), span)
            case _:
                op = _RELATIONS[children[0].data]
                return self._binary(op, children[0].children[0], children[1], span, depth)

    def _binary(self, op: str, left: Any, right: Any, span: Span, depth: int) -> Node:
        return Binary(op, self.node(left, depth + 1), self.node(right, depth + 1), span)

    def _literal(self, tree: Any, span: Span, depth: int) -> Node:
        token: Token = tree.children[0]
        match token.type:
            case "BOOL_LIT":
                return Const(str(token) == "true", span)
            case "INT_LIT":
                value = int(token, 16 if "x" in token.lower() else 10)
                if not -(2**63) <= value < 2**63:
                    raise refuse(f"{token} does not fit 64 bits", span)
                return Const(value, span)
            case "FLOAT_LIT":
                return Const(float(token), span)
            case "STRING_LIT" | "MLSTRING_LIT":
                return Const(_unquote(str(token), span), span)
            case "NULL_LIT":
                raise refuse("null cannot be compared; write has(name)", span)
            case _:
                raise refuse(f"{token} is no number, text or boolean", span)

    def _ident(self, tree: Any, span: Span, depth: int) -> Node:
        name = str(tree.children[0])
        if name == "null":
            raise refuse("null cannot be compared; write has(name)", span)
        return Param(name[1:], span) if span.start in self._params else Name(name, span)

    def _list(self, tree: Any, span: Span, depth: int) -> Node:
        return Items(self._args(tree.children, depth), span)

    def _call(self, tree: Any, span: Span, depth: int) -> Node:
        name = str(tree.children[0])
        return Call(name, self._args(tree.children[1:], depth), span)

    def _method(self, tree: Any, span: Span, depth: int) -> Node:
        function = str(tree.children[1])
        if function in _MACROS:
            raise refuse(f"{function}() loops; a condition cannot", span)
        owner = self.node(tree.children[0], depth + 1)
        return Call(function, (owner, *self._args(tree.children[2:], depth)), span)

    def _member(self, tree: Any, span: Span, depth: int) -> Node:
        owner = self.node(tree.children[0], depth + 1)
        if not isinstance(owner, Name):
            raise refuse("only a name can be followed by a dot and a name", span)
        return Name(f"{owner.name}.{tree.children[1]}", span)

    def _args(self, children: list[Any], depth: int) -> tuple[Node, ...]:
        return tuple(self.node(item, depth + 1) for listed in children for item in listed.children)


def _span(tree: Tree[Token]) -> Span:
    meta = tree.meta
    if meta.empty:  # an empty list literal has no token of its own
        return Span(1, 1, 0, 0)
    return Span(meta.line, meta.column, meta.start_pos, meta.end_pos)


def _unquote(token: str, span: Span) -> str:
    """Return the text of a string literal (CEL language definition, "String and Bytes Values")."""
    raw = token[0] in "rR"
    body = token[1:] if raw else token
    quotes = 3 if body[:3] in ('"""', "'''") and len(body) >= 6 else 1
    body = body[quotes:-quotes]
    if raw:
        return body

    def plain(match: re.Match[str]) -> str:
        simple, two, four, eight, octal, wrong = match.groups()
        if wrong is not None:
            raise refuse(f"unknown escape \\{wrong}", span)
        if simple is not None:
            return _SIMPLE.get(simple, simple)
        number = int(octal, 8) if octal else int(two or four or eight, 16)
        if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
            raise refuse(f"{match[0]} is no character", span)
        return chr(number)

    return _ESCAPE.sub(plain, body)
