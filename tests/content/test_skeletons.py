"""What `ops new` writes passes the check as it stands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ops_center.content import SKELETONS, built_in, parse_document, skeleton, skeleton_path, validate
from ops_center.domain.errors import ContentError
from playbooks.book_read import check_document as check_book
from playbooks.calendar import check_calendar
from playbooks.rules_read import check_rule
from streams.manifest import feed_of


@pytest.mark.parametrize("kind", SKELETONS)
def test_a_skeleton_is_content_with_its_id_and_explains_itself(kind: str):
    text = skeleton(kind, "my-own")
    assert parse_document(text).data["id"] == "my-own"
    assert text.count("#") > 5
    assert "__ID__" not in text


def test_skeletons_pass_their_kinds_own_check():
    check_rule(parse_document(skeleton("rule", "my-own")))
    check_calendar(parse_document(skeleton("calendar", "my-own")))
    check_book("playbook", parse_document(skeleton("playbook", "my-own")))
    assert feed_of(parse_document(skeleton("feed", "my-own"))).id == "my-own"


def test_the_layer_skeleton_passes_the_layer_schema():
    schema = json.loads((built_in().path / "layers" / "layer.schema.json").read_text(encoding="utf-8"))
    layer = parse_document(skeleton("layer", "my-own"))
    validate(layer, schema)
    for name in schema["required"]:
        less = replace(layer, data={key: value for key, value in layer.data.items() if key != name})
        with pytest.raises(ContentError, match=name):
            validate(less, schema)


def test_an_unknown_kind_or_a_bad_id_is_refused_with_the_right_name():
    with pytest.raises(ContentError) as caught:
        skeleton("rules", "x1")
    assert caught.value.suggestion == "rule"
    with pytest.raises(ContentError, match="small letters"):
        skeleton("rule", "My Rule")


def test_a_skeleton_lies_where_content_of_its_kind_is_read():
    assert str(skeleton_path("rule", "my-own")) == "playbooks/rules/my-own.yml"
    assert validate(parse_document("a: 1"), {"type": "object"}) is None
