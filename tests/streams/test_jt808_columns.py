"""The columns of a block say what the frames say one by one, whatever else is in the block."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ops_center.columns import CORE, NULL_I32, Batch, Codes, Decoded, Messages, known
from streams.decoders.jt808 import EXTRA, Jt808
from streams.decoders.jt808.encode import V2019, encode_batch, encode_frame, encode_location, location_body
from streams.decoders.jt808.framing import seal
from streams.decoders.jt808.items import PARTS

DECODER = Jt808()
HEARTBEAT = bytes.fromhex("7e000200000123456789017fff0a7e")
NOON_MS = 1_565_409_600_000  # 2019-08-10T04:00:00Z, noon in Beijing


def decode(*messages: bytes) -> Decoded:
    return DECODER.decode(Messages.of(messages, [1_000 + at for at in range(len(messages))]))


def report(**changes: Any) -> bytes:
    return location_body(**{"event_ms": NOON_MS, "lon": 117.0, "lat": 36.65, **changes})


def row(batch: Batch, at: int) -> dict[str, Any]:
    """Return a row with null as None."""
    values: dict[str, Any] = {}
    for name, column in batch.columns.items():
        if isinstance(column, Codes):
            values[name] = column.text(at)
        else:
            values[name] = column[at].item() if known(column)[at] else None
    return values


def as_row(observation: dict[str, Any]) -> dict[str, Any]:
    """Return what the columns hold of an observation as `describe` gives it."""
    at = datetime.fromisoformat(observation["event_time"])
    nowhere = not observation["positioned"] and observation["lon"] == 0 and observation["lat"] == 0
    values: dict[str, Any] = {
        "subject": observation["subject"],
        "event_time": round(at.timestamp()) * 1000,
        "lon_e7": None if nowhere else round(observation["lon"] * 1e7),
        "lat_e7": None if nowhere else round(observation["lat"] * 1e7),
        "positioned": int(observation["positioned"]),
        "items_unread": len(observation.get("items_unread", "")) // 2,
    }
    for name in ("altitude_m", "speed_kph", "heading_deg", "alarm_bits", "status_bits"):
        values[name] = observation[name]
    for name in PARTS:
        values[name] = observation.get(name)
    return values


phones = st.from_regex(r"[0-9]{12}", fullmatch=True)
words = st.integers(0, 0xFFFF)
# Basic parts at random: mostly impossible ones, so that refusals are compared as well.
raw_basics = st.binary(min_size=28, max_size=28)
times = st.builds(  # every month has 28 days; a few hours and days beyond
    lambda year, month, day, hour, minute: bytes.fromhex(f"{year:02}{month:02}{day:02}{hour:02}{minute:02}59"),
    st.integers(0, 99),
    st.integers(1, 12),
    st.integers(1, 31),
    st.integers(0, 24),
    st.integers(0, 59),
)
possible_basics = st.builds(
    lambda alarm, status, lat, lon, rest, at: (
        alarm + status + lat.to_bytes(4, "big") + lon.to_bytes(4, "big") + rest + at
    ),
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=4, max_size=4),
    st.integers(0, 90_000_001),
    st.integers(0, 180_000_001),
    st.binary(min_size=6, max_size=6),
    times,
)
items = st.lists(
    st.tuples(
        st.sampled_from([*range(1, 7), 0x11, 0x12, 0x13, 0x14, 0x17, 0x18, 0x25, 0x2A, 0x2B, 0x30, 0x31, 0xE1]),
        st.one_of(st.binary(max_size=8), st.integers(1, 7).flatmap(lambda n: st.binary(min_size=n, max_size=n))),
    ),
    max_size=6,
).map(lambda pairs: b"".join(bytes((item, len(value))) + value for item, value in pairs))
bodies = st.builds(
    lambda basic, more, tail: basic + more + tail,
    st.one_of(possible_basics, raw_basics),
    items,
    st.binary(max_size=3),
)
located = st.builds(encode_location, phones, words, bodies, version=st.sampled_from(["2011/2013", V2019]))
answers = st.builds(lambda phone, body: encode_frame(0x0201, phone, 1, b"\0\1" + body), phones, bodies)
batches = st.builds(
    lambda phone, several: b"".join(encode_batch(phone, 1, several)), phones, st.lists(bodies, max_size=5)
)
others = st.builds(encode_frame, words, phones, words, st.binary(max_size=40))
broken = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=60).map(lambda inner: b"\x7e" + inner + b"\x7e"),
    st.binary(max_size=60).map(seal),
    st.builds(
        lambda frame, at, byte: frame[: at % len(frame)] + byte + frame[at % len(frame) + 1 :],
        located,
        st.integers(0, 200),
        st.binary(min_size=1, max_size=1),
    ),
)


@given(st.lists(st.one_of(located, answers, batches, others, broken), max_size=12))
@example([])
@example([b""])
@example([b"", HEARTBEAT, b""])
@example([b"\x7d", b"\x01" + HEARTBEAT])
@settings(max_examples=300, deadline=None)
def test_a_block_says_what_its_messages_say_one_by_one(messages: list[bytes]) -> None:
    decoded = decode(*messages)
    rows: list[tuple[int, dict[str, Any]]] = []
    refused: list[tuple[int, str, str, bool]] = []
    for at, message in enumerate(messages):
        said = DECODER.describe(message)
        if said["ok"]:
            rows += [(at, as_row(observation)) for observation in said["observations"]]
            refused += [(at, item["field"], item["reason"], False) for item in said["refused"]]
        else:
            refused.append((at, said["field"], said["error"], True))
    assert [(item.message, item.field, item.reason, item.whole) for item in decoded.refused] == refused
    assert decoded.batch.n == len(rows)
    for place, (at, expected) in enumerate(rows):
        found = row(decoded.batch, place)
        assert found.pop("message") == at
        assert found.pop("stamp") == 1_000 + at
        assert found == expected


@given(st.binary(max_size=200))
@settings(max_examples=500, deadline=None)
def test_any_bytes_get_an_answer(message: bytes) -> None:
    said = DECODER.describe(message)
    assert said["ok"] or said["field"]
    assert isinstance(DECODER.subject_of(message), str)
    decode(message)


@given(located)
@settings(deadline=None)
def test_the_subject_needs_only_the_header(frame: bytes) -> None:
    assert DECODER.subject_of(frame) == DECODER.describe(frame)["header"]["phone"]


def test_every_declared_column_is_there_even_without_rows() -> None:
    batch = decode(HEARTBEAT).batch
    assert batch.n == 0
    assert set(batch.columns) == {field.name for field in CORE} | set(EXTRA)
    for name, dtype in EXTRA.items():
        assert batch.array(name).dtype == np.dtype(dtype)


def test_noon_in_beijing_is_four_in_the_morning_utc() -> None:
    frame = encode_location("013912345678", 7, report(speed_kph=62.5, heading_deg=271, altitude_m=101))
    found = row(decode(frame).batch, 0)
    assert found["event_time"] == NOON_MS
    assert (found["lon_e7"], found["lat_e7"]) == (1_170_000_000, 366_500_000)
    assert (found["speed_kph"], found["heading_deg"], found["altitude_m"]) == (62.5, 271, 101)
    assert found["subject"] == "013912345678"


def test_south_and_west_are_negative() -> None:
    found = row(decode(encode_location("1", 1, report(lon=-71.25, lat=-30.5))).batch, 0)
    assert (found["lon_e7"], found["lat_e7"]) == (-712_500_000, -305_000_000)


def test_a_latitude_of_119_is_refused_and_its_neighbours_are_not() -> None:
    good = encode_location("1", 1, report())
    decoded = decode(good, encode_location("2", 1, report(lon=36.65, lat=119.0)), good)
    assert decoded.batch.array("message").tolist() == [0, 2]
    (refused,) = decoded.refused
    assert (refused.message, refused.field, refused.whole) == (1, "lat", False)
    assert refused.reason == "latitude 119.000000 outside ±90 degrees"


@pytest.mark.parametrize("digits", ["000000000000", "190229120000", "190810246000", "19081012000a", "191301000000"])
def test_what_is_no_time_is_refused(digits: str) -> None:
    body = report()[:22] + bytes.fromhex(digits)
    decoded = decode(encode_location("1", 1, body))
    assert decoded.batch.n == 0
    assert [item.field for item in decoded.refused] == ["event_time"]


def test_a_leap_day_is_a_time() -> None:
    body = report()[:22] + bytes.fromhex("200229235959")
    assert decode(encode_location("1", 1, body)).batch.array("event_time").tolist() == [1_582_991_999_000]


def test_a_terminal_without_a_fix_keeps_its_last_position_and_says_so() -> None:
    found = row(decode(encode_location("1", 1, report(status_bits=0b01))).batch, 0)
    assert (found["positioned"], found["lon_e7"]) == (0, 1_170_000_000)


def test_no_fix_yet_is_no_place() -> None:
    batch = decode(encode_location("1", 1, report(lon=0.0, lat=0.0, status_bits=0b01))).batch
    assert batch.array("lon_e7").tolist() == [NULL_I32]
    assert batch.array("lat_e7").tolist() == [NULL_I32]


def test_all_ones_and_impossible_headings_are_null() -> None:
    body = report()[:16] + b"\xff\xff\xff\xff\x01\x69" + report()[22:]  # heading 361
    found = row(decode(encode_location("1", 1, body)).batch, 0)
    assert (found["altitude_m"], found["speed_kph"], found["heading_deg"]) == (None, None, None)


def test_items_become_columns() -> None:
    body = report(items={0x01: b"\0\0\x30\x39", 0x02: b"\x02\x26", 0x11: b"\x01\0\0\0\x42", 0x31: b"\x0c", 0xE1: b"\7"})
    found = row(decode(encode_location("1", 1, body)).batch, 0)
    assert (found["mileage_km"], found["fuel_l"], found["satellites"]) == (1234.5, 55.0, 12)
    assert (found["overspeed_place_kind"], found["overspeed_place_id"]) == (1, 66)
    assert (found["segment_id"], found["items_unread"]) == (None, 0)


def test_a_broken_item_costs_only_itself() -> None:
    body = report(items={0x01: b"\0\0\0\x0a"}) + b"\x02\x09\x00"
    found = row(decode(encode_location("1", 1, body)).batch, 0)
    assert (found["mileage_km"], found["fuel_l"], found["items_unread"]) == (1.0, None, 3)


@pytest.mark.parametrize(
    ("word", "celsius"), [(25, 25.0), (0x8005, -5.0), (0xFFFB, -5.0), (0x9000, None), (0, 0.0), (0x8000, 0.0)]
)
def test_a_carriage_below_zero_is_read_in_both_ways_terminals_write_it(word: int, celsius: float | None) -> None:
    body = report(items={0x06: word.to_bytes(2, "big")})
    assert row(decode(encode_location("1", 1, body)).batch, 0)["carriage_temperature_c"] == celsius


def test_a_batch_gives_its_rows_in_order_under_one_message() -> None:
    several = [report(event_ms=NOON_MS + at * 1000) for at in range(3)]
    (frame,) = encode_batch("1", 1, several)
    decoded = decode(HEARTBEAT, frame, encode_location("2", 1, report()))
    assert decoded.batch.array("message").tolist() == [1, 1, 1, 2]
    assert (decoded.batch.array("event_time")[:3] - NOON_MS).tolist() == [0, 1000, 2000]


def test_an_empty_batch_is_read_and_gives_nothing() -> None:
    (frame,) = encode_batch("1", 1, [])
    decoded = decode(frame)
    assert (decoded.batch.n, decoded.refused) == (0, ())


def test_a_batch_that_declares_more_than_it_holds_says_so() -> None:
    body = b"\0\x02\x01" + len(report()).to_bytes(2, "big") + report()
    decoded = decode(encode_frame(0x0704, "1", 1, body))
    assert decoded.batch.n == 1
    assert [(item.field, item.reason) for item in decoded.refused] == [("count", "2 reports declared, 1 found")]


def test_the_same_report_alone_and_in_a_batch_gives_equal_columns() -> None:
    (batch,) = encode_batch("1", 9, [report()])
    decoded = decode(encode_location("1", 1, report()), batch)
    first, second = row(decoded.batch, 0), row(decoded.batch, 1)
    del first["message"], first["stamp"], second["message"], second["stamp"]
    assert first == second


def test_terminals_of_both_editions_keep_all_their_digits() -> None:
    frames = [
        encode_location("013912345678", 1, report()),
        encode_location("013912345678", 1, report(), version=V2019),
        encode_location("12345678901234567890", 1, report(), version=V2019),
    ]
    subjects = decode(*frames).batch.codes("subject")
    assert [subjects.text(at) for at in range(3)] == ["013912345678", "00000000013912345678", "12345678901234567890"]


def test_an_encrypted_report_is_refused_and_not_guessed() -> None:
    content = bytes.fromhex("0200041c01391234567800") + b"\x01" + report()
    decoded = decode(seal(content))
    assert [(item.field, item.reason, item.whole) for item in decoded.refused] == [
        ("body", "encrypted (RSA), no key", False)
    ]


def test_a_terminal_set_to_gcj02_is_moved_to_wgs84() -> None:
    frame = encode_location("1", 1, report())
    moved = Jt808("gcj02").decode(Messages.of([frame], [0])).batch
    shift_lon = 117.0 - moved.array("lon_e7")[0] / 1e7
    assert 0.004 < shift_lon < 0.008  # some 550 m in Shandong
    assert math.isclose(Jt808("gcj02").describe(frame)["observations"][0]["lon"], 117.0 - shift_lon, abs_tol=1e-7)
