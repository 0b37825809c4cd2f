"""The terminal's side: what is written is what is read back, one at a time and in bulk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center.columns import Messages
from streams.decoders.jt808 import Jt808
from streams.decoders.jt808.encode import (
    V2013,
    V2019,
    encode_auth,
    encode_frame,
    encode_location,
    encode_packages,
    encode_register,
    location_body,
)
from streams.decoders.jt808.encode_many import encode_locations
from streams.decoders.jt808.framing import FrameSplitter, escape, unescape
from streams.decoders.jt808.header import read_frame
from streams.decoders.jt808.subpackages import read_message

DECODER = Jt808()
versions = st.sampled_from([V2013, V2019])


@given(st.binary(max_size=300))
def test_escaping_is_undone_and_leaves_no_delimiter(content: bytes) -> None:
    assert b"\x7e" not in escape(content)
    assert unescape(escape(content)) == content


@given(
    st.integers(0, 0xFFFF),
    st.from_regex(r"[0-9]{12}", fullmatch=True),
    st.integers(0, 0xFFFF),
    st.binary(max_size=1023),
    versions,
)
def test_a_frame_is_read_as_it_was_written(msg_id: int, phone: str, serial: int, body: bytes, version: str) -> None:
    frame = read_frame(encode_frame(msg_id, phone, serial, body, version=version))
    header = frame.header
    assert (header.msg_id, header.serial, header.version, frame.body) == (msg_id, serial, version, body)
    assert header.phone == phone.zfill(20 if version == V2019 else 12)


def test_a_body_too_long_for_a_frame_is_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at most 1023"):
        encode_frame(0x0801, "1", 1, bytes(1024))


@given(st.binary(min_size=1, max_size=5000), versions)
def test_packages_joined_are_the_body(body: bytes, version: str) -> None:
    frames = encode_packages(0x0801, "1", 0xFFFF, body, version=version)
    assert read_message(b"".join(frames)).body == body
    assert read_message(b"".join(frames)).header.package is None


def test_a_registration_is_read_back_in_both_layouts() -> None:
    for version in (V2013, V2019):
        frame = encode_register(
            "1",
            1,
            plate="鲁I00001",
            plate_colour=2,
            province=37,
            county=102,
            maker="OPS",
            model="X1",
            terminal_id="T1",
            version=version,
        )
        assert DECODER.describe(frame)["body"] == {
            "province": 37,
            "county": 102,
            "maker": "OPS",
            "model": "X1",
            "terminal_id": "T1",
            "plate_colour": 2,
            "plate": "鲁I00001",
        }


def test_an_authentication_is_read_back_in_both_layouts() -> None:
    assert DECODER.describe(encode_auth("1", 1, "abc"))["body"] == {"auth_code": "abc"}
    body = DECODER.describe(encode_auth("1", 1, "abc", imei="123", software="1.0", version=V2019))["body"]
    assert body == {"auth_code": "abc", "imei": "123", "software": "1.0"}


rows = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(946_684_800, 4_102_415_999),  # 2000 to 2099 in Beijing
        st.integers(-180_000_000, 180_000_000),
        st.integers(-90_000_000, 90_000_000),
        st.integers(0, 9000),
        st.integers(0, 2000),
        st.integers(0, 359),
        st.integers(0, 0xFFFF_FFFF),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=20,
)


@given(rows, versions)
@settings(deadline=None)
def test_bulk_frames_are_those_written_one_at_a_time(rows: list[tuple[int, ...]], version: str) -> None:
    phones = ["001234567890", "7d7e7d7e0001", "13912345678"]
    subject, second, lon, lat, altitude, speed, heading, alarm, mileage = np.array(rows, dtype=np.int64).T
    frames = encode_locations(
        phones=phones,
        subject=subject,
        serial=np.arange(len(rows)) + 0xFFF0,
        event_ms=second * 1000,
        lon_e7=lon * 10,
        lat_e7=lat * 10,
        altitude_m=altitude,
        speed_kph=speed / 10,
        heading_deg=heading.astype(float),
        alarm_bits=alarm,
        mileage_km=mileage / 10,
        version=version,
    )
    for at, row in enumerate(rows):
        body = location_body(
            event_ms=row[1] * 1000,
            lon=row[2] / 1e6,
            lat=row[3] / 1e6,
            altitude_m=row[4],
            speed_kph=row[5] / 10,
            heading_deg=row[6],
            alarm_bits=row[7],
            items={0x01: row[8].to_bytes(4, "big")},
        )
        assert frames[at] == encode_location(phones[row[0]], at + 0xFFF0, body, version=version)
    decoded = DECODER.decode(Messages.of(frames, [0] * len(frames)))
    assert decoded.refused == ()
    assert decoded.batch.array("lon_e7").tolist() == (lon * 10).tolist()
    assert decoded.batch.array("event_time").tolist() == (second * 1000).tolist()


def test_a_splitter_drops_what_outgrows_a_frame_and_goes_on() -> None:
    splitter = FrameSplitter(limit=40)
    good = encode_frame(0x0002, "1", 1)
    assert splitter.feed(b"\x7e" + bytes(100)) == []
    assert splitter.pending_bytes == 0
    assert splitter.feed(bytes(50) + good) == [good]
    assert splitter.dropped_bytes == 150


def test_a_shared_or_missing_delimiter_costs_no_frame() -> None:
    one, two = encode_frame(0x0002, "1", 1), encode_frame(0x0002, "1", 2)
    assert FrameSplitter().feed(one + two[1:]) == [one, two]
    assert FrameSplitter().feed(one + b"noise" + two) == [one, b"\x7enoise\x7e", two]


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=20), st.binary(max_size=10))
def test_a_splitter_holds_no_more_than_its_limit(chunks: list[bytes], tail: bytes) -> None:
    splitter = FrameSplitter(limit=30)
    for chunk in [*chunks, tail]:
        assert all(len(frame) <= 30 for frame in splitter.feed(chunk))
        assert splitter.pending_bytes <= 30
