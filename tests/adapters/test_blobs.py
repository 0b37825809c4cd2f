"""Blobs: whole or absent, named by their bytes, noticed when they change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from ops_center.adapters.blobs import Blobs
from ops_center.domain.errors import BadInput, JournalError


async def parts(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def put(blobs: Blobs, *chunks: bytes, limit: int = 1_000) -> tuple[str, int, bytes]:
    return asyncio.run(blobs.put(parts(*chunks), limit=limit))


def test_a_blob_is_named_by_its_bytes_and_kept_once_for_the_owner_only(tmp_path: Path):
    blobs = Blobs(tmp_path / "blobs")
    name, size, head = put(blobs, b"abc", b"def")
    assert (name, size, head) == (sha256(b"abcdef").hexdigest(), 6, b"abcdef")
    assert put(blobs, b"abcdef")[0] == name
    assert blobs.get(name) == b"abcdef"
    assert [path.name for path in blobs.folder.rglob("*") if path.is_file()] == [name]
    assert blobs.path(name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("chunks", "reason"), [((b"x" * 600, b"y" * 401), "too large"), ((), "is empty"), ((b"",), "is empty")]
)
def test_what_is_too_large_or_empty_leaves_nothing(tmp_path: Path, chunks: tuple[bytes, ...], reason: str):
    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(BadInput, match=reason):
        put(blobs, *chunks)
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []


def test_a_sender_that_breaks_off_leaves_nothing(tmp_path: Path):
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(JournalError):
        asyncio.run(blobs.put(broken(), limit=100))
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []


def test_a_blob_that_was_changed_on_disk_is_not_handed_out(tmp_path: Path):
    blobs = Blobs(tmp_path / "blobs")
    name, _, _ = put(blobs, b"abc")
    blobs.path(name).write_bytes(b"abd")
    with pytest.raises(JournalError, match="was changed on disk"):
        blobs.get(name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "a" * 63])
def test_a_name_that_is_no_hash_reaches_no_file(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="no SHA-256"):
        Blobs(tmp_path).get(name)
    assert Blobs(tmp_path).get("a" * 64) is None
