"""Basic location of message 0x0200 (JT/T 808-2013 and -2019 table 23), one at a time.

What each field may hold is said here once; `fixes` does the same over columns.
"""

from __future__ import annotations

import struct
from calendar import monthrange, timegm
from dataclasses import dataclass

from streams.decoders.jt808.bits import POSITIONED, SOUTH, WEST

BASIC_SIZE = 28
# Alarm DWORD, status DWORD, latitude and longitude DWORD (1e-6 deg), altitude WORD (m), speed WORD
# (1/10 km/h), direction WORD (0-359, north 0, clockwise), time BCD[6] YY-MM-DD-hh-mm-ss.
_BASIC = struct.Struct(">IIIIHHH6s")
LATITUDE_LIMIT, LONGITUDE_LIMIT = 90_000_000, 180_000_000  # 1e-6 degrees
# All ones is how terminals say "not known"; no vehicle is at 65,535 m or drives 6,553.5 km/h.
UNKNOWN_WORD = 0xFFFF
HEADING_LIMIT = 360  # table 23 says 359; many terminals send 360 for north, and it means the same
BEIJING_AHEAD_MS = 8 * 3_600_000  # times are GMT+8 throughout the standard (table 23)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One basic location as sent; latitude and longitude carry the sign of status bits 2 and 3."""

    alarm_bits: int
    status_bits: int
    lat_e6: int
    lon_e6: int
    altitude_m: int | None
    speed_kph: float | None
    heading_deg: int | None
    event_ms: int | None  # None where the six bytes are no time
    time_bcd: str

    @property
    def positioned(self) -> bool:
        """Return whether the terminal had a fix (status bit 1)."""
        return bool(self.status_bits & POSITIONED)

    @property
    def nowhere(self) -> bool:
        """Return whether it says "no fix yet": not positioned and at 0, 0."""
        return not self.positioned and self.lat_e6 == 0 and self.lon_e6 == 0

    def faults(self) -> list[tuple[str, str]]:
        """Return (field, reason) of everything that makes this observation impossible."""
        found: list[tuple[str, str]] = []
        if abs(self.lat_e6) > LATITUDE_LIMIT:
            found.append(("lat", f"latitude {self.lat_e6 / 1e6:.6f} outside ±90 degrees"))
        if abs(self.lon_e6) > LONGITUDE_LIMIT:
            found.append(("lon", f"longitude {self.lon_e6 / 1e6:.6f} outside ±180 degrees"))
        if self.event_ms is None:
            found.append(("event_time", f"{self.time_bcd} is no time YYMMDDhhmmss"))
        return found


def read_location(body: bytes) -> Location:
    """Return the basic location at the start of a body of at least 28 bytes."""
    alarm, status, lat, lon, altitude, speed, heading, time = _BASIC.unpack_from(body)
    return Location(
        alarm_bits=alarm,
        status_bits=status,
        lat_e6=-lat if status & SOUTH else lat,
        lon_e6=-lon if status & WEST else lon,
        altitude_m=None if altitude == UNKNOWN_WORD else altitude,
        speed_kph=None if speed == UNKNOWN_WORD else speed / 10,
        heading_deg=None if heading > HEADING_LIMIT else heading % 360,
        event_ms=beijing_ms(time),
        time_bcd=time.hex(),
    )


def beijing_ms(bcd: bytes) -> int | None:
    """Return UTC milliseconds of BCD[6] YYMMDDhhmmss in Beijing time, None where it is no time."""
    digits = bcd.hex()
    if not digits.isdecimal():
        return None
    year, month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(0, 12, 2))
    year += 2000
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    return timegm((year, month, day, hour, minute, second)) * 1000 - BEIJING_AHEAD_MS
