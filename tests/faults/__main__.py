"""``python -m tests.faults``: kill everything again and again, or take servers away for long; print what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.centre import working
from tests.faults.chance import strokes
from tests.faults.ordeal import prepared
from tests.faults.outages import OUTAGES
from tests.faults.story import write
from tests.faults.table import table
from tests.paths import data

STEPS_A_KILL = 3  # about so many
MESSAGES = 2_000  # of the story, roughly
OUTAGE_S = 600.0


def kill(kills: int, seed: int) -> int:
    """Run an ordeal; return 1 where the account is wrong."""
    with tempfile.TemporaryDirectory(prefix="ops-faults-") as name:
        story = write(Path(name) / "story", data(), messages_a_step=max(1, MESSAGES // (kills * STEPS_A_KILL)))
        print(f"seed {seed}: {kills} kills over {len(story.steps)} steps", flush=True)
        with prepared(story, Path(name) / "stack", strokes(kills, seed)) as ordeal:
            ordeal.say = lambda text: print(text, flush=True)
            outcome = ordeal.run()
    print(table(outcome), flush=True)
    return int(bool(outcome.wrong))


def take_away(scale: float) -> int:
    """Run every outage, ten minutes each times `scale`."""
    with tempfile.TemporaryDirectory(prefix="ops-faults-") as name, working(Path(name)) as centre:
        for outage, happens in OUTAGES.items():
            print(f"{outage} for {OUTAGE_S * scale:.0f} s: {happens(centre, OUTAGE_S * scale)}", flush=True)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="how many in all, every kind equally often")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outages", action="store_true", help="outages of ten minutes instead of kills")
    parser.add_argument("--scale", type=float, default=1.0, help="of the outages' length")
    given = parser.parse_args(arguments)
    return take_away(given.scale) if given.outages else kill(given.kills, given.seed)


if __name__ == "__main__":
    sys.exit(main())
