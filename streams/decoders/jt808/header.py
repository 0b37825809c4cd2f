"""Message header of JT/T 808 (2011/2013: 4.4.3 table 2; 2019: 4.4.3 tables 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass

from ops_center.domain.errors import BadInput
from streams.decoders.jt808.framing import DELIMITER, ILLEGAL_ESCAPE, check_code, escaped_rightly, restored

# Bits of the message body properties (4.4.3, figure 2).
LENGTH_MASK = 0x03FF  # bits 0-9
ENCRYPTION_SHIFT, ENCRYPTION_MASK = 10, 0x07  # bits 10-12: 000 none, 001 RSA
PACKAGED = 0x2000  # bit 13: one package of a longer message
VERSIONED = 0x4000  # bit 14: 2019 and later; reserved, 0, before

FIXED_2013 = 12  # id, properties, phone BCD[6], serial
FIXED_2019 = 17  # id, properties, protocol version, phone BCD[10], serial
PACKAGE_FIELDS = 4  # total packages, number of this one (from 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One header; `phone` is the BCD as sent, all 12 or 20 digits."""

    msg_id: int
    props: int
    version: str  # "2011/2013" (one header, not to be told apart) or "2019"
    protocol_version: int | None  # the byte that 2019 added
    phone: str
    serial: int
    package: tuple[int, int] | None  # (total, number from 1)

    @property
    def encryption(self) -> int:
        """Return the encryption kind: 0 none, 1 RSA, others reserved."""
        return (self.props >> ENCRYPTION_SHIFT) & ENCRYPTION_MASK


@dataclass(frozen=True, slots=True)
class Frame:
    """One sound frame taken apart."""

    header: Header
    body: bytes


def header_size(props: int) -> int:
    """Return how many bytes the header of these properties has."""
    fixed = FIXED_2019 if props & VERSIONED else FIXED_2013
    return fixed + (PACKAGE_FIELDS if props & PACKAGED else 0)


def read_frame(frame: bytes) -> Frame:
    """Take one frame apart; BadInput names every fault found, `field` the first one."""
    if len(frame) < 2 or frame[:1] != DELIMITER or frame[-1:] != DELIMITER:
        raise BadInput("no 7e delimiters", field="delimiter")
    content = restored(frame[1:-1])
    props = int.from_bytes(content[2:4], "big")
    faults = _faults(content, props, escaped=frame[1:-1])
    if faults:
        raise BadInput("; ".join(reason for _, reason in faults), field=faults[0][0])
    return Frame(read_header(content, props), content[header_size(props) : -1])


def _faults(content: bytes, props: int, *, escaped: bytes) -> list[tuple[str, str]]:
    """Return (field, reason) of everything wrong with a frame's content and check code."""
    faults: list[tuple[str, str]] = []
    needed = header_size(props) + 1
    if len(content) < needed:
        faults.append(("header", f"too short: {len(content)} bytes, header and check code take {needed}"))
    if not escaped_rightly(escaped):
        faults.append(("escape", ILLEGAL_ESCAPE))
    elif len(content) > FIXED_2013:
        if check_code(content) != 0:
            computed = check_code(content[:-1])
            faults.append(("check", f"xor mismatch: {content[-1]:#04x} sent, {computed:#04x} computed"))
        length, actual = props & LENGTH_MASK, max(0, len(content) - needed)
        if length != actual:
            faults.append(("length", f"declared body length {length}, actual {actual}"))
    if DELIMITER in escaped:
        faults.append(("delimiter", "7e delimiter inside the frame"))
    return faults


def read_header(content: bytes, props: int) -> Header:
    """Return the header at the start of an unescaped content that is long enough for it."""
    versioned = bool(props & VERSIONED)
    phone = content[5:15] if versioned else content[4:10]
    fixed = FIXED_2019 if versioned else FIXED_2013
    package = None
    if props & PACKAGED:
        package = (_word(content, fixed), _word(content, fixed + 2))
    return Header(
        msg_id=_word(content, 0),
        props=props,
        version="2019" if versioned else "2011/2013",
        protocol_version=content[4] if versioned else None,
        phone=phone.hex(),
        serial=_word(content, fixed - 2),
        package=package,
    )


def subject_of(frame: bytes) -> str:
    """Return the phone of a frame without checking it; "" where it is no frame."""
    head = frame[1 : 1 + 2 * FIXED_2019]  # as many bytes as an all-escaped header takes
    if frame[:1] != DELIMITER or len(head) < FIXED_2013:
        return ""
    head = restored(head)
    phone = head[5:15] if head[2] & (VERSIONED >> 8) else head[4:10]
    return phone.hex()


def _word(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 2], "big")
