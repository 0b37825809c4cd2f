"""A scenario live: a gateway on a fake clock receives its messages while workers and desk go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ops_center.adapters.clocks import FakeClock
from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap import Setup, make_loop, make_setup, topics
from ops_center.bootstrap.content import load_content, with_feeds, without_built_in_rules
from ops_center.pipeline.loop import Loop
from ops_center.ports import GroupJournal
from streams.decoders import load
from streams.files import blocks_of_file
from streams.gateway import Gateway
from tests.scenarios.content import Scenario

TICK_MS = 10_000  # how often time is told never changes a result (ORDER 3)
AFTER_MS = 30 * 60_000  # time goes on behind the last message, beyond every delay


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message as it arrives."""

    stamp_ms: int
    feed: str
    content: bytes
    subject: str


def setup_of(scenario: Scenario, *, batch_rows: int = 8192) -> Setup:
    """Return the setup of a scenario with its own rules only."""
    content = without_built_in_rules(with_feeds(load_content([scenario.folder]), [f for f, _ in scenario.inputs]))
    return make_setup(
        content,
        deployment=scenario.deployment,
        zone=ZoneInfo("Asia/Shanghai"),
        metric_epsg=scenario.metric_epsg,
        batch_rows=batch_rows,
    )


def messages_of(scenario: Scenario, setup: Setup) -> list[Sent]:
    """Return the messages of all feeds, one row each, in order of stamp."""
    found: list[Sent] = []
    for name, path in scenario.inputs:
        feed = setup.content.feeds[name]
        decoder = load(feed)
        for _, block in blocks_of_file(feed, path, 1, 1):
            content = block.messages[0]
            found.append(
                Sent(
                    stamp_ms=int(block.messages.stamps[0]),
                    feed=name,
                    content=content,
                    subject=decoder.subject_of(content),
                )
            )
    return sorted(found, key=lambda sent: sent.stamp_ms)


def live(
    setup: Setup,
    messages: Iterable[Sent],
    *,
    partitions: int = 4,
    seen: Callable[[Loop], None] | None = None,
) -> tuple[Loop, GroupJournal]:
    """Send messages at their stamps, let the loop go on with every tick; return it and the journal."""
    ordered = list(messages)
    clock = FakeClock(ordered[0].stamp_ms)
    journal = MemoryJournal(topics(partitions))
    gateway = Gateway(journal, setup.content.feeds, clock)
    loop = make_loop(setup, journal, hold=True)
    gateway.flush(tick=True)
    ticked_ms = clock.now_ms()
    for sent in ordered:
        while sent.stamp_ms > ticked_ms + TICK_MS:
            ticked_ms += TICK_MS
            _tick(clock, ticked_ms, gateway, loop, seen)
        clock.reach(sent.stamp_ms)
        gateway.receive(sent.feed, sent.content)
    last_ms = ordered[-1].stamp_ms
    while ticked_ms < last_ms + AFTER_MS:
        ticked_ms += TICK_MS
        _tick(clock, ticked_ms, gateway, loop, seen)
    loop.run()
    return loop, journal


def _tick(clock: FakeClock, at_ms: int, gateway: Gateway, loop: Loop, seen: Callable[[Loop], None] | None) -> None:
    clock.reach(at_ms)
    gateway.flush(tick=True)
    loop.run()
    if seen is not None:
        seen(loop)
