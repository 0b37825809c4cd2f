"""Ids made from causes: the same cause gives the same id in every run."""

from __future__ import annotations

from hashlib import blake2b

Part = str | int | bytes | None


def make_id(kind: str, *parts: Part) -> str:
    """Return ``kind-<32 hex digits>``, a hash of the typed, length-prefixed `parts`.

    Two different part lists never hash the same text: each part carries its type and length.
    """
    return id_of(kind, encoded(*parts))


def encoded(*parts: Part) -> bytes:
    """Return parts as the bytes that are hashed; ``encoded(a) + encoded(b) == encoded(a, b)``."""
    return b"".join([_encode(part) for part in parts])


def id_of(kind: str, parts: bytes) -> str:
    """Return the id of parts encoded before."""
    return f"{kind}-{blake2b(parts, digest_size=16, person=kind.encode()[:16]).hexdigest()}"


def _encode(part: Part) -> bytes:
    if isinstance(part, str):
        tag, raw = b"s", part.encode()
    elif isinstance(part, int):
        tag, raw = b"i", str(int(part)).encode()
    elif part is None:
        return b"n\0\0\0\0\0\0\0\0"
    else:
        tag, raw = b"b", part
    return tag + len(raw).to_bytes(8, "little") + raw
