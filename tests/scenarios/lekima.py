"""Scenario (c): typhoon Lekima, warnings and quakes over the 136 counties of Shandong.

The track is IBTrACS (2019214N15134), the epicentres are of the 1965-2016 catalogue with their
times moved into the typhoon's week, the warnings are invented and marked Exercise.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from tests.scenarios.content import Scenario, put_layer, put_rule

TRACK = "2019214N15134"
TRACKS = "hazards/typhoon/ibtracs_wmo_near_shandong_1980_2020.csv"
COUNTIES = "gis/admin/shandong_counties_shippable.geojson"
QUAKES = "hazards/quakes_world_1965_2016_m55.csv.gz"
USGS_WEEK = "hazards/usgs_all_week_20180131_20180206.geojson.gz"
EPSG = 32650
NEAR_KM, FAR_KM = 250, 1_350


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message about a warning; `codes` or `ring` (lat, lon) say where."""

    at: str  # local time, +08:00
    action: str  # Alert | Update | Cancel
    colour: str
    until: str
    codes: tuple[str, ...] = ()
    ring: tuple[tuple[float, float], ...] = ()
    first: str = ""  # `at` of the message it refers to

    def __post_init__(self) -> None:
        if bool(self.codes) == bool(self.ring):
            raise ValueError("either codes or a ring")


# By code, on the national platform: a city's, two counties', a development zone's (371171 rolls up).
PLATFORM = (
    Message(at="2019-08-10 06:00:00", action="Alert", colour="yellow", until="2019-08-12 06:00:00", codes=("370200",)),
    Message(
        at="2019-08-10 16:30:00",
        action="Update",
        colour="orange",
        until="2019-08-12 06:00:00",
        codes=("370200",),
        first="2019-08-10 06:00:00",
    ),
    Message(
        at="2019-08-11 20:00:00",
        action="Cancel",
        colour="orange",
        until="2019-08-12 06:00:00",
        codes=("370200",),
        first="2019-08-10 06:00:00",
    ),
    Message(
        at="2019-08-10 18:00:00",
        action="Alert",
        colour="red",
        until="2019-08-11 02:00:00",
        codes=("371121", "370782"),
    ),
    Message(
        at="2019-08-10 20:00:00",
        action="Update",
        colour="red",
        until="2019-08-11 08:00:00",
        codes=("371121", "370781"),
        first="2019-08-10 18:00:00",
    ),
    Message(at="2019-08-11 09:00:00", action="Alert", colour="red", until="2019-08-11 15:00:00", codes=("370502",)),
)
# By polygon, as CAP: the coast, then further inland, then called off.
CAP = (
    Message(
        at="2019-08-10 09:00:00",
        action="Alert",
        colour="orange",
        until="2019-08-12 09:00:00",
        ring=((35.2, 119.2), (35.2, 120.6), (36.4, 121.4), (36.4, 120.0), (35.2, 119.2)),
    ),
    Message(
        at="2019-08-10 21:00:00",
        action="Update",
        colour="red",
        until="2019-08-12 09:00:00",
        ring=((35.2, 118.2), (35.2, 120.6), (37.4, 121.4), (37.4, 118.6), (35.2, 118.2)),
        first="2019-08-10 09:00:00",
    ),
    Message(
        at="2019-08-11 23:00:00",
        action="Cancel",
        colour="red",
        until="2019-08-12 09:00:00",
        ring=((35.2, 118.2), (35.2, 120.6), (37.4, 121.4), (37.4, 118.6), (35.2, 118.2)),
        first="2019-08-10 09:00:00",
    ),
)


def local_ms(text: str) -> int:
    """Return UTC milliseconds of a local time of China."""
    return int(pd.Timestamp(text).tz_localize("Asia/Shanghai").timestamp() * 1000)


def counties(data: Path) -> dict[str, BaseGeometry]:
    """Return the counties by code, made valid."""
    given = json.loads((data / COUNTIES).read_text(encoding="utf-8"))
    shapes = {f["properties"]["adcode"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in given["features"]}
    return {key: shape if shape.is_valid else shapely.make_valid(shape) for key, shape in sorted(shapes.items())}


def names(data: Path) -> dict[str, str]:
    """Return the names of the counties by code."""
    given = json.loads((data / COUNTIES).read_text(encoding="utf-8"))
    return {f["properties"]["adcode"]: f["properties"]["name"] for f in given["features"]}


def track(data: Path) -> pd.DataFrame:
    """Return the fixes of Lekima: time as published (UTC), degrees, knots, hPa."""
    rows = pd.read_csv(data / TRACKS, keep_default_na=True)
    return rows[rows.track_id == TRACK].reset_index(drop=True)


def quakes(data: Path) -> list[dict[str, object]]:
    """Return USGS features of the catalogue's quakes around Shandong, one every seven hours of the week."""
    rows = pd.read_csv(data / QUAKES)
    near = rows[rows.Latitude.between(32, 41) & rows.Longitude.between(112, 125)].reset_index(drop=True)
    start = local_ms("2019-08-08 00:30:00")
    return [
        _feature(f"cat{n:05d}", start + n * 7 * 3_600_000, lon, lat, magnitude)
        for n, (lon, lat, magnitude) in enumerate(near[["Longitude", "Latitude", "Magnitude"]].to_numpy().tolist())
    ]


def _feature(identity: str, at_ms: int, lon: float, lat: float, magnitude: float) -> dict[str, object]:
    return {
        "type": "Feature",
        "id": identity,
        "properties": {
            "mag": magnitude,
            "place": "moved in time",
            "time": at_ms,
            "updated": at_ms + 60_000,
            "status": "reviewed",
            "type": "earthquake",
            "title": f"M {magnitude}",
        },
        "geometry": {"type": "Point", "coordinates": [lon, lat, 10.0]},
    }


def put_content(folder: Path, data: Path, *, near_km: int, least: float) -> None:
    """Write the layer of counties and the three rules over hazards."""
    put_layer(
        folder,
        "counties",
        counties(data),
        draw={"as": "zone", "colour": "boundary"},
        fields={"name": names(data), "name_en": names(data)},
    )
    inside = {"county": {"inside": "counties"}}
    hazard = {"subject": "hazard"}
    by = ["hazard", "county"]
    put_rule(folder, "typhoon-county", applies_to=hazard, join=inside, when='hazard.kind == "typhoon"', group_by=by)
    put_rule(
        folder,
        "warning-county",
        applies_to=hazard,
        join=inside,
        when='hazard.kind == "warning" && hazard.colour in ["orange", "red"]',
        group_by=by,
        class_="notice",
    )
    put_rule(
        folder,
        "quake-county",
        applies_to=hazard,
        join={"county": {"nearest": "counties", "within": f"{near_km} km"}},
        when=f'hazard.kind == "quake" && hazard.magnitude >= {least}',
        group_by=by,
        class_="alarm",
        rationale={"response": {"zh": "查看", "en": "Look"}},
        incident_kind="earthquake",
    )


def write(folder: Path, data: Path) -> Scenario:
    """Write content and inputs of the typhoon's week below `folder`."""
    content = folder / "content"
    put_content(content, data, near_km=NEAR_KM, least=5.5)
    fixes = folder / "track.csv"
    track(data).to_csv(fixes, index=False)
    platform = folder / "platform"
    platform.mkdir()
    for n, message in enumerate(PLATFORM):
        (platform / f"{n}.xml").write_text(platform_xml(message), encoding="utf-8")
    cap = folder / "cap"
    cap.mkdir()
    for n, message in enumerate(CAP):
        (cap / f"{n}.xml").write_text(cap_xml(message), encoding="utf-8")
    shaken = folder / "quakes.geojson"
    shaken.write_text(json.dumps({"type": "FeatureCollection", "features": quakes(data)}), encoding="utf-8")
    inputs = (("ibtracs", fixes), ("cn-warnings", platform), ("cap-warnings", cap), ("usgs-quakes", shaken))
    return Scenario(name="lekima", folder=content, inputs=inputs, metric_epsg=EPSG)


def write_week(folder: Path, data: Path) -> Scenario:
    """Write content and input of the real USGS week: strong quakes as far as Taiwan and Japan."""
    content = folder / "content"
    put_content(content, data, near_km=FAR_KM, least=4.5)
    return Scenario(name="usgs", folder=content, inputs=(("usgs-quakes", data / USGS_WEEK),), metric_epsg=EPSG)


def identifier(at: str) -> str:
    """Return the national platform's identifier of a message of the provincial weather office."""
    return "37000041600000_" + "".join(c for c in at if c.isdigit())


def platform_xml(message: Message) -> str:
    """Return a message of the national platform."""
    codes = ",".join(f"{code}000000" for code in message.codes)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert>
  <identifier>{identifier(message.at)}</identifier>
  <sender>演练气象台</sender>
  <senderCode>37000041600000</senderCode>
  <sendTime>{message.at}+08:00</sendTime>
  <status>Exercise</status>
  <msgType>{message.action}</msgType>
  <scope>Public</scope>
  <references>{identifier(message.first) if message.first else ""}</references>
  <info>
    <language>zh-CN</language>
    <eventType>11B01</eventType>
    <urgency>Unknown</urgency>
    <severity>{message.colour.capitalize()}</severity>
    <certainty>Unknown</certainty>
    <effective>{message.at}+08:00</effective>
    <onset/>
    <expires>{message.until}+08:00</expires>
    <senderName>演练</senderName>
    <headline>演练</headline>
    <description>演练</description>
    <area><areaDesc>演练</areaDesc><polygon/><circle/><geocode>{codes}</geocode></area>
  </info>
</alert>
"""


def cap_xml(message: Message) -> str:
    """Return a CAP 1.2 alert."""
    sent = message.at.replace(" ", "T") + "+08:00"
    references = ""
    if message.first:
        first = message.first.replace(" ", "T") + "+08:00"
        references = f"<references>test@example.invalid,EX-{local_ms(message.first)},{first}</references>"
    ring = " ".join(f"{lat},{lon}" for lat, lon in message.ring)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>EX-{local_ms(message.at)}</identifier>
  <sender>test@example.invalid</sender>
  <sent>{sent}</sent>
  <status>Exercise</status>
  <msgType>{message.action}</msgType>
  <scope>Public</scope>
  {references}
  <info>
    <language>zh-CN</language>
    <category>Met</category>
    <event>台风</event>
    <urgency>Expected</urgency>
    <severity>Severe</severity>
    <certainty>Likely</certainty>
    <effective>{sent}</effective>
    <expires>{message.until.replace(" ", "T")}+08:00</expires>
    <headline>演练台风{ {"yellow": "黄色", "orange": "橙色", "red": "红色"}[message.colour] }预警</headline>
    <area><areaDesc>演练</areaDesc><polygon>{ring}</polygon></area>
  </info>
</alert>
"""
