"""Check what a person handed in against its form, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ops_center.domain.errors import CommandRefused
from ops_center.domain.text import Json
from playbooks.book import Form, FormField

MOST_CHARACTERS = 2_000
_YES = {"true": True, "yes": True, "false": False, "no": False}


def check_answers(form: Form, answers: Mapping[str, Json], *, target: str = "") -> dict[str, Json]:
    """Return the answers in the form's types; CommandRefused names the first wrong field.

    Text from an input box is accepted for numbers and booleans: "12" is 12.
    """
    known = {f.name for f in form.fields}
    unknown = sorted(set(answers) - known - {"receipt"})
    if unknown:
        raise CommandRefused(f"{form.id}.{unknown[0]}: the form has no such field", target=target)
    checked: dict[str, Json] = {}
    for one in form.fields:
        value = answers.get(one.name)
        if value is None or value == "":
            if one.required:
                raise CommandRefused(f"{form.id}.{one.name}: an answer is needed", target=target)
            continue
        try:
            checked[one.name] = _read(one, value)
        except ValueError as error:
            raise CommandRefused(f"{form.id}.{one.name}: {error}", target=target) from error
    return checked


def _read(one: FormField, value: Json) -> Json:
    match one.kind:
        case "integer" | "number":
            return _number(one, value)
        case "boolean":
            return _boolean(value)
        case "choice":
            names = [name for name, _ in one.choices]
            if value not in names:
                raise ValueError(f"{value!r} is none of {', '.join(names)}")
            return value
        case _:
            return _text(one, value)


def _number(one: FormField, value: Json) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a number")
    try:
        number = int(value) if one.kind == "integer" and not isinstance(value, float) else float(value)
    except ValueError:
        raise ValueError(f"{value!r} is not {'a whole' if one.kind == 'integer' else 'a'} number") from None
    if one.kind == "integer" and number != int(number):
        raise ValueError(f"{value!r} is not a whole number")
    if number != number or abs(number) == float("inf"):
        raise ValueError(f"{value!r} is not a number")
    if one.minimum is not None and number < one.minimum:
        raise ValueError(f"{value} is below {one.minimum:g}")
    if one.maximum is not None and number > one.maximum:
        raise ValueError(f"{value} is above {one.maximum:g}")
    return int(number) if one.kind == "integer" else number


def _boolean(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in _YES:
        raise ValueError(f"{value!r} is neither yes nor no")
    return _YES[str(value).lower()]


def _text(one: FormField, value: Json) -> str:
    text = str(value).strip()
    if len(text) > (one.most or MOST_CHARACTERS):
        raise ValueError(f"longer than {one.most or MOST_CHARACTERS} characters")
    if one.pattern and re.fullmatch(one.pattern, text) is None:
        raise ValueError(f"{text!r} has not the form {one.pattern}")
    return text
