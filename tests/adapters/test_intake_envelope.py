"""What a producer may write to `intake`, and what is refused with which words."""

from __future__ import annotations

import pytest

from ops_center.adapters.intake_envelope import opened
from ops_center.domain.errors import BadInput


@pytest.mark.parametrize(
    ("value", "headers", "found"),
    [
        (b'{"device":"A"}', [("feed", b"buses")], ("buses", b'{"device":"A"}')),
        (b"\x7e\x00\x7e", [("other", b"x"), ("feed", b"lorries")], ("lorries", b"\x7e\x00\x7e")),
        (b'{"feed":"a","message":1}', [("feed", b"b")], ("b", b'{"feed":"a","message":1}')),
        (b'{"feed":"buses","message":{"device": "A", "t":1}}', [], ("buses", b'{"device": "A", "t":1}')),
        (b'{"feed":"buses","message":[1,2]}', [], ("buses", b"[1,2]")),
        ('{"feed":"met","message":"暴雨\\n"}'.encode(), [], ("met", "暴雨\n".encode())),
        (b'{"feed":"lorries","base64":"fgB+"}', [], ("lorries", b"\x7e\x00\x7e")),
    ],
)
def test_a_message_is_taken_as_it_was_sent(value, headers, found) -> None:
    assert opened(value, headers) == found


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (b"free text", [], "no header 'feed', and the value is not an envelope"),
        (b'{"message":1}', [], "missing required field `feed`"),
        (b'{"feed":"a","mesage":1}', [], "unknown field `mesage`"),
        (b'{"feed":"a"}', [], "either a message or base64"),
        (b'{"feed":"a","message":1,"base64":"eA=="}', [], "either a message or base64"),
        (b'{"feed":"a","base64":"e"}', [], "base64: "),
        (b'{"feed":"a","message":""}', [], "an empty message"),
        (None, [("feed", b"a")], "an empty message"),
        (b"x", [("feed", b"\xff")], "header 'feed' is not UTF-8"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(value, headers, reason) -> None:
    with pytest.raises(BadInput, match=reason):
        opened(value, headers)
