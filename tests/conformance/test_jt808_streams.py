"""Malformed input, escapes and streams of JT/T 808 from third parties."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from ops_center.columns import Messages
from ops_center.domain.errors import BadInput
from streams.decoders.jt808 import Jt808
from streams.decoders.jt808.framing import DELIMITER, FrameSplitter, escape, unescape
from tests.paths import vectors

DECODER = Jt808()
# go-jt808 takes a check code 7D that was not escaped; the standard (4.4.2) escapes the check code as
# well, and the vector's own check calls the frame illegal.
LENIENT_AT_SOURCE = {"ml-005"}


@cache
def cases() -> list[dict[str, Any]]:
    path = vectors() / "jt808" / "jt808_malformed_and_stream.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [case for case in cases() if case["kind"] in kinds]


def whole_bytes(digits: str) -> bytes:
    """Return hex as bytes; an odd last nibble is dropped, as the source's own decoder does."""
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def test_only_sound_frames_decode() -> None:
    for case in of_kind("decode"):
        said = DECODER.describe(bytes.fromhex(case["hex"]))
        if case["id"] in LENIENT_AT_SOURCE:
            assert not said["ok"], case["id"]
            assert said["field"] == "escape", case["id"]
        else:
            assert said["ok"] is (case["expect"] == "ok"), case["id"]
        checked = case.get("our_check")
        if checked:
            assert said["ok"] is checked["ok"], case["id"]
            assert [fault for fault in checked["faults"] if fault not in said.get("error", "")] == [], case["id"]


def test_a_stream_is_cut_into_the_frames_others_cut_it_into() -> None:
    for case in of_kind("stream", "stream_decode"):
        if "expect_frames" not in case:
            continue
        splitter = FrameSplitter()
        frames = splitter.feed(whole_bytes(case["hex"]))
        if case.get("expect_error"):
            assert any(not DECODER.describe(frame)["ok"] for frame in frames), case["id"]
            continue
        assert [frame.hex() for frame in frames] == case["expect_frames"], case["id"]
        assert splitter.pending_bytes == case["expect_pending_bytes"], case["id"]


@pytest.mark.parametrize("size", [1, 2, 7])
def test_pieces_of_any_size_give_the_same_frames(size: int) -> None:
    for case in of_kind("stream", "stream_decode"):
        stream = whole_bytes(case["hex"])
        splitter = FrameSplitter()
        pieces = [splitter.feed(stream[at : at + size]) for at in range(0, len(stream), size)]
        assert [frame for piece in pieces for frame in piece] == FrameSplitter().feed(stream), case["id"]


def test_escapes_are_undone_as_others_undo_them() -> None:
    for case in of_kind("unescape"):
        frame = bytes.fromhex(case["hex"])
        assert unescape(frame.strip(DELIMITER)).hex() == case["expect_hex"].removeprefix("7e").removesuffix("7e"), case[
            "id"
        ]


def test_escapes_are_made_as_others_make_them() -> None:
    for case in of_kind("escape"):
        assert (DELIMITER + escape(bytes.fromhex(case["hex"])) + DELIMITER).hex() == case["expect_hex"], case["id"]


def test_noise_before_a_frame_is_dropped() -> None:
    for case in of_kind("unescape_keep_delims"):
        frames = FrameSplitter().feed(bytes.fromhex(case["hex"]))
        opened = [DELIMITER + unescape(frame[1:-1]) + DELIMITER for frame in frames]
        assert [frame.hex() for frame in opened] == [case["expect_hex"]], case["id"]


def test_devices_that_break_the_standard_are_refused_with_the_fault_named() -> None:
    for case in of_kind("real_device_nonconforming"):
        said = DECODER.describe(bytes.fromhex(case["hex"]))
        assert not said["ok"], case["id"]
        assert [fault for fault in case["faults_by_us"] if fault not in said["error"]] == [], case["id"]


def test_bad_neighbours_in_a_block_cost_no_sound_frame() -> None:
    good = bytes.fromhex("7e000200000123456789017fff0a7e")
    bad = [bytes.fromhex(case["hex"]) for case in of_kind("real_device_nonconforming")]
    mixed = [frame for each in bad for frame in (each, good)]
    decoded = DECODER.decode(Messages.of(mixed, [0] * len(mixed)))
    assert [refused.message for refused in decoded.refused] == list(range(0, len(mixed), 2))
    assert decoded.batch.n == 0
    assert np.array_equal(decoded.batch.array("message"), np.empty(0, np.int32))


def test_an_illegal_escape_names_itself() -> None:
    with pytest.raises(BadInput, match="illegal escape"):
        unescape(b"\x01\x7d\x03")
