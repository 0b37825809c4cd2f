"""Frames and channels: a client at any revision ends with the same state as one sent everything."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center.api.channels import RowsChannel, VehiclesChannel, WholeChannel
from ops_center.api.frames import bundle, frame, json_frame, parsed
from tests.wall.fake_clock import NOW_MS
from tests.wall.fake_vehicles import positions_at


def test_a_frame_starts_with_its_mark_and_a_header_length_of_whole_eights() -> None:
    made = frame(
        b'{"k":"set"}', (("getPosition", 2, np.zeros((3, 2), np.float32)), ("getColor@veh", 1, np.ones(3, np.uint8)))
    )
    assert made[:4] == b"OPS1"
    (length,) = struct.unpack_from("<I", made, 4)
    assert length % 8 == 0
    assert len(made) == 8 + length + 24 + 8


def test_columns_begin_on_whole_eights_so_that_typed_arrays_lie_on_them() -> None:
    made = frame(b'{"k":"set"}', (("a", 1, np.ones(3, np.uint8)), ("b", 1, np.ones(5, np.float32))))
    (header, columns) = parsed(made)[0]
    assert [column[3] for column in header["cols"]] == [0, 8]
    assert columns["b"].tolist() == [1.0] * 5


def test_a_bundle_is_its_number_and_then_the_frames() -> None:
    read = parsed(bundle(7, [json_frame({"k": "whole", "ch": "head", "body": 1}), json_frame({"k": "mode"})]))
    assert [head["k"] for head, _ in read] == ["bundle", "whole", "mode"]
    assert read[0][0]["n"] == 7


def test_an_equal_value_is_no_change() -> None:
    channel = WholeChannel("kpis")
    channel.put([1], at_ms=1)
    channel.put([1], at_ms=2)
    assert channel.rev == 1
    assert channel.frame(1) is None


def apply_rows(held: dict[str, Any], made: bytes | None) -> dict[str, Any]:
    """Do what live.js does with a rows frame."""
    if made is None:
        return held
    head = parsed(made)[0][0]
    rows = {} if head["k"] == "set" else dict(held)
    for gone in head["gone"]:
        rows.pop(gone, None)
    return rows | {row["id"]: row["v"] for row in head["rows"]}


tables = st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)), min_size=1, max_size=12)


@given(tables, st.lists(st.booleans(), min_size=12, max_size=12))
@settings(max_examples=200, deadline=None)
def test_a_client_that_skips_frames_ends_with_the_newest_rows(steps: list[dict[str, int]], sent: list[bool]) -> None:
    channel = RowsChannel("alerts", lambda thing: json.dumps(thing).encode())
    held: dict[str, Any] = {}
    place = 0
    for n, table in enumerate(steps):
        channel.put({name: {"id": name, "v": value} for name, value in table.items()}, at_ms=n)
        if sent[n] or n == len(steps) - 1:
            held = apply_rows(held, channel.frame(place))
            place = channel.rev
            assert held == table


def test_vehicles_that_stand_still_send_nothing() -> None:
    channel = VehiclesChannel("vehicles", str)
    channel.put(positions_at(NOW_MS, n=50), at_ms=1)
    channel.put(positions_at(NOW_MS, n=50), at_ms=2)
    assert channel.frame(1) is None


def test_a_vehicle_costs_ten_bytes_a_tick() -> None:
    channel = VehiclesChannel("vehicles", str)
    channel.put(positions_at(NOW_MS, n=20_000), at_ms=1)
    channel.put(positions_at(NOW_MS + 60_000, n=20_000), at_ms=2)
    made = channel.frame(1)
    assert made is not None
    assert parsed(made)[0][0]["k"] == "patch"
    assert len(made) <= 10 * 20_000 + 512


def test_few_changed_vehicles_are_sent_as_rows_and_give_the_same_columns() -> None:
    channel = VehiclesChannel("vehicles", str)
    first = positions_at(NOW_MS, n=100)
    channel.put(first, at_ms=1)
    lon = first.lon.copy()
    lon[[3, 70]] += 0.5
    moved = type(first)(
        subjects=first.subjects, lon=lon, lat=first.lat, heading_deg=first.heading_deg, speed_kph=first.speed_kph,
        event_ms=first.event_ms, style=first.style, labels=first.labels,
    )  # fmt: skip
    channel.put(moved, at_ms=2)
    head, columns = parsed(channel.frame(1) or b"")[0]
    assert head["k"] == "idx"
    assert columns["index"].tolist() == [3, 70]
    assert np.allclose(columns["getPosition"].reshape(-1, 2)[:, 0], lon[[3, 70]], atol=1e-5)


def test_a_new_vehicle_makes_a_new_set_with_ids() -> None:
    channel = VehiclesChannel("vehicles", str)
    channel.put(positions_at(NOW_MS, n=10), at_ms=1)
    channel.put(positions_at(NOW_MS, n=11), at_ms=2)
    head, _ = parsed(channel.frame(1) or b"")[0]
    assert head["k"] == "set"
    assert len(head["ids"]) == 11
    assert head["epoch"] == 2


def test_clients_at_one_revision_share_the_encoded_bytes() -> None:
    channel = VehiclesChannel("vehicles", str)
    channel.put(positions_at(NOW_MS, n=10), at_ms=1)
    assert channel.frame(0) is channel.frame(0)
