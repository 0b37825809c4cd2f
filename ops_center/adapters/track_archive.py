"""Track archive: positions as Parquet (zstd), one file per partition and offset range (ORDER 27)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ops_center.columns import NULL_I32, Batch, Codes
from ops_center.domain.errors import JournalError

# Times delta-encoded and positions as integers: about 24 bytes a row before zstd, far fewer after.
SCHEMA = pa.schema(
    [
        ("feed", pa.dictionary(pa.int16(), pa.string())),
        ("subject", pa.dictionary(pa.int32(), pa.string())),
        ("event_time", pa.int64()),
        ("stamp", pa.int64()),
        ("lon_e7", pa.int32()),
        ("lat_e7", pa.int32()),
        ("speed_kph", pa.float32()),
        ("heading_deg", pa.float32()),
    ]
)
_NAME = re.compile(r"p(\d{4})-(\d{16})-(\d{16})\.parquet")
_PLAIN = ("event_time", "stamp", "lon_e7", "lat_e7")
_DELTA = dict.fromkeys(_PLAIN, "DELTA_BINARY_PACKED")


@dataclass(slots=True)
class TrackArchive:
    """Files of one folder; a file is complete or has another name, so a crash leaves no half file.

    `add` collects rows in memory; `close_file` writes those of offsets [first, next) as one file.
    A restart goes on behind the last complete file, so that no record is in two.
    """

    folder: Path
    pending: dict[int, list[pa.RecordBatch]] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)

    def open(self) -> None:
        """Make the folder ready; parts of files that a crash left are removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in self.folder.glob("*.part"):
            part.unlink()

    def next_offset(self, partition: int) -> int:
        """Return the offset after the last archived one, 0 for an empty archive."""
        return max((last for p, _, last in self.ranges() if p == partition), default=0)

    def ranges(self) -> Sequence[tuple[int, int, int]]:
        """Return (partition, first offset, offset after the last) of each complete file, sorted."""
        found = (_NAME.fullmatch(path.name) for path in self.folder.glob("p*.parquet"))
        return sorted((int(m[1]), int(m[2]), int(m[3])) for m in found if m)

    def add(self, batch: Batch, *, feed: str, partition: int, offset: int) -> None:
        """Take in the rows of one journal record that have a position."""
        if offset < self.next_offset(partition) and partition not in self.pending:
            return  # archived before the restart
        self.first.setdefault(partition, offset)
        self.pending.setdefault(partition, []).append(_rows(batch, feed))

    def drop_pending(self) -> None:
        """Forget what was taken in since the last file: it will be read again."""
        self.pending.clear()
        self.first.clear()

    def close_file(self, partition: int, *, until: int) -> Path | None:
        """Write what was taken in before offset `until`; None where there was nothing."""
        batches, first = self.pending.pop(partition, []), self.first.pop(partition, until)
        if not batches:
            return None
        table = pa.Table.from_batches(batches, schema=SCHEMA).unify_dictionaries()
        path = self.folder / f"p{partition:04d}-{first:016d}-{until:016d}.parquet"
        part = path.with_suffix(".part")
        try:
            pq.write_table(table, part, compression="zstd", use_dictionary=["feed", "subject"], column_encoding=_DELTA)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            part.replace(path)
            _sync_folder(self.folder)
        except OSError as error:
            raise JournalError(f"the track archive cannot be written: {error}", path=str(path)) from error
        return path

    def tracks(self, subjects: Sequence[str], *, from_ms: int, to_ms: int) -> pa.Table:
        """Return the archived rows of subjects in [from_ms, to_ms), by subject and time."""
        wanted = [("subject", "in", list(subjects)), ("event_time", ">=", from_ms), ("event_time", "<", to_ms)]
        parts = [pq.read_table(path, schema=SCHEMA, filters=wanted) for path in self._files()]
        table = pa.concat_tables(parts).combine_chunks() if parts else SCHEMA.empty_table()
        plain = table.set_column(1, "subject", pc.cast(table["subject"], pa.string()))
        return plain.sort_by([("subject", "ascending"), ("event_time", "ascending")])

    def _files(self) -> Iterator[Path]:
        for partition, first, last in self.ranges():
            yield self.folder / f"p{partition:04d}-{first:016d}-{last:016d}.parquet"


def _sync_folder(folder: Path) -> None:
    """Make a new name last: a power cut may else take it back, though the file's bytes are there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rows(batch: Batch, feed: str) -> pa.RecordBatch:
    placed = batch.take(batch.array("lon_e7") != NULL_I32)
    subject = placed.codes("subject")
    columns: Mapping[str, pa.Array] = {
        "feed": pa.DictionaryArray.from_arrays(pa.array(np.zeros(placed.n, np.int16)), pa.array([feed])),
        "subject": _dictionary(subject),
        **{name: pa.array(placed.array(name)) for name in _PLAIN},
        **{name: _floats(placed, name) for name in ("speed_kph", "heading_deg")},
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _dictionary(codes: Codes) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.codes, mask=codes.codes < 0), pa.array(codes.values, pa.string())
    )


def _floats(batch: Batch, name: str) -> pa.Array:
    values = batch.array(name).astype(np.float32)
    return pa.array(values, mask=np.isnan(values))
