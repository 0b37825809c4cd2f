"""Playbook files with a mistake: refused with line, field and the nearest right name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops_center.content import parse_document
from ops_center.domain.errors import CommandRefused, ContentError
from ops_center.domain.text import Text
from playbooks.book import Form, FormField
from playbooks.book_read import read_form, read_playbook, schema_of
from playbooks.engine_form import check_answers
from playbooks.engine_judge import check_condition, judge
from tests.playbooks.test_engine import FORMS, HEAD, TEXTS


def refused(steps: str) -> ContentError:
    with pytest.raises(ContentError) as error:
        read_playbook(parse_document(HEAD + steps, file="book.yml"), forms=FORMS, texts=TEXTS)
    return error.value


@pytest.mark.parametrize(
    ("steps", "field", "reason", "suggestion"),
    [
        ("- {id: a, task: {}, taks: {}}", "steps.0.taks", "unknown field", "task"),
        ("- {id: a, task: {}, owner: duty_oficer}", "steps.0.owner", "", "duty_officer"),
        ("- {id: a, task: {}, needs: [b]}", "steps.0.needs.0", "no step 'b'", ""),
        ("- {id: a, task: {}}\n- {id: a, task: {}}", "steps.1.id", "stands twice", ""),
        ("- {id: a, task: {}, due_by_law: first_report, done_within: 1 h}", "steps.0.done_within", "the law", ""),
        ("- {id: a, task: {}, needs: [b]}\n- {id: b, task: {}, needs: [a]}", "needs", "needs itself", ""),
        ("- {id: a, ask: {form: g}}", "steps.0.ask.form", "no form 'g'", ""),
        ("- {id: a, notify: {to: x, text: tt}}", "steps.0.notify.text", "no text 'tt'", ""),
        ("- {id: a, task: {}, when: 'x >'}", "steps.0.when", "parse", ""),
        ("- {id: a, wait: {for: ten}}", "steps.0.wait.for", "duration", ""),
        ("- {id: a, parallel: [{id: b, task: {}, needs: [a]}]}", "needs", "lies inside", ""),
    ],
)
def test_a_mistake_is_refused_where_it_stands(steps: str, field: str, reason: str, suggestion: str):
    error = refused(steps)
    assert error.file == "book.yml"
    assert error.line >= 9
    assert field in error.field
    assert reason in str(error)
    if suggestion:
        assert error.suggestion == suggestion


def test_the_schemas_of_this_folder_are_right_json_schemas():
    from jsonschema import Draft202012Validator

    for kind in ("playbook", "form", "text", "incident_kind", "capability"):
        schema = json.loads(json.dumps(schema_of(kind)))
        Draft202012Validator.check_schema(schema)
        assert not Draft202012Validator(schema).is_valid({})


def test_every_shipped_form_is_read():
    folder = Path(__file__).parents[2] / "playbooks" / "forms"
    from ops_center.content import read_document

    assert {read_form(read_document(path)).id for path in sorted(folder.glob("*.yml"))} >= {"hazmat_intake"}


FORM = Form(
    id="f",
    version="1",
    title=Text("", ""),
    fields=(
        FormField(name="count", kind="integer", label=Text("", ""), required=True, minimum=0, maximum=100),
        FormField(name="level", kind="number", label=Text("", "")),
        FormField(name="burning", kind="boolean", label=Text("", "")),
        FormField(name="wind", kind="choice", label=Text("", ""), choices=(("n", Text("北", "N")),)),
        FormField(name="un", kind="text", label=Text("", ""), pattern="[0-9]{4}", most=4),
    ),
)


def test_text_from_an_input_box_becomes_the_forms_types():
    answers = {"count": "12", "level": "1.5", "burning": "no", "wind": "n", "un": " 1017 "}
    assert check_answers(FORM, answers) == {"count": 12, "level": 1.5, "burning": False, "wind": "n", "un": "1017"}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({}, "f.count: an answer is needed"),
        ({"count": "1.5"}, "f.count: '1.5' is not a whole number"),
        ({"count": 1.5}, "f.count: 1.5 is not a whole number"),
        ({"count": True}, "f.count: True is not a number"),
        ({"count": -1}, "f.count: -1 is below 0"),
        ({"count": 1, "level": "nan"}, "f.level: 'nan' is not a number"),
        ({"count": 1, "burning": "perhaps"}, "f.burning: 'perhaps' is neither yes nor no"),
        ({"count": 1, "wind": "up"}, "f.wind: 'up' is none of n"),
        ({"count": 1, "un": "12"}, "f.un: '12' has not the form [0-9]{4}"),
        ({"count": 1, "un": "10171"}, "f.un: longer than 4 characters"),
        ({"count": 1, "colour": "red"}, "f.colour: the form has no such field"),
    ],
)
def test_a_wrong_answer_names_the_field_and_the_reason(answers: dict[str, object], reason: str):
    with pytest.raises(CommandRefused) as refused:
        check_answers(FORM, answers)
    assert refused.value.reason == reason


def test_a_condition_over_what_is_not_known_is_unknown_and_or_absorbs_it():
    assert judge("answers.a.n > 3", {"answers": {}}) is None
    assert judge("answers.a.n > 3 || incident.closed", {"answers": {}, "incident": {"closed": True}}) is True
    assert judge("incident.closed", {"incident": {"closed": "yes"}}) is None


def test_a_condition_that_is_no_cel_or_too_long_is_refused():
    with pytest.raises(ValueError, match="parse"):
        check_condition("a b")
    with pytest.raises(ValueError, match="longer"):
        check_condition("a" * 1_001)
