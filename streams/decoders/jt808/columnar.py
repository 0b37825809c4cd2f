"""Decode a block of messages to columns: plain 0x0200 over arrays, the rest message by message."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gis.crs import degrees, e7, to_wgs84
from ops_center.columns import Batch, Codes, Column, Decoded, Messages, Refused, core_batch
from ops_center.domain.errors import BadInput
from streams.decoders.jt808.contents import LOCATED, LOCATION, contents_of
from streams.decoders.jt808.fixes import Places, additional, basics
from streams.decoders.jt808.layout import Layout, lay_out, subjects
from streams.decoders.jt808.location import BASIC_SIZE, read_location
from streams.decoders.jt808.subpackages import read_message


@dataclass(slots=True)
class _Slow:
    """Location reports found message by message, and what was refused on the way."""

    reports: list[bytes] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def read(self, message: bytes, row: int) -> None:
        try:
            frame = read_message(message)
        except BadInput as error:
            self.refused.append(Refused(row, error.reason, error.field))
            return
        found = contents_of(frame)
        self.refused.extend(Refused(row, reason, name, whole=False) for name, reason in found.refused)
        for report in found.locations:
            self.reports.append(report)
            self.rows.append(row)
            self.phones.append(frame.header.phone)


@dataclass(frozen=True, slots=True)
class _Reports:
    """Location reports of a block: bytes, where each lies, whose and in which message."""

    content: NDArray[np.uint8]
    starts: Places
    ends: Places
    rows: NDArray[np.int64]
    subjects: Codes


def decode(messages: Messages, *, datum: str = "wgs84") -> Decoded:
    """Decode a block: a row for every location report, `refused` for every fault; positions in WGS-84."""
    layout = lay_out(messages)
    enough = layout.body_end - layout.body_start >= BASIC_SIZE
    fast = layout.plain & (layout.msg_id == LOCATION) & enough
    silent = layout.plain & ~np.isin(layout.msg_id, list(LOCATED))
    slow = _Slow()
    for row in np.flatnonzero(~fast & ~silent).tolist():
        slow.read(messages[row], row)
    reports = _merge(layout, np.flatnonzero(fast), slow)
    found, bad = basics(reports.content, reports.starts)
    columns: dict[str, Column] = {
        "subject": reports.subjects,
        "stamp": messages.stamps[reports.rows],
        "message": reports.rows.astype(np.int32),
        **found,
        **additional(reports.content, reports.starts + BASIC_SIZE, reports.ends),
    }
    refused = slow.refused + _impossible(reports, np.flatnonzero(bad))
    batch = core_batch(len(reports.rows), columns)
    if bad.any():
        batch = batch.take(~bad)
    if datum != "wgs84":
        batch = _converted(batch, datum)
    return Decoded(batch, tuple(sorted(refused, key=lambda item: item.message)))


def _merge(layout: Layout, fast: NDArray[np.int64], slow: _Slow) -> _Reports:
    """Return the reports of both ways in the order of their messages."""
    if not slow.reports:
        starts, ends = layout.body_start[fast], layout.body_end[fast]
        return _Reports(layout.content, starts, ends, fast, subjects(layout, fast))
    base = len(layout.content)
    bounds = base + np.concatenate(([0], np.cumsum([len(report) for report in slow.reports])))
    content = np.concatenate((layout.content, np.frombuffer(b"".join(slow.reports), np.uint8)))
    rows = np.concatenate((fast, np.asarray(slow.rows, np.int64)))
    order = np.argsort(rows, kind="stable")  # reports of one message keep their order
    return _Reports(
        content,
        np.concatenate((layout.body_start[fast], bounds[:-1]))[order],
        np.concatenate((layout.body_end[fast], bounds[1:]))[order],
        rows[order],
        _joined(subjects(layout, fast), Codes.of(slow.phones)).take(order),
    )


def _joined(first: Codes, second: Codes) -> Codes:
    at = {text: code for code, text in enumerate(first.values)}
    moved = np.asarray([at.setdefault(text, len(at)) for text in second.values], dtype=np.int32)
    return Codes(np.concatenate((first.codes, moved[second.codes])), tuple(at))


def _impossible(reports: _Reports, rows: NDArray[np.int64]) -> list[Refused]:
    """Say of each impossible observation why, as `location` does."""
    refused: list[Refused] = []
    for row in rows.tolist():
        start = int(reports.starts[row])
        faults = read_location(reports.content[start : start + BASIC_SIZE].tobytes()).faults()
        reason = "; ".join(text for _, text in faults)
        refused.append(Refused(int(reports.rows[row]), reason, faults[0][0], whole=False))
    return refused


def _converted(batch: Batch, datum: str) -> Batch:
    """Return the batch with positions of another datum as WGS-84."""
    lon, lat = to_wgs84(datum)(degrees(batch.array("lon_e7")), degrees(batch.array("lat_e7")))
    return batch.with_columns({"lon_e7": e7(lon), "lat_e7": e7(lat)})
