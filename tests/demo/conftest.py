"""A small fleet on a square road network, planned once."""

from __future__ import annotations

import pytest

from ops_center.demo.fleet import Fleet, make_fleet
from tests.demo.square import HOUR, START, square


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    return make_fleet(square(), size=40, seed=7, depots=3, start_ms=START, until_ms=START + 12 * HOUR)[0]
