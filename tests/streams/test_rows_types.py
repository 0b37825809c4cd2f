"""A column of any Arrow type in any place: its rows are read or refused, never lost, never an exception."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from ops_center.columns import Messages
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.text import Text
from streams.decoders import load
from streams.decoders.rows.parquet import stream_of

OF = Feed(
    id="f",
    title=Text("", ""),
    owner=Text("", ""),
    decoder="parquet_rows",
    subject_key="id",
    options={"time": {"field": "t", "format": "epoch_s", "zone": "UTC"}, "lon": "x", "lat": "y"},
    fields=(
        FeedField(name="n", source="n"),
        FeedField(name="i", source="i", kind="integer"),
        FeedField(name="b", source="b", kind="boolean"),
        FeedField(name="s", source="s", kind="text"),
    ),
)
GOOD: dict[str, Any] = {"id": ["a", "b"], "t": [1, 2], "x": [1.0, 2.0], "y": [1.0, 2.0]}
COLUMNS = {
    "int8": pa.array([1, None], pa.int8()),
    "uint64": pa.array([2**63, 1], pa.uint64()),
    "nan": pa.array([1.5, float("nan")]),
    "infinite": pa.array([float("inf"), 1e300]),
    "text": pa.array(["a", None]),
    "blank": pa.array(["", " 5 "]),
    "long digits": pa.array(["9" * 40, "-" + "9" * 19]),
    "large text": pa.array(["5", "x"], pa.large_string()),
    "binary": pa.array([b"a", b"\xff"]),
    "list": pa.array([[1], [2]]),
    "struct": pa.array([{"a": 1}, None]),
    "boolean": pa.array([True, None]),
    "date": pa.array([date(2020, 1, 1), None]),
    "far date": pa.array([2**31 - 1, 1], pa.date32()),
    "timestamp": pa.array([datetime.fromisoformat("2020-01-01"), None]),
    "far timestamp": pa.array([2**62, 1], pa.timestamp("s")),
    "zoned timestamp": pa.array([2**62, 1], pa.timestamp("ns", "Asia/Shanghai")),
    "decimal": pa.array([Decimal("1.5"), None]),
    "null": pa.array([None, None]),
    "dictionary": pa.array(["1", "y"]).dictionary_encode(),
    "dictionary of numbers": pa.array([1, 2]).dictionary_encode(),
    "duration": pa.array([timedelta(1), None]),
    "time of day": pa.array([time(1), None]),
}


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("place", ["id", "t", "x", "y", "n", "i", "b", "s"])
def test_every_row_is_read_or_refused(place: str, kind: str) -> None:
    decoder: Any = load(OF)
    message = stream_of(pa.table({**GOOD, place: COLUMNS[kind]}))
    decoded = decoder.decode(Messages.of([message], [0]))
    assert decoded.batch.n + len(decoded.refused) == 2
    json.dumps(decoder.describe(message))


@pytest.mark.parametrize("kind", COLUMNS)
def test_without_a_manifest_every_type_is_shown_or_refused(kind: str) -> None:
    decoder: Any = load(Feed(id="d", title=Text("", ""), owner=Text("", ""), decoder="parquet_rows"))
    assert "ok" in json.loads(json.dumps(decoder.describe(stream_of(pa.table({"a": COLUMNS[kind]})))))
