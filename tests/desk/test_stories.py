"""Every test a playbook carries, told to the desk as commands: the desk carries out what the engine asks for."""

from __future__ import annotations

import pytest

from tests.scenarios.stories import STORIES, differences, record


@pytest.mark.parametrize(("book", "number"), STORIES)
def test_the_desk_makes_of_the_story_what_the_playbooks_own_test_says(book: str, number: int):
    assert differences(book, number, record(book, number).run) == []
