"""The same script in one process over a journal in memory: what every other way of running must come to."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap import Setup, make_loop, topics
from ops_center.domain.command import Command
from ops_center.ports import GroupJournal
from streams.gateway import Gateway
from tests.production.scripted_gateway import ScriptClock, Step
from tests.production.stack import Result, result_of


def play(setup: Setup, steps: Sequence[Step], *, partitions: int) -> GroupJournal:
    """Return the journal of a whole script."""
    journal, clock = MemoryJournal(topics(partitions)), ScriptClock()
    gateway = Gateway(journal, setup.content.feeds, clock)
    loop = make_loop(setup, journal, hold=True)
    for step in steps:
        for stamp_ms, feed, content in step.messages:
            clock.at_ms = stamp_ms
            gateway.receive(feed, content)
        for stamp_ms, body in step.commands:
            clock.at_ms = stamp_ms
            assert gateway.submit(msgspec.json.decode(body, type=Command)).accepted
        clock.at_ms = step.tick_ms
        gateway.flush(tick=True)
        loop.run()
    return journal


def embedded(setup: Setup, steps: Sequence[Step], *, partitions: int) -> Result:
    """Return the result of a script in one process."""
    return result_of(play(setup, steps, partitions=partitions))
