"""Read the JSON of the weather services' sites: NMC findAlarm, weather.com.cn, weather.cma.cn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from ops_center.domain.errors import BadInput
from ops_center.domain.text import Json
from streams.decoders.cap12.values import Ring
from streams.decoders.cn_warning.bulletin import Bulletin, completed
from streams.decoders.cn_warning_codes import events
from streams.decoders.cn_warning_codes.identifier import beijing_ms
from streams.decoders.cn_warning_codes.levels import WEATHERCN_LEVEL, colour

# JSONP: "var alarminfo={...};" or "callback({...})".
_JSONP = re.compile(r"\s*(?:var\s+\w+\s*=|\w+\s*\()?\s*(?P<body>[{\[].*[}\]])\s*\)?\s*;?\s*", re.DOTALL)
_FILE = re.compile(r"(?P<station>[0-9]+)-(?P<time>[0-9]{14})-(?P<type>[0-9]{2})(?P<level>[0-9]{2})\.html")

Item = Callable[[], Bulletin]


def loads(text: str) -> Json:
    """Return the JSON value of a JSON or JSONP answer; BadInput otherwise."""
    match = _JSONP.fullmatch(text)
    try:
        return json.loads(match["body"] if match else text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"no JSON: {error}", field="/") from error


def items(value: Json) -> list[tuple[str, Item]]:
    """Return (place, reader) of each warning in an answer; BadInput where no dialect fits.

    An answer that says it failed (code, status) is refused: it is not an empty list.
    """
    if not isinstance(value, dict):
        raise BadInput("not an answer of a warning service", field="/")
    if "identifier" in value and "ALERTID" in value:
        return [("", lambda: _weathercn_detail(value))]
    if "alertid" in value:
        return [("", lambda: _nmc(value, {}))]
    data = value.get("data")
    if isinstance(data, dict) and isinstance(data.get("page"), dict):
        _succeeded(value, "code", 0)
        return _nmc_page(data)
    if isinstance(data, dict) and isinstance(data.get("alarm"), list):
        _succeeded(value, "code", 0)
        return [(f"data.alarm[{n}]", _bind(_cma, item)) for n, item in enumerate(data["alarm"])]
    result = value.get("result")
    if isinstance(result, dict) and isinstance(result.get("data"), list):
        _succeeded(value, "status", "success")
        return [(f"result.data[{n}]", _bind(_weathercn_row, item)) for n, item in enumerate(result["data"])]
    raise BadInput("not an answer of a warning service", field="/")


def _bind(read: Callable[[Json], Bulletin], item: Json) -> Item:
    return lambda: read(item)


def _succeeded(value: Mapping[str, Json], key: str, wanted: Json) -> None:
    if value.get(key, wanted) != wanted:
        raise BadInput(f"the service answered {key} {value[key]!r}", field=key)


def _nmc_page(data: Mapping[str, Json]) -> list[tuple[str, Item]]:
    rows = data["page"].get("list")
    if not isinstance(rows, list):
        raise BadInput("missing", field="data.page.list")
    stat = data.get("stat") if isinstance(data.get("stat"), dict) else {}
    short = {"b": "blue", "y": "yellow", "o": "orange", "r": "red"}
    said: dict[str, Json] = {"n": len(rows), "count": data["page"].get("count")}
    for unit, counts in (stat or {}).items():
        if isinstance(counts, dict):
            said |= {f"stat_{unit}_{short.get(key, key)}": number for key, number in counts.items()}
    return [(f"data.page.list[{n}]", _bind(lambda item: _nmc(item, said), item)) for n, item in enumerate(rows)]


def _nmc(item: Json, said: Mapping[str, Json]) -> Bulletin:
    """NMC findAlarm: the picture's last three digits are the level, 001 red."""
    picture = events.picture(_text(item, "pic"))
    return completed(
        Bulletin(
            dialect="nmc_find_alarm",
            identifier=_text(item, "alertid"),
            title=_text(item, "title"),
            issued_ms=_time(item, "issuetime"),
            event=picture.event_zh,
            colour=picture.colour,
            said={
                **said,
                "pic": f"p{picture.type4}{picture.level3}",
                "type4": picture.type4,
                "level3": picture.level3,
                "url": item.get("url"),
            },
        )
    )


def _cma(item: Json) -> Bulletin:
    """weather.cma.cn: GB/T 35561 code, colour by name, and the NMC picture code as `type`."""
    picture = events.picture(_text(item, "type"))
    shade = colour(_text(item, "severity"))
    if shade != picture.colour:
        raise BadInput(f"severity says {shade or 'no colour'}, type says {picture.colour}", field="severity")
    return completed(
        Bulletin(
            dialect="weather_cma",
            identifier=_text(item, "id"),
            title=_text(item, "title"),
            issued_ms=_time(item, "effective"),
            event=_text(item, "signaltype"),
            event_code=_text(item, "eventType"),
            colour=shade,
            said={"pic": _text(item, "type"), "type4": picture.type4, "level3": picture.level3},
        )
    )


def _weathercn_detail(item: Json) -> Bulletin:
    """weather.com.cn detail: LEVELCODE 01 is blue; `references` repeats the identifier and is no reference."""
    code = _text(item, "LEVELCODE")
    if code not in WEATHERCN_LEVEL:
        raise BadInput(f"{code!r} is no level code", field="LEVELCODE")
    stated = colour(_text(item, "SIGNALLEVEL"))
    if stated and stated != WEATHERCN_LEVEL[code]:
        raise BadInput(f"SIGNALLEVEL says {stated}, LEVELCODE says {WEATHERCN_LEVEL[code]}", field="LEVELCODE")
    action = {"Alert": "alert", "Update": "update", "Cancel": "cancel"}.get(str(item.get("msgType") or "Alert"))
    return completed(
        Bulletin(
            dialect="weathercn_detail",
            identifier=_text(item, "identifier"),
            title=_text(item, "head"),
            issued_ms=_time(item, "ISSUETIME"),
            event=_text(item, "SIGNALTYPE"),
            colour=WEATHERCN_LEVEL[code],
            action=action or "",
            references=tuple(str(item.get("references") or "").replace(",", " ").split()),
            expires_ms=_time(item, "RELIEVETIME") if item.get("RELIEVETIME") else None,
            said={
                "province_name": item.get("PROVINCE"),
                "city_name": item.get("CITY"),
                "station_name": item.get("STATIONNAME"),
                "type_code": item.get("TYPECODE"),
                "level_code": code,
                "station": item.get("EFFECT"),
                "description": item.get("ISSUECONTENT"),
            },
        )
    )


def _weathercn_row(item: Json) -> Bulletin:
    """weather.com.cn list: [place, file, lon, lat, id, references, title, {coordinates}], file ends -TTLL."""
    if not isinstance(item, list) or len(item) < 7 or not all(isinstance(part, str) for part in item[:7]):
        raise BadInput("not a row of seven texts", field="/")
    name = _FILE.fullmatch(item[1])
    if name is None or name["level"] not in WEATHERCN_LEVEL:
        raise BadInput(f"{item[1]!r} names no type and level", field="1")
    lon, lat = _degree(item[2], 180, "2"), _degree(item[3], 90, "3")
    return completed(
        Bulletin(
            dialect="weathercn_list",
            identifier=item[4],
            title=item[6],
            issued_ms=beijing_ms(name["time"]),
            colour=WEATHERCN_LEVEL[name["level"]],
            references=tuple(item[5].replace(",", " ").split()),
            lon=lon,
            lat=lat,
            rings=_rings(item[7]) if len(item) > 7 else (),
            said={
                "place": item[0],
                "type_code": name["type"],
                "level_code": name["level"],
                "station": name["station"],
            },
        )
    )


def _rings(value: Json) -> tuple[Ring, ...]:
    """Return the closed rings of {"coordinates": [[[lon, lat], …]]}; fewer than three corners are no area."""
    found: list[Ring] = []
    lists = value.get("coordinates") if isinstance(value, dict) else None
    for points in lists if isinstance(lists, list) else ():
        try:
            ring = [(float(lon), float(lat)) for lon, lat in points]
        except (TypeError, ValueError) as error:
            raise BadInput("not a list of [lon, lat]", field="coordinates") from error
        if any(not (abs(lon) <= 180 and abs(lat) <= 90) for lon, lat in ring):
            raise BadInput("outside the world", field="coordinates")
        if len(set(ring)) >= 3:
            found.append(tuple(ring if ring[0] == ring[-1] else [*ring, ring[0]]))
    return tuple(found)


def _degree(text: str, limit: float, field: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise BadInput(f"{text!r} is no coordinate", field=field) from error
    if not abs(number) <= limit:
        raise BadInput(f"{text!r} is outside the world", field=field)
    return number


def _text(item: Json, key: str) -> str:
    value = item.get(key) if isinstance(item, dict) else None
    if not isinstance(value, str):
        raise BadInput("missing" if value is None else "not a text", field=key)
    return value


def _time(item: Json, key: str) -> int:
    at = beijing_ms(_text(item, key))
    if at is None:
        raise BadInput(f"{item[key]!r} is no time", field=key)
    return at
