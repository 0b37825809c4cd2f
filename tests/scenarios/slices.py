"""A slice of each scenario, small enough to run many times."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios import jinan, lekima, loops, taxis
from tests.scenarios.content import Scenario

NAMES = ("taxis", "loops", "lekima", "jinan")


def write(name: str, folder: Path, data: Path) -> Scenario:
    """Write the slice of a scenario below `folder`."""
    match name:
        case "taxis":
            return taxis.write(folder, taxis.cut(taxis.read(data), hours=1, cabs=40))
        case "loops":
            road = loops.corridors(data)
            sizes = sorted(set(road.values()), key=lambda one: (-list(road.values()).count(one), one))
            speeds = loops.read(data).loc["2012-03-01 06:30:00":"2012-03-01 08:30:00"]  # type: ignore[misc]
            return loops.write(folder, data, speeds[[s for s in speeds.columns if road[s] in sizes[:2]]])
        case "lekima":
            return lekima.write(folder, data)
        case _:
            return jinan.write(folder, jinan.build(data, vehicles=10))
