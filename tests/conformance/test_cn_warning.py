"""Chinese warnings: every case of the vectors and every raw message."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ops_center.columns import Messages
from ops_center.domain.errors import BadInput
from ops_center.domain.feed import Feed
from ops_center.domain.text import Text
from streams.decoders import load
from streams.decoders.cap12 import values
from streams.decoders.cn_warning.grouping import Member, group
from streams.decoders.cn_warning_codes import events, headline, identifier, levels
from tests.paths import each, vectors

DECODER: Any = load(Feed(id="cn", title=Text("", ""), owner=Text("", ""), decoder="cn_warning"))
# Which keys of an expectation say the same as a key of ours, where the name differs.
SAME = {"signal": "event", "severity": "cap_severity"}


def folder() -> Path:
    return vectors() / "cn_warning"


def cases() -> list[Any]:
    text = (folder() / "cases.jsonl").read_text(encoding="utf-8")
    read = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [pytest.param(case, id=case["id"]) for case in read]


def objects(message: bytes) -> list[dict[str, Any]]:
    found = DECODER.describe(message)
    return found if isinstance(found, list) else [found]


def test_the_vectors_have_cases() -> None:
    assert (folder() / "cases.jsonl").is_file()


@pytest.mark.parametrize("case", each(cases))
def test_every_case_reads_as_its_source_says(case: dict[str, Any]) -> None:
    kind, given, expected = case["kind"], case["input"], case["expected"]
    match kind:
        case "identifier":
            _identifier(given, expected)
        case "nmc_pic_code":
            _picture(given, expected)
        case "gbt35561_event_code":
            assert events.GBT35561[given] == expected
        case "level_code_order":
            table = levels.NMC_SUFFIX if "NMC" in given else levels.WEATHERCN_LEVEL
            assert {code: table[code] for code in expected} == expected
        case "headline":
            read = headline.read(given)
            assert {key: getattr(read, key) for key in expected} == expected
        case "level_colour_cap":
            level = levels.BY_ROMAN[levels.roman(given)]
            assert {key: getattr(level, key) for key in expected} == expected
        case "cap_polygon":
            assert (values.polygon(given) is None) is (expected == "reject")
        case "grouping":
            _grouping(given, expected)
        case "document":
            _document(given, expected)
        case _:
            pytest.fail(f"no test for cases of kind {kind!r}")


def _identifier(given: str, expected: Any) -> None:
    if expected == "reject":
        with pytest.raises(BadInput) as caught:
            identifier.read(given)
        assert caught.value.field == "identifier"
        return
    parts = identifier.read(given)
    wanted = {**expected, "issued": datetime.fromisoformat(expected["issued"])}
    assert {key: getattr(parts, key) for key in wanted} == wanted


def _picture(given: str, expected: Any) -> None:
    if expected == "reject":
        with pytest.raises(BadInput):
            events.picture(given)
        return
    found = asdict(events.picture(given))
    found["cap_severity"] = levels.BY_COLOUR[found["colour"]].cap_severity
    assert found == expected


def _grouping(given: list[str], expected: dict[str, Any]) -> None:
    members = [Member(*line.split()) for line in given]
    found = group(members)
    wanted = dict(expected)
    assert len(found) == wanted.pop("groups")
    assert {key: list(v) if isinstance(v := getattr(found[0], key), tuple) else v for key in wanted} == wanted


def _document(name: str, expected: dict[str, Any]) -> None:
    message = (folder() / name).read_bytes()
    found = objects(message)
    assert all(f["ok"] for f in found), found
    header = found[0]["header"]
    for key, value in expected.items():
        if key == "n":
            assert len(found) == value
        elif key in ("mean_over", "wrong_if_exclude_mixed_in_lon"):
            continue  # words about how the means were taken; the means themselves are compared
        elif key.startswith("vertex_mean_"):
            assert round(_mean(header, key[-3:]), 4) == value
        elif key.endswith("_between"):
            low, high = value
            assert all(low <= point[("lon", "lat").index(key[:3])] <= high for point in _points(header))
        else:
            assert _lookup(header, key, value) == value, key
    assert len(DECODER.decode(Messages.of([message], [0])).records) == len(found)


def _points(header: dict[str, Any]) -> list[tuple[float, float]]:
    return [p for info in header["infos"] for area in info["area"] for ring in area["polygon"] for p in ring]


def _mean(header: dict[str, Any], axis: str) -> float:
    points = _points(header)
    return sum(point[("lon", "lat").index(axis)] for point in points) / len(points)


def _lookup(header: dict[str, Any], key: str, value: Any) -> Any:
    """Return our value of that name; of an unknown name, the value itself where we state it anywhere."""
    if key in header or SAME.get(key) in header:
        return header[key] if key in header else header[SAME[key]]
    return value if _states(header, value) else f"{key} is not stated"


def _states(part: Any, value: Any) -> bool:
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list | tuple) else ()
    return part == value or any(_states(below, value) for below in inside)


@pytest.mark.parametrize("path", each(lambda: sorted((folder() / "raw").iterdir())), ids=lambda p: p.name)
def test_every_raw_message_gives_a_hazard_of_its_issuer(path: Path) -> None:
    message = path.read_bytes()
    decoded = DECODER.decode(Messages.of([message], [1_800_000_000_000]))
    assert decoded.refused == ()
    assert decoded.records
    for row, revision in decoded.records:
        assert row == 0
        assert revision.kind == "warning"
        header = objects(message)[0]["header"]
        assert revision.colour == (header.get("colour") or "")


def test_every_evidenced_event_type_is_known() -> None:
    with (vectors() / "cn_warning" / "nmc_type_codes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            name = row["event_zh"].partition("(")[0]
            assert events.NMC_TYPE[row["nmc_type4"]] == name
            code = row["gbt35561_code_seen"].rstrip("?")
            assert not code or events.GBT35561[code] == name
