"""General decoders: what the manifest maps, what is refused, and that nothing is lost or moved."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_center.columns import NULL_I32, NULL_I64, Messages
from ops_center.domain.feed import Feed, FeedField
from ops_center.domain.text import Json, Text
from streams.decoders import load
from streams.decoders.rows.plain import observations

TIME = {"field": "t", "format": "epoch_s"}
# hypothesis wants its bounds naive
FIRST, LAST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2100-01-01")


def feed(
    decoder: str = "json_rows", *, fields: tuple[FeedField, ...] = (), datum: str = "wgs84", **options: Json
) -> Feed:
    return Feed(
        id="f",
        title=Text("", ""),
        owner=Text("", ""),
        decoder=decoder,
        subject_key="id",
        datum=datum,
        fields=fields,
        options={"time": TIME, "lon": "x", "lat": "y", **options},
    )


def decode(of: Feed, *messages: Any, stamps: tuple[int, ...] = ()) -> Any:
    raw = [m if isinstance(m, bytes) else json.dumps(m).encode() for m in messages]
    return load(of).decode(Messages.of(raw, stamps or tuple(range(len(raw)))))


def row(**changes: Json) -> dict[str, Json]:
    return {"id": "a", "t": 10, "x": 117.0, "y": 36.5, **changes}


def parquet(table: Mapping[str, Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(table)), sink)
    return sink.getvalue()


def test_a_row_becomes_subject_time_and_position() -> None:
    batch = decode(feed(), row()).batch
    assert batch.codes("subject").text(0) == "a"
    assert batch.array("event_time").tolist() == [10_000]
    assert (batch.array("lon_e7").tolist(), batch.array("lat_e7").tolist()) == ([1_170_000_000], [365_000_000])


def test_rows_keep_their_order_message_and_stamp() -> None:
    batch = decode(feed(), [row(id="b"), row(id="a")], row(id="c"), stamps=(5, 9)).batch
    assert [batch.codes("subject").text(i) for i in range(3)] == ["b", "a", "c"]
    assert batch.array("message").tolist() == [0, 0, 1]
    assert batch.array("stamp").tolist() == [5, 5, 9]


def test_rows_stand_under_a_path_beside_a_common_header() -> None:
    of = feed(rows="data.list", time={"field": "$.head.ts", "format": "epoch_ms"})
    batch = decode(of, {"head": {"ts": 7}, "data": {"list": [row(), row(id="b")]}}).batch
    assert batch.array("event_time").tolist() == [7, 7]


def test_lines_of_objects_are_rows_and_a_broken_line_is_named() -> None:
    decoded = decode(feed(), b'{"id":"a","t":1}\nnonsense\n{"id":"b","t":2}\n')
    assert decoded.batch.n == 2
    assert [(r.field, r.whole) for r in decoded.refused] == [("line 2", False)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "id"),
        ({"id": " "}, "id"),
        ({"t": None}, "t"),
        ({"t": "soon"}, "t"),
        ({"t": 1e300}, "t"),
        ({"x": 181}, "lon"),
        ({"y": -90.1}, "lat"),
        ({"y": "north"}, "lat"),
        ({"v": 1001}, "v_ppm"),
        ({"v": -5}, "v_ppm"),
        ({"v": "much"}, "v_ppm"),
    ],
)
def test_an_impossible_value_refuses_its_row_with_the_field_and_no_other(changes: dict[str, Json], field: str) -> None:
    of = feed(fields=(FeedField(name="v_ppm", source="v", minimum=0, maximum=1000),))
    decoded = decode(of, [row(v=1), row(**changes), row(id="z", v=2)])
    assert [decoded.batch.codes("subject").text(i) for i in range(decoded.batch.n)] == ["a", "z"]
    assert [(r.message, r.field, r.whole) for r in decoded.refused] == [(0, field, False)]


def test_sentinels_become_null_before_limits_are_judged() -> None:
    of = feed(fields=(FeedField(name="v_ppm", source="v", minimum=0, missing=(-1, 9999, "NA")),))
    decoded = decode(of, [row(v=-1), row(v=9999), row(v="NA"), row(v=None), row(v=3)])
    assert decoded.refused == ()
    assert np.isnan(decoded.batch.array("v_ppm")).tolist() == [True, True, True, True, False]


def test_scale_and_offset_apply_before_limits() -> None:
    of = feed(fields=(FeedField(name="speed_kph", source="v", scale=3.6, offset=1.0, maximum=100),))
    decoded = decode(of, [row(v=10), row(v=100)])
    assert decoded.batch.array("speed_kph").tolist() == [37.0]
    assert [r.reason for r in decoded.refused] == ["above 100"]


def test_kinds_of_fields_have_their_columns() -> None:
    of = feed(
        fields=(
            FeedField(name="n", source="n", kind="integer"),
            FeedField(name="on", source="on", kind="boolean"),
            FeedField(name="name", source="name", kind="text"),
        )
    )
    batch = decode(
        of, [row(n=2**53 + 1, on=True, name="济南"), row(n=None, on="no", name=None), row(n="7", on=0)]
    ).batch
    assert batch.array("n").tolist() == [2**53 + 1, NULL_I64, 7]
    assert batch.array("on").tolist() == [1, 0, 0]
    assert [batch.codes("name").text(i) for i in range(3)] == ["济南", None, None]


def test_a_missing_position_is_null_and_keeps_the_row() -> None:
    batch = decode(feed(), [row(x=None), row()]).batch
    assert batch.array("lon_e7").tolist() == [NULL_I32, 1_170_000_000]
    assert batch.array("lat_e7").tolist() == [NULL_I32, 365_000_000]


@pytest.mark.parametrize(("datum", "x", "y"), [("gcj02", 117.0061, 36.5007), ("bd09", 117.0125, 36.5066)])
def test_a_chinese_datum_is_turned_to_wgs84(datum: str, x: float, y: float) -> None:
    batch = decode(feed(datum=datum), row(x=x, y=y)).batch
    assert abs(batch.array("lon_e7")[0] - 1_170_000_000) < 10_000  # a hundred metres of the five hundred shifted
    assert abs(batch.array("lat_e7")[0] - 365_000_000) < 10_000


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ({"format": "epoch_ms"}, 1_565_496_000_123, 1_565_496_000_123),
        ({"format": "epoch_s"}, 1_565_496_000, 1_565_496_000_000),
        ({"format": "epoch_s"}, "1565496000.25", 1_565_496_000_250),
        ({"format": "iso"}, "2019-08-11T04:00:00Z", 1_565_496_000_000),
        ({"format": "iso"}, "2019-08-11T12:00:00.5+08:00", 1_565_496_000_500),
        ({"format": "iso", "zone": "Asia/Shanghai"}, "2019-08-11 12:00:00", 1_565_496_000_000),
        ({"format": "%Y%m%d%H%M%S", "zone": "Asia/Shanghai"}, "20190811120000", 1_565_496_000_000),
        ({"format": "%d.%m.%Y %H:%M %z"}, "11.08.2019 12:00 +0800", 1_565_496_000_000),
        # the clocks of Los Angeles went back at 02:00: the first of the two half past ones is meant
        ({"format": "iso", "zone": "America/Los_Angeles"}, "2012-11-04 01:30:00", 1_352_017_800_000),
    ],
)
def test_a_time_is_read_as_the_manifest_states_it(form: dict[str, Json], value: Json, expected: int) -> None:
    batch = decode(feed(time={"field": "t", **form}), row(t=value)).batch
    assert batch.array("event_time").tolist() == [expected]


@pytest.mark.parametrize("value", ["2019-08-11 12:00:00", "2012-03-11T02:30:00 ", "never", ""])
def test_a_time_without_a_zone_and_no_zone_in_the_manifest_is_refused(value: str) -> None:
    decoded = decode(feed(time={"field": "t", "format": "iso"}), row(t=value))
    assert (decoded.batch.n, [r.field for r in decoded.refused]) == (0, ["t"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(FIRST, LAST, timezones=st.just(UTC)), min_size=1, max_size=20),
    st.sampled_from(["Asia/Shanghai", "UTC", "America/Los_Angeles", "Asia/Kolkata"]),
)
def test_local_times_agree_with_the_standard_library(moments: list[datetime], zone: str) -> None:
    local = [m.replace(microsecond=0).astimezone(ZoneInfo(zone)).replace(fold=0) for m in moments]
    of = feed(time={"field": "t", "format": "%Y-%m-%d %H:%M:%S", "zone": zone})
    batch = decode(of, [row(t=f"{m:%Y-%m-%d %H:%M:%S}") for m in local]).batch
    assert batch.array("event_time").tolist() == [int(m.timestamp()) * 1000 for m in local]


def test_csv_keeps_codes_with_leading_zeros_and_reads_gb18030() -> None:
    of = feed("csv_rows", encoding="gb18030", fields=(FeedField(name="name", source="名称", kind="text"),))
    decoded = decode(of, 'id,t,x,y,名称\n0004,10,117,36.5,"泉城,\n广场"\n'.encode("gb18030"))
    assert observations(decoded.batch)[0]["subject"] == "0004"
    assert observations(decoded.batch)[0]["name"] == "泉城,\n广场"


def test_a_csv_row_of_another_width_is_refused_and_its_neighbours_kept() -> None:
    decoded = decode(feed("csv_rows"), b"id,t,x,y\na,1,117,36\nb,2,117\nc,3,117,36\n")
    assert [o["subject"] for o in observations(decoded.batch)] == ["a", "c"]
    assert [(r.field, r.whole) for r in decoded.refused] == [("row", False)]


def test_csv_lines_without_a_header_are_messages_under_the_manifests_columns() -> None:
    of = feed("csv_rows", columns=["id", "t", "x", "y"])
    decoded = decode(of, b"a,1,117,36", b"b,2,117", b"c,3,117,36\n", stamps=(4, 5, 6))
    assert [o["subject"] for o in observations(decoded.batch)] == ["a", "c"]
    assert decoded.batch.array("stamp").tolist() == [4, 6]
    assert [r.message for r in decoded.refused] == [1]


def test_a_wide_table_becomes_a_row_for_each_sensor_and_time() -> None:
    of = Feed(
        id="f", title=Text("", ""), owner=Text("", ""), decoder="csv_rows", subject_key="sensor",
        fields=(FeedField(name="speed_kph", source="v", missing=(0,)),),
        options={"time": TIME, "melt": {"key": "sensor", "value": "v"}},
    )  # fmt: skip
    batch = decode(of, b"t,s1,s2\n10,50.5,0\n20,60,70\n").batch
    assert [(o["subject"], o["event_time"][17:19], o.get("speed_kph")) for o in observations(batch)] == [
        ("s1", "10", 50.5), ("s2", "10", None), ("s1", "20", 60.0), ("s2", "20", 70.0),
    ]  # fmt: skip


def test_parquet_columns_scale_to_degrees_without_a_rounding_error() -> None:
    of = feed("parquet_rows", lon={"from": "x", "scale": 1e-5}, lat={"from": "y", "scale": 1e-5})
    table = {
        "id": ["a", "b"],
        "t": [1, 2],
        "x": pa.array([-12239447, 1], pa.int32()),
        "y": pa.array([3775153, 2], pa.int32()),
    }
    batch = decode(of, parquet(table)).batch
    assert batch.array("lon_e7").tolist() == [-1_223_944_700, 100]
    assert batch.array("lat_e7").tolist() == [377_515_300, 200]


def test_messages_of_different_parquet_types_join() -> None:
    one = parquet({"id": ["a"], "t": [1], "x": [1.0], "y": [2.0]})
    two = parquet({"id": pa.array(["b"]).dictionary_encode(), "t": ["2"], "x": ["3"], "y": [4]})
    batch = decode(feed("parquet_rows"), one, b"PAR1 nothing PAR1", two).batch
    assert [o["subject"] for o in observations(batch)] == ["a", "b"]
    assert batch.array("message").tolist() == [0, 2]


def test_rows_of_a_registry_are_versions_with_validity() -> None:
    of = feed(
        registry={"id": "r", "from": "from", "to": "to"},
        time={"field": "from", "format": "iso"},
        fields=(FeedField(name="cargo.un_number", source="cargo.un_number", kind="text"),),
    )
    good = {"id": "a", "from": "2019-08-11T00:00:00Z", "to": "2019-08-12T00:00:00Z", "cargo.un_number": "0004"}
    decoded = decode(of, [good, {**good, "to": "2019-08-10T00:00:00Z"}, {**good, "to": None}])
    assert [(v.key, v.to_ms, v.fields) for _, v in decoded.records] == [
        ("a", 1_565_568_000_000, {"cargo.un_number": "0004"}),
        ("a", None, {"cargo.un_number": "0004"}),
    ]
    assert [(r.reason, r.field) for r in decoded.refused] == [("ends before it starts", "to")]
    assert decoded.batch.n == 0


def test_rows_of_a_hazard_are_revisions_and_longitudes_wrap() -> None:
    of = feed(
        hazard={"kind": "typhoon", "id": "id", "title": {"zh": "台风 {name}", "en": "Typhoon {name}"}},
        lon={"from": "x", "wrap": True},
        fields=(FeedField(name="wind_ms", source="w"), FeedField(name="name", source="name", kind="text")),
    )
    ((_, first), (_, second)) = decode(of, [row(w=30, name="LEKIMA"), row(t=20, x=190.5, w=None)]).records
    assert (first.id, first.kind, first.title["en"], first.fields["wind_ms"]) == (
        "a",
        "typhoon",
        "Typhoon LEKIMA",
        30.0,
    )
    assert (second.lon_e7, second.issued_ms, second.fields["wind_ms"]) == (-1_695_000_000, 20_000, None)
    assert first.revision != second.revision


def test_a_message_is_described_with_what_was_refused() -> None:
    described = load(feed()).describe(json.dumps([row(), row(x=999)]).encode())
    assert described["ok"] is True
    assert described["observations"][0]["lon"] == 117.0
    assert described["refused"] == [{"reason": "outside ±180 degrees", "field": "lon"}]
    broken = load(feed()).describe(b"{")
    assert (broken["ok"], broken["field"]) == (False, "/")
    assert broken["error"].startswith("no JSON")


def test_a_subject_is_named_where_all_rows_share_it() -> None:
    of = load(feed())
    assert of.subject_of(json.dumps([row(), row(t=20)]).encode()) == "a"
    assert of.subject_of(json.dumps([row(), row(id="b")]).encode()) == ""
    assert of.subject_of(b"?") == ""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 2**31), st.floats(-180, 180), st.floats(-90, 90)), max_size=30
    )
)
def test_json_csv_and_parquet_of_the_same_rows_give_the_same_batch(rows: list[tuple[str, int, float, float]]) -> None:
    names = ("id", "t", "x", "y")
    as_json = json.dumps([dict(zip(names, r, strict=True)) for r in rows]).encode()
    as_csv = "\n".join([",".join(names), *(",".join(map(repr, r)).replace("'", "") for r in rows)]).encode() + b"\n"
    columns = {
        n: pa.array([r[i] for r in rows], (pa.string(), pa.int64(), pa.float64(), pa.float64())[i])
        for i, n in enumerate(names)
    }
    batches = [decode(feed(kind), m).batch for kind, m in
               (("json_rows", as_json), ("csv_rows", as_csv), ("parquet_rows", parquet(columns)))]  # fmt: skip
    assert observations(batches[0]) == observations(batches[1]) == observations(batches[2])
    assert batches[0].n == len(rows)
