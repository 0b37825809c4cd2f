"""Memory: keep Python's search for reference cycles away from what stays loaded."""

from __future__ import annotations

import gc

# Objects made before the newest are searched, and how many searches of a generation come before one of the
# next. Python's own (700, 10, 10) suit a small program: at thousands of events a second it spends a
# third of the desk's time looking at alerts that are all still needed (tests/bench/bench_alerts.py).
THRESHOLDS = (50_000, 20, 50)


def settle() -> None:
    """Set aside all there is now, once a process has loaded code, content and layers; cycles made later are found."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
