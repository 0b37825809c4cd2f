"""Which location reports a message holds: 0x0200, 0x0201, 0x0500 and the batch 0x0704."""

from __future__ import annotations

from dataclasses import dataclass

from streams.decoders.jt808.header import Frame
from streams.decoders.jt808.location import BASIC_SIZE

LOCATION, LOCATION_ANSWER, CONTROL_ANSWER, BATCH = 0x0200, 0x0201, 0x0500, 0x0704
# Before the location: nothing; the serial of the question (table 33, 2013 table 29; 0x0500: table 50).
_LEAD = {LOCATION: 0, LOCATION_ANSWER: 2, CONTROL_ANSWER: 2}
LOCATED = frozenset((*_LEAD, BATCH))
RSA = 1


@dataclass(frozen=True, slots=True)
class Contents:
    """Location reports (basic part and items) in order, and (field, reason) of what is none."""

    locations: tuple[bytes, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def contents_of(frame: Frame) -> Contents:
    """Return the location reports of a message; none where its id has none."""
    header = frame.header
    if header.package is not None:
        total, number = header.package
        return Contents(refused=(("package", f"package {number} of {total} without the others"),))
    if header.msg_id not in LOCATED:
        return Contents()
    if header.encryption:
        kind = "RSA" if header.encryption == RSA else f"kind {header.encryption}"
        return Contents(refused=(("body", f"encrypted ({kind}), no key"),))
    if header.msg_id == BATCH:
        return _batch(frame.body)
    return _gather([frame.body[_LEAD[header.msg_id] :]])


def _gather(reports: list[bytes], *more: tuple[str, str]) -> Contents:
    short = [
        ("body", f"location of {len(report)} bytes, at least {BASIC_SIZE}")
        for report in reports
        if len(report) < BASIC_SIZE
    ]
    return Contents(tuple(report for report in reports if len(report) >= BASIC_SIZE), (*short, *more))


def _batch(body: bytes) -> Contents:
    """Read 0x0704 (2013 and 2019 table 76): count WORD, kind BYTE, then length WORD and report each."""
    if len(body) < 3:
        return Contents(refused=(("body", f"batch of {len(body)} bytes, at least 3"),))
    count, at = int.from_bytes(body[:2], "big"), 3
    reports: list[bytes] = []
    while at + 2 <= len(body):
        end = at + 2 + int.from_bytes(body[at : at + 2], "big")
        if end > len(body):
            break
        reports.append(body[at + 2 : end])
        at = end
    faults: list[tuple[str, str]] = []
    if at != len(body):
        faults.append(("items", f"{len(body) - at} bytes at the end are no whole report"))
    if count != len(reports):
        faults.append(("count", f"{count} reports declared, {len(reports)} found"))
    return _gather(reports, *faults)
