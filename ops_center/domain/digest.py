"""Digest of logical content: what two runs of one journal must agree on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from hashlib import blake2b
from typing import Any

from ops_center.domain.text import Json

_SCALARS = frozenset({type(None), bool, int, str, float})


def plain(thing: Any) -> Json:
    """Return a frozen dataclass (or tuple, mapping, enum, scalar) as plain JSON values."""
    kind = type(thing)
    if kind in _SCALARS:
        return thing
    names = _names(kind)
    if names is not None:
        return {name: plain(getattr(thing, name)) for name in names}
    if isinstance(thing, Enum):
        return str(thing.value)
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in sorted(thing.items(), key=lambda kv: str(kv[0]))}
    if isinstance(thing, tuple | list):
        return [plain(item) for item in thing]
    if isinstance(thing, bool | int | str | float):
        return thing
    raise TypeError(f"{kind.__name__} has no plain form")


_FIELDS: dict[type, tuple[str, ...] | None] = {}  # asked once a type: a digest reads a million values


def _names(kind: type) -> tuple[str, ...] | None:
    """Return the field names of a dataclass, None for any other type."""
    if kind not in _FIELDS:
        known = dataclasses.is_dataclass(kind)
        _FIELDS[kind] = tuple(field.name for field in dataclasses.fields(kind)) if known else None
    return _FIELDS[kind]


def canonical(thing: Any) -> str:
    """Return canonical JSON: sorted keys, no spaces, UTF-8 kept."""
    return json.dumps(plain(thing), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(*things: Any) -> str:
    """Return a 32-digit hex digest of the canonical form of `things`."""
    digest = blake2b(digest_size=16)
    for thing in things:
        digest.update(canonical(thing).encode() + b"\n")
    return digest.hexdigest()
