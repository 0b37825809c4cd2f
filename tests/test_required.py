"""What is promised and absent is a failure; alone, a developer's run skips it and says what."""

from __future__ import annotations

import pytest

from tests.required import PROMISED, absent


@pytest.mark.parametrize("promise", PROMISED)
def test_where_everything_is_promised_an_absence_is_a_failure(monkeypatch: pytest.MonkeyPatch, promise: str) -> None:
    monkeypatch.setenv(promise, "1")
    with pytest.raises(pytest.fail.Exception, match="no Chromium"):
        absent("no Chromium")


def test_a_developer_without_it_is_told_what_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROMISED:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Chromium"):
        absent("no Chromium")
