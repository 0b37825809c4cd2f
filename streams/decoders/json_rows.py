"""Decode JSON rows: one object a message, a list, rows under a path, or one object a line.

The manifest maps them: ``rows`` (path of the list), ``time``, ``lon``, ``lat``, ``fields``. JSON is
UTF-8 (RFC 8259, 8.1) unless ``encoding`` says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from ops_center.columns import Decoded, Messages, Refused
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from streams.decoders.rows.mapping import map_table, without_rows
from streams.decoders.rows.plain import described
from streams.decoders.rows.table import JsonTable, at_path

MAX_BYTES = 64 * 1024 * 1024
_DECODER = msgspec.json.Decoder()
Rows = list[tuple[Json, Json]]  # a row and the document it stood in
Broken = list[tuple[str, str, bytes]]  # reason, place, and the thing itself


@dataclass(frozen=True, slots=True)
class JsonRows:
    """The decoder of one feed."""

    feed: Feed

    def decode(self, messages: Messages) -> Decoded:
        """Decode a block in one go, whatever number of rows each message holds."""
        rows: list[Json] = []
        roots: list[Json] = []
        of: list[int] = []
        refused: list[Refused] = []
        for number in range(len(messages)):
            try:
                found, broken = self._rows(messages[number])
            except BadInput as error:
                refused.append(Refused(number, error.reason, error.field))
                continue
            refused += [Refused(number, reason, field, whole=False) for reason, field, _ in broken]
            rows += [row for row, _ in found]
            roots += [root for _, root in found]
            of += [number] * len(found)
        if not rows:
            return without_rows(self.feed, tuple(refused))
        table = JsonTable(rows, roots, np.asarray(of, dtype=np.int32))
        return map_table(self.feed, table, messages.stamps, tuple(refused))

    def describe(self, message: bytes) -> dict[str, Json]:
        """Return one message: its rows as the manifest maps them; without a manifest, as they are."""
        if self.feed.subject_key or self.feed.fields:
            return described(self.decode(Messages.of([message], [0])))
        try:
            found, broken = self._rows(message)
        except BadInput as error:
            return {"ok": False, "error": error.reason, "field": error.field}
        refused = [{"reason": reason, "field": field} for reason, field, _ in broken]
        whole = {"ok": True, "header": {"rows": len(found)}, "observations": [row for row, _ in found]}
        return {**whole, "refused": refused} if refused else whole

    def subject_of(self, message: bytes) -> str:
        """Return the subject all rows of a message share; "" where they differ or there is none."""
        keys = {_key(row, root, self.feed.subject_key) for row, root in self.rows_of(message)}
        return keys.pop() if len(keys) == 1 and self.feed.subject_key else ""

    def rows_of(self, message: bytes) -> list[tuple[Json, Json]]:
        """Return (row, document) pairs of a message; none where it is no JSON."""
        return self.pieces(message)[0]

    def pieces(self, message: bytes) -> tuple[Rows, list[bytes]]:
        """Return (rows, what is no row as it came)."""
        try:
            found, broken = self._rows(message)
        except BadInput:
            return [], [message]
        return found, [raw for _, _, raw in broken]

    def _rows(self, message: bytes) -> tuple[Rows, Broken]:
        """Return the rows, and what is none; BadInput for no JSON."""
        if len(message) > MAX_BYTES:
            raise BadInput(f"longer than {MAX_BYTES} bytes", field="/")
        text = self._utf8(message)
        try:
            roots: list[Json] = [_loads(text)]
        except BadInput:
            return _lines(text, str(self.feed.options.get("rows") or ""))
        found, broken = _in_document(roots[0], str(self.feed.options.get("rows") or ""))
        if not found and not broken:
            return [], []
        if not found:
            raise BadInput(broken[0][0], field=broken[0][1])
        return found, broken

    def _utf8(self, message: bytes) -> bytes:
        encoding = str(self.feed.options.get("encoding") or "utf-8")
        if encoding.lower() in ("utf-8", "utf8"):
            return message.removeprefix(b"\xef\xbb\xbf")
        try:
            return message.decode(encoding).encode("utf-8")
        except (UnicodeError, LookupError) as error:
            raise BadInput(f"not {encoding}: {error}", field="/") from error


def make(feed: Feed) -> JsonRows:
    """Return the decoder of a feed."""
    return JsonRows(feed)


def _loads(text: bytes) -> Json:
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadInput(f"no JSON: {error}", field="/") from error


def _lines(text: bytes, path: str) -> tuple[Rows, Broken]:
    found: Rows = []
    broken: Broken = []
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, line in lines:
        try:
            inside, wrong = _in_document(_loads(line), path)
        except BadInput as error:
            broken.append((error.reason, f"line {number}", line))
            continue
        found += inside
        broken += [(reason, f"line {number} {field}", raw) for reason, field, raw in wrong]
    if not found:
        raise BadInput(broken[0][0] if broken else "no JSON: empty", field=broken[0][1] if len(lines) > 1 else "/")
    return found, broken


def _in_document(root: Json, path: str) -> tuple[Rows, Broken]:
    value = at_path(root, path) if path else root
    if value is None:
        return [], [("missing", path or "/", msgspec.json.encode(root))]
    rows = value if isinstance(value, list) else [value]
    found: Rows = []
    broken: Broken = []
    for number, row in enumerate(rows):
        if isinstance(row, Mapping):
            found.append((row, root))
        else:
            broken.append(("not an object", f"{path or '/'}[{number}]", msgspec.json.encode(row)))
    return found, broken


def _key(row: Json, root: Json, path: str) -> str:
    value = at_path(root, path[2:]) if path.startswith("$.") else at_path(row, path)
    return "" if value is None else str(value).strip()
