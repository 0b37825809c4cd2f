"""Copies of frozen dataclasses with other values: `dataclasses.replace` for the desk's busiest places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def changed(thing: T, **values: Any) -> T:
    """Return `thing` with these fields changed; TypeError for a field it has not.

    About a third of the time of `dataclasses.replace`, which calls the class: only for classes
    without ``__post_init__``, whose fields have nothing to check.
    """
    of = type(thing)
    names, read = _KNOWN.get(of) or _known(of)
    copy = object.__new__(of)
    put = object.__setattr__
    for name, value in zip(names, read(thing), strict=True):
        put(copy, name, values.pop(name, value))
    if values:
        raise TypeError(f"{type(thing).__name__} has no field {next(iter(values))!r}")
    return copy


_Reader = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]
_KNOWN: dict[type[Any], _Reader] = {}


def _known(of: type[Any]) -> _Reader:
    if hasattr(of, "__post_init__"):
        raise TypeError(f"{of.__name__} checks its fields: use dataclasses.replace")
    names = tuple(field.name for field in fields(of))
    if len(names) < 2:
        raise TypeError(f"{of.__name__} has fewer than two fields: use dataclasses.replace")
    return _KNOWN.setdefault(of, (names, attrgetter(*names)))
