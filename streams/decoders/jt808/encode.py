"""Write frames of JT/T 808, one at a time: the platform's answers and the terminal's messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from streams.decoders.jt808.framing import seal
from streams.decoders.jt808.header import LENGTH_MASK, PACKAGED, VERSIONED
from streams.decoders.jt808.location import BEIJING_AHEAD_MS

V2013, V2019 = "2011/2013", "2019"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode_frame(
    msg_id: int,
    phone: str,
    serial: int,
    body: bytes = b"",
    *,
    version: str = V2013,
    protocol_version: int = 1,
    package: tuple[int, int] | None = None,
) -> bytes:
    """Return one frame; `phone` is filled with zeros on the left to 12 or 20 digits.

    ValueError where the body is longer than one frame carries: use `encode_packages`.
    """
    if len(body) > LENGTH_MASK:
        raise ValueError(f"body of {len(body)} bytes, at most {LENGTH_MASK} in one frame")
    new = version == V2019
    props = len(body) | (VERSIONED if new else 0) | (PACKAGED if package else 0)
    digits = phone.zfill(20 if new else 12)
    head = msg_id.to_bytes(2, "big") + props.to_bytes(2, "big")
    head += bytes((protocol_version,)) if new else b""
    head += bytes.fromhex(digits) + (serial & 0xFFFF).to_bytes(2, "big")
    if package:
        head += package[0].to_bytes(2, "big") + package[1].to_bytes(2, "big")
    return seal(head + body)


def encode_packages(
    msg_id: int, phone: str, serial: int, body: bytes, *, version: str = V2013, size: int = LENGTH_MASK
) -> list[bytes]:
    """Return the frames of a message of any length; their serials follow each other (4.4.3)."""
    parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    if len(parts) == 1:
        return [encode_frame(msg_id, phone, serial, body, version=version)]
    return [
        encode_frame(msg_id, phone, serial + at, part, version=version, package=(len(parts), at + 1))
        for at, part in enumerate(parts)
    ]


def location_body(
    *,
    event_ms: int,
    lon: float,
    lat: float,
    altitude_m: int = 0,
    speed_kph: float = 0.0,
    heading_deg: int = 0,
    alarm_bits: int = 0,
    status_bits: int = 0b11,
    items: Mapping[int, bytes] | None = None,
) -> bytes:
    """Return the body of 0x0200 (tables 23 and 26); EPSG:4326 degrees, signs go to status bits 2 and 3."""
    status = status_bits & ~0b1100 | (0b0100 if lat < 0 else 0) | (0b1000 if lon < 0 else 0)
    basic = b"".join(
        (
            alarm_bits.to_bytes(4, "big"),
            status.to_bytes(4, "big"),
            round(abs(lat) * 1e6).to_bytes(4, "big"),
            round(abs(lon) * 1e6).to_bytes(4, "big"),
            altitude_m.to_bytes(2, "big"),
            round(speed_kph * 10).to_bytes(2, "big"),
            heading_deg.to_bytes(2, "big"),
            beijing_bcd(event_ms),
        )
    )
    return basic + b"".join(bytes((item, len(value))) + value for item, value in (items or {}).items())


def encode_location(phone: str, serial: int, body: bytes, *, version: str = V2013) -> bytes:
    """Return a location report 0x0200 of a `location_body`."""
    return encode_frame(0x0200, phone, serial, body, version=version)


def encode_batch(
    phone: str, serial: int, bodies: Sequence[bytes], *, blind: bool = True, version: str = V2013
) -> list[bytes]:
    """Return a batch 0x0704 (table 76) of location bodies; `blind`: kept back in a blind area (kind 1)."""
    body = len(bodies).to_bytes(2, "big") + bytes((int(blind),))
    body += b"".join(len(each).to_bytes(2, "big") + each for each in bodies)
    return encode_packages(0x0704, phone, serial, body, version=version)


def encode_heartbeat(phone: str, serial: int, *, version: str = V2013) -> bytes:
    """Return a heartbeat 0x0002; its body is empty (8.3)."""
    return encode_frame(0x0002, phone, serial, version=version)


def encode_register(
    phone: str,
    serial: int,
    *,
    plate: str,
    plate_colour: int,
    province: int,
    county: int,
    maker: str = "",
    model: str = "",
    terminal_id: str = "",
    version: str = V2013,
) -> bytes:
    """Return a registration 0x0100 (table 7); `province` 37, `county` the last four digits of the code."""
    sizes = (11, 30, 30) if version == V2019 else (5, 20, 7)
    texts = zip((maker, model, terminal_id), sizes, strict=True)
    body = province.to_bytes(2, "big") + county.to_bytes(2, "big")
    body += b"".join(text.encode("gbk")[:size].ljust(size, b"\0") for text, size in texts)
    body += bytes((plate_colour,)) + plate.encode("gbk")
    return encode_frame(0x0100, phone, serial, body, version=version)


def encode_auth(
    phone: str, serial: int, code: str, *, imei: str = "", software: str = "", version: str = V2013
) -> bytes:
    """Return an authentication 0x0102 (table 10; the edition of 2019 adds IMEI and software version)."""
    body = code.encode("gbk")
    if version == V2019:
        ends = imei.encode("gbk")[:15].ljust(15, b"\0") + software.encode("gbk")[:20].ljust(20, b"\0")
        body = bytes((len(body),)) + body + ends
    return encode_frame(0x0102, phone, serial, body, version=version)


def beijing_bcd(event_ms: int) -> bytes:
    """Return UTC milliseconds as BCD[6] YYMMDDhhmmss of Beijing time; the part of a second is cut."""
    return bcd6(event_ms + BEIJING_AHEAD_MS)


def bcd6(ms: int) -> bytes:
    """Return milliseconds as BCD[6] YYMMDDhhmmss without a shift of zone."""
    return bytes.fromhex((_EPOCH + timedelta(milliseconds=ms)).strftime("%y%m%d%H%M%S"))
