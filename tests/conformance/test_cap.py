"""CAP: every file of the vectors, the validator cases, the feeds and envelopes, the attacks."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ops_center.columns import Messages
from ops_center.domain.feed import Feed
from ops_center.domain.text import Text
from streams.decoders import load
from streams.decoders.cap12 import schema, values
from streams.decoders.cap12.alert import version_of
from streams.xml_input import parse
from tests.conformance.cap_alerts import edited_australia, wrong_alert
from tests.paths import each, vectors

DECODER: Any = load(Feed(id="cap", title=Text("", ""), owner=Text("", ""), decoder="cap12"))
# SOURCES.md: third_party of this file is that of another file of the same name (sent 2014, file of 2010).
WRONG_THIRD_PARTY = {"alerts/cap-library__weather.cap.xml"}


def folder() -> Path:
    return vectors() / "cap"


@cache
def lines(name: str) -> list[dict[str, Any]]:
    text = (folder() / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def manifest(*kinds: str) -> list[Any]:
    return [pytest.param(m, id=m["file"]) for m in lines("manifest.jsonl") if m["kind"] in kinds and _readable(m)]


def _readable(entry: dict[str, Any]) -> bool:
    return bool(entry["well_formed"]) and b"<!DOCTYPE" not in (folder() / entry["file"]).read_bytes()


def unreadable() -> list[Any]:
    return [pytest.param(m, id=m["file"]) for m in lines("manifest.jsonl") if not _readable(m)]


def alerts_with(key: str) -> list[Any]:
    return [m for m in manifest("alerts") if m.values[0].get(key)]


def validator_cases() -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in lines("google_validator_cases.jsonl")]


def objects(message: bytes) -> list[dict[str, Any]]:
    found = DECODER.describe(message)
    return found if isinstance(found, list) else [found]


def test_the_vectors_have_a_manifest() -> None:
    assert (folder() / "manifest.jsonl").is_file()


@pytest.mark.parametrize("entry", each(lambda: manifest("alerts")))
def test_every_alert_is_accepted_or_refused_as_its_schema_says(entry: dict[str, Any]) -> None:
    message = (folder() / entry["file"]).read_bytes()
    found = objects(message)
    decoded = DECODER.decode(Messages.of([message], [0]))
    if entry["root"] not in ("alert", "alerts"):
        assert [f["error"] for f in found] == ["NOT_CAP"]
        assert not decoded.records
        return
    if entry.get("xsd12_valid") is False:
        assert not found[0]["ok"]
        assert found[0]["error"] in {f.reason for f in schema.check(parse(message), "1.2")}
        assert not decoded.records
        return
    named_wrong = "name_says" in entry.get("third_party", {}) and entry.get("xsd12_valid") is None
    assert all(f["ok"] is not named_wrong for f in found), found
    if not named_wrong:
        assert len(decoded.records) == len(found)
        assert not decoded.refused


@pytest.mark.parametrize("entry", each(lambda: alerts_with("summary_by_lxml")))
def test_every_field_of_the_summary_is_equal(entry: dict[str, Any]) -> None:
    header = objects((folder() / entry["file"]).read_bytes())[0]["header"]
    summary = dict(entry["summary_by_lxml"])
    infos = summary.pop("infos")
    assert {key: header[key] for key in summary} == summary
    assert [{key: got[key] for key in want} for want, got in zip(infos, header["infos"], strict=True)] == infos
    assert header["cap_version"] == entry["cap_version"]
    third = entry.get("third_party", {})
    if "cap_type" in third and entry["file"] not in WRONG_THIRD_PARTY:
        assert (header["sent"], header["sender"]) == (third["sent"], third["sender"])
        assert header["cap_version"] == third["cap_type"].removeprefix("CAP").replace("_", ".")


@pytest.mark.parametrize(
    "entry", each(lambda: [m for m in manifest("alerts") if m.values[0].get("cap_version") == "1.2"])
)
def test_our_schema_agrees_with_the_published_one(entry: dict[str, Any]) -> None:
    xsd = etree.XMLSchema(etree.parse(str(folder() / "schema" / "CAP-v1.2.xsd")))
    root = parse((folder() / entry["file"]).read_bytes())
    assert version_of(root) == "1.2"
    assert (schema.check(root, "1.2") == []) is xsd.validate(root) is entry["xsd12_valid"]


@pytest.mark.parametrize("entry", each(lambda: manifest("feeds", "edxl")))
def test_a_feed_or_envelope_gives_every_alert_or_link_in_it(entry: dict[str, Any]) -> None:
    message = (folder() / entry["file"]).read_bytes()
    decoded = DECODER.decode(Messages.of([message], [0]))
    root = parse(message)
    alerts = [e for e in root.iter() if etree.QName(e).localname == "alert" and version_of(e)]
    good = [e for e in alerts if not [f for f in schema.check(e, version_of(e)) if f.fatal]]
    assert len(decoded.records) == len(good)
    found = objects(message)
    assert len([f for f in found if f["ok"] and "identifier" in f["header"]]) == len(good)
    if "name_says" in entry.get("third_party", {}):
        assert not all(f["ok"] for f in found)
    assert all(link.startswith(("http", "/")) for link in DECODER.links_of(message))


@pytest.mark.parametrize("entry", each(unreadable))
def test_a_document_with_a_dtd_or_broken_markup_is_refused_unread(entry: dict[str, Any]) -> None:
    message = (folder() / entry["file"]).read_bytes()
    found = objects(message)
    assert [f["error"] for f in found] == ["DTD_FORBIDDEN" if entry["well_formed"] else "XML_SYNTAX_ERROR"]
    assert "root:" not in json.dumps(found)
    assert not DECODER.decode(Messages.of([message], [0])).records


@pytest.mark.parametrize("case", each(validator_cases))
def test_every_validator_case_has_its_reason_code(case: dict[str, Any]) -> None:
    kind, given, expected = case["kind"], case["input"], case["expected"]
    match kind:
        case "date":
            assert (values.time_ms(given) is not None) is (expected in ("valid", "ok", True))
        case "tz_offset_minutes":
            assert values.offset_minutes(given) == expected
        case "base64":
            assert values.is_base64(given) is expected
        case "contains_html_entity" | "contains_html_entities":
            assert values.has_html_entity(given) is expected
        case "contains_html_tag" | "contains_html_tags":
            assert values.has_html_tag(given) is expected
        case "google_profile":
            alert = edited_australia(folder() / "alerts" / "cap-library__australia.cap.xml", expected.split()[0])
            _has(alert, expected.split()[0], case["xpath"])
        case _:
            _judge(case)


def _judge(case: dict[str, Any]) -> None:
    kind, given, expected = case["kind"], case["input"], case["expected"]
    message = wrong_alert(kind, given, expected, case["xpath"])
    found = objects(message)[0]
    if kind == "addresses":
        assert found["header"]["addresses"] == expected
    elif kind == "text":
        assert found["header"]["note"] == expected
    elif expected in ("ok", True) or expected is None:
        assert found["ok"], found
        if "value" in case:
            lat, lon, radius = case["value"]
            assert found["header"]["infos"][0]["area"][0]["circle"] == [(lon, lat, radius)]
    elif expected == "NotCapException":
        assert found["error"] == "NOT_CAP"
    elif expected == "XML syntax error":
        assert found["error"] == "XML_SYNTAX_ERROR"
    elif "INVALID_CIRCLE under the extended rules" in str(expected):
        assert found["error"] == "INVALID_CIRCLE"
        assert schema.check(parse(message), "1.2") == []
    else:
        _has(message, str(expected).split()[0], case["xpath"])


def _has(message: bytes, reason: str, xpath: str | None) -> None:
    found = objects(message)[0]
    listed = [(f["reason"], f["field"]) for f in (*found.get("reasons", ()), *found["warnings"])]
    assert (reason, xpath) in listed if xpath else reason in [r for r, _ in listed], listed
