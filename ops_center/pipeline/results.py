"""Results of a run as files: what ``backtest`` and ``export`` write."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ops_center.domain.alert import Alert
from ops_center.domain.digest import canonical, digest_of
from ops_center.domain.event import Event, EventKind
from ops_center.domain.incident import Incident
from ops_center.domain.run import PlaybookRun, Task
from ops_center.domain.text import Json
from ops_center.picture import Picture
from ops_center.pipeline.load import load_of
from ops_center.pipeline.records import records_of
from ops_center.ports import EVENT, OUTPUT, Journal
from ops_center.wire import decode

CHUNK = 65_536  # rows written at a time
SCHEMA = pa.schema(
    [
        ("event_time", pa.timestamp("ms", tz="UTC")),
        ("feed", pa.string()),
        ("subject", pa.string()),
        ("kind", pa.string()),
        ("zone", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("value", pa.float64()),
        ("rule", pa.string()),
    ]
)


def events_of(journal: Journal) -> Iterator[Event]:
    """Yield every event of the journal once, partition by partition."""
    for partition in range(journal.partitions(EVENT)):
        seen: set[str] = set()
        for record in records_of(journal, EVENT, partition):
            thing = decode(record.value)
            if isinstance(thing, Event) and thing.id not in seen:
                seen.add(thing.id)
                yield thing


@dataclass(frozen=True, slots=True)
class Outputs:
    """The last word on every alert, incident and run, by id."""

    alerts: tuple[Alert, ...]
    incidents: tuple[Incident, ...]
    runs: tuple[PlaybookRun, ...]

    @property
    def tasks(self) -> list[Task]:
        """All tasks of all runs."""
        return [task for run in self.runs for task in run.tasks]


def outputs_of(journal: Journal) -> Outputs:
    """Return what the desk wrote out; what screens no longer show is in it too."""
    last: dict[type[object], dict[str, Any]] = {Alert: {}, Incident: {}, PlaybookRun: {}}
    for record in records_of(journal, OUTPUT, 0):
        thing = decode(record.value)
        if isinstance(thing, Alert | Incident | PlaybookRun):  # shifts, warnings, dispatches are told elsewhere
            last[type(thing)][thing.id] = thing
    alerts, incidents, runs = (tuple(by_id[key] for key in sorted(by_id)) for by_id in last.values())
    return Outputs(alerts, incidents, runs)


def write_results(journal: Journal, picture: Picture, out: Path) -> dict[str, Json]:
    """Write events.parquet, alerts.jsonl, incidents.jsonl, tasks.jsonl, summary.json; return the summary."""
    out.mkdir(parents=True, exist_ok=True)
    counts = _write_events(events_of(journal), out / "events.parquet")
    outputs = outputs_of(journal)
    _write_lines(outputs.alerts, out / "alerts.jsonl")
    _write_lines(outputs.incidents, out / "incidents.jsonl")
    _write_lines(outputs.tasks, out / "tasks.jsonl")
    load = load_of(journal, until_ms=picture.at_ms)
    summary = {**summarise(outputs, picture), "events": counts, "load": load}
    (out / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return summary


def summarise(outputs: Outputs, picture: Picture) -> dict[str, Json]:
    """Return the digest of alerts, incidents and tasks, and how many there are."""
    return {
        "digest": digest_of(outputs.alerts, outputs.incidents, outputs.tasks),
        "at_ms": picture.at_ms,
        "alerts": len(outputs.alerts),
        "occurrences": sum(len(alert.occurrences) for alert in outputs.alerts),
        "incidents": len(outputs.incidents),
        "runs": len(outputs.runs),
        "tasks": len(outputs.tasks),
        "rules": {
            rule: {"class": str(kind), "occurrences": n} for (rule, kind), n in sorted(_by_rule(outputs).items())
        },
        "feeds": {
            feed.id: {"messages": feed.messages, "late": feed.late, "refused": feed.refused, "dead": feed.dead}
            for feed in picture.feeds
        },
    }


def _by_rule(outputs: Outputs) -> Counter[tuple[str, str]]:
    """Return how often each rule fired, with its class."""
    counts: Counter[tuple[str, str]] = Counter()
    for alert in outputs.alerts:
        counts[alert.rule, alert.alert_class] += len(alert.occurrences)
    return counts


def _write_events(events: Iterable[Event], path: Path) -> dict[str, int]:
    shown = (e for e in events if e.kind not in (EventKind.FACT, EventKind.REGISTRY))
    ordered = sorted(shown, key=lambda e: (e.event_ms, e.feed, e.subject, e.kind, e.zone, e.id))
    counts: dict[str, int] = {}
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for start in range(0, len(ordered), CHUNK):
            chunk = ordered[start : start + CHUNK]
            for event in chunk:
                counts[event.kind] = counts.get(event.kind, 0) + 1
            writer.write_table(pa.Table.from_pylist([_row(event) for event in chunk], schema=SCHEMA))
    return dict(sorted(counts.items()))


def _row(event: Event) -> dict[str, Json]:
    value = event.facts.get("dwell_s", event.facts.get("value"))
    return {
        "event_time": event.event_ms,
        "feed": event.feed,
        "subject": event.subject,
        "kind": str(event.kind),
        "zone": event.zone,
        "lon": None if event.lon_e7 is None else event.lon_e7 / 1e7,
        "lat": None if event.lat_e7 is None else event.lat_e7 / 1e7,
        "value": float(value) if isinstance(value, int | float) else None,
        "rule": event.rule,
    }


def _write_lines(things: Iterable[object], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for thing in things:
            file.write(canonical(thing) + "\n")
