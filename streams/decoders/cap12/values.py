"""Read the value types of CAP: times, polygons, circles, lists, URIs, media types.

Sections are those of OASIS CAP 1.2 (1 July 2010).
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from datetime import UTC, datetime, timedelta, timezone
from html.entities import html5

Ring = tuple[tuple[float, float], ...]  # (lon, lat), closed

# 3.3.2: "YYYY-MM-DDThh:mm:ssXzh:zm"; alphabetic designators such as "Z" MUST NOT be used.
_TIME_12 = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})([-+])([0-9]{2}):([0-9]{2})")
# CAP 1.0 and 1.1 type the same elements as plain xs:dateTime: fraction and Z are possible.
_TIME_11 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:Z|([-+])([0-9]{2}):([0-9]{2}))"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# RFC 3986 characters, and those of RFC 3987 above ASCII.
_URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=\u00a0-\U0010ffff]|%[0-9A-Fa-f]{2})+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.+")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*")  # RFC 3066 2.1, as xs:language
# IANA top-level media types.
_MEDIA = ("application", "audio", "font", "image", "message", "model", "multipart", "text", "video")
_REFERENCE = re.compile(r"([^\s,&<]+),([^\s,&<]+),([^\s,&<]+)")


def time_ms(text: str, *, version: str = "1.2") -> int | None:
    """Return UTC milliseconds of a CAP time, None where it is not one (3.3.2)."""
    match = (_TIME_12 if version == "1.2" else _TIME_11).fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    zone = _zone(match[7], match[8], match[9])
    if zone is None or (hour == 24 and (minute or second)):
        return None
    try:
        moment = datetime(year, month, day, hour % 24, minute, second, tzinfo=zone)
        # xs:dateTime allows 24:00:00, the first instant of the next day.
        moment += timedelta(days=hour // 24)
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def offset_minutes(text: str) -> int:
    """Return a CAP time's offset from UTC in minutes; 0 where the text is not a CAP time."""
    match = _TIME_12.fullmatch(text)
    if match is None or time_ms(text) is None:
        return 0
    return (int(match[8]) * 60 + int(match[9])) * (-1 if match[7] == "-" else 1)


def _zone(sign: str | None, hours: str | None, minutes: str | None) -> timezone | None:
    if sign is None or hours is None or minutes is None:
        return UTC
    total = int(hours) * 60 + int(minutes)
    # XML Schema part 2, 3.2.7: minutes up to 59, the offset within 14 hours.
    if int(minutes) > 59 or total > 14 * 60:
        return None
    return timezone(timedelta(minutes=-total if sign == "-" else total))


def polygon(text: str) -> Ring | None:
    """Return the ring of a CAP polygon as (lon, lat), None where it is not one (3.2.4).

    At least four WGS-84 "lat,lon" pairs, the first and last equal; one bad pair refuses the ring.
    """
    pairs = [_pair(part) for part in text.split()]
    ring = tuple(pair for pair in pairs if pair is not None)
    if len(ring) != len(pairs) or len(ring) < 4 or ring[0] != ring[-1]:
        return None
    return ring


def circle(text: str) -> tuple[float, float, float] | None:
    """Return (lon, lat, radius_km) of a CAP circle, None where it is not one (3.2.4)."""
    parts = text.split()
    if len(parts) != 2 or _NUMBER.fullmatch(parts[1]) is None:
        return None
    centre, radius_km = _pair(parts[0]), float(parts[1])
    if centre is None or radius_km < 0 or not math.isfinite(radius_km):
        return None
    return centre[0], centre[1], radius_km


def _pair(text: str) -> tuple[float, float] | None:
    lat_text, comma, lon_text = text.partition(",")
    if not comma or not _NUMBER.fullmatch(lat_text) or not _NUMBER.fullmatch(lon_text):
        return None
    lat, lon = float(lat_text), float(lon_text)
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None


def quoted_list(text: str) -> list[str]:
    """Return the items of a space-separated list; an item with a space stands in quotes (3.2.1)."""
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', text)]


def references(text: str, *, version: str = "1.2") -> list[tuple[str, str, str]] | None:
    """Return the (sender, identifier, sent) triplets of <references>, None where one is broken (3.2.1).

    CAP 1.0 wrote ``identifier/sender``: there `sent` is "".
    """
    found: list[tuple[str, str, str]] = []
    for item in text.split():
        if version == "1.0" and "/" in item:
            identifier, _, sender = item.partition("/")
            found.append((sender, identifier, ""))
            continue
        match = _REFERENCE.fullmatch(item)
        if match is None or time_ms(match[3], version=version) is None:
            return None
        found.append((match[1], match[2], match[3]))
    return found or None


def is_base64(text: str) -> bool:
    """Return True for base64 text; line breaks are allowed (RFC 2045 6.8)."""
    try:
        base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def is_uri(text: str) -> bool:
    """Return True for a URI or relative reference (RFC 3986)."""
    return _URI.fullmatch(text) is not None


def is_absolute_uri(text: str) -> bool:
    """Return True for a URI with a scheme."""
    return is_uri(text) and _SCHEME.fullmatch(text) is not None


def is_language(text: str) -> bool:
    """Return True for a language tag of RFC 3066."""
    return _LANGUAGE.fullmatch(text) is not None


def is_media_type(text: str) -> bool:
    """Return True for type/subtype with a registered top-level type (RFC 2046)."""
    kind, slash, subtype = text.strip().partition("/")
    return bool(slash and subtype) and kind.lower() in _MEDIA


def has_html_entity(text: str) -> bool:
    """Return True where text that should be plain still holds HTML entities (3.3.3)."""
    return any(match[0][1] == "#" or match[0][1:] in html5 for match in _ENTITY.finditer(text))


def has_html_tag(text: str) -> bool:
    """Return True where text that should be plain holds HTML tags."""
    return _TAG.search(text) is not None
