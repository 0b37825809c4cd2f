"""Read the data types of JT/T 808 (2013 and 2019, 4.2) from a body, field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ops_center.domain.errors import BadInput
from ops_center.domain.text import Json


@dataclass(slots=True)
class Reader:
    """A place in a body; reading past its end is BadInput."""

    body: bytes
    at: int = 0

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        if self.at + size > len(self.body):
            raise BadInput(f"body of {len(self.body)} bytes ends inside a field of {size} at {self.at}", field="body")
        self.at += size
        return self.body[self.at - size : self.at]

    def number(self, size: int) -> int:
        """Return the next BYTE, WORD or DWORD."""
        return int.from_bytes(self.take(size), "big")

    @property
    def left(self) -> int:
        """Return how many bytes are left."""
        return len(self.body) - self.at


Field = Callable[[Reader], Json]


def byte(reader: Reader) -> Json:
    """BYTE: unsigned, 8 bits."""
    return reader.number(1)


def word(reader: Reader) -> Json:
    """WORD: unsigned, 16 bits, big endian."""
    return reader.number(2)


def dword(reader: Reader) -> Json:
    """DWORD: unsigned, 32 bits, big endian."""
    return reader.number(4)


def bcd(size: int) -> Field:
    """BCD[n]: 8421 code, kept as digits."""
    return lambda reader: reader.take(size).hex()


def raw(size: int) -> Field:
    """BYTE[n] without a meaning of its own, as hex."""
    return lambda reader: reader.take(size).hex()


def rest_raw(reader: Reader) -> Json:
    """Everything that is left, as hex."""
    return reader.take(reader.left).hex()


def text(size: int) -> Field:
    """STRING in a fixed place: GBK, filled up with 00."""
    return lambda reader: plain(reader.take(size))


def rest(reader: Reader) -> Json:
    """STRING up to the end of the body."""
    return plain(reader.take(reader.left))


def counted_text(reader: Reader) -> Json:
    """STRING behind a BYTE that says its length."""
    return plain(reader.take(reader.number(1)))


def plain(bytes_: bytes) -> str:
    """Return a STRING's text; a byte that is no GBK shows as U+FFFD, the filling is dropped."""
    return bytes_.decode("gbk", "replace").strip("\0")


def time6(reader: Reader) -> Json:
    """BCD[6] YYMMDDhhmmss as the standard's local (Beijing) time text."""
    return bcd_time(reader.take(6).hex())


def bcd_time(digits: str) -> str:
    """Return twelve digits YYMMDDhhmmss as text; digits that are no time stay what they are."""
    year, month, day, hour, minute, second = (digits[at : at + 2] for at in range(0, 12, 2))
    return f"20{year}-{month}-{day}T{hour}:{minute}:{second}"


def listed(count_size: int, *fields: tuple[str, Field]) -> Field:
    """Return a list behind its count: of one unnamed field, or of named ones."""

    def read(reader: Reader) -> Json:
        return [_entry(reader, fields) for _ in range(reader.number(count_size))]

    return read


def until_end(*fields: tuple[str, Field]) -> Field:
    """Return a list that goes on to the end of the body."""

    def read(reader: Reader) -> Json:
        found: list[Json] = []
        while reader.left:
            found.append(_entry(reader, fields))
        return found

    return read


def _entry(reader: Reader, fields: tuple[tuple[str, Field], ...]) -> Json:
    if len(fields) == 1 and not fields[0][0]:
        return fields[0][1](reader)
    return {name: field(reader) for name, field in fields}
