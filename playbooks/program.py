"""Program: the compiled form of a set of rules, as the worker and the desk run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import Column
from ops_center.domain.rule import Rule
from ops_center.domain.text import Json

Mask = NDArray[np.bool_]


class Expression(Protocol):
    """One compiled CEL condition."""

    @property
    def names(self) -> tuple[str, ...]:
        """Columns it reads, sorted: ``speed_kph``, ``cargo.hazard_class``, ``school.pupils``."""
        ...

    def masks(self, namespace: Mapping[str, Column], n: int) -> tuple[Mask, Mask]:
        """Return (true, known) for `n` rows; a name absent from `namespace` is null in every row."""
        ...

    def explain(self, values: Mapping[str, Json]) -> dict[str, Json]:
        """Return ``{"result": true|false|"unknown", "parts": [...], "missing": [...]}`` for one row."""
        ...


class Calendar(Protocol):
    """Windows of local time in a named zone."""

    def holds(self, times_ms: NDArray[np.int64]) -> Mask:
        """Return where a UTC instant lies inside a window."""
        ...

    def edges(self, from_ms: int, to_ms: int) -> Sequence[int]:
        """Return the instants in (from_ms, to_ms] at which a window opens or closes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """A rule with its conditions compiled; `names` is all that its row needs (group keys too)."""

    rule: Rule
    when: Expression
    then: Expression | None
    clear: Expression | None
    calendar: Calendar | None
    names: tuple[str, ...]
    # The group key's parts as (name in the key, column it is read from): ("vehicle", "subject"),
    # ("school", "school.key"), ("admin.county", "admin.county").
    group: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """All rules in force, in order of id; `version` is their content hash."""

    version: str
    rules: tuple[CompiledRule, ...] = ()
