"""Router: which channels reach a recipient, in order; an exercise reaches the outbox alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops_center.content import read_document, validate
from ops_center.domain.errors import ContentError
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text
from ops_center.ports import Notifier

OUTBOX = "outbox"
MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
SCHEMA: Mapping[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["recipients"],
    "properties": {
        "recipients": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "title", "ways"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "title": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["zh", "en"],
                        "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
                    },
                    "ways": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["channel"],
                            "properties": {
                                "channel": {"enum": ["smtp", "webhook", "outbox"]},
                                "address": {"type": "string"},
                            },
                        },
                    },
                },
            },
        }
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One channel and the address on it."""

    channel: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One entry of the recipients' book: who a playbook's name is, and how to reach them, best way first."""

    name: str
    title: Text
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Channels by name and the book; `real_in_exercise` is True only where the deployment says so itself."""

    channels: Mapping[str, Notifier]
    book: Mapping[str, Recipient] = field(default_factory=dict)
    real_in_exercise: bool = False

    def ways(self, recipient: str, status: Status) -> tuple[Way, ...]:
        """Return how to reach a recipient; empty where nobody knows how."""
        if status is not Status.ACTUAL and not self.real_in_exercise:
            return (Way(channel=OUTBOX),)
        found = self.book.get(recipient)
        if found is not None:
            return tuple(way for way in found.ways if way.channel in self.channels)
        real = set(self.channels) - {OUTBOX}
        return () if real else (Way(channel=OUTBOX),)


def read_book(path: Path, *, allow_http: bool = False) -> Mapping[str, Recipient]:
    """Return the recipients' book of a file; ContentError with line and field where it is wrong."""
    document = read_document(path)
    validate(document, SCHEMA)
    found: dict[str, Recipient] = {}
    for n, given in enumerate(document.data["recipients"]):
        if given["name"] in found:
            raise document.error(f"{given['name']!r} stands twice", ("recipients", n, "name"))
        ways = tuple(Way(channel=way["channel"], address=way.get("address", "")) for way in given["ways"])
        for m, way in enumerate(ways):
            reason = _wrong(way, allow_http=allow_http)
            if reason:
                raise document.error(reason, ("recipients", n, "ways", m, "address"))
        title = Text(given["title"]["zh"], given["title"]["en"])
        found[given["name"]] = Recipient(name=given["name"], title=title, ways=ways)
    return found


def _wrong(way: Way, *, allow_http: bool) -> str:
    match way.channel:
        case "smtp" if not MAIL.fullmatch(way.address):
            return f"{way.address!r} is no mail address"
        case "webhook" if not way.address.startswith(("https://", "http://") if allow_http else "https://"):
            return f"{way.address!r} does not begin with https://"
        case "outbox" if way.address:
            return "the outbox has no address"
    return ""


__all__ = ["OUTBOX", "ContentError", "Recipient", "Router", "Way", "read_book"]
