"""Decode Parquet files and Arrow streams, millions of rows a second, in row order.

A bulk message may carry one stamp a row in a column `__stamp` (streams.files writes it); else its
rows share the stamp of the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from ops_center.columns import Decoded, Messages
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from streams.decoders.rows.melt import melted
from streams.decoders.rows.merge import decoded_tables
from streams.decoders.rows.parquet import table_of
from streams.decoders.rows.plain import described
from streams.decoders.rows.table import STAMP


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """The decoder of one feed."""

    feed: Feed

    def decode(self, messages: Messages) -> Decoded:
        """Decode a block; each message is a table of its own."""
        return decoded_tables(self.feed, messages, lambda message: (self.read(message), []))

    def read(self, message: bytes) -> Json:
        """Return the Arrow table of a message, long form, only the columns the manifest names."""
        spec = self.feed.options.get("melt")
        wanted = None if isinstance(spec, Mapping) else self._columns()
        table = table_of(message, wanted)
        if isinstance(spec, Mapping):
            form = self.feed.options.get("time")
            keep = (str(form.get("field")),) if isinstance(form, Mapping) else ()
            table = melted(table, spec, keep=(*keep, STAMP, *(f.source for f in self.feed.fields)))
        return table

    def _columns(self) -> list[str] | None:
        """Return the columns the manifest maps; None where there is no mapping or records need others."""
        options = self.feed.options
        if not (self.feed.subject_key or self.feed.fields) or "registry" in options or "hazard" in options:
            return None
        named = [options.get(axis) for axis in ("lon", "lat")]
        form = options.get("time")
        return [
            STAMP,
            self.feed.subject_key,
            *([str(form.get("field"))] if isinstance(form, Mapping) else []),
            *(str(n.get("from")) if isinstance(n, Mapping) else str(n) for n in named if n is not None),
            *(f.source for f in self.feed.fields),
        ]

    def describe(self, message: bytes) -> dict[str, Json]:
        """Return one message: its rows as the manifest maps them; without a manifest, as they are."""
        if self.feed.subject_key or self.feed.fields:
            return described(self.decode(Messages.of([message], [0])))
        try:
            table = self.read(message)
            values = table.to_pylist()
        except BadInput as error:
            return {"ok": False, "error": error.reason, "field": error.field}
        except (ValueError, OverflowError, pa.ArrowException) as error:  # a date that Python has no name for
            return {"ok": False, "error": str(error), "field": "/"}
        header = {"rows": table.num_rows, "columns": list(table.column_names)}
        rows = [{name: _json(value) for name, value in row.items()} for row in values]
        return {"ok": True, "header": header, "observations": rows}

    def subject_of(self, message: bytes) -> str:
        """A file holds many subjects; its blocks are partitioned when it is cut."""
        return ""


def make(feed: Feed) -> ParquetRows:
    """Return the decoder of a feed."""
    return ParquetRows(feed)


def _json(value: Json) -> Json:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)
