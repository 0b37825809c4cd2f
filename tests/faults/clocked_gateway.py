"""The product's gateway on a machine whose time of day can be set wrong: by the seconds that a file states."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from ops_center.adapters.clocks import SystemClock, wall_ms
from ops_center.bootstrap.roles.gateway import make_gateway
from ops_center.bootstrap.roles.running import stopped_by_signals
from ops_center.deployment import load_deployment

OFFSET = "wrong-by-ms"  # a file beside the deployment's


def main(config: Path, name: str) -> None:
    """Run until told to stop."""
    wrong = config.with_name(OFFSET)

    def wall() -> int:
        return wall_ms() + (int(wrong.read_text() or 0) if wrong.exists() else 0)

    stopping = stopped_by_signals()
    role = make_gateway(load_deployment(config), name, stopping, clock=SystemClock(wall=wall))
    role.start()
    stopping.wait()
    role.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.ERROR)
    main(Path(sys.argv[1]), sys.argv[2])
