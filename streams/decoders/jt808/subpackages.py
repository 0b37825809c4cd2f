"""Sub-packaged messages (JT/T 808 4.4.3, properties bit 13): collect the packages, join the bodies.

The unit that the journal keeps is a *message*: one frame as received, or all the frames of one
sub-packaged message as received, one after another in the order of their numbers. So decoding stays
a pure function of one message, wherever a block ends.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

from ops_center.domain.errors import BadInput
from streams.decoders.jt808.framing import DELIMITER
from streams.decoders.jt808.header import Frame, Header, read_frame


def frames_of(message: bytes) -> list[bytes]:
    """Return the frames of a message, in order; the message itself where it is one frame or none."""
    if message.count(DELIMITER) <= 2:
        return [message]
    return [DELIMITER + run + DELIMITER for run in message[1:-1].split(DELIMITER + DELIMITER)]


def read_message(message: bytes) -> Frame:
    """Take a message apart: a frame, or joined packages as one frame with the header of the first.

    A package alone keeps its `package`; a complete message has None. BadInput for anything else.
    """
    runs = frames_of(message)
    if len(runs) == 1:
        alone = read_frame(message)
        return alone if alone.header.package != (1, 1) else Frame(_whole(alone.header), alone.body)
    try:
        frames = [read_frame(frame) for frame in runs]
    except BadInput:
        return read_frame(message)  # not packages joined by us: says what is wrong with the message as it came
    first = frames[0].header
    for number, frame in enumerate(frames, 1):
        if _key(frame.header) != _key(first) or frame.header.package != (len(frames), number):
            raise BadInput("7e delimiter inside: frames that are not the packages of one message", field="delimiter")
    return Frame(_whole(first), b"".join(frame.body for frame in frames))


def _whole(header: Header) -> Header:
    return replace(header, package=None)


def _key(header: Header) -> tuple[str, int, int]:
    return (header.phone, header.msg_id, header.package[0] if header.package else 0)


@dataclass(slots=True, kw_only=True)
class Assembler:
    """Collects the packages of one connection; bounded, so a bad device harms only itself.

    What is given up (superseded by another message, or beyond the limits) comes back from `take` as
    messages of their own: the decoder refuses a package without its others, and nothing is lost.
    """

    most_packages: int = 1024  # a message longer than about 1 MB is not collected
    most_messages: int = 4  # messages collected at the same time
    _open: OrderedDict[tuple[str, int, int], dict[int, bytes]] = field(default_factory=OrderedDict, init=False)

    def take(self, frame: bytes) -> list[bytes]:
        """Return the messages to journal now: none while a sub-packaged message is incomplete."""
        try:
            header = read_frame(frame).header
        except BadInput:
            return [frame]
        total, number = header.package or (1, 1)
        if total <= 1 or total > self.most_packages or not 1 <= number <= total:
            return [frame]
        key = _key(header)
        given_up: list[bytes] = []
        packages = self._open.setdefault(key, {})
        if number in packages and packages[number] != frame:
            given_up = list(packages.values())
            packages.clear()
        packages[number] = frame
        if len(packages) == total:
            del self._open[key]
            return [*given_up, b"".join(packages[at] for at in range(1, total + 1))]
        if len(self._open) > self.most_messages:
            _, oldest = self._open.popitem(last=False)
            given_up.extend(oldest.values())
        return given_up

    def missing(self) -> dict[tuple[str, int, int], tuple[int, ...]]:
        """Return the missing package numbers of every open message, by (phone, message id, total)."""
        return {
            key: tuple(at for at in range(1, key[2] + 1) if at not in packages) for key, packages in self._open.items()
        }

    def drain(self) -> list[bytes]:
        """Give up on everything that is open (the connection closed, or waited long enough)."""
        left = [frame for packages in self._open.values() for frame in packages.values()]
        self._open.clear()
        return left
