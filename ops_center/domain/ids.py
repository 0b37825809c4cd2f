"""Ids made from causes: the same cause gives the same id in every run."""

from __future__ import annotations

from hashlib import blake2b

Part = str | int | bytes | None


def make_id(kind: str, *parts: Part) -> str:
    """Return ``kind-<32 hex digits>``, a hash of the typed, length-prefixed `parts`.

    Two different part lists never hash the same text: each part carries its type and length.
    """
    digest = blake2b(digest_size=16, person=kind.encode()[:16])
    for part in parts:
        tag, raw = _encode(part)
        digest.update(tag + len(raw).to_bytes(8, "little") + raw)
    return f"{kind}-{digest.hexdigest()}"


def _encode(part: Part) -> tuple[bytes, bytes]:
    match part:
        case None:
            return b"n", b""
        case str():
            return b"s", part.encode()
        case bytes():
            return b"b", part
        case int():
            return b"i", str(int(part)).encode()
