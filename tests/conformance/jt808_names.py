"""Names of third-party test vectors of JT/T 808 and where the same fact is in what we say of a frame.

A rule is a pattern of a flattened native name, the place in our description, and what turns their
value into ours. The first rule that matches counts; a name without a rule is of a vendor's own
part of a message, or of one that we show by its header only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

Rule = tuple[str, str, Callable[[Any], Any]]

ENUMS = {  # SmallChi's names for numbers
    "Enums.JT808TerminalResult.Success": 0,
    "Enums.JT808PlatformResult.succeed": 0,
    "Enums.JT808PlatformResult.Success": 0,
    "Enums.JT808TerminalRegisterResult.success": 0,
    "Enums.JT808TerminalRegisterResult.terminal_not_database": 4,
    "JT808EncryptMethod.None": 0,
    "JT808Version.JTT2019": "2019",
}


def same(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"raw"}:
        return ENUMS.get(value["raw"], value)
    return value


def message_id(value: Any) -> str:
    return value.lower() if isinstance(value, str) else f"0x{value:04x}"


def digits(value: Any) -> str:
    return str(value).lstrip("0")


def tenth(value: float) -> float:
    return value / 10


def millionth(value: float) -> float:
    return value / 1e6


def beijing(value: Any) -> str:
    """Return Beijing time text as UTC."""
    at = datetime.fromisoformat(str(value).replace(" ", "T")) - timedelta(hours=8)
    return at.isoformat() + "Z"


def local(value: Any) -> str:
    """Return time text with T; twelve digits are YYMMDDhhmmss."""
    text = str(value)
    if re.fullmatch(r"\d{12}", text):
        text = f"20{text[:2]}-{text[2:4]}-{text[4:6]}T{text[6:8]}:{text[8:10]}:{text[10:]}"
    return text.replace(" ", "T")


def hexed(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, list) else value


def unfilled(value: Any) -> Any:
    return value.strip("\0") if isinstance(value, str) else same(value)


# Basic location by the last part of the name; {} is the observation's place.
_BASIC: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("warnBit|alarmFlag|AlarmFlag|alarm", "alarm_bits", same),
    ("statusBit|status|StatusFlag", "status_bits", same),
    ("latitude|Lat|lat_raw", "lat", millionth),
    ("longitude|Lng|lon_raw", "lon", millionth),
    ("altitude|Altitude|altitude_m", "altitude_m", same),
    ("speed|Speed|speed_01kmh", "speed_kph", tenth),
    ("direction|Direction", "heading_deg", same),
    ("deviceTime|GPSTime|time", "event_time", beijing),
)
# Additional items by number, as yezhihao and xtream give them.
_ITEMS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("1", "mileage_km", tenth),
    ("2", "fuel_l", tenth),
    ("3", "recorder_speed_kph", tenth),
    ("4", "manual_alarm_event", same),
    ("6", "carriage_temperature_c", same),
    (r"5\.value\[(\d+)\]", r"tyre_pressures_pa.\1", lambda value: None if value == 255 else value),
    (r"17\.areaType", "overspeed_place_kind", same),
    (r"17\.areaId", "overspeed_place_id", same),
    (r"18\.areaType", "crossing_place_kind", same),
    (r"18\.areaId", "crossing_place_id", same),
    (r"18\.direction", "crossing_direction", same),
    (r"19\.areaId", "segment_id", same),
    (r"19\.driveTime", "segment_time_s", same),
    (r"19\.result", "segment_result", same),
    ("37", "vehicle_signal_bits", same),
    ("42", "io_bits", same),
    ("48", "signal_strength", same),
    ("49", "satellites", same),
)


# Items 100 to 103 of T/JSATL 12.
_SAFETY = {"100": "driver_assistance", "101": "driver_state", "102": "tyre_pressure", "103": "blind_zone"}
_SAFETY_NAMES: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("id", "alarm", same),
    ("state", "state", same),
    ("type", "kind", same),
    ("level", "level", same),
    ("frontSpeed", "front_speed_kph", same),
    ("frontDistance", "front_distance", same),
    ("deviateType", "deviation", same),
    ("roadSign", "road_sign", same),
    ("roadSignValue", "road_sign_value", same),
    ("fatigueDegree", "fatigue", same),
    ("speed", "speed_kph", same),
    ("altitude", "altitude_m", same),
    ("latitude", "lat_e6", same),
    ("longitude", "lon_e6", same),
    ("alarmTime", "time", local),
    ("statusBit", "vehicle_status_bits", same),
    ("deviceId", "terminal_id", same),
    ("dateTime", "mark_time", local),
    ("sequenceNo", "sequence", same),
    ("fileTotal", "files", same),
)


def _location(prefix: str, place: str) -> list[Rule]:
    rules: list[Rule] = [(rf"{prefix}(?:{name})", f"{place}.{ours}", turn) for name, ours, turn in _BASIC]
    rules += [(rf"{prefix}(?:attributes|extraItems)\.{name}", f"{place}.{ours}", turn) for name, ours, turn in _ITEMS]
    rules += [
        (rf"{prefix}attributes\.{number}\.{name}", f"{place}.{item}.{ours}", turn)
        for number, item in _SAFETY.items()
        for name, ours, turn in _SAFETY_NAMES
    ]
    return rules


def _media(prefix: str, place: str) -> list[Rule]:
    rules = [(rf"{prefix}(?:{name})", f"{place}.{ours}", turn) for name, ours, turn in _BASIC[:-1]]
    return [*rules, (rf"{prefix}(?:deviceTime|time)", f"{place}.time", local)]


_HEADER: list[Rule] = [
    ("messageId", "header.msg_id", message_id),
    ("properties|props", "header.props", same),
    ("protocolVersion", "header.protocol_version", lambda value: value or None),
    ("clientId|phone", "header.phone", digits),
    ("serialNo|serial", "header.serial", same),
    ("verified", "ok", same),
    ("msg_id", "header.msg_id", message_id),
    (r"(?i:\w+)\.Header\.MsgId", "header.msg_id", message_id),
    (r"(?i:\w+)\.Header\.MsgNum", "header.serial", same),
    (r"(?i:\w+)\.Header\.TerminalPhoneNo", "header.phone", digits),
    (r"(?i:\w+)\.Header\.PackgeCount", "header.package.total", lambda value: value or None),
    (r"(?i:\w+)\.Header\.PackageIndex", "header.package.number", lambda value: value or None),
    (r"(?i:\w+)\.Header\.MessageBodyProperty\.Encrypt", "header.encryption", lambda value: same(value) or None),
]

# SmallChi: whatever stands before the last part; two positions in a batch by index.
_CHI = r"\(*[jJ]T808.*"
_SMALLCHI: list[Rule] = [
    *((rf"{_CHI}Positions\[(\d+)\]\.(?:{name})", rf"seen.\1.{ours}", turn) for name, ours, turn in _BASIC),
    (rf"{_CHI}Positions\[(\d+)\]\.BasicLocationAttachData.*\.Mileage", r"seen.\1.mileage_km", tenth),
    (rf"{_CHI}Positions\[(\d+)\]\.BasicLocationAttachData.*\.Oil", r"seen.\1.fuel_l", tenth),
    *((rf"{_CHI}\.(?:{name})", f"seen.0.{ours}", turn) for name, ours, turn in _BASIC),
    (rf"{_CHI}BasicLocationAttachData.*\.Mileage", "seen.0.mileage_km", tenth),
    (rf"{_CHI}BasicLocationAttachData.*\.Oil", "seen.0.fuel_l", tenth),
]

BODIES: dict[str, list[Rule]] = {
    "0001": [
        ("responseSerialNo|.*ReplyMsgNum|clientFlowId|serverFlowId", "body.answers_serial", same),
        ("responseMessageId|.*ReplyMsgId|clientMessageId|serverMessageId", "body.answers_msg_id", same),
        ("resultCode|.*TerminalResult|result", "body.result", same),
    ],
    "0005": [
        ("originalMessageFlowId", "body.first_serial", same),
        (r"packageIdList\[(\d+)\]", r"body.packages.\1", same),
    ],
    "0100": [
        (r"provinceId|.*\.AreaID", "body.province", same),
        (r"cityId|.*\.CityOrCountyId", "body.county", same),
        (r".*MakerId\.TrimStart.*", "trimmed.maker", same),
        (r".*TerminalModel\.TrimStart.*", "trimmed.model", same),
        (r".*TerminalId\.TrimStart.*", "trimmed.terminal_id", same),
        (r"makerId|manufacturerId|.*\.MakerId", "body.maker", same),
        (r"deviceModel|terminalType|.*\.TerminalModel", "body.model", same),
        (r"deviceId|terminalId|.*\.TerminalId", "body.terminal_id", same),
        (r"plateColor|color|.*\.PlateColor", "body.plate_colour", same),
        (r"plateNo|carIdentifier|.*\.PlateNo(?:\.TrimStart\(\))?", "body.plate", same),
    ],
    "0102": [
        (r"token|authenticationCode|.*Bodies\.Code", "body.auth_code", same),
        ("imei", "body.imei", same),
        ("softwareVersion", "body.software", unfilled),
    ],
    "0104": [("responseSerialNo|JT808Bodies.MsgNum", "body.answers_serial", same)],
    "0107": [
        ("deviceType", "body.terminal_type", same),
        ("makerId", "body.maker", same),
        ("deviceModel", "body.model", same),
        ("deviceId", "body.terminal_id", same),
        ("iccid", "body.iccid", same),
        ("hardwareVersion", "body.hardware", same),
        ("firmwareVersion", "body.firmware", same),
        ("gnssAttribute", "body.gnss_bits", same),
        ("networkAttribute", "body.network_bits", same),
    ],
    "0108": [("type", "body.upgrade_type", same), ("result", "body.result", same)],
    "0200": [*_location("", "seen.0"), *_SMALLCHI],
    "0201": [*_location("", "seen.0"), *_SMALLCHI],
    "0302": [("responseSerialNo|flowId", "body.answers_serial", same), ("answerId", "body.answer", same)],
    "0303": [("type", "body.kind", same), ("action", "body.action", same)],
    "0500": [*_location("", "seen.0"), *_SMALLCHI],
    "0702": [
        ("status", "body.status", same),
        ("dateTime|time", "body.time", local),
        ("cardStatus|icCardReadResult", "body.card_result", same),
        ("name|driverName", "body.name", same),
        ("licenseNo|professionalLicenseNo", "body.licence", same),
        ("institution|certificateAuthorityName", "body.authority", same),
        ("licenseValidPeriod|certificateExpiresDate", "body.valid_to", lambda value: value.replace("-", "")),
        ("idCard", "body.identity", same),
    ],
    "0704": [
        ("total|JT808Bodies.Count", "body.count", same),
        ("type", "body.kind", same),
        *_location(r"items\[(\d+)\]\.", r"seen.\1"),
        *_SMALLCHI,
    ],
    "0705": [
        ("total|count", "body.count", same),
        (r"(?:items|itemList)\[(\d+)\]\.(?:data|canData)", r"body.frames.\1.can", hexed),
    ],
    "0800": [
        ("id|multimediaDataID", "body.media_id", same),
        ("type|multimediaType", "body.media_type", same),
        ("format|multimediaFormatCode", "body.format", same),
        ("event|eventItemCode", "body.event", same),
        ("channelId", "body.channel", same),
    ],
    "0802": [
        ("responseSerialNo|flowId", "body.answers_serial", same),
        (r"(?:items|itemList)\[(\d+)\]\.(?:id|multimediaId)", r"body.media.\1.media_id", same),
        (r"(?:items|itemList)\[(\d+)\]\.(?:type|multimediaType)", r"body.media.\1.media_type", same),
        (r"(?:items|itemList)\[(\d+)\]\.channelId", r"body.media.\1.channel", same),
        (r"(?:items|itemList)\[(\d+)\]\.(?:event|eventItemCode)", r"body.media.\1.event", same),
        *_media(r"(?:items|itemList)\[(\d+)\]\.location\.", r"body.media.\1.location"),
    ],
    "0805": [
        ("responseSerialNo", "body.answers_serial", same),
        ("result", "body.result", same),
        (r"id\[(\d+)\]", r"body.media_ids.\1", same),
    ],
    "0901": [("body", "body.content", hexed)],
    "0a00": [("e", "body.e", same), ("n", "body.n", hexed)],
    "1003": [
        ("audioFormat", "body.audio_format", same),
        ("audioChannels", "body.audio_channels", same),
        ("audioSamplingRate", "body.audio_sampling", same),
        ("audioBitDepth", "body.audio_bits", same),
        ("audioFrameLength", "body.audio_frame_bytes", same),
        ("audioSupport", "body.audio_out", same),
        ("videoFormat", "body.video_format", same),
        ("maxAudioChannels", "body.most_audio_channels", same),
        ("maxVideoChannels", "body.most_video_channels", same),
    ],
    "1005": [
        ("startTime", "body.start", local),
        ("endTime", "body.end", local),
        ("getOnCount", "body.got_on", same),
        ("getOffCount", "body.got_off", same),
    ],
    "1205": [
        ("responseSerialNo", "body.answers_serial", same),
        (r"items\[(\d+)\]\.channelNo", r"body.recordings.\1.channel", same),
        (r"items\[(\d+)\]\.startTime", r"body.recordings.\1.start", local),
        (r"items\[(\d+)\]\.endTime", r"body.recordings.\1.end", local),
        (r"items\[(\d+)\]\.warnBit", r"body.recordings.\1.alarm_bits", lambda value: f"{value:016x}"),
        (r"items\[(\d+)\]\.mediaType", r"body.recordings.\1.media_type", same),
        (r"items\[(\d+)\]\.streamType", r"body.recordings.\1.stream_type", same),
        (r"items\[(\d+)\]\.storageType", r"body.recordings.\1.storage", same),
        (r"items\[(\d+)\]\.size", r"body.recordings.\1.bytes", same),
    ],
    "1210": [
        ("deviceId", "body.terminal", same),
        ("deviceId_", "body.mark_terminal_id", same),
        ("dateTime", "body.time", local),
        ("sequenceNo", "body.sequence", same),
        ("fileTotal", "body.files", same),
        ("platformAlarmId", "body.alarm", same),
        ("type", "body.kind", same),
    ],
    "1211": [
        ("fileName|name", "body.file_name", same),
        ("fileType|type", "body.file_type", same),
        ("fileSize|size", "body.file_size", same),
    ],
    "8003": [
        ("responseSerialNo|originalMessageFlowId", "body.first_serial", same),
        (r"(?:id|packageIdList)\[(\d+)\]", r"body.packages.\1", same),
    ],
    "8004": [(r"\(\(JT808_0x8004\).*\)\.Time|serverSideDateTime|time", "body.time", local)],
    "8100": [
        ("responseSerialNo|clientFlowId|.*AckMsgNum", "body.answers_serial", same),
        ("resultCode|result|.*JT808TerminalRegisterResult", "body.result", same),
        (r"token|authCode|.*Bodies\.Code", "body.auth_code", lambda value: value or ""),
    ],
    "8800": [
        ("mediaId|multimediaId|.*MultimediaId", "body.media_id", same),
        (r"id\[(\d+)\]", r"body.packages.\1", same),
    ],
    "9212": [
        ("fileName", "body.file_name", same),
        ("fileType", "body.file_type", same),
        ("uploadResult", "body.result", same),
        (r"retransmitItemList\[(\d+)\]\.dataOffset", r"body.missing.\1.offset", same),
        (r"retransmitItemList\[(\d+)\]\.dataLength", r"body.missing.\1.bytes", same),
    ],
}
BODIES["8001"] = [
    ("responseSerialNo|clientFlowId|.*Bodies\\.MsgNum", "body.answers_serial", same),
    ("responseMessageId|clientMessageId|.*AckMsgId", "body.answers_msg_id", same),
    ("resultCode|result|.*JT808PlatformResult", "body.result", same),
]
BODIES["1212"] = BODIES["1211"]
BODIES["0801"] = [
    *BODIES["0800"],
    *_media(r"location\.", "body.location"),
    ("packet|mediaData", "body.content", hexed),
]
for _answer in ("0201", "0500"):
    BODIES[_answer].insert(0, ("responseSerialNo|.*ReplyMsgNum|JT808Bodies.MsgNum", "body.answers_serial", same))


def rule_for(name: str, msg_id: str) -> tuple[str, Callable[[Any], Any]] | None:
    """Return (place, turn) for a flattened native name of a message, None where it has no rule."""
    for pattern, place, turn in (*_HEADER, *BODIES.get(msg_id, ())):
        found = re.fullmatch(pattern, name)
        if found:
            return found.expand(place) if "\\" in place else place, turn
    return None


def flattened(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (name, value) of nested JSON; a list of bytes (numbers) stays whole where a rule wants it."""
    if isinstance(value, dict) and value and set(value) != {"raw"}:
        for key, item in value.items():
            yield from flattened(item, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list):
        yield prefix, value
        for at, item in enumerate(value):
            yield from flattened(item, f"{prefix}[{at}]")
    else:
        yield prefix, value


def found(described: dict[str, Any], place: str) -> Any:
    """Return the value at a dotted place of a description; None where there is none."""
    at: Any = described
    for step in place.split("."):
        if isinstance(at, list):
            at = at[int(step)] if int(step) < len(at) else None
        else:
            at = at.get(step) if isinstance(at, dict) else None
    return at
