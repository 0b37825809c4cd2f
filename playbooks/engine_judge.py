"""Judge a playbook's condition (CEL) against a run's context: true, false, or unknown (None)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import cel

from ops_center.domain.text import Json

MOST_CHARACTERS = 1_000


def judge(condition: str, context: Mapping[str, Json]) -> bool | None:
    """Return the condition's value; a missing or unlike input makes it unknown, as in rules."""
    program = _compiled(condition)
    try:
        value = program.execute(dict(context))
    except (KeyError, RuntimeError, TypeError, ValueError):
        # What CEL raises where a name is absent or types do not compare (spec: evaluation errors).
        return None
    return value if isinstance(value, bool) else None


def check_condition(condition: str) -> None:
    """Raise ValueError with the parser's reason where the text is no CEL expression."""
    if len(condition) > MOST_CHARACTERS:
        raise ValueError(f"longer than {MOST_CHARACTERS} characters")
    _compiled(condition)


@lru_cache(maxsize=512)
def _compiled(condition: str) -> cel.Program:
    return cel.compile(condition)
