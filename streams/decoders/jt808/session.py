"""The platform's side of one connection: which answers a message gets (JT/T 808 chapters 6 to 8).

An answer says "received", so it may leave only when the message is durable: `answer` computes it
and sends nothing. The connection goes

    connected -> registered (0x0100 accepted) -> authenticated (0x0102 accepted) -> closed

and a terminal that has its code already begins with 0x0102.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from ops_center.domain.errors import BadInput
from streams.decoders.jt808.admission import OPEN, Admission, Registered
from streams.decoders.jt808.bodies import body_or_fault
from streams.decoders.jt808.contents import contents_of
from streams.decoders.jt808.encode import V2019, bcd6, encode_frame
from streams.decoders.jt808.header import Frame, Header, read_frame
from streams.decoders.jt808.subpackages import Assembler, frames_of, read_message

REGISTER, AUTHENTICATE = 0x0100, 0x0102
# Answers to the platform's questions; a general answer to them would answer an answer (table B.1).
ANSWERS = frozenset((0x0104, 0x0107, 0x0201, 0x0302, 0x0500, 0x0608, 0x0700, 0x0802, 0x0805, 0x1205))
# What a terminal sends on its own, with the platform's general answer (table B.1; JT/T 1078 5;
# T/JSATL 12 4). 0x0001 is an answer too, but terminals expect one for whatever they send.
ACKNOWLEDGED = frozenset(
    (
        *(0x0001, 0x0002, 0x0003, 0x0005, 0x0108, 0x0200, 0x0301, 0x0303, 0x0701, 0x0702, 0x0704, 0x0705),
        *(0x0800, 0x0900, 0x0901, 0x0A00, 0x1005, 0x1206, 0x1210, 0x1211),
    )
)
FIRST_PLATFORM_ID = 0x8000
Missing = Callable[[str, int, int], Sequence[tuple[int, int]]]


class Result(IntEnum):
    """Result of the platform's general answer (table 5)."""

    OK = 0
    FAILED = 1
    WRONG = 2
    UNSUPPORTED = 3


@dataclass(slots=True, kw_only=True)
class Session:
    """One connection: `take` what to journal, then, once it is durable, `answer` it.

    `missing` says which (offset, bytes) of an uploaded file are still wanted (name, kind, size);
    `now_ms` is the Clock's, for 0x8004.
    """

    now_ms: Callable[[], int]
    admission: Admission = OPEN
    missing: Missing = lambda _name, _kind, _size: ()
    assembler: Assembler = field(default_factory=Assembler)
    phone: str = ""  # of the last sound message
    registered: bool = False
    authenticated: bool = False
    serial: int = 0  # of the next answer

    def take(self, frame: bytes) -> list[bytes]:
        """Return the messages to journal now; none while a sub-packaged message is incomplete."""
        return self.assembler.take(frame)

    def admits(self, message: bytes) -> bool:
        """Return whether the message may be taken as what the terminal says (else: refuse, close)."""
        if self.authenticated or not self.admission.required:
            return True
        try:
            header = read_frame(frames_of(message)[0]).header
        except BadInput:
            return True  # the decoder refuses it with its reason
        return header.msg_id in (REGISTER, AUTHENTICATE)

    def answer(self, message: bytes) -> list[bytes]:
        """Return the frames that answer a durable message; none to what is no sound message."""
        try:
            frames = [read_frame(frame) for frame in frames_of(message)]
            whole = read_message(message)
        except BadInput:
            return []
        self.phone = whole.header.phone
        # Every package has a serial of its own and is answered by it; what the message as a whole
        # is answered with goes out with the last one.
        found = [self._frame(frame.header, 0x8001, _acknowledgement(frame.header, Result.OK)) for frame in frames[:-1]]
        return found + self._answer(Frame(frames[-1].header, whole.body), complete=whole.header.package is None)

    def _answer(self, frame: Frame, *, complete: bool) -> list[bytes]:
        header = frame.header
        if not complete:
            return [self._frame(header, 0x8001, _acknowledgement(header, Result.OK))]
        frame = Frame(replace(header, package=None), frame.body)
        match header.msg_id:
            case msg_id if msg_id >= FIRST_PLATFORM_ID or msg_id in ANSWERS:
                return []
            case _ if header.msg_id == REGISTER:
                return [self._registration(frame)]
            case _ if header.msg_id == AUTHENTICATE:
                return [self._authentication(frame)]
            case 0x0004:  # table 6 (2019): the platform's time, UTC
                return [self._frame(header, 0x8004, bcd6(self.now_ms()))]
            case 0x0801:  # table 81: without a list, every package arrived
                return [self._frame(header, 0x8800, frame.body[:4])]
            case 0x1003:  # an answer to 0x9003; go-jt808 sends 0x8001 without a body, terminals ignore it
                return [self._frame(header, 0x8001, b"")]
            case 0x1212:
                return [self._file(frame)]
            case _:
                return [self._frame(header, 0x8001, _acknowledgement(header, self._judge(frame)))]

    def _judge(self, frame: Frame) -> Result:
        if self.admission.required and not self.authenticated:
            return Result.FAILED
        if frame.header.msg_id not in ACKNOWLEDGED:
            return Result.UNSUPPORTED
        if frame.header.encryption:
            return Result.UNSUPPORTED
        return Result.WRONG if contents_of(frame).refused else Result.OK

    def _registration(self, frame: Frame) -> bytes:
        fields, _ = body_or_fault(frame)
        phone = frame.header.phone
        result = Registered.NO_TERMINAL if fields is None else self.admission.register(phone, fields)
        self.registered = result is Registered.OK
        code = self.admission.code_of(phone).encode("gbk") if self.registered else b""
        return self._frame(frame.header, 0x8100, _word(frame.header.serial) + bytes((result,)) + code)

    def _authentication(self, frame: Frame) -> bytes:
        fields, _ = body_or_fault(frame)
        code = "" if fields is None else str(fields["auth_code"])
        self.authenticated = self.admission.authenticates(frame.header.phone, code)
        result = Result.OK if self.authenticated else Result.FAILED
        return self._frame(frame.header, 0x8001, _acknowledgement(frame.header, result))

    def _file(self, frame: Frame) -> bytes:
        """0x9212 (T/JSATL 12 table 4-27): name, kind, result, and what to send again."""
        fields, _ = body_or_fault(frame)
        if fields is None:
            return self._frame(frame.header, 0x8001, _acknowledgement(frame.header, Result.WRONG))
        wanted = self.missing(fields["file_name"], fields["file_type"], fields["file_size"])
        again = b"".join(at.to_bytes(4, "big") + size.to_bytes(4, "big") for at, size in wanted)
        named = frame.body[: 1 + frame.body[0]]
        result = bytes((fields["file_type"], 1 if wanted else 0, len(wanted)))
        return self._frame(frame.header, 0x9212, named + result + again)

    def _frame(self, header: Header, msg_id: int, body: bytes) -> bytes:
        """Return an answer in the terminal's own edition; takes the next platform serial."""
        serial, self.serial = self.serial, (self.serial + 1) & 0xFFFF
        version = header.version
        protocol = header.protocol_version if version == V2019 and header.protocol_version is not None else 1
        return encode_frame(msg_id, header.phone, serial, body, version=version, protocol_version=protocol)


def _acknowledgement(header: Header, result: Result) -> bytes:
    """Body of 0x8001 (table 5): serial and id of the message, result."""
    return _word(header.serial) + _word(header.msg_id) + bytes((result,))


def _word(value: int) -> bytes:
    return value.to_bytes(2, "big")
