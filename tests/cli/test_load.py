"""The alarm load counts every occurrence once, by rule, per officer and day, and per ten minutes."""

from __future__ import annotations

from dataclasses import replace

from ops_center.adapters.journal_memory import MemoryJournal
from ops_center.bootstrap import topics
from ops_center.domain.scales import AlertClass
from ops_center.pipeline.load import DAY_MS, load_of
from ops_center.ports import COMMAND, OUTPUT
from ops_center.wire import Tick, encode
from tests.wall.fake_alarms import alert_of

MINUTE_MS = 60_000
START_MS = 1_565_481_600_000


def test_occurrences_are_counted_by_rule_and_by_ten_minutes() -> None:
    journal = MemoryJournal(topics(1))
    journal.append(COMMAND, 0, [encode(Tick(gateway="g", stamp_ms=START_MS))])
    for number, (rule, kind, minute) in enumerate(
        [
            ("leak", AlertClass.ALARM, 1),
            ("leak", AlertClass.ALARM, 3),
            ("quake", AlertClass.ALARM, 15),
            ("slow", AlertClass.NOTICE, 15),
        ]
    ):
        alert = alert_of(number, started_ms=START_MS, at_ms=START_MS)
        began = replace(alert.last, id=f"o{number}", started_ms=START_MS + minute * MINUTE_MS)
        alert = replace(alert, id=f"a{number}", rule=rule, alert_class=kind, occurrences=(began,))
        journal.append(OUTPUT, 0, [encode(alert), encode(alert)])  # written again with every change
    load = load_of(journal, until_ms=START_MS + DAY_MS // 2, officers=2)
    assert load["hours"] == 12.0
    assert load["rules"]["leak"] == {"class": "alarm", "occurrences": 2, "per_officer_24h": 2.0}
    assert load["alarms"] == 3
    assert load["ten_minutes"]["spans_by_alarms"] == {"0": 70, "1": 1, "2": 1}
    assert load["ten_minutes"]["most"] == 2
    assert load["ten_minutes"]["over_one_from_ms"] == [START_MS]


def test_an_empty_journal_has_no_load() -> None:
    load = load_of(MemoryJournal(topics(1)), until_ms=START_MS)
    assert (load["alarms"], load["rules"]) == (0, {})
