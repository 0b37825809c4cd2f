"""Outages of a working centre, each shown, got over by itself, and without loss; one function an outage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ops_center.adapters.clocks import wall_ms
from tests.faults import devices
from tests.faults.centre import Centre
from tests.faults.disks import full

HOUR_MS = 3_600_000
EARLY_MS = 2_000  # between two looks something was still well


def database(centre: Centre, seconds: float) -> str:
    """The database is away: alarms go on, the store catches up."""
    began_ms = wall_ms()
    with centre.servers.away("database"):
        line = centre.banner("database")
        centre.alarms_come()
        centre.stay(seconds)
        centre.alarms_come()
        _names(line, since_ms=began_ms, zh="人工", en="by hand")
        assert set(centre.screen.banner()) == {"database"}
    return _over(centre, line)


def broker(centre: Centre, seconds: float) -> str:
    """The broker is away: the gateway answers and spools; then everything comes, and nobody was silent."""
    began_ms, silent = wall_ms(), centre.began(devices.SILENT)
    with centre.servers.away("broker"):
        line = centre.banner("broker")
        answered = centre.devices.sent
        centre.until(lambda: centre.gateway().get("spooled", 0) > 0, "the gateway spools")
        centre.until(lambda: centre.devices.sent >= answered + 5, "devices are answered")
        centre.stay(seconds)
        _names(line, since_ms=began_ms, zh="电话", en="by phone")
    told = _over(centre, line)
    centre.until(lambda: centre.gateway().get("spooled") == 0, "the spool is empty")
    assert centre.began(devices.SILENT) == silent, "a silence that was none"
    return told


def disk(centre: Centre, seconds: float) -> str:
    """Broker away and the gateway's disk full: nothing is acknowledged until one of them is back, nothing is lost."""
    pid = centre.stack.pid("gateway")
    assert pid is not None
    spool = centre.stack.deployment.folder / "gateway" / "spool"
    repeats = centre.devices.repeats
    with centre.servers.away("broker"):
        began_ms = wall_ms()
        with full(spool, pid):
            centre.until(lambda: centre.gateway().get("accepting") is False, "the gateway accepts nothing")
            line = centre.banner("disk")
            answered = centre.devices.sent
            centre.stay(seconds)
            centre.until(lambda: centre.devices.repeats > repeats, "devices try again")
            assert centre.devices.sent <= answered + 1, "something was acknowledged that is nowhere"
            _names(line, since_ms=began_ms, zh="磁盘", en="disk")
        centre.until(lambda: centre.devices.sent > answered + 1, "devices are answered again")
        centre.until(lambda: bool(centre.gateway().get("accepting")), "the gateway accepts again")
    return _over(centre, line)


def clock(centre: Centre, seconds: float) -> str:
    """The gateway's time of day goes back an hour: alarms go on, a timer fires in time, nothing is refused."""
    began_ms, refused = wall_ms(), _refused(centre)
    centre.wrong_by(-HOUR_MS)
    try:
        line = centre.banner("clock")
        centre.alarms_come()
        centre.devices.hush("d0")
        centre.until(lambda: bool(centre.devices.hushed_ms), "a detector falls silent")
        due = ("d0", centre.devices.hushed_ms + devices.SILENT_S * 1000)
        centre.until(lambda: due in centre.began(devices.SILENT), "its silence is told, of the right instant")
        centre.stay(seconds)
        centre.alarms_come()
        _names(line, since_ms=began_ms, zh="手表", en="by your watch")
        assert "3600" in line["en"]
        now = _refused(centre)
        assert now == refused, f"(refused, dead, late) was {refused}, is {now}"
    finally:
        centre.wrong_by(0)
    return _over(centre, line)


OUTAGES: Mapping[str, Callable[[Centre, float], str]] = {
    "database": database,
    "broker": broker,
    "disk": disk,
    "clock": clock,
}


def _names(line: Mapping[str, Any], *, since_ms: int, zh: str, en: str) -> None:
    """A banner says since when, and what to do by hand, in both languages."""
    assert since_ms - EARLY_MS <= line["since_ms"] <= line["seen_ms"], line
    assert zh in line["zh"], line
    assert en in line["en"], line


def _over(centre: Centre, line: Mapping[str, Any]) -> str:
    """Everything goes on by itself."""
    alarms_s = centre.alarms_come()
    banner_s = centre.banner_gone()
    centre.nothing_lost()
    return f"new alarms after {alarms_s:.1f} s, banner gone after {alarms_s + banner_s:.1f} s: {line['en']}"


def _refused(centre: Centre) -> dict[str, tuple[int, ...]]:
    """Return (refused, dead, late) of each feed."""
    answer = centre.screen.read("/api/feeds")
    assert answer is not None
    return {feed["id"]: (feed["refused"], feed["dead"], feed["late"]) for feed in answer["feeds"]}
