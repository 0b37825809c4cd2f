"""The story, written and played once in a session."""

from __future__ import annotations

import os

import pytest

from tests.faults.story import Story, write
from tests.paths import data

# Minutes of killing and stopping real servers, begun on purpose: OPS_FAULTS=1 pytest tests/faults.
collect_ignore = [] if os.environ.get("OPS_FAULTS") else ["test_kills.py", "test_outages.py"]


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return write(tmp_path_factory.mktemp("story"), data(), messages_a_step=20)
