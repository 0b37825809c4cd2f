"""What a test needs of its machine: where everything is promised, its absence is a failure, never a skip."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

PROMISED = ("OPS_SERVICES_REQUIRED", "CI")  # the first is set by ./ops test


def absent(told: str) -> NoReturn:
    """End a test that lacks a server or a browser; skip only where a developer runs pytest alone."""
    if any(os.environ.get(name) for name in PROMISED):
        pytest.fail(told)
    pytest.skip(told)
