"""Tell what a file is from its first bytes: what a browser or a person claims is not asked."""

from __future__ import annotations

SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"PK\x03\x04", "application/zip"),  # Office documents too
)
MP4 = {b"M4A ": "audio/mp4", b"heic": "image/heic", b"qt  ": "video/quicktime"}
# Text that a browser could be made to run, whatever it is served as.
ACTIVE = (b"<html", b"<!doctype", b"<script", b"<svg", b"<?xml", b"<?php", b"#!")


def media_type(head: bytes) -> str:
    """Return the media type of a file's first bytes, "" for what is not taken."""
    for at, mark, kind in SIGNATURES:
        if head[at : at + len(mark)] == mark and (kind != "image/webp" or head.startswith(b"RIFF")):
            return kind
    if head[4:8] == b"ftyp":
        return MP4.get(head[8:12], "video/mp4")
    return "text/plain" if _plain(head) else ""


def _plain(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(ACTIVE) or any(byte == 127 or (byte < 32 and byte not in b"\t\r\n\f") for byte in head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) >= 4_000  # a character cut by the end of the head
    return True
