"""Check a condition's types and turn its tree into functions over a batch.

Types are CEL's: integers and doubles compare with each other, but `+ - * / %` wants both sides
alike; texts and booleans compare only with their own kind. Two functions are ours: ``has(name)``
takes any name, and ``bit(word, 3)`` tests a bit of an alarm or status word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ops_center.content import nearest
from playbooks.cel import functions as fn
from playbooks.cel.functions import Constant, Run, Typed
from playbooks.cel.tree import Binary, Call, Choice, Const, Items, Name, Node, Param, Span, Unary, refuse
from playbooks.cel.values import BOOLEAN, TEXT, Rows, Value, both, conjunction, disjunction, invert, truth

ASSUMPTIONS = ("assume_true", "assume_false", "assume_dangerous", "skip")

_ARGUMENTS = {
    "has": 1,
    "size": 1,
    "bit": 2,
    "int": 1,
    "double": 1,
    "startsWith": 2,
    "endsWith": 2,
    "contains": 2,
    "matches": 2,
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A comparison or test that stands between the logical operators; what "why" lists."""

    span: Span
    names: tuple[str, ...]
    run: Run
    assumed: frozenset[str] = frozenset()  # those that `if_missing` stands in for


class Compiler:
    """Compiles the nodes of one condition; collects its leaves in order of appearance."""

    def __init__(
        self,
        environment: Mapping[str, str],
        params: Mapping[str, Constant | tuple[Constant, ...]],
        assume: Mapping[str, str],
    ) -> None:
        self._environment, self._params, self._assume = environment, params, assume
        self.leaves: list[Leaf] = []

    def condition(self, node: Node) -> Typed:
        """Compile a node that must be boolean; below it stand the leaves."""
        match node:
            case Binary(op="&&" | "||", left=left, right=right):
                a, b = self.condition(left), self.condition(right)
                join = conjunction if node.op == "&&" else disjunction
                return Typed(BOOLEAN, a.names | b.names, lambda rows: join(a.run(rows), b.run(rows)))
            case Unary(op="!", of=inner):
                x = self.condition(inner)
                return Typed(BOOLEAN, x.names, lambda rows: invert(x.run(rows)))
            case Choice(condition=asked, yes=yes, no=no):
                c, a, b = self.condition(asked), self.condition(yes), self.condition(no)
                return fn.choice(c, a, b, BOOLEAN)
            case _:
                typed = self.value(node)
                if typed.kind != BOOLEAN:
                    raise refuse(f"this is {fn.article(typed.kind)}, not true or false", node.span)
                if typed.constant is None and not _is_has(node):
                    typed = self._assumed(typed)
                assumed = frozenset(name for name in typed.names if self._action(name) != "skip")
                self.leaves.append(Leaf(node.span, tuple(sorted(typed.names)), typed.run, assumed))
                return typed

    def value(self, node: Node) -> Typed:
        """Compile any node but a list."""
        match node:
            case Const(value=value):
                return fn.constant(value)
            case Param():
                given = self._param(node)
                if isinstance(given, tuple):
                    raise refuse(f"${node.name} is a list; use it with in", node.span)
                return fn.constant(given)
            case Name():
                return self._name(node)
            case Unary(op="-", of=inner):
                return fn.negated(self.value(inner), node.span)
            case Binary(op="in"):
                return self._membership(node)
            case Binary(op="&&" | "||") | Unary(op="!"):
                return self._nested(node)
            case Binary(op=op) if op in fn.COMPARE:
                return fn.comparison(op, self.value(node.left), self.value(node.right), node)
            case Binary():
                return fn.calculation(node, self.value(node.left), self.value(node.right))
            case Choice():
                return self._either(node)
            case Call():
                return self._call(node)
            case _:
                raise refuse("a list can only stand right of in", node.span)

    def _nested(self, node: Node) -> Typed:
        """Compile logic inside a comparison: it belongs to the leaf around it."""
        kept = list(self.leaves)
        typed = self.condition(node)
        self.leaves = kept
        return typed

    def _name(self, node: Name) -> Typed:
        kind = self._environment.get(node.name)
        if kind is None:
            hint = nearest(node.name, self._environment)
            raise refuse(f"unknown name {node.name!r}", node.span, hint)
        name = node.name
        return Typed(kind, frozenset({name}), lambda rows: fn.read(rows, name, kind))

    def _param(self, node: Param) -> Constant | tuple[Constant, ...]:
        if node.name not in self._params:
            hint = nearest(node.name, self._params)
            raise refuse(f"unknown parameter ${node.name}", node.span, hint and f"${hint}")
        return self._params[node.name]

    def _either(self, node: Choice) -> Typed:
        condition = self._nested(node.condition)
        yes, no = self.value(node.yes), self.value(node.no)
        if yes.kind != no.kind:
            raise refuse(f"the choice is between {fn.article(yes.kind)} and {fn.article(no.kind)}", node.span)
        return fn.choice(condition, yes, no, yes.kind)

    def _membership(self, node: Binary) -> Typed:
        item = self.value(node.left)
        if isinstance(node.right, Param) and isinstance(given := self._param(node.right), tuple):
            others = [fn.constant(value) for value in given]
        elif isinstance(node.right, Items):
            others = [self.value(other) for other in node.right.items]
        else:
            raise refuse('in wants a list on its right: ["3", "6.1"]', node.right.span)
        if item.kind == TEXT and item.constant is None and all(isinstance(o.constant, str) for o in others):
            return fn.one_of(item, frozenset(str(o.constant) for o in others))
        tests = [fn.comparison("==", item, other, node) for other in others]
        names = item.names.union(*(test.names for test in tests))

        def run(rows: Rows) -> Value:
            found = [test.run(rows) for test in tests]
            known = both(item.run(rows).known, *(value.known for value in found))
            data: Any = np.zeros(rows.n, np.bool_)
            for value in found:
                data = data | value.data
            return truth(data, known)

        return Typed(BOOLEAN, names, run)

    def _call(self, node: Call) -> Typed:
        wanted = _ARGUMENTS.get(node.function)
        if wanted is None:
            hint = nearest(node.function, _ARGUMENTS)
            raise refuse(f"unknown function {node.function}()", node.span, hint)
        if len(node.args) != wanted:
            raise refuse(f"{node.function}() takes {wanted} argument(s), not {len(node.args)}", node.span)
        if node.function == "has":
            return self._has(node)
        args = [self.value(arg) for arg in node.args]
        match node.function:
            case "size":
                return fn.size(args[0], node)
            case "bit":
                return fn.bit(args[0], args[1], node)
            case "int" | "double":
                return fn.convert(args[0], node)
            case "matches":
                return fn.matches(args[0], args[1], node)
            case _:
                return fn.text_test(node, args[0], args[1])

    def _has(self, node: Call) -> Typed:
        (arg,) = node.args
        if not isinstance(arg, Name):
            raise refuse("has() takes a name", node.span)
        self._name(arg)
        name = arg.name
        return Typed(BOOLEAN, frozenset({name}), lambda rows: Value(rows.known(name)))

    def _assumed(self, typed: Typed) -> Typed:
        """Return the test with `if_missing` applied: unknown only for want of an assumed name."""
        holds = {name: action for name in sorted(typed.names) if (action := self._action(name)) != "skip"}
        if not holds:
            return typed
        others = sorted(typed.names - set(holds))
        result = all(action != "assume_false" for action in holds.values())

        def run(rows: Rows) -> Value:
            value = typed.run(rows)
            if value.known is None:
                return value
            missing = ~np.logical_and.reduce([rows.known(name) for name in holds])
            taken = missing & ~value.known
            for name in others:
                taken &= rows.known(name)
            return Value(value.data | taken if result else value.data & ~taken, value.known | taken)

        return Typed(BOOLEAN, typed.names, run)

    def _action(self, name: str) -> str:
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            found = self._assume.get(".".join(parts[:length]))
            if found is not None:
                return found
        return "skip"


def _is_has(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "has"
