"""A JT/T 808 device's conversation for the TCP door: frames, sub-packages and answers of one connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ops_center.domain.feed import Feed
from streams.decoders.jt808.admission import OPEN, Admission
from streams.decoders.jt808.framing import LONGEST_FRAME, FrameSplitter
from streams.decoders.jt808.session import Session
from streams.gateway.limits import message_bytes


class Jt808Conversation:
    """Implements `gateway_tcp.Conversation` over the format's splitter and session."""

    def __init__(self, feed: Feed, now_ms: Callable[[], int], *, admission: Admission = OPEN) -> None:
        self._splitter = FrameSplitter(limit=min(LONGEST_FRAME, message_bytes(feed)))
        self._session = Session(now_ms=now_ms, admission=admission)
        self.refusal = ""

    def receive(self, chunk: bytes) -> tuple[Sequence[bytes], bytes]:
        """Return the messages that `chunk` completes and the frames that answer them."""
        messages: list[bytes] = []
        answers: list[bytes] = []
        for frame in self._splitter.feed(chunk):
            for message in self._session.take(frame):
                answers += self._session.answer(message)
                if not self._session.admits(message):
                    self.refusal = "not authenticated"
                    return messages, b"".join(answers)
                messages.append(message)
        return messages, b"".join(answers)

    def close(self) -> Sequence[bytes]:
        """Return packages whose message never became whole."""
        return self._session.assembler.drain()

    @property
    def dropped_octets(self) -> int:
        """Bytes so far that belong to no frame."""
        return self._splitter.dropped_bytes
