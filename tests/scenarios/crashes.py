"""Kill a process that runs a scenario over a journal on disk, again and again, then let one finish.

Arguments: the scenario as JSON, an empty folder, the number of kills. Prints the fingerprint. Each
life is a forked child that takes up the newest snapshot, reads on, and saves every few steps; the
parent kills it (SIGKILL) right after it announced a step, wherever it then is.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np

from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.snapshots_file import FileSnapshots
from ops_center.bootstrap import Run, Setup, make_loop, picture_at, topics
from ops_center.pipeline.filled import fill_journal
from ops_center.pipeline.loop import newest
from tests.scenarios.content import Scenario
from tests.scenarios.living import setup_of
from tests.scenarios.running import fingerprint

PARTITIONS = 2
ROWS = 50  # a batch, so that there are many steps
SAVE_EVERY = 7
LONGEST = 40  # steps of a life, at most
AFTER_MS = 1_300_000


def fill(scenario: Scenario, setup: Setup, folder: Path) -> None:
    """Write the input once."""
    with FileJournal(folder / "journal", topics(PARTITIONS)) as journal:
        inputs = [(setup.content.feeds[name], path) for name, path in scenario.inputs]
        fill_journal(journal, inputs, rows_per_block=ROWS, after_ms=AFTER_MS)


def live(setup: Setup, folder: Path, told: int | None) -> str:
    """Run from the newest snapshot to the end; write a byte to `told` before each step."""
    snapshots = FileSnapshots(folder / "snapshots")
    with FileJournal(folder / "journal", topics(PARTITIONS)) as journal:
        loop = make_loop(setup, journal, hold=True)
        saved = newest(snapshots)
        if saved is not None:
            loop.restore(saved)
        step = 0
        while True:
            if told is not None:
                os.write(told, b".")
            if not loop.step():
                break
            step += 1
            if step % SAVE_EVERY == 0:
                loop.save(snapshots)
        picture = picture_at(loop, loop.progress_ms, replay=False, early=False)
        finished = Run(setup=setup, journal=journal, loop=loop, picture=picture, messages=0)
        return fingerprint(finished, folder / "results")


def killed(setup: Setup, folder: Path, steps: int) -> bool:
    """Run a child and kill it after so many steps; False where it had finished before."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        live(setup, folder, write)
        os._exit(0)
    os.close(write)
    heard = 0
    while heard < steps and (octets := os.read(read, steps - heard)):
        heard += len(octets)
    os.kill(pid, signal.SIGKILL)
    os.close(read)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


if __name__ == "__main__":
    given, where, kills = Scenario.of_json(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    setup = setup_of(given, batch_rows=ROWS)
    fill(given, setup, where)
    chance = np.random.default_rng([20190811, len(given.name)])
    died = sum(killed(setup, where, int(chance.integers(1, LONGEST))) for _ in range(kills))
    sys.stdout.write(f"{live(setup, where, None)} {died}\n")
