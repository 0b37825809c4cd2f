"""One terminal's connection: what is answered, in which edition, and who is let in."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from ops_center.domain.text import Json
from streams.decoders.jt808.admission import OPEN, Admission, Registered, keyed
from streams.decoders.jt808.bodies import read_body
from streams.decoders.jt808.encode import (
    V2019,
    encode_auth,
    encode_batch,
    encode_frame,
    encode_heartbeat,
    encode_location,
    encode_register,
    location_body,
)
from streams.decoders.jt808.header import read_frame
from streams.decoders.jt808.session import Session

PHONE = "013912345678"
REPORT = location_body(event_ms=1_565_409_600_000, lon=117.0, lat=36.6)


def session(admission: Admission = OPEN) -> Session:
    return Session(now_ms=lambda: 1_565_409_600_000, admission=admission)


def said(answer: bytes) -> tuple[int, dict[str, Json]]:
    frame = read_frame(answer)
    return frame.header.msg_id, read_body(frame) or {}


def register(phone: str = PHONE, version: str = "2011/2013") -> bytes:
    return encode_register(phone, 1, plate="鲁I00001", plate_colour=2, province=37, county=102, version=version)


def test_a_terminal_registers_authenticates_and_reports() -> None:
    link = session()
    ((registered, body),) = map(said, link.answer(register()))
    assert (registered, body["result"], body["auth_code"]) == (0x8100, 0, "13912345678")
    ((_, body),) = map(said, link.answer(encode_auth(PHONE, 2, body["auth_code"])))
    assert (body["result"], link.authenticated) == (0, True)
    ((_, body),) = map(said, link.answer(encode_location(PHONE, 3, REPORT)))
    assert body == {"answers_serial": 3, "answers_msg_id": 0x0200, "result": 0}


def test_answers_are_numbered_and_wrap() -> None:
    link = session()
    link.serial = 0xFFFF
    answers = [link.answer(encode_heartbeat(PHONE, 1))[0] for _ in range(2)]
    assert [read_frame(answer).header.serial for answer in answers] == [0xFFFF, 0]


def test_a_terminal_of_2019_is_answered_in_2019() -> None:
    link = session()
    (answer,) = link.answer(register(version=V2019))
    header = read_frame(answer).header
    assert (header.version, header.protocol_version, len(header.phone)) == (V2019, 1, 20)
    code = said(answer)[1]["auth_code"]
    link.answer(encode_auth(PHONE, 2, code, imei="1", version=V2019))
    assert link.authenticated


def test_a_wrong_code_fails() -> None:
    link = session()
    ((_, body),) = map(said, link.answer(encode_auth(PHONE, 1, "nonsense")))
    assert (body["result"], link.authenticated) == (1, False)


def test_a_code_of_another_terminal_or_deployment_fails() -> None:
    ours, theirs = keyed(b"ours"), keyed(b"theirs")
    assert ours.authenticates(PHONE, ours.code_of(PHONE))
    assert not ours.authenticates("013912345679", ours.code_of(PHONE))
    assert not ours.authenticates(PHONE, theirs.code_of(PHONE))
    assert not ours.authenticates(PHONE, "鉴权码")


def test_without_authentication_nothing_is_admitted_where_it_is_required() -> None:
    link = session(keyed(b"secret"))
    assert link.admits(register())
    assert not link.admits(encode_location(PHONE, 1, REPORT))
    ((_, body),) = map(said, link.answer(encode_location(PHONE, 1, REPORT)))
    assert body["result"] == 1
    ((_, body),) = map(said, link.answer(register()))
    link.answer(encode_auth(PHONE, 2, body["auth_code"]))
    assert link.admits(encode_location(PHONE, 3, REPORT))


def test_a_registration_can_be_refused_and_gets_no_code() -> None:
    def register_known(phone: str, fields: Mapping[str, Json]) -> Registered:
        return Registered.OK if fields["plate"] == "鲁I99999" else Registered.NO_VEHICLE

    link = session(keyed(b"secret", register=register_known))
    ((_, body),) = map(said, link.answer(register()))
    assert (body["result"], body["auth_code"], link.registered) == (2, "", False)


def test_the_time_is_given_in_utc() -> None:
    ((answered, body),) = map(said, session().answer(encode_frame(0x0004, PHONE, 1, version=V2019)))
    assert (answered, body["time"]) == (0x8004, "2019-08-10T04:00:00")


def test_an_answer_to_the_platform_is_not_answered() -> None:
    assert session().answer(encode_frame(0x0104, PHONE, 1, b"\0\1\0")) == []
    assert session().answer(encode_frame(0x8001, PHONE, 1, bytes(5))) == []


def test_a_message_nobody_knows_is_called_unsupported() -> None:
    ((_, body),) = map(said, session().answer(encode_frame(0x0F0F, PHONE, 1)))
    assert body["result"] == 3


def test_a_report_cut_short_is_called_wrong() -> None:
    ((_, body),) = map(said, session().answer(encode_location(PHONE, 1, REPORT[:20])))
    assert body["result"] == 2


def test_an_impossible_position_is_confirmed_because_the_message_arrived() -> None:
    swapped = location_body(event_ms=1_565_409_600_000, lon=36.6, lat=117.0)
    ((_, body),) = map(said, session().answer(encode_location(PHONE, 1, swapped)))
    assert body["result"] == 0


def test_every_package_is_answered_once_the_message_is_whole() -> None:
    link, frames = session(), encode_batch(PHONE, 10, [REPORT] * 40)
    messages = [message for frame in frames for message in link.take(frame)]
    answers = [said(answer)[1] for message in messages for answer in link.answer(message)]
    assert [(answer["answers_serial"], answer["result"]) for answer in answers] == [(10, 0), (11, 0)]


def test_a_picture_in_packages_is_confirmed_by_its_number() -> None:
    frames = [
        encode_frame(0x0801, PHONE, at, body, package=(2, at)) for at, body in ((1, b"\0\0\0\7rest"), (2, b"more"))
    ]
    answers = [said(answer) for answer in session().answer(b"".join(frames))]
    assert [answered for answered, _ in answers] == [0x8001, 0x8800]
    assert answers[1][1] == {"media_id": 7, "packages": []}


@given(
    st.one_of(
        st.binary(max_size=80),
        st.builds(encode_frame, st.integers(0, 0xFFFF), st.just(PHONE), st.just(1), st.binary(max_size=60)),
    )
)
def test_no_bytes_break_a_connection(message: bytes) -> None:
    link = session()
    for taken in link.take(message):
        link.admits(taken)
        assert all(read_frame(answer).header.phone for answer in link.answer(taken))
