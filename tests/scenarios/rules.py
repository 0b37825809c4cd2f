"""Every shipped rule firing and silent on decoded input: JT/T 808 frames and the bytes of the other feeds.

A `Show` is one subject that plays for one rule; by its side another plays almost the same and must not fire.
Dates are those of the laws' validity, places those of the shipped layers (`rule_places.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from ops_center.demo.agency import Notice, cap_alert, platform_warning
from ops_center.domain.quantity import iso, parse_iso
from streams.decoders.jt808.encode_many import encode_locations
from tests.scenarios import rule_places as at
from tests.scenarios.content import Scenario, put, put_layer, text
from tests.scenarios.rule_places import FAR, Place

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
PETROL = {"cargo.un_number": "1203", "cargo.hazard_class": "3", "cargo.name": "汽油"}
CHLORINE = {"cargo.un_number": "1017", "cargo.hazard_class": "2.3", "cargo.name": "氯"}
ANILINE = {"cargo.un_number": "1547", "cargo.hazard_class": "6.1", "cargo.name": "苯胺", "route.id": "R1"}
ACID = {"cargo.un_number": "1830", "cargo.hazard_class": "8", "cargo.name": "硫酸"}
ROUTE: tuple[Place, Place] = ((117.0, 36.3), (117.4, 36.3))


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """One vehicle: from `start` on at `place`, a fix every `every_s` for `for_s`, then nothing more."""

    rule: str
    fires: bool
    start: str
    place: Place
    for_s: int
    speed_kph: float = 0.0
    papers: Mapping[str, str] = field(default_factory=lambda: PETROL)
    alarm_bits: int = 0
    every_s: int = 60
    rest_s: tuple[int, int] = (0, 0)  # stands still in this span
    leaves_kph: float | None = None  # of one last fix a minute later

    @property
    def start_ms(self) -> int:
        """When the first fix is."""
        return parse_iso(self.start)


def vehicles(day: str) -> list[Show]:
    """Return the shows of a day."""
    return [show for show in _all() if show.start.startswith(day)]


def _all() -> Iterator[Show]:
    expressways, ordinary = (
        at.in_counties(at.roads("expressway", least_kph=80), 8),
        at.in_counties(at.roads("ordinary"), 8),
    )
    area, fast, road = (
        at.roads("service_area", least_kph=0)[:1] or at.roads("service_area")[:1],
        expressways[0],
        ordinary[0],
    )
    nine, three = "2026-03-03T09:00:00+08:00", "2026-03-03T03:00:00+08:00"
    fog, mist = expressways[1], expressways[2]

    def pair(rule: str, yes: Mapping[str, object], no: Mapping[str, object], **both: object) -> Iterator[Show]:
        for fires, more in ((True, yes), (False, no)):
            given = {"start": nine, "for_s": 300, **both, **more}
            yield Show(rule=rule, fires=fires, **given)  # type: ignore[arg-type]

    yield from pair("expressway-stop", {"place": fast}, {"place": road})
    yield from pair("hazmat-speed-expressway", {"speed_kph": 95.0}, {"speed_kph": 75.0}, place=fast)
    yield from pair("hazmat-speed-other-road", {"speed_kph": 70.0}, {"speed_kph": 59.0}, place=road)
    yield from pair("sd-hazmat-speed-no-sign", {"speed_kph": 70.0}, {"speed_kph": 59.0}, place=ordinary[1])
    long, short = at.first("tunnels", where="length_m", above=1000), at.first("tunnels", where="length_m", below=1000)
    yield from pair("hazmat-stop-in-tunnel", {"place": long}, {"place": short})
    yield from pair(
        "hazmat-stop-in-water-zone", {"for_s": 420}, {"for_s": 180, "leaves_kph": 40.0}, place=at.first("water-intakes")
    )
    yield from pair(
        "hazmat-stop-near-hospital", {"for_s": 1320}, {"for_s": 1020, "leaves_kph": 40.0}, place=at.first("hospitals")
    )
    yield from pair("hazmat-stop-near-school", {}, {"papers": ACID}, place=at.first("schools"), for_s=720)
    yield from pair("hazmat-in-restricted-zone", {}, {"papers": {}}, place=at.first("restricted-zones"), speed_kph=30.0)
    yield from pair("low-visibility-speed", {"speed_kph": 70.0}, {"speed_kph": 55.0}, place=mist)
    yield from pair("low-visibility-leave", {"place": fog}, {"place": mist}, for_s=420, speed_kph=15.0)
    off, on = (117.2, 36.31), (117.2, 36.3)
    yield from pair("off-approved-route", {"place": off}, {"place": on}, papers=ANILINE, speed_kph=50.0)
    yield from pair("silent-off-route", {"place": off}, {"place": on}, papers=ANILINE, for_s=120, speed_kph=50.0)
    yield from pair("toxic-vehicle-silent", {"papers": CHLORINE}, {"papers": PETROL}, place=road, speed_kph=50.0)
    yield from pair("vehicle-silent", {}, {"alarm_bits": 1}, place=road, speed_kph=50.0)
    yield from pair("terminal-emergency", {"alarm_bits": 1}, {"alarm_bits": 2}, place=road, speed_kph=50.0)
    yield from pair("sd-expressway-night-v3", {"start": three}, {"start": nine}, place=fast, speed_kph=60.0)
    yield from pair("sd-service-area-wait", {"start": three}, {"start": nine}, place=area[0], for_s=720)
    drive = {"place": road, "speed_kph": 50.0, "for_s": 4 * 3600 + 900, "every_s": 120, "start": three}
    yield from pair("four-hours-at-the-wheel", {}, {"rest_s": (7200, 8700)}, **drive)
    storm, calm = (122.0, 37.3), (116.0, 36.0)
    yield from pair("vehicle-in-wind-circle", {"place": storm}, {"place": calm}, speed_kph=50.0)
    red, yellow = at.middle(_county("371102")), at.middle(_county("370883"))
    yield from pair("vehicle-in-warning", {"place": red}, {"place": yellow}, speed_kph=50.0)
    for place in [(121.9 + n * 0.01, 37.3) for n in range(21)]:
        yield Show(rule="many-in-wind-circle", fires=True, start=nine, place=place, for_s=300, speed_kph=50.0)
    yield Show(rule="many-in-wind-circle", fires=False, start=nine, place=(115.5, 35.0), for_s=300, speed_kph=50.0)
    for rule, fires, start in (
        ("sd-expressway-night-v1", True, "2018-06-01T20:00:00+08:00"),
        ("sd-expressway-night-v1", False, "2018-06-02T12:00:00+08:00"),
        ("sd-expressway-night-v2", True, "2019-08-08T23:00:00+08:00"),
        ("sd-expressway-night-v2", False, "2019-08-09T12:00:00+08:00"),
        ("sd-holiday-ban-2015", True, "2015-06-22T12:00:00+08:00"),
        ("sd-holiday-ban-2015", False, "2015-06-23T12:00:00+08:00"),
    ):
        yield Show(rule=rule, fires=fires, start=start, place=fast, for_s=300, speed_kph=60.0)


def _county(code: str) -> shapely.Geometry:
    counties = at.layer("counties")
    return counties.geometries[counties.keys.index(code)]


def terminal(number: int) -> str:
    """Return the terminal of a show."""
    return f"{13_800_000_000 + number:012d}"


def write(folder: Path, shows: Sequence[Show], *, all_feeds: bool) -> Scenario:
    """Write content and inputs below `folder`; the shipped rules judge."""
    content = folder / "content"
    put_layer(content, "routes", {"R1": shapely.LineString(ROUTE)}, draw={"as": "line", "colour": "road"})
    inputs = {"dg-vehicles": _frames(shows), "dg-registry": _registry(shows)}
    if all_feeds:
        put(content, "feed", _gap_feed())
        inputs |= _others(parse_iso("2026-03-03T08:30:00+08:00"))
    paths = []
    for feed, body in inputs.items():
        path = folder / f"{feed}{'.hex' if feed == 'dg-vehicles' else '.xml' if body[:1] == b'<' else '.json'}"
        path.write_bytes(body)
        paths.append((feed, path))
    return Scenario(name="rules", folder=content, inputs=tuple(paths), metric_epsg=32650)


def _frames(shows: Sequence[Show]) -> bytes:
    rows = [
        (show.start_ms + s * 1000, n, show, 0.0 if show.rest_s[0] <= s < show.rest_s[1] else show.speed_kph)
        for n, show in enumerate(shows)
        for s in range(0, show.for_s + 1, show.every_s)
    ]
    rows += [
        (show.start_ms + (show.for_s + 60) * 1000, n, show, show.leaves_kph)
        for n, show in enumerate(shows)
        if show.leaves_kph is not None
    ]
    last_ms = max(row[0] for row in rows)
    clock = Show(rule="", fires=False, start=iso(last_ms), place=FAR, for_s=0)
    rows.append((last_ms + HOUR_MS, len(shows), clock, 0.0))  # time goes on: timers of the silent come
    rows.sort(key=lambda row: (row[0], row[1]))
    frames = encode_locations(
        phones=[terminal(n) for n in range(len(shows) + 1)],
        subject=np.asarray([row[1] for row in rows]),
        serial=np.arange(len(rows)) % 65_536,
        event_ms=np.asarray([row[0] for row in rows], dtype=np.int64),
        lon_e7=np.asarray([round(row[2].place[0] * 1e7) for row in rows], dtype=np.int64),
        lat_e7=np.asarray([round(row[2].place[1] * 1e7) for row in rows], dtype=np.int64),
        speed_kph=np.asarray([row[3] for row in rows]),
        alarm_bits=np.asarray([row[2].alarm_bits for row in rows]),
    )
    return ("\n".join(frame.hex() for frame in frames) + "\n").encode()


def _registry(shows: Sequence[Show]) -> bytes:
    begin = iso(min(show.start_ms for show in shows) - 2 * HOUR_MS)
    rows = [
        {"terminal": terminal(n), "from": begin, "to": None, "vehicle.plate": f"鲁AI{n:04d}", **show.papers}
        for n, show in enumerate(shows)
        if show.papers
    ]
    return _json({"records": rows})


def _others(begin_ms: int) -> dict[str, bytes]:
    """Return what the other feeds say: at each place one that fires a rule, and one that does not."""
    fog, mist = at.in_counties(at.roads("expressway", least_kph=80), 8)[1:3]
    seen = {at.county_of(fog): 40.0, at.county_of(mist): 150.0}
    stations = [
        {"station": key, "time": iso(begin_ms), "visibility_m": seen.get(key, 9_000.0)}
        for key in at.layer("weather-stations").keys
    ]
    loops = []
    for minute in range(0, 60, 5):
        for number, speeds in enumerate(((20.0, 20.0), (45.0, 45.0), (88.0, 17.0), (88.0, 45.0))):
            speed = speeds[0] if minute < 20 else speeds[1]
            when = iso(begin_ms + minute * MINUTE_MS)
            loops.append({"loop": at.layer("loops").keys[number], "time": when, "speed_kph": speed})
    gas = [
        {"deviceCode": f"SIM-H2S-{n:02d}", "ts": begin_ms + s * 1000, "h2s": ppm, "bat": 90}
        for s in (0, 30, 60)
        for n, ppm in ((1, 38.0), (2, 0.4))
    ]
    storms = [
        {"id": name, "name": name, "agency": "scenario", "time": iso(begin_ms), "lon": lon, "lat": lat,
         "wind_ms": 18.0, "pressure_hpa": 990.0}
        for name, lon, lat in (("EAST", 122.0, 37.3), ("WEST", 115.5, 35.0))
    ]  # fmt: skip
    quakes = [
        {"type": "Feature", "id": f"q{n}", "geometry": {"type": "Point", "coordinates": [lon, lat, 10.0]},
         "properties": {"mag": mag, "place": "scenario", "time": begin_ms, "updated": begin_ms + 60_000,
                        "status": "automatic", "type": "earthquake", "title": f"M {mag}", "net": "sim", "code": f"{n}",
                        "magType": "ml"}}
        for n, mag, (lon, lat) in ((1, 5.2, at.first("hazard-sources")), (2, 3.1, at.first("hazard-sources")))
    ]  # fmt: skip
    gap = [
        {"id": name, "t": begin_ms + s * 1000, "lon": mist[0], "lat": mist[1], "v": 50.0, "gap": metres}
        for s in range(0, 121, 20)
        for name, metres in (("close", 60.0), ("apart", 120.0))
    ]
    return {
        "visibility": _json({"stations": stations}),
        "loop-speeds": _json({"loops": loops}),
        "park-gas": _json({"data": gas}),
        "typhoon-track": _json({"fixes": storms}),
        "usgs-quakes": _json({"type": "FeatureCollection", "metadata": {"generated": begin_ms + 60_000},
                              "features": quakes}),
        "cn-warnings": platform_warning(_notice("371102", "red", begin_ms)),
        "cap-warnings": cap_alert(_notice("370883", "yellow", begin_ms)),
        "gap-terminals": _json({"rows": gap}),
    }  # fmt: skip


def _notice(code: str, colour: str, issued_ms: int) -> Notice:
    return Notice(
        adcode=code, place_zh="某县", place_en="county", colour=colour,
        issued_ms=issued_ms, expires_ms=issued_ms + 12 * HOUR_MS,
    )  # fmt: skip


def _gap_feed() -> dict[str, object]:
    """Return a feed of terminals that measure the distance to the vehicle ahead."""
    return {
        "id": "gap-terminals", "title": text("Terminals with distance"), "owner": text("scenario"), "status": "test",
        "receive": {"http_push": {"path": "gap", "token": "secret:gap"}}, "decoder": "json_rows", "rows": "rows",
        "subject": {"kind": "vehicle", "key": "id"}, "partition_by": "feed", "lon": "lon", "lat": "lat",
        "time": {"field": "t", "format": "epoch_ms"},
        "fields": {"speed_kph": {"from": "v", "unit": "km/h"}, "headway_m": {"from": "gap", "unit": "m"}},
    }  # fmt: skip


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
