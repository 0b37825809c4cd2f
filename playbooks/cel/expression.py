"""Compiled conditions: masks over a batch, and the reasons for one row, from the same functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ops_center.columns import Codes, Column
from ops_center.domain.errors import BadInput, ContentError
from ops_center.domain.text import Json
from playbooks.cel.compiler import Compiler, Leaf
from playbooks.cel.functions import Constant, Run, masks_of
from playbooks.cel.tree import parse
from playbooks.cel.values import BOOLEAN, INTEGER, NUMBER, TEXT, Mask, Rows, Value


@dataclass(frozen=True, slots=True)
class Compiled:
    """One condition in force (the `Expression` of playbooks/program.py)."""

    text: str
    kinds: Mapping[str, str]  # the names it reads, with their kinds
    leaves: tuple[Leaf, ...]
    run: Run

    @property
    def names(self) -> tuple[str, ...]:
        """Columns it reads, sorted."""
        return tuple(sorted(self.kinds))

    def masks(self, namespace: Mapping[str, Column], n: int) -> tuple[Mask, Mask]:
        """Return (true, known) for `n` rows; a name absent from `namespace` is null in every row."""
        return masks_of(self.run(Rows(namespace, n)), n)

    def explain(self, values: Mapping[str, Json]) -> dict[str, Json]:
        """Return the result for one row, test by test, with each input and what was missing."""
        flat = flatten(values)
        rows = Rows({name: _column(name, flat[name], kind) for name, kind in self._given(flat)}, 1)
        parts = [self._part(leaf, rows, flat) for leaf in self.leaves]
        result = _result(self.run(rows))
        missing: list[str] = []
        if result == "unknown":
            unknown = [name for part in parts if part["result"] == "unknown" for name in part["missing"]]
            missing = sorted(set(unknown))
        return {"result": result, "parts": parts, "missing": missing}

    def _given(self, flat: Mapping[str, Json]) -> list[tuple[str, str]]:
        return [(name, kind) for name, kind in self.kinds.items() if flat.get(name) is not None]

    def _part(self, leaf: Leaf, rows: Rows, flat: Mapping[str, Json]) -> dict[str, Json]:
        missing = [name for name in leaf.names if flat.get(name) is None]
        result = _result(leaf.run(rows))
        part: dict[str, Json] = {
            "condition": " ".join(self.text[leaf.span.start : leaf.span.end].split()),
            "result": result,
            "values": {name: flat.get(name) for name in leaf.names},
            "missing": missing,
        }
        if result != "unknown" and (taken := sorted(leaf.assumed & set(missing))):
            part["assumed"] = taken
        return part


def compile_condition(
    text: str,
    environment: Mapping[str, str],
    *,
    params: Mapping[str, Constant | tuple[Constant, ...]] | None = None,
    if_missing: Mapping[str, str] | None = None,
) -> Compiled:
    """Return the compiled condition; ContentError with its line, column and nearest right name.

    `environment` maps each name to number, integer, text or boolean. `if_missing` maps a name or
    the first part of names ("cargo") to what a test is taken for when only they are missing.
    """
    compiler = Compiler(environment, params or {}, if_missing or {})
    try:
        typed = compiler.condition(parse(text))
    except RecursionError as error:
        raise ContentError("nested too deep", line=1, column=1) from error
    kinds = {name: environment[name] for name in sorted(typed.names)}
    return Compiled(text, kinds, tuple(compiler.leaves), typed.run)


def flatten(values: Mapping[str, Json], prefix: str = "") -> dict[str, Json]:
    """Return nested maps as dotted names: ``{"cargo": {"un_number": "1203"}}`` -> ``cargo.un_number``."""
    flat: dict[str, Json] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _result(value: Value) -> Json:
    true, known = masks_of(value, 1)
    return bool(true[0]) if known[0] else "unknown"


def _column(name: str, value: Json, kind: str) -> Column:
    """Return one given value as a column of its kind; BadInput where it is of another."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == TEXT and isinstance(value, str):
        return Codes(np.zeros(1, np.int32), (value,))
    if kind == BOOLEAN and isinstance(value, bool):
        return np.asarray([int(value)], dtype=np.int8)
    if kind == NUMBER and number:
        return np.asarray([value], dtype=np.float64)
    if kind == INTEGER and number and float(value).is_integer() and abs(value) < 2**63:
        return np.asarray([int(value)], dtype=np.int64)
    raise BadInput(f"{value!r} is not {kind}", field=name)
