"""What errors of other libraries are called in messages to people."""

from __future__ import annotations

import httpx

from ops_center.domain.errors import words_of


def test_an_error_that_says_nothing_is_named_by_its_kind() -> None:
    assert words_of(httpx.ReadTimeout("")) == "ReadTimeout"


def test_an_error_that_says_something_is_quoted() -> None:
    assert words_of(OSError("no route to host")) == "no route to host"
