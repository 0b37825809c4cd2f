"""Scenario (a) over all 12 days, once: ``python -m tests.scenarios.taxis_full``; prints figures, exits 1 if unequal."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import perf_counter

from tests.paths import data
from tests.scenarios import taxi_oracle, taxis
from tests.scenarios.running import ended_ms, run
from tests.scenarios.test_taxis import happenings


def main() -> int:
    """Compare the loop with the plain computation."""
    fixes = taxis.read(data())
    with tempfile.TemporaryDirectory() as folder:
        scenario = taxis.write(Path(folder), fixes, gather=False)
        began = perf_counter()
        finished = run(scenario)
        took_s = perf_counter() - began
    said = happenings(finished)
    zones = taxi_oracle.zones_of_san_francisco()
    began = perf_counter()
    end_ms = ended_ms(finished.journal)
    expected = set(taxi_oracle.expect(taxis.for_oracle(fixes), zones, limits=taxis.LIMITS, end_ms=end_ms))
    plain_s = perf_counter() - began
    unequal = len(expected ^ said.keys())
    print(f"{len(fixes):,} fixes of {fixes.cab.nunique()} cabs, {len(zones)} zones")
    print(f"loop {took_s:.0f} s, plain computation {plain_s:.0f} s")
    print("  ".join(f"{kind} {n:,}" for kind, n in sorted(Counter(h.kind for h in expected).items())))
    print(f"{len(expected):,} expected, {len(said):,} said, {unequal} unequal")
    return 1 if unequal else 0


if __name__ == "__main__":
    sys.exit(main())
