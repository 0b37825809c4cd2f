"""Scenario (e): an earthquake, 2,000 sensor alarms and five independent emergencies within ten minutes.

The quake is M 5.2 near Linyi; sensors, tankers, detectors and times are invented (seeded). Sensors
fire as the waves reach them, most before the quake itself is known: its report comes two minutes late.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.scenarios.content import Scenario, put, put_rule, text

START_MS = 1_565_481_600_000  # 2019-08-11 08:00 in Shandong
SENSORS = 2_000
QUAKE = (118.32, 35.05)
MAGNITUDE = 5.2
KNOWN_AFTER_MS = 120_000
WAVE_KM_S = 3.5
S = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One independent emergency: how to know it on the screen, and what makes it independent."""

    name: str
    at_s: int
    rule: str  # "" for the telephone call
    subject: str
    why: str


PLANTED = (
    Planted(name="tanker's panic button", at_s=40, rule="panic", subject="V-1", why="another cause, same county"),
    Planted(name="lethal gas at a plant", at_s=90, rule="gas-lethal", subject="G-1", why="same place, graver"),
    Planted(name="fire in a tunnel", at_s=200, rule="tunnel-fire", subject="T-1", why="another cause, same county"),
    Planted(name="bridge sensor in Yantai", at_s=330, rule="shaking", subject="S-far", why="same rule, another place"),
    Planted(name="coach overturned, by telephone", at_s=480, rule="", subject="", why="no alarm tells of it"),
)
EARLY = 300  # quiet seconds before the quake
LATER = 600  # seconds after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as a device or agency sends it; its receipt is its time."""

    at_ms: int
    feed: str
    body: bytes


def write(folder: Path) -> Scenario:
    """Write the content below `folder`; the messages are `messages()`."""
    content = folder / "content"
    for feed, kind in (("structures", "sensor"), ("plants", "sensor"), ("tankers", "vehicle"), ("tunnels", "sensor")):
        put(
            content,
            "feed",
            {
                "id": feed,
                "title": text(feed),
                "owner": text("scenario"),
                "status": "actual",
                "jurisdiction": "370000",
                "receive": {"folder": {"path": f"in/{feed}"}},
                "decoder": "json_rows",
                "rows": "rows",
                "subject": {"kind": kind, "key": "id"},
                "partition_by": "feed",
                "position": "message",
                "lon": "lon",
                "lat": "lat",
                "time": {"field": "t", "format": "epoch_ms"},
                "fields": {"reading": {"from": "v"}},
            },
        )
    follows = {"hazard": ["quake"], "within": "2 h"}
    _rule(content, "shaking", "structures", "sensor", "moderate", "reading > 10.0", follows=follows)
    _rule(content, "gas-high", "plants", "sensor", "severe", "reading > 10.0", follows=follows)
    _rule(content, "gas-lethal", "plants", "sensor", "extreme", "reading > 100.0")
    _rule(content, "panic", "tankers", "vehicle", "extreme", "reading > 10.0")
    _rule(content, "tunnel-fire", "tunnels", "sensor", "severe", "reading > 10.0")
    put_rule(
        content,
        "quake-felt",
        applies_to={"subject": "hazard"},
        when='hazard.kind == "quake" && hazard.magnitude >= 5.0',
        group_by=["hazard"],
        severity="severe",
        class_="alarm",
        rationale={"response": text("look")},
        incident_kind="earthquake",
    )
    return Scenario(name="flood", folder=content, inputs=(), metric_epsg=32650)


def messages() -> list[Message]:
    """Return all messages in order of receipt; every device also sends quiet readings now and then."""
    chance = np.random.default_rng(20190811)
    found: list[Message] = []
    places = {f"S-{n:04d}": _near(chance, 60.0) for n in range(SENSORS)}
    for at_s in range(-EARLY, LATER + 1, 60):  # everything is quiet at first, and tells so by the minute
        quiet = [_reading(name, at_s, 0.0, *places[name]) for name in places] if at_s == -EARLY else []
        quiet.append(_reading("S-far", at_s, 0.0, *FAR))
        found.append(_message(at_s, "structures", quiet))
        found.append(_message(at_s, "plants", [_reading("G-1", at_s, 0.0, *_AT["G-1"])]))
        found.append(_message(at_s, "tankers", [_reading("V-1", at_s, 0.0, *_AT["V-1"])]))
        found.append(_message(at_s, "tunnels", [_reading("T-1", at_s, 0.0, *_AT["T-1"])]))
    for name, (lon, lat) in places.items():
        km = float(np.hypot((lon - QUAKE[0]) * 91.0, (lat - QUAKE[1]) * 111.0))
        # Most fire with the waves; every fifth later, by an aftershock or a slow leak.
        after_s = (
            km / WAVE_KM_S + float(chance.exponential(15.0)) if chance.random() < 0.8 else chance.uniform(130, 500)
        )
        found.append(_message(after_s, "structures", [_reading(name, after_s, 20.0 + km % 7, lon, lat)]))
    for planted in PLANTED:
        if planted.rule:
            feed = {"V": "tankers", "G": "plants", "T": "tunnels", "S": "structures"}[planted.subject[0]]
            value = 200.0 if planted.rule == "gas-lethal" else 20.0
            where = FAR if planted.subject == "S-far" else _AT[planted.subject]
            at_s = planted.at_s
            found.append(_message(at_s, feed, [_reading(planted.subject, at_s, value, *where)]))
    found.append(Message(at_ms=START_MS + KNOWN_AFTER_MS, feed="usgs-quakes", body=_quake()))
    return sorted(found, key=lambda one: (one.at_ms, one.feed, one.body))


FAR = (121.40, 37.45)
_AT: Mapping[str, tuple[float, float]] = {"V-1": (118.35, 35.08), "G-1": (118.30, 35.02), "T-1": (118.36, 35.06)}


def _near(chance: np.random.Generator, within_km: float) -> tuple[float, float]:
    km, angle = within_km * float(np.sqrt(chance.random())), float(chance.uniform(0, 2 * np.pi))
    return round(QUAKE[0] + km * float(np.cos(angle)) / 91.0, 6), round(QUAKE[1] + km * float(np.sin(angle)) / 111.0, 6)


def _reading(name: str, at_s: float, value: float, lon: float, lat: float) -> dict[str, Any]:
    return {"id": name, "t": START_MS + round(at_s * S), "v": value, "lon": lon, "lat": lat}


def _message(at_s: float, feed: str, rows: list[dict[str, Any]]) -> Message:
    return Message(at_ms=START_MS + round(at_s * S), feed=feed, body=json.dumps({"rows": rows}).encode())


def _quake() -> bytes:
    properties = {"mag": MAGNITUDE, "place": "near Linyi, Shandong", "time": START_MS, "updated": START_MS + 110_000}
    properties |= {"status": "automatic", "type": "earthquake", "title": "M 5.2 - near Linyi", "net": "sim"}
    feature = {
        "type": "Feature",
        "id": "sim5200",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [*QUAKE, 10.0]},
    }
    head = {"generated": START_MS + 110_000, "title": "x", "status": 200, "api": "1", "count": 1}
    return json.dumps({"type": "FeatureCollection", "metadata": head, "features": [feature]}).encode()


def _rule(content: Path, identity: str, feed: str, subject: str, severity: str, when: str, **keys: Any) -> None:
    put_rule(
        content,
        identity,
        applies_to={"subject": subject, "feed": feed},
        when=when,
        group_by=[subject],
        severity=severity,
        class_="alarm",
        rationale={"response": text("look")},
        **keys,
    )
