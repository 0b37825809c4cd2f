"""Copies of frozen dataclasses with other values: `dataclasses.replace` for the desk's busiest places."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import fields
from inspect import ismemberdescriptor
from itertools import repeat
from operator import attrgetter, call
from typing import Any, TypeVar

T = TypeVar("T")


def changed(thing: T, **values: Any) -> T:
    """Return `thing` with these fields changed; TypeError for a field it has not.

    A fifth of the time of `dataclasses.replace`, which calls the class: only for classes with slots
    and without ``__post_init__``, whose fields have nothing to check.
    """
    of = type(thing)
    places, read, put = _KNOWN.get(of) or _known(of)
    all_values = list(read(thing))
    for name, value in values.items():
        place = places.get(name)
        if place is None:
            raise TypeError(f"{of.__name__} has no field {name!r}")
        all_values[place] = value
    copy = object.__new__(of)
    deque(map(call, put, repeat(copy), all_values), maxlen=0)  # no loop of ours
    return copy


_Parts = tuple[dict[str, int], Callable[[Any], tuple[Any, ...]], tuple[Callable[[Any, Any], None], ...]]
_KNOWN: dict[type[Any], _Parts] = {}


def _known(of: type[Any]) -> _Parts:
    if hasattr(of, "__post_init__"):
        raise TypeError(f"{of.__name__} checks its fields: use dataclasses.replace")
    names = tuple(field.name for field in fields(of))
    if len(names) < 2:
        raise TypeError(f"{of.__name__} has fewer than two fields: use dataclasses.replace")
    slots = [slot for slot in (getattr(of, name, None) for name in names) if ismemberdescriptor(slot)]
    if len(slots) < len(names):
        raise TypeError(f"{of.__name__} has no slots: use dataclasses.replace")
    puts = tuple(slot.__set__ for slot in slots)
    return _KNOWN.setdefault(of, ({name: place for place, name in enumerate(names)}, attrgetter(*names), puts))
