"""``python -m tests.faults --kills 300 --seed 1``: kill everything again and again, then print the account."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.chance import strokes
from tests.faults.ordeal import prepared
from tests.faults.story import write
from tests.faults.table import table
from tests.paths import data

STEPS_A_KILL = 3  # about so many
MESSAGES = 2_000  # of the story, roughly


def kill(kills: int, seed: int) -> int:
    """Run an ordeal; return 1 where the account is wrong."""
    with tempfile.TemporaryDirectory(prefix="ops-faults-") as name:
        story = write(Path(name) / "story", data(), messages_a_step=max(1, MESSAGES // (kills * STEPS_A_KILL)))
        print(f"seed {seed}: {kills} kills over {len(story.steps)} steps", flush=True)
        with prepared(story, Path(name) / "stack", strokes(kills, seed)) as ordeal:
            outcome = ordeal.run()
    print(table(outcome), flush=True)
    return int(bool(outcome.wrong))


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    return kill(given.kills, given.seed)


if __name__ == "__main__":
    sys.exit(main())
