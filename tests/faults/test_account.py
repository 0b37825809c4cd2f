"""The account finds what it is there to find: an account that cannot be wrong would prove nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pytest

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap import topics
from ops_center.pipeline.records import records_of
from ops_center.ports import COMMAND, INPUT
from ops_center.wire import decode, is_block
from tests.faults import account
from tests.faults.chance import KINDS, kind_of, strokes
from tests.faults.story import PARTITIONS, Story


def inputs(story: Story, *, without: int = -1, twice: int = -1) -> MemoryJournal:
    """Return the story's inputs with one block of partition 0 left out, or written a second time."""
    journal = MemoryJournal(topics(PARTITIONS))
    for topic in (INPUT, COMMAND):
        for partition in range(journal.partitions(topic)):
            values = [record.value for record in records_of(story.journal, topic, partition)]
            if (topic, partition) == (INPUT, 0):
                values = list(changed(values, without, twice))
            journal.append(topic, partition, values)
    return journal


def changed(values: Iterable[bytes], without: int, twice: int) -> Iterable[bytes]:
    blocks = 0
    for value in values:
        blocks += is_block(value)
        if is_block(value) and blocks == without:
            continue
        yield value
        if is_block(value) and blocks == twice:
            yield value


@pytest.mark.slow
def test_a_lost_block_shows_in_what_was_received_and_in_what_came_of_it(story: Story) -> None:
    journal = inputs(story, without=12)
    said = list(account.lost(account.received(journal), account.sent_of(story.steps)))
    assert len(said) == 1
    assert "messages lost of" in said[0]
    assert list(account.differences(account.recomputed(journal, story.setup), account.account_of(story.journal)))


@pytest.mark.slow
def test_a_block_that_was_sent_again_is_counted_and_changes_nothing(story: Story) -> None:
    journal = inputs(story, twice=12)
    received = account.received(journal)
    assert received.repeats > 0
    assert list(account.lost(received, account.sent_of(story.steps))) == []
    again = account.recomputed(journal, story.setup)
    assert list(account.differences(again, account.account_of(story.journal))) == []


@pytest.mark.slow
def test_the_story_has_everything_that_a_kill_could_spoil(story: Story) -> None:
    told = account.account_of(story.journal)
    for kind in ("Alert", "Incident", "PlaybookRun", "Dispatch", "PublicWarning", "Resource"):
        assert told.count(kind) >= 4, kind
    assert len(account.intents_of(story.journal)) >= 16
    commands = [decode(r.value) for r in records_of(story.journal, COMMAND, 0)]
    assert len({type(one) for one in commands}) == 2


def test_differences_name_what_is_lost_made_up_and_changed() -> None:
    one = account.Account(things={"Alert": {"a": '{"x":1}', "b": "{}"}}, events=frozenset("e"), changes=frozenset())
    other = account.Account(
        things={"Alert": {"a": '{"x":2}', "c": "{}"}}, events=frozenset("ef"), changes=frozenset("w")
    )
    assert list(account.differences(one, other)) == [
        "Alert: 1 lost, such as ['c']",
        "Alert: 1 made up, such as ['b']",
        'Alert a: …{"x":1}… is not …{"x":2}…',
        "event: 1 lost, such as ['f']",
        "world change: 1 lost, such as ['w']",
    ]
    assert list(account.differences(one, one)) == []


def test_chance_kills_every_kind_equally_often_and_is_the_same_for_a_seed() -> None:
    found = strokes(300, 7)
    died = Counter(kind_of(victim) for stroke in found for victim in stroke.victims)
    assert died == dict.fromkeys(KINDS, 50)
    assert found == strokes(300, 7) != strokes(300, 8)
    assert sum(len(stroke.victims) == 2 for stroke in found) > 10
    assert all(len({kind_of(victim) for victim in stroke.victims}) == len(stroke.victims) for stroke in found)
    assert np.median([stroke.gap_s for stroke in found]) < 3
