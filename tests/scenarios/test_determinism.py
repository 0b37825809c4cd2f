"""One journal gives one result: batch sizes, hash seeds, partitions (issue 3, Must show 4)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import data
from tests.scenarios import slices
from tests.scenarios.content import Scenario
from tests.scenarios.running import fingerprint, run


@pytest.fixture(scope="module", params=slices.NAMES)
def scenario(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return slices.write(request.param, tmp_path_factory.mktemp(request.param), data())


@pytest.fixture(scope="module")
def usual(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> str:
    found = fingerprint(run(scenario), tmp_path_factory.mktemp("usual"))
    *_, occurrences, events = found.split()
    assert int(occurrences) >= 3
    assert int(events) >= 30
    return found


@pytest.mark.parametrize("rows", [1, 7, 1_000])
def test_batches_of_any_size_give_the_same_result(scenario: Scenario, usual: str, rows: int, tmp_path: Path) -> None:
    assert fingerprint(run(scenario, batch_rows=rows), tmp_path) == usual


@pytest.mark.parametrize("partitions", [1, 16])
def test_any_number_of_partitions_gives_the_same_result(
    scenario: Scenario, usual: str, partitions: int, tmp_path: Path
) -> None:
    assert fingerprint(run(scenario, partitions=partitions), tmp_path) == usual


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_any_hash_seed_gives_the_same_result(scenario: Scenario, usual: str, seed: str, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.digests", scenario.to_json(), str(tmp_path), "4", "1000"],
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stdout.strip() == usual


KILLS = 20


def test_twenty_kills_and_restarts_give_the_same_result(
    scenario: Scenario, tmp_path_factory: pytest.TempPathFactory
) -> None:
    unharmed, *_ = crashes(scenario, tmp_path_factory.mktemp("unharmed"), 0)
    killed, died = crashes(scenario, tmp_path_factory.mktemp("killed"), KILLS)
    assert died > 0
    assert killed == unharmed


def crashes(scenario: Scenario, folder: Path, kills: int) -> tuple[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.scenarios.crashes", scenario.to_json(), str(folder), str(kills)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    found, _, died = done.stdout.strip().rpartition(" ")
    return found, int(died)
