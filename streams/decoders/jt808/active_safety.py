"""Active-safety items 0x64 to 0x67 of message 0x0200 (T/JSATL 12-2017, tables 4-15 to 4-21).

Driver assistance, driver state, tyre pressure and blind zone. Terminals of JT/T 808-2019 write the
alarm mark with an id of 30 bytes instead of 7.
"""

from __future__ import annotations

from collections.abc import Mapping

from ops_center.domain.errors import BadInput
from ops_center.domain.text import Json
from streams.decoders.jt808.reader import Field, Reader, byte, dword, listed, raw, text, time6, word

Table = tuple[tuple[str, Field], ...]

_HEAD: Table = (("alarm", dword), ("state", byte))  # state: 0 none, 1 begins, 2 ends
_PLACE: Table = (
    ("speed_kph", byte),
    ("altitude_m", word),
    ("lat_e6", dword),
    ("lon_e6", dword),
    ("time", time6),
    ("vehicle_status_bits", word),  # bit 0 ACC, 1 left and 2 right turn, 3 wiper, 4 brake, 10 positioned
)
_MARK_TAIL: Table = (("mark_time", time6), ("sequence", byte), ("files", byte))
_MARK: Table = (("terminal_id", text(7)), *_MARK_TAIL, ("reserved", raw(1)))
_MARK_WIDE: Table = (("terminal_id", text(30)), *_MARK_TAIL, ("reserved", raw(2)))
_TYRES: Table = (
    (
        "tyres",
        listed(
            1,
            ("tyre", byte),
            ("kind_bits", word),
            ("pressure_kpa", word),
            ("temperature_c", word),
            ("battery_pct", word),
        ),
    ),
)
# Item -> (name, what stands between head and place, what stands behind the mark).
_ITEMS: Mapping[int, tuple[str, Table, Table]] = {
    0x64: (
        "driver_assistance",
        (
            ("kind", byte),
            ("level", byte),
            ("front_speed_kph", byte),
            ("front_distance", byte),  # 100 ms
            ("deviation", byte),
            ("road_sign", byte),
            ("road_sign_value", byte),
        ),
        (),
    ),
    0x65: ("driver_state", (("kind", byte), ("level", byte), ("fatigue", byte), ("reserved_4", raw(4))), ()),
    0x66: ("tyre_pressure", (), _TYRES),
    0x67: ("blind_zone", (("kind", byte),), ()),
}


def read_active_safety(item: int, value: bytes) -> tuple[str, Json] | None:
    """Return (name, fields) of one of these items; None where it is another or does not fit exactly.

    Other vendors use the same ids for other things, so every byte must have its place.
    """
    if item not in _ITEMS:
        return None
    name, middle, end = _ITEMS[item]
    for mark in (_MARK, _MARK_WIDE):
        reader = Reader(value)
        try:
            fields = {key: field(reader) for key, field in (*_HEAD, *middle, *_PLACE, *mark, *end)}
        except BadInput:
            continue
        if not reader.left:
            return name, fields
    return None
