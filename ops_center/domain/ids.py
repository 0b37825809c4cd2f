"""Ids made from causes: the same cause gives the same id in every run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

Part = str | int | bytes | None


def make_id(kind: str, *parts: Part) -> str:
    """Return ``kind-<32 hex digits>``, a hash of the typed, length-prefixed `parts`.

    Two different part lists never hash the same text: each part carries its type and length.
    """
    return f"{kind}-{_digest(kind, encoded(*parts)).hexdigest()}"


def encoded(*parts: Part) -> bytes:
    """Return parts as the bytes that are hashed; ``encoded(a) + encoded(b) == encoded(a, b)``."""
    return b"".join([_encode(part) for part in parts]) if len(parts) != 1 else _encode(parts[0])


@dataclass(frozen=True, slots=True)
class Started:
    """An id whose first parts are hashed already."""

    kind: str
    digest: blake2b

    def ended(self, parts: bytes) -> str:
        """Return the id with these last parts, encoded."""
        return ended_ids([self], [parts])[0]


def encoded_times(times_ms: Iterable[int]) -> list[bytes]:
    """Return ``encoded(time)`` of many times."""
    return [b"i" + _LENGTHS[len(raw)] + raw for raw in map(b"%d".__mod__, times_ms)]


def ended_ids(started: Iterable[Started], parts: Iterable[bytes]) -> list[str]:
    """Return each of these begun ids with its last parts, encoded: for many."""
    ids = []
    for begun, last in zip(started, parts, strict=True):
        digest = begun.digest.copy()
        digest.update(last)
        ids.append(f"{begun.kind}-{digest.hexdigest()}")
    return ids


def started_id(kind: str, *parts: Part) -> Started:
    """Return the id of `kind` with its first parts: for many that begin alike."""
    return Started(kind, _digest(kind, encoded(*parts)))


def _digest(kind: str, raw: bytes) -> blake2b:
    return blake2b(raw, digest_size=16, person=kind.encode()[:16])


_LENGTHS = tuple(n.to_bytes(8, "little") for n in range(256))


def _encode(part: Part) -> bytes:
    if isinstance(part, str):
        tag, raw = b"s", part.encode()
    elif isinstance(part, int):
        tag, raw = b"i", b"%d" % part
    elif part is None:
        tag, raw = b"n", b""
    else:
        tag, raw = b"b", part
    return tag + (_LENGTHS[len(raw)] if len(raw) < 256 else len(raw).to_bytes(8, "little")) + raw
