"""Print the digest of a scenario, for a test that runs it in a process of its own.

Arguments: the scenario as JSON, a folder for results, partitions, rows a batch.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.scenarios.content import Scenario
from tests.scenarios.running import fingerprint, run

if __name__ == "__main__":
    given, out, partitions, rows = sys.argv[1:]
    finished = run(Scenario.of_json(given), partitions=int(partitions), batch_rows=int(rows))
    sys.stdout.write(fingerprint(finished, Path(out)) + "\n")
