"""Playbooks' stories with the desk killed between their steps: nothing done twice, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.stories import STORIES

KILLS = 6


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.story_crashes", str(tmp_path_factory.mktemp("stories")), str(KILLS)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=1_200,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {(line["book"], line["number"]): line for line in lines}


@pytest.mark.slow
@pytest.mark.parametrize(("book", "number"), STORIES)
def test_a_desk_that_is_killed_again_and_again_ends_where_an_unharmed_one_does(
    told: dict[tuple[str, int], dict[str, Any]], book: str, number: int
):
    line = told[book, number]
    unharmed, killed = line["unharmed"], line["killed"]
    assert killed["digest"] == unharmed["digest"]
    assert killed["sent"] == unharmed["sent"]  # each intent once, none missing
    assert len(set(killed["sent"])) == len(killed["sent"])
    assert killed["announced"] == unharmed["announced"]
    assert len(set(killed["announced"])) == len(killed["announced"])
    assert killed == unharmed


@pytest.mark.slow
def test_the_stories_were_killed_and_did_everything(told: dict[tuple[str, int], dict[str, Any]]):
    assert sum(line["died"] for line in told.values()) >= len(STORIES)
    for what in ("sent", "announced"):
        assert sum(len(line["unharmed"][what]) for line in told.values()) > 5
    for what in ("dispatches", "warnings", "children", "undone"):
        assert sum(line["unharmed"][what] for line in told.values()) > 1
