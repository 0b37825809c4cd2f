"""Read a message that is columns already: a Parquet file or an Arrow stream."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ops_center.domain.errors import BadInput

_PARQUET = b"PAR1"
_STREAM = b"\xff\xff\xff\xff"  # continuation mark of the Arrow IPC stream format (since 0.15)


def is_arrow(message: bytes) -> bool:
    """Return True for an Arrow stream, the form in which a file is cut into blocks."""
    return message.startswith(_STREAM)


def table_of(message: bytes, columns: Sequence[str] | None) -> pa.Table:
    """Return the table of a message, only `columns` where given; BadInput where it is none."""
    if message.startswith(_STREAM):
        return _stream(message)
    if not message.startswith(_PARQUET) or not message.endswith(_PARQUET):
        raise BadInput("neither Parquet nor an Arrow stream", field="/")
    try:
        file = pq.ParquetFile(io.BytesIO(message))
        names = None if columns is None else [n for n in file.schema_arrow.names if n in set(columns)]
        table = file.read(columns=names, use_threads=False)
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"no Parquet: {_short(error)}", field="/") from error
    return unambiguous(table)


def unambiguous(table: pa.Table) -> pa.Table:
    """Return the table; BadInput where two of its columns have one name."""
    twice = sorted({name for name in table.column_names if table.column_names.count(name) > 1})
    if twice:
        raise BadInput(f"two columns are named {twice[0]!r}", field="/")
    return table


def stream_of(table: pa.Table) -> bytes:
    """Return a table as an Arrow stream of one record batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue().to_pybytes())


def _stream(message: bytes) -> pa.Table:
    try:
        with pa.ipc.open_stream(message) as reader:
            table = reader.read_all()
        table.validate(full=True)  # offsets and text from outside are not trusted
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"no Arrow stream: {_short(error)}", field="/") from error
    return unambiguous(table)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
