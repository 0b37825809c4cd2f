"""Where third-party vectors and real data lie; only where ../shared is absent are tests skipped for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

_SHARED = Path(__file__).resolve().parents[2] / "shared"


def vectors() -> Path:
    """Return the folder of third-party vectors (OPS_VECTORS, or shared/vectors beside the checkout)."""
    return _folder("OPS_VECTORS", _SHARED / "vectors")


def data() -> Path:
    """Return the folder of real data (OPS_DATA, or shared/data beside the checkout)."""
    return _folder("OPS_DATA", _SHARED / "data")


def each(found: Callable[[], Iterable[Any]]) -> list[Any]:
    """Return what a test is parametrized by; where ../shared is absent one case, skipped for that reason."""
    try:
        cases = list(found())
    except pytest.skip.Exception as absent:
        return [pytest.param(None, id="absent", marks=pytest.mark.skip(reason=str(absent.msg)))]
    assert cases, "nothing to test by"
    return cases


def _folder(variable: str, usual: Path) -> Path:
    named = os.environ.get(variable)
    path = Path(named or usual)
    if not path.is_dir():
        if named:
            pytest.fail(f"{variable} names {named}, which is no folder")
        pytest.skip(f"../shared/{usual.name} is absent; set {variable} to a folder of the same layout")
    return path
