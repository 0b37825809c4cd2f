"""Decoders: one module a format, from the bytes of a block to columns and records.

A decoder module offers ``make(feed: Feed) -> Decoder``. It never raises on input: what it cannot
read is in `Decoded.refused` with field and reason, and no neighbour is lost.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from ops_center.columns import Decoded, Messages
from ops_center.domain.errors import SetupError
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json

FORMATS = ("jt808", "usgs_geojson", "cap12", "cn_warning", "json_rows", "csv_rows", "parquet_rows")


class Decoder(Protocol):
    """Pure functions of the bytes; safe to call again on the same messages."""

    def decode(self, messages: Messages) -> Decoded:
        """Decode a block's messages into rows and records; every message is accounted for."""
        ...

    def describe(self, message: bytes) -> dict[str, Json]:
        """Return one message for people and scripts: ok, header, observations, refused or error, field."""
        ...

    def subject_of(self, message: bytes) -> str:
        """Return the subject key by reading as little as possible; "" where there is none."""
        ...


def load(feed: Feed) -> Decoder:
    """Return the decoder that `feed` names; SetupError with the known formats otherwise."""
    if feed.decoder not in FORMATS:
        raise SetupError(
            f"unknown decoder {feed.decoder!r}",
            setting=f"feed {feed.id}",
            suggestion=f"one of {', '.join(FORMATS)}",
        )
    module = import_module(f"streams.decoders.{feed.decoder}")
    return cast(Decoder, module.make(feed))
