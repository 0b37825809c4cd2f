"""Read the identifier of a national-platform warning: ZZZZZZ DDD UUUXX _ YYYYMMDDhhmmss [_N].

Six digits of the issuing region (GB/T 2260), three of the department (416 = meteorology), five of the
unit, then Beijing time of issue. A suffix _N is allowed by the platform's rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from ops_center.domain.errors import BadInput

BEIJING = timezone(timedelta(hours=8))
_IDENTIFIER = re.compile(r"([1-9][0-9]{5})([0-9]{3})([0-9]{5})_([0-9]{14})(?:_([0-9]+))?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Identifier:
    """The parts of an identifier; `issued` is Beijing time, aware."""

    text: str
    region6: str
    department3: str
    unit5: str
    issued: datetime
    suffix: str = ""

    @property
    def province(self) -> str:
        """Code of the province: 370102 -> 370000."""
        return f"{self.region6[:2]}0000"

    @property
    def prefecture(self) -> str:
        """Code of the prefecture; of a province, its own."""
        return f"{self.region6[:4]}00"

    @property
    def issued_ms(self) -> int:
        """Time of issue in UTC milliseconds."""
        return (self.issued - _EPOCH) // timedelta(milliseconds=1)


def read(text: str) -> Identifier:
    """Return the parts of an identifier; BadInput where it is none."""
    match = _IDENTIFIER.fullmatch(text)
    if match is None:
        raise BadInput("not an identifier ZZZZZZDDDUUUXX_YYYYMMDDhhmmss", field="identifier")
    try:
        issued = datetime.strptime(match[4], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError as error:
        raise BadInput(f"{match[4]} is no time", field="identifier") from error
    return Identifier(text, match[1], match[2], match[3], issued, match[5] or "")


def beijing_ms(text: str) -> int | None:
    """Return UTC milliseconds of a time as Chinese services write it; +08:00 where no zone stands.

    ``2020-02-05 10:45:00+08:00``, ``2026-10-06 21:29:27``, ``2025/07/14 15:32``, ``20200205105119``.
    """
    bare = text.strip().replace("/", "-")
    if re.fullmatch(r"[0-9]{14}", bare):
        bare = f"{bare[:8]}T{bare[8:]}"
    try:
        moment = datetime.fromisoformat(bare)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=BEIJING)
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None
