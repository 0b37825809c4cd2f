"""Decode CSV rows: a whole file, or lines of one as they are written (RFC 4180).

The manifest maps them: ``encoding``, ``delimiter``, ``columns`` (names where the text has no header
line), ``melt`` (one column a sensor), ``time``, ``lon``, ``lat``, ``fields``. All columns are read as
text first, so "0004" stays a code and one bad cell refuses one row.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from ops_center.columns import Decoded, Messages
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from streams.decoders.rows.mapping import map_table
from streams.decoders.rows.melt import melted
from streams.decoders.rows.merge import decoded_tables
from streams.decoders.rows.parquet import is_arrow, table_of, unambiguous
from streams.decoders.rows.plain import described
from streams.decoders.rows.table import ArrowTable

MAX_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CsvRows:
    """The decoder of one feed."""

    feed: Feed

    def decode(self, messages: Messages) -> Decoded:
        """Decode a block; messages that are single lines under the manifest's columns go in one table."""
        if len(messages) > 1 and self.feed.options.get("columns") and _single_lines(messages):
            joined = b"\n".join(messages[row].rstrip(b"\r\n") for row in range(len(messages)))
            try:
                table, broken = self.read(joined)
            except BadInput:
                table, broken = pa.table({}), [("unreadable", "")]
            if not broken and table.num_rows == len(messages):
                rows = ArrowTable(table, np.arange(len(messages), dtype=np.int32))
                return map_table(self.feed, rows, messages.stamps)
        return decoded_tables(self.feed, messages, self.read)

    def read(self, message: bytes) -> tuple[pa.Table, list[tuple[str, str]]]:
        """Return (columns, (reason, text) of rows that were no rows); BadInput where the text is no CSV."""
        if len(message) > MAX_BYTES:
            raise BadInput(f"longer than {MAX_BYTES} bytes", field="/")
        if is_arrow(message):  # a chunk of a file, written by streams.files
            return table_of(message, None), []
        broken: list[tuple[str, str]] = []
        table = self._parsed(message, broken)
        spec = self.feed.options.get("melt")
        if isinstance(spec, Mapping):
            form = self.feed.options.get("time")
            keep = (str(form.get("field")),) if isinstance(form, Mapping) else ()
            table = melted(table, spec, keep=(*keep, *(f.source for f in self.feed.fields)))
        return table, broken

    def _parsed(self, message: bytes, broken: list[tuple[str, str]]) -> pa.Table:
        options = self.feed.options
        names = [str(name) for name in options.get("columns") or ()]
        text = self._utf8(message)
        if not text.strip():
            raise BadInput("empty", field="/")

        def invalid(row: pa_csv.InvalidRow) -> str:
            broken.append((f"{row.actual_columns} cells, {row.expected_columns} expected", str(row.text)))
            return "skip"

        parse = pa_csv.ParseOptions(
            delimiter=str(options.get("delimiter") or ","), newlines_in_values=True, invalid_row_handler=invalid
        )
        header = names or _header(text, parse.delimiter)
        convert = pa_csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False, check_utf8=True
        )
        # One thread keeps the rows in order and a block as large as the text keeps a quoted cell whole.
        read = pa_csv.ReadOptions(use_threads=False, column_names=names or None, block_size=max(1024, len(text) + 1))
        try:
            found = pa_csv.read_csv(io.BytesIO(text), read_options=read, parse_options=parse, convert_options=convert)
        except (pa.ArrowInvalid, pa.ArrowKeyError, OverflowError) as error:
            raise BadInput(f"no CSV: {error}", field="/") from error
        return unambiguous(found)

    def _utf8(self, message: bytes) -> bytes:
        encoding = str(self.feed.options.get("encoding") or "utf-8-sig")
        try:
            text = message.decode(encoding)
        except (UnicodeError, LookupError) as error:
            raise BadInput(f"not {encoding}: {error}", field="/") from error
        if "\0" in text:
            raise BadInput("no CSV: a zero byte", field="/")
        return text.encode("utf-8")

    def describe(self, message: bytes) -> dict[str, Json]:
        """Return one message: its rows as the manifest maps them; without a manifest, as they are."""
        if self.feed.subject_key or self.feed.fields:
            return described(self.decode(Messages.of([message], [0])))
        try:
            table, broken = self.read(message)
        except BadInput as error:
            return {"ok": False, "error": error.reason, "field": error.field}
        refused = [{"reason": reason, "field": "row"} for reason, _ in broken]
        header = {"rows": table.num_rows, "columns": list(table.column_names)}
        found = {"ok": True, "header": header, "observations": table.to_pylist()}
        return {**found, "refused": refused} if refused else found

    def subject_of(self, message: bytes) -> str:
        """Return the subject all rows of a message share; "" where they differ or there is none."""
        try:
            table, _ = self.read(message)
        except BadInput:
            return ""
        if self.feed.subject_key not in table.column_names or table.num_rows > 1000:
            return ""
        keys = {str(key).strip() for key in table.column(self.feed.subject_key).to_pylist()}
        return keys.pop() if len(keys) == 1 else ""


def make(feed: Feed) -> CsvRows:
    """Return the decoder of a feed."""
    return CsvRows(feed)


def _single_lines(messages: Messages) -> bool:
    return all(
        b"\n" not in (line := messages[row].rstrip(b"\r\n")) and bool(line) and not is_arrow(line)
        for row in range(len(messages))
    )


def _header(text: bytes, delimiter: str) -> list[str]:
    """Return the names of the header line as the CSV reader will call them."""
    read = pa_csv.ReadOptions(use_threads=False, block_size=max(1024, len(text) + 1))
    line = text.split(b"\n", 1)[0] + b"\n"
    try:
        found = pa_csv.read_csv(
            io.BytesIO(line), read_options=read, parse_options=pa_csv.ParseOptions(delimiter=delimiter)
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return []
    return list(found.column_names)
