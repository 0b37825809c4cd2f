"""Retention: cut journal and snapshots back to what must be kept, once an hour."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Event as Flag

from ops_center.adapters.journal_file import FileJournal
from ops_center.adapters.snapshots_file import FileSnapshots
from ops_center.domain.errors import JournalError
from ops_center.domain.feed import Feed
from ops_center.domain.quantity import duration_ms
from ops_center.pipeline.loop import SNAPSHOT, SNAPSHOT_EVERY_MS
from ops_center.ports import COMMAND, DEAD, EVENT, INPUT, OUTPUT, Clock

log = logging.getLogger(__name__)

EVERY_S = 3600.0
DAY_MS = 86_400_000
LEAST_MS = 2 * DAY_MS  # a replay reaches back a day, from a snapshot before it
CLOSE_SNAPSHOTS = (DAY_MS + 3_600_000) // SNAPSHOT_EVERY_MS  # all of the last day; of a day before, its first


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long: `input_ms` for what was received and commanded, `derived_ms` for what is made of it."""

    input_ms: int
    derived_ms: int


def keep_of(feeds: Iterable[Feed]) -> Keep:
    """Return the longest time that any feed's manifest asks for: feeds share the journal's partitions."""
    raw, decoded = [LEAST_MS], [LEAST_MS]
    for feed in feeds:
        for name, into in (("raw", raw), ("decoded", decoded)):
            if name in feed.keep:
                into.append(duration_ms(feed.keep[name]))
    return Keep(input_ms=max(raw), derived_ms=max(decoded))


@dataclass(slots=True, kw_only=True)
class Retention:
    """Cuts whole segments only; world changes are never cut (ORDER 16)."""

    journal: FileJournal
    snapshots: FileSnapshots
    keep: Keep
    clock: Clock
    stopping: Flag = field(default_factory=Flag)

    def run(self) -> None:
        """Cut now and every hour until `stopping`."""
        while not self.stopping.is_set():
            try:
                self.cut()
            except JournalError as error:
                log.error("retention: %s; tried again in an hour", error)
            self.stopping.wait(EVERY_S)

    def cut(self) -> int:
        """Remove what is too old; return how many files went."""
        now_ms = self.clock.now_ms()
        ages = {INPUT: self.keep.input_ms, COMMAND: self.keep.input_ms}
        ages |= dict.fromkeys((EVENT, OUTPUT, DEAD), self.keep.derived_ms)
        removed = sum(self.journal.retain(topic, before_ms=now_ms - age) for topic, age in ages.items())
        oldest_ms = now_ms - min(ages.values())  # a replay from before it would miss its inputs
        removed += self.snapshots.prune(SNAPSHOT, keep_every_ms=DAY_MS, keep_last=CLOSE_SNAPSHOTS, before_ms=oldest_ms)
        if removed:
            log.info("retention: %d files removed", removed)
        return removed
