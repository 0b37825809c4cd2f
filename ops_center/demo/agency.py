"""The agencies of the exercise: what the seismic and weather services would publish at an instant.

Every text says 演练/Exercise. Formats are the real ones: USGS GeoJSON feed v1.0, CAP 1.2 in Atom,
and the national platform's warning XML.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from ops_center.demo.script import FLOOD_MS, MINUTE_MS, OPENS_MS

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One invented warning: county or city by 6-digit code, colour of 2007 order 16 of the CMA."""

    adcode: str
    place_zh: str
    place_en: str
    colour: str
    issued_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quake:
    """One invented quake."""

    id: str
    at_ms: int
    lon: float
    lat: float
    depth_km: float
    magnitude: float
    place: str


WARNINGS: tuple[Notice, ...] = tuple(
    Notice(
        adcode=adcode,
        place_zh=zh,
        place_en=en,
        colour=colour,
        issued_ms=issued,
        expires_ms=issued + 12 * 60 * MINUTE_MS,
    )
    for adcode, zh, en, colour, issued in (
        ("370200", "青岛市", "Qingdao", "yellow", OPENS_MS - 330 * MINUTE_MS),
        ("371100", "日照市", "Rizhao", "yellow", OPENS_MS - 330 * MINUTE_MS),
        ("371300", "临沂市", "Linyi", "yellow", OPENS_MS - 200 * MINUTE_MS),
        ("371100", "日照市", "Rizhao", "orange", OPENS_MS - 120 * MINUTE_MS),
        ("370200", "青岛市", "Qingdao", "orange", OPENS_MS - 60 * MINUTE_MS),
        ("371102", "东港区", "Donggang", "red", FLOOD_MS),
        ("370211", "黄岛区", "Huangdao", "red", FLOOD_MS + MINUTE_MS),
        ("371121", "五莲县", "Wulian", "red", FLOOD_MS + 2 * MINUTE_MS),
        ("370782", "诸城市", "Zhucheng", "red", FLOOD_MS + 3 * MINUTE_MS),
    )
)
QUAKES: tuple[Quake, ...] = (
    Quake(
        id="sim2019a1",
        at_ms=OPENS_MS - 150 * MINUTE_MS,
        lon=118.32,
        lat=35.05,
        depth_km=10.0,
        magnitude=3.1,
        place="Exercise: near Linyi, Shandong",
    ),
    Quake(
        id="sim2019b2",
        at_ms=FLOOD_MS + 6 * MINUTE_MS,
        lon=118.05,
        lat=36.82,
        depth_km=9.0,
        magnitude=5.2,
        place="Exercise: near Zibo, Shandong",
    ),
)


def usgs_feed(now_ms: int, quakes: Sequence[Quake] = QUAKES) -> bytes:
    """Return the USGS summary feed as it stands at `now_ms`."""
    features = [
        {
            "type": "Feature",
            "id": q.id,
            "properties": {
                "mag": q.magnitude,
                "place": q.place,
                "time": q.at_ms,
                "updated": q.at_ms + 60_000,
                "tz": None,
                "url": None,
                "detail": None,
                "alert": None,
                "status": "automatic",
                "tsunami": 0,
                "net": "sim",
                "code": q.id[3:],
                "magType": "ml",
                "type": "earthquake",
                "title": f"M {q.magnitude} - {q.place}",
            },
            "geometry": {"type": "Point", "coordinates": [q.lon, q.lat, q.depth_km]},
        }
        for q in sorted(quakes, key=lambda q: -q.at_ms)
        if q.at_ms + 45_000 <= now_ms
    ]
    head = {
        "generated": now_ms,
        "title": "Exercise Lekima",
        "status": 200,
        "api": "1.10.3",
        "count": len(features),
    }
    return json.dumps({"type": "FeatureCollection", "metadata": head, "features": features}).encode()


def cap_alert(warning: Notice) -> bytes:
    """Return one warning as a CAP 1.2 alert of status Exercise."""
    sent = _local(warning.issued_ms).isoformat()
    expires = _local(warning.expires_ms).isoformat()
    severity = {"blue": "Minor", "yellow": "Moderate", "orange": "Severe", "red": "Extreme"}[warning.colour]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>EX-{warning.adcode}-{warning.issued_ms}</identifier><sender>exercise@example.invalid</sender>"
        f"<sent>{sent}</sent><status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>"
        "<info><language>zh-CN</language><category>Met</category><event>台风</event>"
        f"<urgency>Expected</urgency><severity>{severity}</severity><certainty>Likely</certainty>"
        "<eventCode><valueName>event</valueName><value>11B01</value></eventCode>"
        f"<effective>{sent}</effective><expires>{expires}</expires>"
        f"<senderName>{escape(warning.place_zh)}气象台(演练)</senderName>"
        f"<headline>【演练】{escape(warning.place_zh)}发布台风{COLOURS_ZH[warning.colour]}色预警</headline>"
        f"<area><areaDesc>{escape(warning.place_zh)}</areaDesc><geocode><valueName>GB/T 2260</valueName>"
        f"<value>{warning.adcode}</value></geocode></area></info></alert>"
    ).encode()


def platform_warning(warning: Notice) -> bytes:
    """Return one warning in the national platform's XML dialect, of status Exercise."""
    issued = _local(warning.issued_ms)
    identity = f"{warning.adcode}41600000_{issued:%Y%m%d%H%M%S}"
    colour = warning.colour.capitalize()
    headline = f"【演练】{escape(warning.place_zh)}气象台发布台风{COLOURS_ZH[warning.colour]}色预警"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<alert><identifier>{identity}</identifier><sender>{escape(warning.place_zh)}气象台</sender>"
        f"<senderCode>{warning.adcode}41600000</senderCode><sendTime>{_stamp(warning.issued_ms)}</sendTime>"
        "<status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>"
        "<secClassification>None</secClassification><note/><references/><info><language>zh-CN</language>"
        f"<eventType>11B01</eventType><urgency>Expected</urgency><severity>{colour}</severity>"
        f"<certainty>Likely</certainty><effective>{_stamp(warning.issued_ms)}</effective><onset/>"
        f"<expires>{_stamp(warning.expires_ms)}</expires><senderName>模拟</senderName>"
        f"<headline>{headline}</headline><description>{headline}</description><instruction/><web/>"
        f"<area><areaDesc>{escape(warning.place_zh)}</areaDesc><polygon/><circle/>"
        f"<geocode>{warning.adcode}000000</geocode></area></info></alert>"
    ).encode()


COLOURS_ZH = {"blue": "蓝", "yellow": "黄", "orange": "橙", "red": "红"}


def _stamp(at_ms: int) -> str:
    return f"{_local(at_ms):%Y-%m-%d %H:%M:%S}+08:00"


def _local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, SHANGHAI)
