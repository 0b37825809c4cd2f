"""Alarm load: what each rule laid before an officer, in the whole run and per 24 hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ops_center.domain.alert import Alert
from ops_center.domain.scales import AlertClass
from ops_center.domain.text import Json
from ops_center.pipeline.records import records_of
from ops_center.ports import COMMAND, OUTPUT, Journal
from ops_center.wire import Tick, decode

DAY_MS = 86_400_000
TEN_MINUTES_MS = 600_000  # EEMUA 191 counts alarms per ten minutes


def load_of(journal: Journal, *, until_ms: int, officers: int = 1) -> dict[str, Json]:
    """Return occurrences by rule, per officer and 24 h, and how many alarms came in each ten minutes.

    Counted in every record of the desk, since an alert keeps only its newest occurrences.
    """
    begun: dict[tuple[str, str], tuple[int, str, AlertClass]] = {}
    for record in records_of(journal, OUTPUT, 0):
        thing = decode(record.value)
        if isinstance(thing, Alert) and not thing.shadow:
            for one in thing.occurrences:
                begun.setdefault((thing.id, one.id), (one.started_ms, thing.rule, thing.alert_class))
    first_ms = _first_ms(journal, until_ms)
    days = max(until_ms - first_ms, 1) / DAY_MS
    counts = Counter((rule, str(kind)) for _, rule, kind in begun.values())
    alarms = sorted(at_ms for at_ms, _, kind in begun.values() if kind is AlertClass.ALARM)
    return {
        "hours": round(days * 24, 2),
        "officers": officers,
        "rules": {
            rule: {"class": kind, "occurrences": n, "per_officer_24h": round(n / days / officers, 1)}
            for (rule, kind), n in sorted(counts.items())
        },
        "alarms": len(alarms),
        "alarms_per_officer_24h": round(len(alarms) / days / officers, 1),
        "ten_minutes": _tens(alarms, first_ms, until_ms),
    }


def _first_ms(journal: Journal, until_ms: int) -> int:
    for record in journal.read(COMMAND, 0, journal.start(COMMAND, 0), 100):
        thing = decode(record.value)
        if isinstance(thing, Tick):
            return thing.stamp_ms
    return until_ms


def _tens(alarms: Sequence[int], first_ms: int, until_ms: int) -> dict[str, Json]:
    """Return how many spans of ten minutes had 0, 1, 2 ... alarms, and when the fullest began."""
    counts = Counter((at - first_ms) // TEN_MINUTES_MS for at in alarms)
    spans = max(-(-(until_ms - first_ms) // TEN_MINUTES_MS), 1)
    spread = Counter(counts.values())
    spread[0] = spans - len(counts)
    busiest = max(counts, key=lambda n: (counts[n], -n), default=None)
    return {
        "spans_by_alarms": {str(n): spread[n] for n in sorted(spread)},
        "most": 0 if busiest is None else counts[busiest],
        "most_from_ms": None if busiest is None else first_ms + busiest * TEN_MINUTES_MS,
        "over_one_from_ms": [first_ms + n * TEN_MINUTES_MS for n in sorted(counts) if counts[n] > 1],
    }
