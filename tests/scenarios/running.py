"""Run a scenario through the whole loop, and read what it said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ops_center.bootstrap import Run, backtest
from ops_center.domain.alert import Alert
from ops_center.domain.digest import digest_of
from ops_center.pipeline.results import events_of, write_results
from ops_center.ports import COMMAND, OUTPUT, Journal
from ops_center.wire import Tick, decode
from tests.scenarios.content import Scenario

CHUNK = 4_096


@dataclass(frozen=True, slots=True, order=True)
class Occurred:
    """One occurrence of an alert, from all records of it; `to_ms` None while it lasts."""

    rule: str
    group: tuple[tuple[str, str], ...]
    from_ms: int
    to_ms: int | None


def run(scenario: Scenario, *, partitions: int = 4, batch_rows: int = 8192) -> Run:
    """Return the finished back-test of a scenario with its own rules only."""
    return backtest(
        [scenario.folder],
        scenario.inputs,
        partitions=partitions,
        batch_rows=batch_rows,
        metric_epsg=scenario.metric_epsg,
        deployment=scenario.deployment,
        built_in_rules=False,
    )


def digest(finished: Run, out: Path) -> str:
    """Return the digest of alerts, incidents and tasks, as the results on disk state it."""
    return str(write_results(finished.journal, finished.picture, out)["digest"])


def fingerprint(finished: Run, out: Path) -> str:
    """Return the digest, that of everything the desk ever wrote of alerts, and that of all events.

    The picture forgets what is long over; what was written does not.
    """
    events = sorted(event.id for event in events_of(finished.journal))
    said = sorted(occurred(finished.journal), key=str)
    return f"{digest(finished, out)} {digest_of(said)} {digest_of(events)} {len(said)} {len(events)}"


def occurred(journal: Journal) -> set[Occurred]:
    """Return every occurrence the desk wrote out, the last word on each."""
    found: dict[tuple[str, str], Occurred] = {}
    for value in _values(journal, OUTPUT):
        thing = decode(value)
        if isinstance(thing, Alert):
            for one in thing.occurrences:
                group = tuple(thing.group)
                found[thing.id, one.id] = Occurred(thing.rule, group, one.started_ms, one.resolved_ms)
    return set(found.values())


def alerts_of(journal: Journal) -> tuple[Alert, ...]:
    """Return every alert as it was first written, in the order of writing."""
    found: dict[str, Alert] = {}
    for value in _values(journal, OUTPUT):
        thing = decode(value)
        if isinstance(thing, Alert):
            found.setdefault(thing.id, thing)
    return tuple(found.values())


def ended_ms(journal: Journal) -> int:
    """Return the stamp of the last tick: how far time went."""
    ticks = (decode(value) for value in _values(journal, COMMAND) if value.startswith(b"Jtick "))
    return max(tick.stamp_ms for tick in ticks if isinstance(tick, Tick))


def _values(journal: Journal, topic: str) -> Iterator[bytes]:
    offset, end = journal.start(topic, 0), journal.end(topic, 0)
    while offset < end:
        for record in journal.read(topic, 0, offset, CHUNK):
            offset = record.offset + 1
            yield record.value
