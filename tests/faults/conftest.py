"""The story, written and played once in a session."""

from __future__ import annotations

import pytest

from tests.faults.story import Story, write
from tests.paths import data


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return write(tmp_path_factory.mktemp("story"), data(), messages_a_step=20)
