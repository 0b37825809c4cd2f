"""Sub-packaged messages: collected by the connection, journalled whole, decoded as one message."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ops_center.columns import Messages
from streams.decoders.jt808 import Jt808
from streams.decoders.jt808.encode import encode_batch, encode_frame, encode_packages, location_body
from streams.decoders.jt808.subpackages import Assembler

DECODER = Jt808()
REPORTS = [location_body(event_ms=1_565_409_600_000 + at * 1000, lon=117.0, lat=36.6) for at in range(40)]
FRAMES = encode_batch("013912345678", 10, REPORTS)
HEARTBEAT = encode_frame(0x0002, "013912345678", 1)


def rows(*messages: bytes) -> int:
    return DECODER.decode(Messages.of(messages, [0] * len(messages))).batch.n


def test_forty_reports_take_two_packages() -> None:
    assert len(FRAMES) == 2


def test_the_packages_of_a_batch_become_one_message_with_all_its_reports() -> None:
    assembler = Assembler()
    assert assembler.take(FRAMES[0]) == []
    assert assembler.take(HEARTBEAT) == [HEARTBEAT]
    (message,) = assembler.take(FRAMES[1])
    assert message == FRAMES[0] + FRAMES[1]
    assert rows(message) == 40
    assert DECODER.subject_of(message) == "013912345678"
    assert len(DECODER.describe(message)["observations"]) == 40


def test_a_package_alone_is_accounted_for() -> None:
    decoded = DECODER.decode(Messages.of([FRAMES[1]], [0]))
    assert decoded.batch.n == 0
    assert [(item.reason, item.whole) for item in decoded.refused] == [("package 2 of 2 without the others", False)]


def test_sound_frames_that_are_no_packages_are_not_joined() -> None:
    said = DECODER.describe(HEARTBEAT + HEARTBEAT)
    assert not said["ok"]
    assert "delimiter" in said["error"]


def test_what_is_missing_can_be_asked_for() -> None:
    frames = encode_packages(0x0801, "1", 5, bytes(3000))
    assembler = Assembler()
    assembler.take(frames[0])
    assembler.take(frames[2])
    assert assembler.missing() == {("000000000001", 0x0801, 3): (2,)}


def test_a_new_message_gives_up_the_unfinished_one_of_its_kind() -> None:
    old, new = encode_packages(0x0801, "1", 5, bytes(2000)), encode_packages(0x0801, "1", 9, bytes(2000))
    assembler = Assembler()
    assembler.take(old[0])
    assert assembler.take(new[0]) == [old[0]]
    assert assembler.take(new[1]) == [new[0] + new[1]]


def test_a_repeated_package_changes_nothing() -> None:
    assembler = Assembler()
    assert assembler.take(FRAMES[0]) == []
    assert assembler.take(FRAMES[0]) == []
    assert assembler.take(FRAMES[1]) == [FRAMES[0] + FRAMES[1]]


def test_closing_gives_back_what_was_waiting() -> None:
    assembler = Assembler()
    assembler.take(FRAMES[0])
    assert assembler.drain() == [FRAMES[0]]
    assert assembler.drain() == []


def test_a_flood_of_openings_is_bounded() -> None:
    assembler = Assembler(most_messages=2)
    given_up = [
        frame
        for total in range(2, 8)
        for frame in assembler.take(encode_frame(0x0801, "1", total, b"x", package=(total, 1)))
    ]
    assert len(given_up) == 4
    assert len(assembler.missing()) == 2


@given(st.permutations(range(4)))
def test_packages_in_any_order_give_the_same_message(order: list[int]) -> None:
    frames = encode_packages(0x0704, "1", 5, bytes(4000))
    assembler = Assembler()
    taken = [message for at in order for message in assembler.take(frames[at])]
    assert taken == [b"".join(frames)]


@given(st.lists(st.one_of(st.sampled_from([*FRAMES, HEARTBEAT]), st.binary(max_size=30)), max_size=20))
def test_no_frame_is_lost_between_connection_and_journal(frames: list[bytes]) -> None:
    assembler = Assembler()
    out = b"".join(message for frame in frames for message in assembler.take(frame)) + b"".join(assembler.drain())
    for frame in frames:
        assert frame in out
