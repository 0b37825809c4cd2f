"""Thirty random kills of roles and servers change nothing that comes of a scenario (long form: README)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.chance import KINDS, kind_of, strokes
from tests.faults.ordeal import prepared
from tests.faults.story import Story
from tests.faults.table import table

KILLS, SEED = 30, 20190811


@pytest.mark.slow
@pytest.mark.timeout(1_400)
def test_kills_of_everything_change_nothing_and_lose_nothing(
    story: Story, tmp_path: Path, kafka_address: str, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with prepared(story, tmp_path / "stack", strokes(KILLS, SEED)) as ordeal:
        outcome = ordeal.run()
    with capsys.disabled():
        print(f"\n{table(outcome)}")
    assert outcome.wrong == []
    died = Counter(kind_of(one.victim) for one in outcome.recoveries)
    assert all(died[kind] >= KILLS // len(KINDS) for kind in KINDS)
    assert outcome.repeated_steps > 0
    assert outcome.notes > 0
    for kind in ("Alert", "Incident", "PlaybookRun", "Dispatch", "PublicWarning"):
        assert outcome.things[kind] > 1, kind
