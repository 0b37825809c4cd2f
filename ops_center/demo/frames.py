"""Frames of the exercise's terminals: their reports, and what one connection says (JT/T 808-2013)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ops_center.demo.fleet import REPORT_MS, Fixes, Fleet
from ops_center.domain.errors import BadInput
from streams.decoders.jt808.encode import encode_auth, encode_register
from streams.decoders.jt808.encode_many import encode_locations
from streams.decoders.jt808.header import read_frame

REGISTERED, ACKNOWLEDGED = 0x8100, 0x8001  # 8.5 and 8.2
AUTHENTICATION, LOCATION = 0x0102, 0x0200


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform said: a token to authenticate with, or what it acknowledges."""

    token: str | None = None
    to_authentication: bool = False
    to_report: bool = False


@dataclass(frozen=True, slots=True)
class Terminal:
    """One terminal's side of the protocol."""

    phone: str
    plate: str

    def register(self) -> bytes:
        """Return its registration."""
        return encode_register(self.phone, 0, plate=self.plate, plate_colour=2, province=37, county=100)

    def authenticate(self, token: str) -> bytes:
        """Return its authentication with the token of the registration."""
        return encode_auth(self.phone, 1, token)

    def answer(self, frame: bytes) -> Answer:
        """Read a frame of the platform; what is none says nothing."""
        try:
            found = read_frame(frame)
        except BadInput:
            return Answer()
        if found.header.msg_id == REGISTERED and len(found.body) > 3 and found.body[2] == 0:
            return Answer(token=found.body[3:].decode("gbk", "replace"))
        if found.header.msg_id == ACKNOWLEDGED and len(found.body) == 5:
            to = int.from_bytes(found.body[2:4], "big")
            ok = found.body[4] == 0
            return Answer(to_authentication=ok and to == AUTHENTICATION, to_report=to == LOCATION)
        return Answer()


def frames_of(fleet: Fleet, fixes: Fixes) -> list[bytes]:
    """Return one location report a fix, in order."""
    return encode_locations(
        phones=[vehicle.terminal for vehicle in fleet.vehicles],
        subject=fixes.vehicle,
        serial=fixes.event_ms // REPORT_MS,
        event_ms=fixes.event_ms,
        lon_e7=np.rint(fixes.lon * 1e7).astype(np.int64),
        lat_e7=np.rint(fixes.lat * 1e7).astype(np.int64),
        altitude_m=60,
        speed_kph=fixes.speed_kph,
        heading_deg=fixes.heading_deg,
        alarm_bits=fixes.alarm_bits,
        status_bits=fixes.status_bits,
    )
