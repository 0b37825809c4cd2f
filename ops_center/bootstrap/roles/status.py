"""Status: what runs of a deployment, from the journal and from what each process says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from threading import Event as Flag

from ops_center.adapters.clocks import wall_ms
from ops_center.bootstrap.production import open_servers
from ops_center.deployment import Deployment
from ops_center.domain.text import Json
from ops_center.pipeline.pulses import Heard
from ops_center.ports import COMMAND, INPUT, Journal
from ops_center.pulse import Pulse
from ops_center.wire import Tick, decode

TAIL = 64


def status_of(deployment: Deployment) -> dict[str, Json]:
    """Return the state of every role; ``whole`` is False where a partition or the desk is nobody's."""
    stopping = Flag()
    stopping.set()  # a broker that is away is told at once
    servers = open_servers(deployment, stopping)
    try:
        heard, now_ms = Heard(servers.journal), wall_ms()
        heard.read()
        ticked_ms = _last_tick_ms(servers.journal)
        workers, desks = heard.of("worker", now_ms=now_ms), heard.of("desk", now_ms=now_ms)
        gateways, walls = heard.of("gateway", now_ms=now_ms), heard.of("wall", now_ms=now_ms)
        partitions = [
            _partition(servers.journal, number, workers, ticked_ms)
            for number in range(servers.journal.partitions(INPUT))
        ]
    finally:
        servers.close()
    active = [desk for desk in desks if desk.facts["active"]]
    return {
        "whole": len(active) == 1 and bool(gateways) and all(part["worker"] for part in partitions),
        "last_tick_ms": ticked_ms,
        "partitions": partitions,
        "workers": [one.name for one in workers],
        "desks": [_desk(desk, ticked_ms) for desk in desks],
        "gateways": [{"name": one.name, **one.facts} for one in gateways],
        "walls": [{"name": one.name, **one.facts} for one in walls],
        "feeds": _feeds(gateways),
    }


def lives(found: Mapping[str, Json], name: str) -> bool:
    """Return True where a process of this name is among those that were heard of lately."""
    told = (one["name"] for role in ("desks", "gateways", "walls") for one in found[role])
    return name in found["workers"] or name in told


def as_lines(found: Mapping[str, Json]) -> Iterator[str]:
    """Yield the state as an operator reads it."""
    yield "whole" if found["whole"] else "NOT WHOLE"
    for part in found["partitions"]:
        yield (
            f"partition {part['partition']:<3} {part['worker'] or 'NOBODY':<20} {part['records_behind']} records, "
            f"{_seconds(part['behind_ms'])} behind, snapshot {_age(part['snapshot_age_s'])}"
        )
    for desk in found["desks"]:
        held = f"active, epoch {desk['epoch']}" if desk["active"] else "standby"
        lag, snapshot = _seconds(desk["behind_ms"]), _age(desk["snapshot_age_s"])
        yield f"desk      {desk['name']:<20} {held}, {lag} behind, snapshot {snapshot}"
        for lost in desk["lost"]:
            yield f"          {lost['en']} ({lost['reason']})"
    for gateway in found["gateways"]:
        state = "accepting" if gateway["accepting"] else f"NOT ACCEPTING: {gateway['reason']}"
        yield f"gateway   {gateway['name']:<20} {state}, {gateway['spooled']} steps on disk"
    for wall in found["walls"]:
        yield f"wall      {wall['name']:<20} port {wall['port']}, {wall['vehicles']} vehicles"
    for feed in found["feeds"]:
        yield f"feed      {feed['feed']:<20} {feed['messages']} messages, last {_seconds(feed['age_ms'])} ago"


def _partition(journal: Journal, number: int, workers: list[Pulse], ticked_ms: int | None) -> dict[str, Json]:
    places = [(one.name, one.facts["partitions"].get(str(number))) for one in workers]
    found: list[tuple[str, Mapping[str, Json]]] = [(who, facts) for who, facts in places if facts is not None]
    name, facts = found[0] if found else ("", {})
    told_ms = facts.get("told_ms")
    return {
        "partition": number,
        "worker": name,
        "records_behind": journal.end(INPUT, number) - facts["offset"] if facts else None,
        "behind_ms": ticked_ms - told_ms if ticked_ms is not None and told_ms is not None else None,
        "snapshot_age_s": facts.get("snapshot_age_s"),
        "late": facts.get("late"),
    }


def _desk(desk: Pulse, ticked_ms: int | None) -> dict[str, Json]:
    progress_ms = desk.facts["progress_ms"]
    behind_ms = ticked_ms - progress_ms if ticked_ms is not None and progress_ms else None
    return {"name": desk.name, "behind_ms": behind_ms, **desk.facts}


def _feeds(gateways: list[Pulse]) -> list[dict[str, Json]]:
    found = []
    for gateway in gateways:
        for feed, counts in sorted(gateway.facts["feeds"].items()):
            last_ms = counts["last_ms"]
            age_ms = None if last_ms is None else gateway.facts["now_ms"] - last_ms
            found.append({"feed": feed, "gateway": gateway.name, "age_ms": age_ms, **counts})
    return found


def _last_tick_ms(journal: Journal) -> int | None:
    end = journal.end(COMMAND, 0)
    records = journal.read(COMMAND, 0, max(end - TAIL, journal.start(COMMAND, 0)), TAIL)
    ticks = [thing.stamp_ms for thing in (decode(record.value) for record in records) if isinstance(thing, Tick)]
    return max(ticks, default=None)


def _seconds(ms: int | None) -> str:
    return "?" if ms is None else f"{ms / 1000:.1f} s"


def _age(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds:.0f} s old"
