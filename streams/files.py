"""Cut a file of a feed's input into envelope blocks in order of event time, for back-tests.

Stamps are the event times: the file is received as it happened. Every message is self-contained and
is decoded by the feed's own decoder:

- Parquet and CSV: one message is an Arrow stream of many rows with a column ``__stamp`` (int64 ms),
  one stamp a row; the message's own stamp is its last row's. Feeds whose rows become records
  (registry, hazard) get one row a message, since a record has the stamp of its message.
- JSON rows: one message a row. USGS: one a feature. CAP: one an alert. Chinese warnings: one a file.
- JT/T 808: one frame a line in hexadecimal.

What cannot be read travels too, stamped with the earliest time, so that it is refused and counted.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from lxml import etree
from numpy.typing import NDArray

from ops_center.columns import NULL_I64, Array, Codes, Messages
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.text import Json
from streams.block import Block
from streams.decoders import Decoder, load
from streams.decoders.cap12.containers import parts
from streams.decoders.csv_rows import CsvRows
from streams.decoders.json_rows import JsonRows
from streams.decoders.parquet_rows import ParquetRows
from streams.decoders.rows import convert, times
from streams.decoders.rows.parquet import stream_of
from streams.decoders.rows.table import STAMP, ArrowTable, JsonTable, Table
from streams.decoders.usgs_geojson import features
from streams.partition import partition_of, partitions_of
from streams.xml_input import parse

GATEWAY = "file"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Messages that will be one block."""

    partition: int
    first_ms: int
    messages: Messages


def blocks_of_file(feed: Feed, path: Path, partitions: int, rows_per_block: int) -> Iterator[tuple[int, Block]]:
    """Yield (partition, block) of a file, or of every file of a folder, in order of their first stamp."""
    for _, partition, block in timed_blocks_of_file(feed, path, partitions, rows_per_block):
        yield partition, block


def timed_blocks_of_file(
    feed: Feed, path: Path, partitions: int, rows_per_block: int
) -> Iterator[tuple[int, int, Block]]:
    """Yield (first stamp, partition, block) as `blocks_of_file`.

    The first stamp is that of the earliest row; a message of many rows is stamped with its last.
    BadInput where a Parquet or CSV file as a whole is not one; OSError where it cannot be read.
    """
    paths = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    contents = [_content(p) for p in paths]
    decoder = load(feed)
    if isinstance(decoder, CsvRows | ParquetRows):
        pieces = list(_columnar(decoder, contents, partitions, rows_per_block))
    else:
        pieces = _single(feed, decoder, contents, partitions, rows_per_block)
    counts: dict[int, int] = {}
    for piece in sorted(pieces, key=lambda p: (p.first_ms, p.partition)):
        first = counts.get(piece.partition, 0)
        counts[piece.partition] = first + len(piece.messages)
        block = Block(
            gateway=GATEWAY,
            feed=feed.id,
            partition=piece.partition,
            first=first,
            status=feed.status,
            messages=piece.messages,
        )
        yield piece.first_ms, piece.partition, block


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw.startswith(_GZIP) else raw


def _columnar(
    decoder: CsvRows | ParquetRows, contents: Sequence[bytes], partitions: int, rows_per_block: int
) -> Iterator[_Piece]:
    feed, broken = decoder.feed, list[bytes]()
    tables: list[pa.Table] = []
    for content in contents:
        if isinstance(decoder, CsvRows):
            table, wrong = decoder.read(content)
            header = ",".join(f'"{name}"' for name in table.column_names)
            broken += [f"{header}\n{text}".encode() for _, text in wrong]
        else:
            table = decoder.read(content)
        tables.append(table.replace_schema_metadata(None))
    table = _joined(tables)
    rows = ArrowTable(table, np.zeros(table.num_rows, dtype=np.int32))
    at = _event_times(feed, rows)
    yield from _refused_whole(feed, broken, at, partitions)
    table = table.append_column(STAMP, pa.array(at)) if STAMP not in table.column_names else table
    each = 1 if {"registry", "hazard"} & set(feed.options) else rows_per_block
    for partition, order in _by_partition(feed, rows, at, partitions):
        for start in range(0, len(order), rows_per_block):
            chosen = order[start : start + rows_per_block]
            groups = [chosen[i : i + each] for i in range(0, len(chosen), each)]
            messages = [stream_of(table.take(pa.array(group))) for group in groups]
            stamps = [int(at[group[-1]]) for group in groups]
            yield _Piece(partition, int(at[chosen[0]]), Messages.of(messages, stamps))


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    try:
        return pa.concat_tables(tables, promote_options="permissive") if len(tables) != 1 else tables[0]
    except pa.ArrowException as error:
        raise BadInput(f"the files of the folder do not fit together: {error}", field="/") from error


def _refused_whole(feed: Feed, broken: list[bytes], at: NDArray[np.int64], partitions: int) -> Iterator[_Piece]:
    if broken:
        first = int(at.min()) if len(at) else 0
        yield _Piece(partition_of("", partitions, feed=feed.id), first, Messages.of(broken, [first] * len(broken)))


def _event_times(feed: Feed, rows: Table) -> NDArray[np.int64]:
    """Return the event time of each row; of one without, the earliest of the file (it will be refused)."""
    form = feed.options.get("time")
    column = rows.column(str(form.get("field"))) if isinstance(form, dict) else None
    if not isinstance(form, dict) or column is None:
        return np.zeros(len(rows.message), dtype=np.int64)
    at, _ = times.read(column, form)
    known = at != NULL_I64
    return np.where(known, at, at[known].min() if known.any() else 0)


def _by_partition(feed: Feed, rows: Table, at: NDArray[np.int64], partitions: int) -> Iterator[tuple[int, Array]]:
    order = np.argsort(at, kind="stable")
    if feed.partition_by == "feed":
        yield partition_of("", partitions, feed=feed.id), order
        return
    column = rows.column(feed.subject_key) if feed.subject_key else None
    subjects = Codes(np.full(len(at), -1, np.int32), ()) if column is None else convert.texts(column)
    of = partitions_of(subjects, partitions, feed=feed.id)[order]
    for partition in range(partitions):
        chosen = order[of == partition]
        if len(chosen):
            yield partition, chosen


def _single(
    feed: Feed, decoder: Decoder, contents: Sequence[bytes], partitions: int, rows_per_block: int
) -> list[_Piece]:
    """Return pieces of messages that hold one thing each."""
    messages = [message for content in contents for message in _messages(feed, decoder, content)]
    stamps = _stamps(feed, decoder, messages)
    order = np.argsort(stamps, kind="stable")
    if feed.partition_by == "feed":
        of = np.full(len(messages), partition_of("", partitions, feed=feed.id))
    else:
        of = np.array([partition_of(decoder.subject_of(m), partitions, feed=feed.id) for m in messages], dtype=np.int64)
    pieces: list[_Piece] = []
    for partition in range(partitions):
        chosen = order[of[order] == partition]
        for start in range(0, len(chosen), rows_per_block):
            rows = chosen[start : start + rows_per_block].tolist()
            made = Messages.of([messages[row] for row in rows], [int(stamps[row]) for row in rows])
            pieces.append(_Piece(partition, int(stamps[rows[0]]), made))
    return pieces


def _stamps(feed: Feed, decoder: Decoder, messages: Sequence[bytes]) -> NDArray[np.int64]:
    """Return the time of each message: of its last row or record; without one, of the message before."""
    if isinstance(decoder, JsonRows):
        found = [decoder.rows_of(message) for message in messages]
        pairs = [pairs[0] if pairs else (None, None) for pairs in found]
        table = JsonTable([r for r, _ in pairs], [d for _, d in pairs], np.arange(len(pairs), dtype=np.int32))
        return _event_times(feed, table)
    decoded = decoder.decode(Messages.of(messages, [0] * len(messages)))
    at = np.full(len(messages), NULL_I64, dtype=np.int64)
    if decoded.batch.n:
        np.maximum.at(at, decoded.batch.array("message"), decoded.batch.array("event_time"))
    for row, record in decoded.records:
        at[row] = max(at[row], int(getattr(record, "issued_ms", NULL_I64)))
    known = at != NULL_I64
    if not known.any():
        return np.zeros(len(messages), dtype=np.int64)
    last = np.maximum.accumulate(np.where(known, np.arange(len(at)), -1))
    return np.where(last >= 0, at[np.maximum(last, 0)], at[known].min())


def _messages(feed: Feed, decoder: Decoder, content: bytes) -> Iterable[bytes]:
    match feed.decoder:
        case "jt808":
            return list(_hex_lines(content))
        case "usgs_geojson":
            return _features(content)
        case "cap12":
            return _alerts(content)
        case "json_rows" if isinstance(decoder, JsonRows):
            found, unread = decoder.pieces(content)
            return [*(_alone(row, root, str(feed.options.get("rows") or "")) for row, root in found), *unread]
        case _:
            return [content]


def _features(content: bytes) -> list[bytes]:
    try:
        return [json.dumps(feature, ensure_ascii=False).encode() for feature in features(content)]
    except BadInput:
        return [content]


def _hex_lines(content: bytes) -> Iterator[bytes]:
    for line in content.splitlines():
        if line.strip():
            try:
                yield bytes.fromhex(line.decode("ascii"))
            except ValueError:
                yield line  # no frame: the decoder refuses it and it is counted


def _alerts(content: bytes) -> list[bytes]:
    try:
        found = parts(parse(content))
    except BadInput:
        return [content]
    if any(part.alert is None and part.findings for part in found):
        return [content]
    alerts = [part.alert for part in found if part.alert is not None]
    return [etree.tostring(alert, encoding="utf-8", with_tail=False) for alert in alerts] or [content]


def _alone(row: Json, root: Json, path: str) -> bytes:
    """Return a row as a document of its own, under the same path and beside the same header."""
    value: Json = row
    if path:
        for part in reversed(path.split(".")):
            value = {part: [value] if value is row else value}
        if isinstance(root, dict):
            top = path.split(".")[0]
            value = {**{key: part for key, part in root.items() if key != top}, **value}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
