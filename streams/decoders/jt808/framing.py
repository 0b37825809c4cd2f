"""Frames of JT/T 808: delimiter, escape and check code (JT/T 808-2013 and -2019, 4.4.1 and 4.4.2).

A frame is ``7E content check 7E``; inside it 7E is sent as 7D 02 and 7D as 7D 01. The check code is
the XOR of the content, taken before escaping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import xor

from ops_center.domain.errors import BadInput

DELIMITER = b"\x7e"
# Header of 2019 with package fields 21, body 1023 (10 bits of the properties), check code 1; each
# byte may be escaped to two (4.4.3, table 2).
LONGEST_FRAME = 2 * (21 + 1023 + 1) + 2


def escape(content: bytes) -> bytes:
    """Return content with 7D and 7E escaped (4.4.2)."""
    return content.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")


ILLEGAL_ESCAPE = "illegal escape (0x7d not followed by 01/02)"


def escaped_rightly(content: bytes) -> bool:
    """Return whether every 7D of an escaped content is followed by 01 or 02."""
    return content.count(b"\x7d") == content.count(b"\x7d\x01") + content.count(b"\x7d\x02")


def unescape(content: bytes) -> bytes:
    """Return content as it was before `escape`; BadInput where it was not rightly escaped."""
    if not escaped_rightly(content):
        raise BadInput(ILLEGAL_ESCAPE, field="escape")
    return restored(content)


def restored(content: bytes) -> bytes:
    """Return content with the two escapes undone and everything else left."""
    return content.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")


def check_code(content: bytes) -> int:
    """Return the XOR of all bytes of the content (4.4.4)."""
    return reduce(xor, content, 0)


def seal(content: bytes) -> bytes:
    """Return the frame of a content (header and body)."""
    return DELIMITER + escape(content + bytes((check_code(content),))) + DELIMITER


@dataclass(slots=True)
class FrameSplitter:
    """Cuts a connection's bytes into frames.

    A delimiter never occurs inside a frame, so every run of bytes between two delimiters is handed
    on as a frame: noise becomes a frame that the decoder refuses and dead letters show, a shared or
    lost delimiter costs no neighbour. Only what no delimiter opened, and what outgrows `limit`, is
    dropped; `dropped_bytes` counts it.
    """

    limit: int = LONGEST_FRAME
    dropped_bytes: int = 0
    _opened: bool = field(default=False, init=False)
    _rest: bytes = field(default=b"", init=False)

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the frames that `chunk` completes, with their delimiters."""
        runs = (self._rest + chunk).split(DELIMITER)
        frames: list[bytes] = []
        for run in runs[:-1]:
            if not self._opened or len(run) + 2 > self.limit:
                self.dropped_bytes += len(run)
            elif run:
                frames.append(DELIMITER + run + DELIMITER)
            self._opened = True
        self._rest = runs[-1]
        if not self._opened or len(self._rest) + 2 > self.limit:
            self.dropped_bytes += len(self._rest)
            self._opened, self._rest = False, b""
        return frames

    @property
    def pending_bytes(self) -> int:
        """Return how many bytes of an unfinished frame are held."""
        return len(self._rest) + 1 if self._rest else 0
