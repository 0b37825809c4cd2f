"""Bodies of the messages other than location reports, each as its table in the standard lists it.

Numbers are JT/T 808-2019's chapter 8 (the 2013 and 2011 layouts where they differ), JT/T 1078-2016
chapter 5 for 1xxx and 9xxx, T/JSATL 12-2017 for 1210-1212 and 9212. A message without a table here
has its header only, which is no error.
"""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.domain.errors import BadInput
from ops_center.domain.text import Json
from streams.decoders.jt808.contents import LOCATED
from streams.decoders.jt808.header import Frame
from streams.decoders.jt808.location import BASIC_SIZE, read_location
from streams.decoders.jt808.reader import (
    Field,
    Reader,
    bcd,
    bcd_time,
    byte,
    counted_text,
    dword,
    listed,
    raw,
    rest,
    rest_raw,
    text,
    time6,
    until_end,
    word,
)

Table = tuple[tuple[str, Field], ...]


def _parameters(reader: Reader) -> Json:
    """Parameter items: id DWORD, length BYTE, value (table 11); values stay hex."""
    return {f"0x{reader.number(4):04X}": reader.take(reader.number(1)).hex() for _ in range(reader.number(1))}


def _packages(reader: Reader) -> Json:
    """Numbers of packages to send again; without the list every one arrived (table 81)."""
    return listed(1, ("", word))(reader) if reader.left else []


def _basic(reader: Reader) -> Json:
    """Basic location, 28 bytes (table 23), as media messages carry it."""
    location = read_location(reader.take(BASIC_SIZE))
    return {
        "alarm_bits": location.alarm_bits,
        "status_bits": location.status_bits,
        "lon": location.lon_e6 / 1e6,
        "lat": location.lat_e6 / 1e6,
        "altitude_m": location.altitude_m,
        "speed_kph": location.speed_kph,
        "heading_deg": location.heading_deg,
        "time": bcd_time(location.time_bcd),
    }


_ANSWER: Table = (("answers_serial", word), ("answers_msg_id", word), ("result", byte))
_RESEND: Table = (("first_serial", word), ("packages", listed(1, ("", word))))
_MEDIA: Table = (("media_id", dword), ("media_type", byte), ("format", byte), ("event", byte), ("channel", byte))
_FILE: Table = (("file_name", counted_text), ("file_type", byte), ("file_size", dword))
_ALARM_MARK: Table = (  # T/JSATL 12 table 4-16
    ("terminal_id", text(7)),
    ("time", time6),
    ("sequence", byte),
    ("files", byte),
    ("reserved", byte),
)

TABLES: Mapping[int, Table] = {
    0x0001: _ANSWER,  # table 4, terminal's general answer
    0x0002: (),  # 8.3 heartbeat
    0x0003: (),  # 8.10 deregistration
    0x0004: (),  # 8.4 time query (2019)
    0x0005: (("first_serial", word), ("packages", listed(2, ("", word)))),  # 8.7 (2019) resend of packages
    0x0104: (("answers_serial", word), ("parameters", _parameters)),  # table 17
    0x0108: (("upgrade_type", byte), ("result", byte)),  # table 22
    0x0201: (("answers_serial", word),),  # table 33; the location after it is an observation
    0x0301: (("event", byte),),  # 2013 table 38
    0x0302: (("answers_serial", word), ("answer", byte)),  # 2013 table 42
    0x0303: (("kind", byte), ("action", byte)),  # 2013 table 46
    0x0500: (("answers_serial", word),),  # table 50, likewise
    0x0704: (("count", word), ("kind", byte)),  # table 76: 0 ordinary batch, 1 from a blind area
    0x0705: (  # table 78, CAN bus
        ("count", word),
        ("time", bcd(5)),
        ("frames", until_end(("can_id", dword), ("can", raw(8)))),
    ),
    0x0800: _MEDIA,  # table 80
    0x0802: (  # table 86, search of stored media
        ("answers_serial", word),
        (
            "media",
            listed(
                2, ("media_id", dword), ("media_type", byte), ("channel", byte), ("event", byte), ("location", _basic)
            ),
        ),
    ),
    0x0805: (("answers_serial", word), ("result", byte), ("media_ids", listed(2, ("", dword)))),  # table 84
    0x0900: (("kind", byte), ("content", rest_raw)),  # table 93, transparent upload
    0x0901: (("length", dword), ("content", rest_raw)),  # table 95, gzip
    0x0A00: (("e", dword), ("n", raw(128))),  # table 96, RSA public key
    0x1003: (  # JT/T 1078 table 11
        ("audio_format", byte),
        ("audio_channels", byte),
        ("audio_sampling", byte),
        ("audio_bits", byte),
        ("audio_frame_bytes", word),
        ("audio_out", byte),
        ("video_format", byte),
        ("most_audio_channels", byte),
        ("most_video_channels", byte),
    ),
    0x1005: (("start", time6), ("end", time6), ("got_on", word), ("got_off", word)),  # JT/T 1078 table 16
    0x1205: (  # JT/T 1078 table 23
        ("answers_serial", word),
        (
            "recordings",
            listed(
                4,
                ("channel", byte),
                ("start", time6),
                ("end", time6),
                ("alarm_bits", raw(8)),
                ("media_type", byte),
                ("stream_type", byte),
                ("storage", byte),
                ("bytes", dword),
            ),
        ),
    ),
    0x1206: (("answers_serial", word), ("result", byte)),  # JT/T 1078 table 27
    0x1211: _FILE,  # T/JSATL 12 table 4-24
    0x1212: _FILE,  # T/JSATL 12 table 4-26
    0x8001: _ANSWER,  # table 5, platform's general answer
    0x8003: _RESEND,  # 2013 table 6; 2019 counts by WORD, see `_versioned`
    0x8004: (("time", time6),),  # table 6 (2019), UTC
    0x8100: (("answers_serial", word), ("result", byte), ("auth_code", rest)),  # table 8
    0x8104: (),
    0x8107: (),
    0x8201: (),
    0x8202: (("interval_s", word), ("valid_s", dword)),  # table 34
    0x8204: (),
    0x8702: (),
    0x8800: (("media_id", dword), ("packages", _packages)),  # table 81
    0x9212: (  # T/JSATL 12 table 4-27
        ("file_name", counted_text),
        ("file_type", byte),
        ("result", byte),
        ("missing", listed(1, ("offset", dword), ("bytes", dword))),
    ),
}


def read_body(frame: Frame) -> dict[str, Json] | None:
    """Return the named fields of a whole message's body, None where it has no table here.

    BadInput where the body ends before its fields do. Bytes behind the last field are kept.
    """
    header = frame.header
    special = _versioned(frame)
    table = TABLES.get(header.msg_id) if special is None else special
    if table is None or header.package is not None or header.encryption:
        return None
    reader = Reader(frame.body)
    found = {name: field(reader) for name, field in table}
    if reader.left and header.msg_id not in LOCATED:
        found["rest"] = reader.take(reader.left).hex()
    return found


def _versioned(frame: Frame) -> Table | None:
    """Return the table of a message whose layout depends on the edition."""
    new = frame.header.version == "2019"
    match frame.header.msg_id:
        case 0x0100:
            return _registration(frame)
        case 0x0102 if new:  # table 10 (2019): code behind its length, IMEI, software version
            return (("auth_code", counted_text), ("imei", text(15)), ("software", text(20)))
        case 0x0102:
            return (("auth_code", rest),)
        case 0x0107:
            return _properties(frame)
        case 0x0702:
            return _driver(frame, new=new)
        case 0x0801:
            # Table 82. The edition of 2011 has no location between the head and the package.
            return (*_MEDIA, ("location", _basic), ("content", rest_raw))
        case 0x1210:
            return _attachments(frame)
        case 0x8003 if new:
            return (("first_serial", word), ("packages", listed(2, ("", word))))
    return None


def _registration(frame: Frame) -> Table:
    """0x0100, table 7: the three editions differ in the lengths of maker, model and terminal id."""
    # 2011: model 8, so 25 bytes before the plate; 2013: model 20, 37 bytes; 2019: 11, 30, 30.
    if frame.header.version == "2019":
        maker, model, terminal = 11, 30, 30
    else:
        maker, model, terminal = (5, 20, 7) if len(frame.body) >= 37 else (5, 8, 7)
    return (
        ("province", word),
        ("county", word),
        ("maker", text(maker)),
        ("model", text(model)),
        ("terminal_id", text(terminal)),
        ("plate_colour", byte),
        ("plate", rest),
    )


def _properties(frame: Frame) -> Table:
    """0x0107, table 20: properties of the terminal."""
    model, terminal, maker = (20, 7, 5) if frame.header.version != "2019" else (30, 30, 5)
    if frame.header.version == "2019" and not _versions_fit(frame.body, 2 + maker + model + terminal + 10):
        maker = 11  # terminals that take the maker's length from table 7 (2019)
    return (
        ("terminal_type", word),
        ("maker", text(maker)),
        ("model", text(model)),
        ("terminal_id", text(terminal)),
        ("iccid", bcd(10)),
        ("hardware", counted_text),
        ("firmware", counted_text),
        ("gnss_bits", byte),
        ("network_bits", byte),
    )


def _versions_fit(body: bytes, at: int) -> bool:
    """Return whether two counted texts and two bytes end the body when they start at `at`."""
    for _ in range(2):
        if at >= len(body):
            return False
        at += 1 + body[at]
    return at + 2 == len(body)


def _driver(frame: Frame, *, new: bool) -> Table:
    """0x0702, table 40 (2019) and 2013 table 64: only a card put in and read has what follows."""
    head: Table = (("status", byte), ("time", time6))
    if len(frame.body) <= 7:
        return head
    result: Table = (("card_result", byte),)
    if len(frame.body) == 8:
        return (*head, *result)
    card: Table = (("name", counted_text), ("licence", text(20)), ("authority", counted_text), ("valid_to", bcd(4)))
    return (*head, *result, *card, *((("identity", text(20)),) if new else ()))


def _attachments(frame: Frame) -> Table:
    """0x1210 (T/JSATL 12 table 4-23): the files of an alarm; vendors' 2019 terminals widen the ids."""
    wide = frame.header.version == "2019"
    mark = (("terminal_id", text(30)), *_ALARM_MARK[1:4], ("reserved", raw(2))) if wide else _ALARM_MARK
    return (
        ("terminal", text(30 if wide else 7)),
        *((f"mark_{name}" if name == "terminal_id" else name, field) for name, field in mark),
        ("alarm", text(32)),
        ("kind", byte),
        ("attachments", listed(1, ("name", counted_text), ("bytes", dword))),
    )


def body_or_fault(frame: Frame) -> tuple[dict[str, Json] | None, str]:
    """Return (fields, "") or (None, why they cannot be read)."""
    try:
        return read_body(frame), ""
    except BadInput as error:
        return None, error.reason
