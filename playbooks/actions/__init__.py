"""Actions a playbook's `act` step may take, one file a verb, found by their names."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import cast

from playbooks.effect import Action


@cache
def verbs() -> tuple[str, ...]:
    """Return every verb, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def action(verb: str) -> Action:
    """Return the action of a verb; KeyError where there is none."""
    if verb not in verbs():
        raise KeyError(verb)
    return cast(Action, import_module(f"{__name__}.{verb}"))
