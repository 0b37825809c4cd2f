"""Files cut into blocks: order of event time, one partition a subject, nothing lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ops_center.columns import Codes
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.text import Json, Text
from streams.block import Block, decode_block, encode_block
from streams.decoders import load
from streams.decoders.rows.plain import observations
from streams.files import blocks_of_file
from streams.partition import partition_of, partitions_of


def feed(decoder: str, *, partition_by: str = "subject", **options: Json) -> Feed:
    return Feed(
        id="f",
        title=Text("", ""),
        owner=Text("", ""),
        decoder=decoder,
        subject_key="id",
        partition_by=partition_by,
        fields=(FeedField(name="v", source="v", kind="integer"),),
        options={"time": {"field": "t", "format": "epoch_s"}, "lon": "x", "lat": "y", **options},
    )


def rows(n: int) -> list[dict[str, Json]]:
    chance = np.random.default_rng(4)
    return [
        {"id": f"s{int(chance.integers(9))}", "t": int(t), "x": 117.0, "y": 36.0, "v": v}
        for v, t in enumerate(chance.integers(0, 500, n))
    ]


def written(folder: Path, kind: str, made: list[dict[str, Json]]) -> Path:
    path = folder / kind
    match kind:
        case "json_rows":
            path.write_text(json.dumps(made))
        case "csv_rows":
            path.write_text("id,t,x,y,v\n" + "".join(f"{r['id']},{r['t']},{r['x']},{r['y']},{r['v']}\n" for r in made))
        case _:
            pq.write_table(pa.Table.from_pylist(made), path)
    return path


def observed(of: Feed, blocks: list[tuple[int, Block]]) -> list[tuple[str, str, int]]:
    decoder = load(of)
    return [
        (o["subject"], o["event_time"], o["v"])
        for _, block in blocks
        for o in observations(decoder.decode(decode_block(encode_block(block)).messages).batch)
    ]


@pytest.mark.parametrize("kind", ["json_rows", "csv_rows", "parquet_rows"])
@pytest.mark.parametrize(("partitions", "size"), [(1, 7), (4, 64), (16, 100_000)])
def test_every_row_comes_once_in_order_of_its_subjects_time(
    tmp_path: Path, kind: str, partitions: int, size: int
) -> None:
    made = rows(300)
    of = feed(kind)
    blocks = list(blocks_of_file(of, written(tmp_path, kind, made), partitions, size))
    found = observed(of, blocks)
    assert sorted(v for _, _, v in found) == list(range(300))
    for subject in {s for s, _, _ in found}:
        line = [(t, v) for s, t, v in found if s == subject]
        assert line == sorted(line)
    first = [int(block.messages.stamps[0]) for _, block in blocks]
    assert all(partition == block.partition for partition, block in blocks)
    assert first == sorted(first) or kind != "json_rows"


@pytest.mark.parametrize("kind", ["csv_rows", "parquet_rows"])
def test_a_bulk_row_has_its_own_stamp(tmp_path: Path, kind: str) -> None:
    of = feed(kind)
    for _, block in blocks_of_file(of, written(tmp_path, kind, rows(50)), 2, 1000):
        batch = load(of).decode(block.messages).batch
        assert batch.array("stamp").tolist() == batch.array("event_time").tolist()
        assert int(block.messages.stamps[0]) == int(batch.array("stamp").max())


def test_a_row_without_a_time_travels_and_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("id,t,x,y,v\na,10,117,36,1\na,soon,117,36,2\na,20,117\na,30,117,36,3\n")
    of = feed("csv_rows")
    decoded = [load(of).decode(block.messages) for _, block in blocks_of_file(of, path, 1, 10)]
    assert sum(d.batch.n for d in decoded) == 2
    assert sorted(r.reason for d in decoded for r in d.refused) == ["3 cells, 5 expected", "no time of form epoch_s"]


def test_records_get_a_message_each_with_their_own_stamp(tmp_path: Path) -> None:
    of = feed("csv_rows", partition_by="feed", hazard={"kind": "typhoon", "id": "id"})
    path = written(tmp_path, "csv_rows", rows(5))
    ((_, block),) = blocks_of_file(of, path, 4, 100)
    records = load(of).decode(block.messages).records
    assert [int(block.messages.stamps[row]) for row, _ in records] == [r.issued_ms for _, r in records]
    assert len(records) == 5


def test_json_rows_keep_the_path_and_header_they_stood_under(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps({"head": {"t": 5}, "data": {"rows": [{"id": "a", "v": 1}, {"id": "b", "v": 2}]}}))
    of = feed("json_rows", rows="data.rows", time={"field": "$.head.t", "format": "epoch_s"})
    found = observed(of, list(blocks_of_file(of, path, 4, 10)))
    assert sorted(v for _, _, v in found) == [1, 2]


def test_what_is_no_row_or_no_frame_travels_and_is_refused(tmp_path: Path) -> None:
    lines = tmp_path / "in.jsonl"
    lines.write_text('{"id":"a","t":1,"v":1}\nnonsense\n{"id":"b","t":2,"v":2}\n[5]\n')
    of = feed("json_rows")
    decoded = [load(of).decode(block.messages) for _, block in blocks_of_file(of, lines, 1, 10)]
    assert sum(d.batch.n for d in decoded) == 2
    assert sum(len(d.refused) for d in decoded) == 2
    frames = tmp_path / "in.hex"
    frames.write_text("7e00\nno hex\n")
    of = feed("jt808")
    ((_, block),) = blocks_of_file(of, frames, 1, 10)
    assert len(load(of).decode(block.messages).refused) == 2


def test_a_folder_is_read_whole_and_gzip_is_unpacked(tmp_path: Path) -> None:
    for number in range(3):
        text = f"id,t,x,y,v\ns,{10 - number},117,36,{number}\n".encode()
        (tmp_path / f"{number}.csv").write_bytes(gzip.compress(text) if number == 1 else text)
    found = observed(feed("csv_rows"), list(blocks_of_file(feed("csv_rows"), tmp_path, 1, 10)))
    assert [v for _, _, v in found] == [2, 1, 0]


# computed once from the definition with hashlib alone
PINNED = [6, 4, 10]


def test_the_partition_is_fixed_for_ever() -> None:
    assert [partition_of(s, 16, feed="dg-vehicles") for s in ("013912345678", "济A12345", "")] == PINNED
    codes = Codes(np.array([1, 0, -1], dtype=np.int32), ("013912345678", "济A12345"))
    assert partitions_of(codes, 16, feed="dg-vehicles").tolist() == [PINNED[1], PINNED[0], PINNED[2]]


def test_a_subject_of_another_feed_is_another_subject() -> None:
    assert len({partition_of("a", 1 << 30, feed=f) for f in ("f", "g", "h")}) == 3
