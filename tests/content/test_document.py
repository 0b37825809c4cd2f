"""Strict YAML with places."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_center.content import content_hash, errors_in, parse_document, read_document, validate
from ops_center.domain.errors import ContentError

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "for": {"type": "string", "format": "duration-text"},
        "near": {"type": "string", "format": "length-text"},
        "class": {"enum": ["alarm", "notice", "record"]},
        "steps": {"type": "array", "items": {"type": "object", "required": ["owner"], "properties": {"owner": {}}}},
    },
}


def test_values_keep_the_line_and_column_of_their_keys():
    document = parse_document('id: a\nlist:\n  - {x: 1}\n  - "q"\n')
    assert document.data == {"id": "a", "list": [{"x": 1}, "q"]}
    assert document.line_of(("list", 0, "x")) == (3, 6)
    assert document.value_place(("list", 1)) == (4, 6)
    assert document.line_of(("list", 0, "nowhere")) == (3, 5)


def test_a_place_inside_a_block_text_is_a_place_in_the_file():
    document = parse_document("id: a\nwhen: |\n  speed > 1\n  && seed > 2\n")
    assert document.place_in(("when",), 2, 4) == (4, 6)


@pytest.mark.parametrize("text", ["22:00", "0004", "0x0200", "1_000", "190:20:30", "-0o7", "00"])
def test_a_scalar_other_tools_read_as_another_number_must_be_quoted(text: str):
    with pytest.raises(ContentError) as caught:
        parse_document(f"a:\n  b: {text}\n", file="f.yml")
    assert (caught.value.line, caught.value.column, caught.value.field) == (2, 6, "a.b")
    assert f'quote it: "{text}"' in caught.value.reason
    assert parse_document(f'b: "{text}"').data == {"b": text}


@pytest.mark.parametrize("text", ["10 min", "2026-09-07T07:42:00+08:00", "2020-01-01", "yes", "a:b", "secret:x"])
def test_plain_text_that_every_tool_reads_alike_needs_no_quotes(text: str):
    assert parse_document(f"a: {text}").data == {"a": text}


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a: &x 1\n", 1, "anchors"),
        ("a: 1\nb: *a\n", 2, "anchors"),
        ("a: !!python/object:os.system 1\n", 1, "tags"),
        ("1: a\n", 1, "not text"),
        ("a: [1\n", 2, "not YAML"),
        ("--- a\n--- b\n", 2, "second document"),
        ("a: " + "[" * 30 + "]" * 30, 1, "deeper"),
    ],
)
def test_what_is_no_plain_content_is_refused_with_its_line(text: str, line: int, reason: str):
    with pytest.raises(ContentError, match=reason) as caught:
        parse_document(text)
    assert caught.value.line == line


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_a_document_or_a_content_error(text: str):
    found = _read(text)
    if isinstance(found, ContentError):
        assert found.reason
    else:
        assert json.loads(json.dumps(found)) == found


def _read(text: str) -> object:
    try:
        return parse_document(text).data
    except ContentError as error:
        return error


def test_a_file_that_is_not_utf8_or_absent_says_so(tmp_path: Path):
    (tmp_path / "gbk.yml").write_bytes("id: a\ntitle: 危货".encode("gb18030"))
    with pytest.raises(ContentError, match="not UTF-8") as caught:
        read_document(tmp_path / "gbk.yml")
    assert caught.value.line == 2
    with pytest.raises(ContentError, match="cannot be read"):
        read_document(tmp_path / "none.yml")


@pytest.mark.parametrize(
    ("text", "line", "field", "reason", "suggestion"),
    [
        ("id: a\nclas: alarm", 2, "clas", "unknown field", "class"),
        ("id: 2.3", 1, "id", '2.3 must be text; quote it: "2.3"', ""),
        ("id: a\nclass: alram", 2, "class", "none of", "alarm"),
        ("id: a\nfor: 10 mim", 2, "for", "not a duration", ""),
        ("id: a\nnear: 10 min", 2, "near", "not a length", ""),
        ("class: alarm", 1, "", "'id' is missing", ""),
        ("id: a\nsteps:\n  - owner: x\n  - {}", 4, "steps.1", "'owner' is missing", ""),
    ],
)
def test_a_schema_error_has_line_field_reason_and_nearest_name(
    text: str, line: int, field: str, reason: str, suggestion: str
):
    with pytest.raises(ContentError) as caught:
        validate(parse_document(text, file="f.yml"), SCHEMA)
    error = caught.value
    assert (error.line, error.field, error.suggestion) == (line, field, suggestion)
    assert reason in error.reason
    assert error.file == "f.yml"


def test_all_errors_are_told_in_order_of_line():
    found = errors_in(parse_document("class: x\nfor: y\nid: 1"), SCHEMA)
    assert [(e.line, e.field) for e in found] == [(1, "class"), (2, "for"), (3, "id")]


def test_the_hash_is_of_the_values_not_of_comments_or_order():
    first, second = parse_document("a: 1\nb: 2 # why"), parse_document("# x\nb: 2\na: 1")
    assert first.version == second.version == content_hash({"a": 1, "b": 2})
    assert parse_document("a: 1\nb: 3").version != first.version
