"""A single message in the `intake` topic: which feed it is of, and the bytes that are the message.

Either the record has a header ``feed`` and its value is the message exactly as received, or its
value is a JSON object ``{"feed": ID, "message": …}`` whose message is text (its UTF-8 is the
message), any other JSON value (its JSON text is), or ``"base64"`` instead for bytes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import msgspec

from ops_center.domain.errors import BadInput

HEADER = "feed"


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    feed: str
    message: msgspec.Raw = msgspec.Raw()
    base64: str | None = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def opened(value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> tuple[str, bytes]:
    """Return (feed, message) of a record; BadInput where it says neither."""
    named = [content for key, content in headers if key == HEADER]
    if named:
        return _text(named[-1] or b""), _some(value)
    try:
        envelope = _ENVELOPE.decode(value or b"")
    except msgspec.MsgspecError as error:
        raise BadInput(
            f"no header 'feed', and the value is not an envelope: {error}",
            suggestion='add the header, or send {"feed": ID, "message": …}',
        ) from error
    raw = bytes(envelope.message)
    if bool(raw) == (envelope.base64 is not None):
        raise BadInput("an envelope has either a message or base64", feed=envelope.feed)
    if envelope.base64 is not None:
        try:
            return envelope.feed, _some(base64.b64decode(envelope.base64, validate=True))
        except binascii.Error as error:
            raise BadInput(f"base64: {error}", feed=envelope.feed) from error
    return envelope.feed, _some(msgspec.json.decode(raw, type=str).encode() if raw[:1] == b'"' else raw)


def _text(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError as error:
        raise BadInput("header 'feed' is not UTF-8") from error


def _some(message: bytes | None) -> bytes:
    if not message:
        raise BadInput("an empty message")
    return message
