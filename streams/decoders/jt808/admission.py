"""Who may connect: registration (0x0100, 0x8100) and authentication (0x0102) of terminals."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b

from ops_center.domain.text import Json


class Registered(IntEnum):
    """Result of a registration (2013 and 2019 table 8)."""

    OK = 0
    VEHICLE_TAKEN = 1
    NO_VEHICLE = 2
    TERMINAL_TAKEN = 3
    NO_TERMINAL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A platform's policy. `code_of` issues a terminal's code, and authentication compares with it.

    `register` sees phone and the fields of 0x0100 (`bodies`) and may refuse; `required` says whether
    a terminal must be authenticated on its connection before its other messages are accepted.
    """

    code_of: Callable[[str], str]
    register: Callable[[str, Mapping[str, Json]], Registered] = lambda _phone, _fields: Registered.OK
    required: bool = False

    def authenticates(self, phone: str, code: str) -> bool:
        """Return whether `code` is the one issued to `phone`; compared in constant time."""
        return hmac.compare_digest(code.encode(), self.code_of(phone).encode())


def _stripped(phone: str) -> str:
    return phone.lstrip("0")


# For trials and the demo: anyone may come, a terminal's code is its number without leading zeros.
OPEN = Admission(code_of=_stripped)


def keyed(secret: bytes, *, register: Callable[[str, Mapping[str, Json]], Registered] | None = None) -> Admission:
    """Return a policy whose codes nobody can guess without the deployment's secret (at most 64 bytes)."""

    def code_of(phone: str) -> str:
        return blake2b(phone.encode(), key=secret, digest_size=16).hexdigest()

    if register is None:
        return Admission(code_of=code_of, required=True)
    return Admission(code_of=code_of, register=register, required=True)
