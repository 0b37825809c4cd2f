"""Additional items of message 0x0200: id BYTE, length BYTE, value (JT/T 808-2019 table 26 and 27).

Items 0x14 to 0x18 come from JT/T 1078-2016 table 13. What a length does not fit, and every item of
a vendor, is kept as hex under its id; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops_center.domain.text import Json
from streams.decoders.jt808.active_safety import read_active_safety


@dataclass(frozen=True, slots=True)
class Part:
    """One number inside an item: column, where, how many bytes, and what one unit of it is."""

    column: str
    at: int
    size: int
    dtype: str  # of the column
    divisor: float = 1.0


@dataclass(frozen=True, slots=True)
class Item:
    """One standard item; `sizes` are the lengths it may have."""

    item: int
    sizes: tuple[int, ...]
    parts: tuple[Part, ...]


def _number(item: int, size: int, column: str, dtype: str, divisor: float = 1.0) -> Item:
    return Item(item, (size,), (Part(column, 0, size, dtype, divisor),))


ITEMS: Mapping[int, Item] = {
    item.item: item
    for item in (
        _number(0x01, 4, "mileage_km", "float64", 10),  # DWORD, 1/10 km, the vehicle's odometer
        _number(0x02, 2, "fuel_l", "float64", 10),  # WORD, 1/10 L
        _number(0x03, 2, "recorder_speed_kph", "float64", 10),  # WORD, 1/10 km/h, of the driving recorder
        _number(0x04, 2, "manual_alarm_event", "int32"),  # WORD, id of the alarm event to be confirmed by hand
        _number(0x06, 2, "carriage_temperature_c", "float64"),  # WORD, see `carriage_temperature`
        # Table 28, overspeed: kind of place (0 none, 1 circle, 2 rectangle, 3 polygon, 4 segment) and its id
        Item(
            0x11,
            (1, 5),
            (Part("overspeed_place_kind", 0, 1, "int32"), Part("overspeed_place_id", 1, 4, "int64")),
        ),
        # Table 29, zone or route entered (0) or left (1)
        Item(
            0x12,
            (6,),
            (
                Part("crossing_place_kind", 0, 1, "int32"),
                Part("crossing_place_id", 1, 4, "int64"),
                Part("crossing_direction", 5, 1, "int32"),
            ),
        ),
        # Table 30, segment driven too fast (0) or too slowly (1)
        Item(
            0x13,
            (7,),
            (
                Part("segment_id", 0, 4, "int64"),
                Part("segment_time_s", 4, 2, "int32"),
                Part("segment_result", 6, 1, "int32"),
            ),
        ),
        _number(0x14, 4, "video_alarm_bits", "int64"),  # JT/T 1078 table 14
        _number(0x15, 4, "video_loss_bits", "int64"),  # bit n: channel n + 1 lost
        _number(0x16, 4, "video_cover_bits", "int64"),  # bit n: channel n + 1 covered
        _number(0x17, 2, "storage_fault_bits", "int32"),  # bits 0-11 main stores, 12-15 backups
        # JT/T 1078 table 15: bits 0 fatigue, 1 telephone, 2 smoking; then the degree of fatigue, 0-100
        Item(
            0x18,
            (2, 3),
            (Part("driver_behaviour_bits", 0, 2, "int32"), Part("fatigue_degree", 2, 1, "int32")),
        ),
        _number(0x25, 4, "vehicle_signal_bits", "int64"),  # table 31, lamps, horn, brake, gear
        _number(0x2A, 2, "io_bits", "int32"),  # table 32: bit 0 deep sleep, bit 1 sleep
        # Analogue inputs: bits 0-15 AD0, bits 16-31 AD1
        Item(0x2B, (4,), (Part("analogue_1", 0, 2, "int32"), Part("analogue_0", 2, 2, "int32"))),
        _number(0x30, 1, "signal_strength", "int32"),  # of the mobile network
        _number(0x31, 1, "satellites", "int32"),  # GNSS satellites used
    )
}
TYRES, TYRES_SIZE, TYRE_UNKNOWN = 0x05, 30, 0xFF  # bytes in Pa from the front left on, 0xFF unknown
TEMPERATURE = 0x06
PARTS: Mapping[str, Part] = {part.column: part for item in ITEMS.values() for part in item.parts}
COLDEST_C = -273


def carriage_temperature(word: int) -> float | None:
    """Return degrees Celsius of item 0x06.

    Table 27 says -32767 to 32767 with the top bit for a negative one, sign and magnitude; terminals
    send two's complement as well. Only one reading of a word is above absolute zero.
    """
    if word < 0x8000:
        return float(word)
    for value in (0x8000 - word, word - 0x10000):
        if value >= COLDEST_C:
            return float(value)
    return None


def split(items: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """Return (id, value) of each item, and the bytes at the end that are no whole item."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 2 <= len(items) and at + 2 + items[at + 1] <= len(items):
        end = at + 2 + items[at + 1]
        found.append((items[at], items[at + 2 : end]))
        at = end
    return found, items[at:]


def read_items(items: bytes) -> dict[str, Json]:
    """Return the items by the names of their columns; the last of an id counts, as it was sent last."""
    found, unread = split(items)
    named: dict[str, Json] = {}
    other: dict[str, Json] = {}
    for number, value in found:
        item = ITEMS.get(number)
        if item is not None and len(value) in item.sizes:
            for part in item.parts:
                named[part.column] = _value(part, value, number)
        elif number == TYRES and len(value) == TYRES_SIZE:
            named["tyre_pressures_pa"] = [None if byte == TYRE_UNKNOWN else byte for byte in value]
        else:
            other[f"0x{number:02X}"] = value.hex()
            safety = read_active_safety(number, value)
            if safety is not None:
                named[safety[0]] = safety[1]
    if other:
        named["items"] = other
    if unread:
        named["items_unread"] = unread.hex()
    return named


def _value(part: Part, value: bytes, number: int) -> Json:
    if part.at + part.size > len(value):
        return None
    raw = int.from_bytes(value[part.at : part.at + part.size], "big")
    if number == TEMPERATURE:
        return carriage_temperature(raw)
    return raw / part.divisor if part.dtype == "float64" else raw
