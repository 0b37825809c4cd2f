"""The tests every shipped playbook carries, plain and with save and restore after every step."""

from __future__ import annotations

import pytest

from ops_center.content import built_in, load_tree
from playbooks.book import Playbook
from playbooks.book_read import load_playbooks
from playbooks.engine_check import run_tests

BOOKS, ERRORS = load_playbooks(load_tree([built_in()])[0])


def test_every_shipped_playbook_is_read_without_an_error():
    assert ERRORS == ()
    assert {book.id for book in BOOKS} >= {
        "chemical-park-gas-alarm",
        "congestion-by-incident",
        "earthquake-m5",
        "hazmat-tanker-leak",
        "hazmat-tunnel-accident",
        "mass-casualty-accident",
        "missing-tanker",
        "typhoon-red-warning",
    }
    assert all(book.plan.zh and book.edition for book in BOOKS)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.id)
@pytest.mark.parametrize("save_restore", [False, True], ids=["plain", "save and restore"])
def test_the_playbook_does_what_its_own_tests_say(book: Playbook, save_restore: bool):
    assert run_tests(book, save_restore=save_restore) == ()
