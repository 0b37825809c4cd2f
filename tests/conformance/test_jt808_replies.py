"""Answers of the platform: the frames that an independent platform sent to the same requests."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from streams.decoders.jt808.bodies import read_body
from streams.decoders.jt808.header import read_frame
from streams.decoders.jt808.session import Missing, Session
from tests.paths import vectors


@cache
def pairs() -> list[dict[str, Any]]:
    path = vectors() / "jt808" / "jt808_request_reply.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def wanted_by(reply: bytes) -> list[tuple[int, int]]:
    """Return what a 0x9212 of the source asks to be sent again: the platform's own knowledge."""
    frame = read_frame(reply)
    if frame.header.msg_id != 0x9212:
        return []
    body = read_body(frame) or {}
    return [(item["offset"], item["bytes"]) for item in body["missing"]]


def knowing(wanted: list[tuple[int, int]]) -> Missing:
    def missing(_name: str, _kind: int, _size: int) -> list[tuple[int, int]]:
        return wanted

    return missing


def test_every_request_is_answered_with_the_third_party_frame() -> None:
    differing = []
    for pair in pairs():
        reply = bytes.fromhex(pair["reply_hex"])
        session = Session(now_ms=lambda: 0, serial=pair["platform_serial"], missing=knowing(wanted_by(reply)))
        answers = session.answer(bytes.fromhex(pair["request_hex"]))
        if answers != [reply]:
            differing.append((pair["id"], [answer.hex() for answer in answers], pair["reply_hex"]))
    assert differing == []


def test_the_answers_themselves_are_sound_frames() -> None:
    for pair in pairs():
        session = Session(now_ms=lambda: 0)
        request = bytes.fromhex(pair["request_hex"])
        for answer in session.answer(request):
            header = read_frame(answer).header
            assert header.phone == read_frame(request).header.phone
            assert header.version == read_frame(request).header.version
