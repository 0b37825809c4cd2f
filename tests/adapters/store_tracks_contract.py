"""What a store keeps of positions: tracks by the hour, last places, and the offset they belong to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from gis.crs import e7
from gis.geodesy import distance_mm
from ops_center.adapters import store_partitions
from ops_center.adapters.store_offsets import OutOfPlace, stored_offset
from ops_center.adapters.store_tracks import TrackStore
from ops_center.columns import Codes
from ops_center.ports import Search
from tests.adapters.store_things import ALL, HOUR, change, rows, stretch, tracks
from tests.desk.stage import DAY


class KeepsTracks:
    """A part of the contract of every store."""

    def test_positions_and_their_offset_are_one_transaction(self, store, reads):
        kept = TrackStore(store.engine)
        assert stored_offset(store.engine, consumer="positions", topic="input", partition=0) is None
        kept.write([tracks(("a", 0, 117.0, 36.6), ("b", 1, 117.3, 36.6))], stretch=stretch(0, 7))
        change(store.engine, "ALTER TABLE positions RENAME TO away")  # so that the last part of a write fails
        with pytest.raises((DBAPIError, psycopg.Error), match="positions"):
            kept.write([tracks(("c", 2, 117.0, 36.6))], stretch=stretch(7, 9))
        change(store.engine, "ALTER TABLE away RENAME TO positions")
        assert stored_offset(store.engine, consumer="positions", topic="input", partition=0) == 7
        assert [one.subject for one in reads.positions(ALL)] == ["a", "b"]
        assert rows(store.engine, "SELECT count(*) FROM tracks") == [(2,)]

    def test_a_writer_that_stands_elsewhere_than_the_store_writes_nothing(self, store, reads):
        kept = TrackStore(store.engine)
        kept.write([tracks(("a", 0, 117.0, 36.6))], stretch=stretch(0, 7))
        for wrong in (stretch(0, 7), stretch(0, 9), stretch(6, 9), stretch(8, 9)):
            with pytest.raises(OutOfPlace):
                kept.write([tracks(("a", 0, 117.0, 36.6))], stretch=wrong)
        assert rows(store.engine, "SELECT count(*) FROM tracks") == [(1,)]
        kept.write([], stretch=stretch(7, 9))
        assert stored_offset(store.engine, consumer="positions", topic="input", partition=0) == 9

    def test_every_value_of_a_position_comes_back(self, store, reads):
        given = tracks(*((f"v{'x' * n}", n * 1_000, 117.0 + n / 7, 36.0 + n / 9) for n in range(12)))
        odd = replace(tracks(("v", 5, -0.0000001, -45.5), feed="f2", county=None), subject=Codes.of(["鲁A12345"]))
        TrackStore(store.engine).write([given, odd], stretch=stretch(0, 1))
        for row in range(12):
            subject = given.subject.text(row)
            (one,) = reads.track(feed="gps", subject=subject, from_ms=DAY, to_ms=DAY + HOUR)
            assert one == reads.position(feed="gps", subject=subject)
            assert (one.event_ms, one.jurisdiction) == (DAY + row * 1_000, "370102")
            assert (one.lon, one.lat) == (given.lon_e7[row] / 1e7, given.lat_e7[row] / 1e7)
            assert one.speed_kph == (None if row % 3 == 2 else 10.5 * row)
            assert one.heading_deg == (None if row % 2 else 90.0)
        last = reads.position(feed="f2", subject="鲁A12345")
        assert (last.jurisdiction, last.lon, last.lat) == (None, -0.0000001, -45.5)

    def test_a_late_position_joins_the_track_but_does_not_become_the_last_one(self, store, reads):
        kept = TrackStore(store.engine)
        kept.write(
            [tracks(("a", 10, 117.0, 36.6), ("a", 30, 117.2, 36.6), ("a", 20, 117.1, 36.6))], stretch=stretch(0, 1)
        )
        kept.write([tracks(("a", 25, 117.15, 36.6))], stretch=stretch(1, 2))
        last = reads.position(feed="gps", subject="a")
        assert (last.event_ms, last.lon) == (DAY + 30, 117.2)
        track = reads.track(feed="gps", subject="a", from_ms=DAY, to_ms=DAY + 30)
        assert [one.event_ms - DAY for one in track] == [10, 20, 25]

    def test_one_subject_key_in_two_feeds_is_two_subjects(self, store, reads):
        one, other = tracks(("a", 0, 117.0, 36.6)), tracks(("a", 1, 120.0, 36.0), feed="radar")
        TrackStore(store.engine).write([one, other], stretch=stretch(0, 1))
        assert [(p.feed, p.lon) for p in reads.positions(ALL)] == [("gps", 117.0), ("radar", 120.0)]
        first = reads.positions(replace(ALL, limit=1))
        assert [p.feed for p in reads.positions(replace(ALL, after=f"{first[0].subject}\n{first[0].feed}"))] == [
            "radar"
        ]

    def test_positions_are_found_by_box_jurisdiction_and_distance(self, store, reads):
        rng = np.random.default_rng(5)
        lon, lat = rng.uniform(116.5, 117.5, 300), rng.uniform(36.2, 37.0, 300)
        placed = [(f"v{n:03d}", n, float(a), float(b)) for n, (a, b) in enumerate(zip(lon, lat, strict=True))]
        far = tracks(("far", 0, 120.4, 36.1), ("nowhere", 0, 125.0, 36.1), county="370202")
        TrackStore(store.engine).write(
            [tracks(*placed), replace(far, county=Codes(np.asarray([0, -1], np.int32), ("370202",)))],
            stretch=stretch(0, 1),
        )
        box = (116.8, 36.4, 117.1, 36.7)
        inside = [s for s, _, a, b in placed if box[0] <= a <= box[2] and box[1] <= b <= box[3]]
        assert [one.subject for one in reads.positions(replace(ALL, box=box))] == inside
        assert len(reads.positions(Search(jurisdiction="370100"))) == 300
        assert [one.subject for one in reads.positions(Search(jurisdiction="370200"))] == ["far"]
        assert len(reads.positions(ALL)) == 302
        here = (e7(np.full(300, 117.0)), e7(np.full(300, 36.6)))
        away = distance_mm(*here, e7(lon), e7(lat))
        wanted = sorted((int(mm), s) for mm, (s, _, _, _) in zip(away, placed, strict=True) if mm <= 15_000_000)
        found = reads.near(lon=117.0, lat=36.6, within_m=15_000)
        assert [(mm, one.subject) for one, mm in found] == wanted
        assert len(wanted) > 10
        assert [one.subject for one, _ in reads.near(lon=117.0, lat=36.6, within_m=15_000, limit=3)] == [
            s for _, s in wanted[:3]
        ]

    def test_hours_that_are_too_old_go_and_the_others_stay(self, store, reads):
        kept = TrackStore(store.engine)
        kept.write([tracks(*(("a", n * HOUR, 117.0, 36.6) for n in range(6)))], stretch=stretch(0, 1))
        store_partitions.keep(store.engine, now_ms=DAY + 5 * HOUR + 60_000, keep_ms=2 * HOUR)
        left = reads.track(feed="gps", subject="a", from_ms=0, to_ms=DAY + 10 * HOUR)
        assert [(one.event_ms - DAY) // HOUR for one in left][-2:] == [4, 5]
        assert len(left) in (2, 3)  # an hour goes when the whole of it is too old
        assert reads.position(feed="gps", subject="a").event_ms == DAY + 5 * HOUR
        kept.write([tracks(("a", 4 * HOUR + 7, 117.0, 36.6))], stretch=stretch(1, 2))
        assert len(reads.track(feed="gps", subject="a", from_ms=DAY + 4 * HOUR, to_ms=DAY + 5 * HOUR)) == 2
