"""Table: recovery times by kind, and what the account said, for people."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import numpy as np

from tests.faults.chance import KINDS, kind_of
from tests.faults.ordeal import Outcome
from tests.faults.watching import Recovery


def table(outcome: Outcome) -> str:
    """Return the summary of an ordeal."""
    return "\n".join(_lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    yield (
        f"{len(outcome.recoveries)} kills in {outcome.took_s / 60:.1f} min, "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    yield "until outputs went on, seconds:  all deaths            those with no other death meanwhile"
    yield f"{'kind':<10}{'kills':>7}{'p50':>8}{'max':>8}{'':>9}{'kills':>7}{'p50':>8}{'max':>8}"
    for kind in KINDS:
        of = [one for one in outcome.recoveries if kind_of(one.victim) == kind]
        yield f"{kind:<10}{_figures(of)}{'':>9}{_figures([one for one in of if one.alone])}"
    things = ", ".join(f"{count} {kind}" for kind, count in sorted(outcome.things.items()))
    yield f"came to: {things}; {outcome.notes} messages to people"
    yield (
        f"again: {outcome.repeated_steps} steps sent, {outcome.repeated_messages} input messages dropped by content, "
        f"{outcome.repeated_notes} messages to people"
    )
    yield "equal to the undisturbed run, nothing lost, nothing double" if not outcome.wrong else "WRONG:"
    yield from outcome.wrong


def _figures(of: Sequence[Recovery]) -> str:
    took = [one.took_s for one in of if one.took_s is not None]
    if not took:
        return f"{len(of):>7}{'-':>8}{'-':>8}"
    return f"{len(of):>7}{np.median(took):>8.1f}{max(took):>8.1f}"
