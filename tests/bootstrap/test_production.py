"""A role that starts while the broker comes and goes waits for it, and ends when it is told to."""

from __future__ import annotations

from threading import Event as Flag

import pytest

from ops_center.bootstrap import production
from ops_center.bootstrap.production import once_reachable
from ops_center.domain.errors import JournalError


def test_what_is_made_over_the_broker_is_made_again_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(production, "RETRY_S", 0.0)
    tried: list[int] = []

    def make() -> str:
        tried.append(len(tried))
        if len(tried) < 4:
            raise JournalError("does not answer", path="Kafka")
        return "made"

    assert once_reachable(make, Flag()) == "made"
    assert len(tried) == 4


def test_who_is_told_to_stop_waits_no_longer() -> None:
    stopping = Flag()

    def make() -> str:
        stopping.set()
        raise JournalError("does not answer", path="Kafka")

    with pytest.raises(JournalError, match="does not answer"):
        once_reachable(make, stopping)
