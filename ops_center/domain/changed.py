"""Copies of frozen dataclasses with other values: `dataclasses.replace` for the desk's busiest places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from inspect import ismemberdescriptor
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def changed(thing: T, **values: Any) -> T:
    """Return `thing` with these fields changed; TypeError for a field it has not.

    A tenth of the time of `dataclasses.replace`, which calls the class: the copy is filled as one of an
    unfrozen twin with the same slots, and then said to be one of the class. Only for classes with slots
    and without ``__post_init__``, whose fields have nothing to check.
    """
    of = type(thing)
    places, read, twin = _KNOWN.get(of) or _known(of)
    all_values = list(read(thing))
    for name, value in values.items():
        place = places.get(name)
        if place is None:
            raise TypeError(f"{of.__name__} has no field {name!r}")
        all_values[place] = value
    copy = twin(*all_values)
    copy.__class__ = of
    return copy  # type: ignore[no-any-return]


_Parts = tuple[dict[str, int], Callable[[Any], tuple[Any, ...]], Callable[..., Any]]
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
    twin = make_dataclass(of.__name__, names, slots=True, eq=False, repr=False)
    return _KNOWN.setdefault(of, ({name: place for place, name in enumerate(names)}, attrgetter(*names), twin))
