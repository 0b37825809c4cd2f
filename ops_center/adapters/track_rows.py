"""Rows of the tracks as numpy columns, and the bytes that databases take them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ops_center.adapters.store_rows import clean
from ops_center.columns import NULL_I32, Array, Batch, Codes
from ops_center.domain.feed import Feed

COLUMNS = ("event_ms", "stamp_ms", "feed", "subject", "jurisdiction", "speed_kph", "heading_deg", "place")
CountyOf = Callable[[NDArray[np.int32], NDArray[np.int32]], Codes]  # EPSG:4326 in 1e-7 degrees -> 6-digit code

# PostgreSQL's binary COPY ("COPY", Binary Format): signature, flags, length of the header's extension.
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END = b"\xff\xff"
# EWKB of a point: little-endian, type with PostGIS's flag for an SRID, the SRID, x, y.
EWKB = np.dtype([("order", "u1"), ("type", "<u4"), ("srid", "<u4"), ("x", "<f8"), ("y", "<f8")])
POINT_WITH_SRID = 0x20000001
SRID = 4326


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRows:
    """Positions of one feed's subjects, each with a place; NaN and code -1 are null."""

    feed: str
    subject: Codes  # each text once among its values
    event_ms: NDArray[np.int64]
    stamp_ms: NDArray[np.int64]
    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]
    speed_kph: NDArray[np.float32]
    heading_deg: NDArray[np.float32]
    county: Codes

    def __len__(self) -> int:
        return len(self.event_ms)

    def take(self, rows: Array) -> TrackRows:
        """Return these rows (indices or mask)."""
        return TrackRows(
            feed=self.feed,
            subject=self.subject.take(rows),
            county=self.county.take(rows),
            event_ms=self.event_ms[rows],
            stamp_ms=self.stamp_ms[rows],
            lon_e7=self.lon_e7[rows],
            lat_e7=self.lat_e7[rows],
            speed_kph=self.speed_kph[rows],
            heading_deg=self.heading_deg[rows],
        )

    def newest(self) -> TrackRows:
        """Return each subject's last position by event time; of one time, the one received last."""
        order = np.lexsort((self.event_ms, self.subject.codes))
        subject = self.subject.codes[order]
        return self.take(order[np.append(subject[1:] != subject[:-1], True)] if len(order) else order)

    def places(self) -> NDArray[Any]:
        """Return the places as EWKB."""
        made = np.empty(len(self), EWKB)
        made["order"], made["type"], made["srid"] = 1, POINT_WITH_SRID, SRID
        made["x"], made["y"] = self.lon_e7 / 1e7, self.lat_e7 / 1e7
        return made

    def tuples(self) -> Iterator[tuple[Any, ...]]:
        """Yield the rows one by one, in the order of COLUMNS."""
        places = self.places().tobytes()
        columns = zip(
            self.event_ms.tolist(),
            self.stamp_ms.tolist(),
            self.subject.codes.tolist(),
            self.county.codes.tolist(),
            _plain(self.speed_kph),
            _plain(self.heading_deg),
            strict=True,
        )
        for row, (event, stamp, subject, county, speed, heading) in enumerate(columns):
            code = None if county < 0 else self.county.values[county]
            place = places[row * EWKB.itemsize : (row + 1) * EWKB.itemsize]
            yield event, stamp, self.feed, self.subject.values[subject], code, speed, heading, place


def track_rows(batch: Batch, feed: Feed, county_of: CountyOf) -> TrackRows:
    """Return what of a feed's batch is a position: not without a place, not from a clock ahead (ORDER 2)."""
    event, stamp, subject = batch.array("event_time"), batch.array("stamp"), batch.codes("subject")
    lon, lat = batch.array("lon_e7"), batch.array("lat_e7")
    good = (subject.codes >= 0) & (lon != NULL_I32) & (lat != NULL_I32) & (event <= stamp + feed.ahead_ms)
    return TrackRows(
        feed=clean(feed.id),
        subject=_cleaned(subject.take(good)),
        event_ms=event[good],
        stamp_ms=stamp[good],
        lon_e7=lon[good],
        lat_e7=lat[good],
        speed_kph=batch.array("speed_kph")[good].astype(np.float32),
        heading_deg=batch.array("heading_deg")[good].astype(np.float32),
        county=county_of(lon[good], lat[good]),
    )


def copied(rows: TrackRows) -> bytes:
    """Return rows as tuples of binary COPY.

    Rows whose texts are as long and whose nulls are the same have one layout, so each such group is
    one structured array; a fleet has a handful of them.
    """
    subjects = [text.encode() for text in rows.subject.values]
    counties = [text.encode() for text in rows.county.values]
    subject_bytes = np.asarray([len(text) for text in subjects], np.int64)[rows.subject.codes]
    county_bytes = np.asarray([*(len(text) for text in counties), -1], np.int64)[rows.county.codes]
    # One number a layout: lengths are below 2**12 (store_rows.LONGEST), what is known are bits.
    layout = (
        subject_bytes << 15 | (county_bytes + 1) << 2 | ~np.isnan(rows.speed_kph) << 1 | ~np.isnan(rows.heading_deg)
    )
    made = []
    for one in np.unique(layout).tolist():
        lengths = [one >> 15, (one >> 2 & 0x1FFF) - 1, one >> 1 & 1, one & 1]
        made.append(_group(rows.take(np.flatnonzero(layout == one)), subjects, counties, lengths))
    return b"".join(made)


def _group(rows: TrackRows, subjects: list[bytes], counties: list[bytes], layout: list[int]) -> bytes:
    subject_bytes, county_bytes, speed, heading = layout
    feed = rows.feed.encode()
    names = (f"S{subject_bytes}", f"S{max(county_bytes, 0)}")
    values: list[tuple[Any, Any, int]] = [  # dtype, values, bytes (-1 null)
        (">i8", rows.event_ms, 8),
        (">i8", rows.stamp_ms, 8),
        (f"S{len(feed)}", feed, len(feed)),
        (names[0], np.asarray(subjects, names[0])[rows.subject.codes], subject_bytes),
        (names[1], np.asarray(counties, names[1])[rows.county.codes] if county_bytes > 0 else b"", county_bytes),
        (">f4", rows.speed_kph, 4 if speed else -1),
        (">f4", rows.heading_deg, 4 if heading else -1),
        (EWKB, rows.places(), EWKB.itemsize),
    ]
    fields: list[Any] = [("fields", ">i2")]
    for n, (dtype, _, size) in enumerate(values):
        fields += [(f"length{n}", ">i4"), *([(f"value{n}", dtype)] if size > 0 else [])]
    table = np.zeros(len(rows), np.dtype(fields))
    table["fields"] = len(values)
    for n, (_, column, size) in enumerate(values):
        table[f"length{n}"] = size
        if size > 0:
            table[f"value{n}"] = column
    return table.tobytes()


def _cleaned(codes: Codes) -> Codes:
    """Return texts that a database takes, each once."""
    seen: dict[str, int] = {}
    table = [seen.setdefault(clean(text), len(seen)) for text in codes.values]
    return Codes(np.asarray(table, np.int32)[codes.codes] if table else codes.codes, tuple(seen))


def _plain(values: NDArray[np.float32]) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
