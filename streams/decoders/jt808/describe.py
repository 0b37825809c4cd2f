"""One message for people and scripts: header, body, observations and what was refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from gis.crs import to_wgs84
from ops_center.domain.errors import BadInput
from ops_center.domain.text import Json
from streams.decoders.jt808.bits import ALARM_BITS, STATUS_BITS, load_state, names
from streams.decoders.jt808.bodies import body_or_fault
from streams.decoders.jt808.contents import contents_of
from streams.decoders.jt808.header import Header
from streams.decoders.jt808.items import read_items
from streams.decoders.jt808.location import BASIC_SIZE, Location, read_location
from streams.decoders.jt808.subpackages import read_message

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def describe(message: bytes, *, datum: str = "wgs84") -> dict[str, Json]:
    """Return what `message` says; ok is False where it is no sound frame. Never raises."""
    try:
        frame = read_message(message)
    except BadInput as error:
        return {"ok": False, "error": error.reason, "field": error.field}
    header = frame.header
    found = contents_of(frame)
    observations: list[Json] = []
    refused: list[Json] = [{"field": field, "reason": reason} for field, reason in found.refused]
    for number, report in enumerate(found.locations):
        location = read_location(report)
        observation = _observation(header.phone, location, report[BASIC_SIZE:], datum)
        faults = location.faults()
        if faults:
            reason = "; ".join(text for _, text in faults)
            refused.append({"field": faults[0][0], "reason": reason, "number": number, "observation": observation})
        else:
            observations.append(observation)
    described: dict[str, Json] = {
        "ok": True,
        "header": _header(header),
        "observations": observations,
        "refused": refused,
    }
    body, fault = body_or_fault(frame)
    if body is not None:
        described["body"] = body
    if fault:
        described["body_error"] = fault
    return described


def _header(header: Header) -> dict[str, Json]:
    described: dict[str, Json] = {
        "msg_id": f"0x{header.msg_id:04X}",
        "phone": header.phone,
        "serial": header.serial,
        "props": header.props,
        "version": header.version,
    }
    if header.protocol_version is not None:
        described["protocol_version"] = header.protocol_version
    if header.encryption:
        described["encryption"] = header.encryption
    if header.package is not None:
        described["package"] = {"total": header.package[0], "number": header.package[1]}
    return described


def _observation(phone: str, location: Location, items: bytes, datum: str) -> dict[str, Json]:
    lon, lat = location.lon_e6 / 1e6, location.lat_e6 / 1e6
    if datum != "wgs84" and not location.faults():
        lons, lats = to_wgs84(datum)(np.array([lon]), np.array([lat]))
        lon, lat = round(float(lons[0]), 7), round(float(lats[0]), 7)
    return {
        "subject": phone,
        "event_time": None if location.event_ms is None else iso(location.event_ms),
        "lon": lon,
        "lat": lat,
        "altitude_m": location.altitude_m,
        "speed_kph": location.speed_kph,
        "heading_deg": location.heading_deg,
        "alarm_bits": location.alarm_bits,
        "status_bits": location.status_bits,
        "alarms": names(location.alarm_bits, ALARM_BITS),
        "status": names(location.status_bits, STATUS_BITS),
        "load": load_state(location.status_bits),
        "positioned": location.positioned,
        **read_items(items),
    }


def iso(ms: int) -> str:
    """Return UTC milliseconds as ISO 8601 with Z."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="seconds").replace("+00:00", "Z")
