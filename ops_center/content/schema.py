"""Check a document against a JSON Schema 2020-12: line, column, field, reason, nearest right name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match

from ops_center.content.document import Document, PathTuple
from ops_center.domain.errors import ContentError
from ops_center.domain.quantity import duration_ms, length_mm, parse_iso
from ops_center.domain.text import Json

FORMATS = FormatChecker(formats=())
# A text in both languages; schemas repeat it under $defs so that each stands alone in an editor.
TEXT_SCHEMA: Mapping[str, Json] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["zh", "en"],
    "properties": {"zh": {"type": "string", "minLength": 1}, "en": {"type": "string", "minLength": 1}},
}
_UNKNOWN_FIELD = "unknown field"
_ALLOWED = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def validate(document: Document, schema: Mapping[str, Json]) -> None:
    """Raise the ContentError of `document` against `schema` to mend first; return where it is right.

    That is the first unknown field, for a misspelt name also makes another one missing; else the
    first error by line.
    """
    found = errors_in(document, schema)
    for error in found:
        if error.reason == _UNKNOWN_FIELD:
            raise error
    for error in found:
        raise error


def errors_in(document: Document, schema: Mapping[str, Json]) -> tuple[ContentError, ...]:
    """Return every error of `document` against `schema`, in order of line."""
    validator = Draft202012Validator(schema, format_checker=FORMATS)
    found = [error for raw in validator.iter_errors(document.data) for error in _explain(document, raw)]
    return tuple(sorted(found, key=lambda e: (e.line, e.column, e.field)))


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the right name that looks most like `name`, or "" where none is near."""
    known = list(names)
    lowered = {other.lower(): other for other in known}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return lowered[close[0]] if close else ""


def _format(name: str, read: Callable[[str], object]) -> None:
    @FORMATS.checks(name, raises=ValueError)
    def check(instance: object) -> bool:
        if isinstance(instance, str):
            read(instance)
        return True


_format("duration-text", duration_ms)
_format("length-text", length_mm)
_format("instant", parse_iso)
_format("duration-or-param", lambda text: text.startswith("$") or duration_ms(text))
_format("length-or-param", lambda text: text.startswith("$") or length_mm(text))


def _explain(document: Document, raw: ValidationError) -> Iterable[ContentError]:
    """Turn one schema error into content errors: one per unknown or missing field."""
    path: PathTuple = tuple(raw.absolute_path)
    wanted: Any = raw.validator_value
    match raw.validator:
        case "anyOf" | "oneOf" if raw.context and all(e.validator == "required" for e in raw.context):
            names = [name for error in raw.context for name in cast(list[str], error.validator_value)]
            yield document.error(f"one of these fields is missing: {', '.join(names)}", path)
        case "anyOf" | "oneOf" if raw.context and (closest := _closest(raw)) is not raw:
            yield from _explain(document, closest)
        case "additionalProperties" | "unevaluatedProperties" if isinstance(raw.instance, dict):
            for name in _unknown(raw):
                hint = nearest(name, _properties(raw))
                yield document.error(_UNKNOWN_FIELD, (*path, name), suggestion=hint)
        case "required" if isinstance(raw.instance, dict):
            # jsonschema reports each missing name by its own error; the name is quoted in it
            name = next(n for n in wanted if raw.message.startswith(repr(n)))
            yield document.error(f"the field {name!r} is missing", path)
        case "propertyNames":
            name = str(raw.instance)
            yield document.error(f"{name!r} is not a right name: {raw.message}", (*path, name))
        case _:
            yield document.error(_reason(raw), path, suggestion=_right_value(raw))


def _closest(raw: ValidationError) -> ValidationError:
    """Return the error of the branch the author most likely meant."""
    options: Any = raw.validator_value
    if isinstance(raw.instance, dict):
        # The branch that knows most of the keys given is the one meant.
        branches: dict[int, list[ValidationError]] = {}
        for error in raw.context or ():
            branches.setdefault(int(error.schema_path[0]), []).append(error)
        for number, option in enumerate(options):
            if number in branches and set(raw.instance) & set(option.get("properties", ())):
                return max(branches[number], key=lambda e: len(e.absolute_path))
    found: ValidationError = best_match([raw])
    return found


def _properties(raw: ValidationError) -> list[str]:
    schema: Any = raw.schema
    names = list(schema.get("properties", {}))
    for part in ("allOf", "anyOf", "oneOf"):
        names += [name for option in schema.get(part, ()) for name in option.get("properties", {})]
    return names


def _unknown(raw: ValidationError) -> list[str]:
    known, given = set(_properties(raw)), cast(dict[str, Json], raw.instance)
    return [name for name in given if name not in known] or list(given)[:1]


def _reason(raw: ValidationError) -> str:
    value: Any = raw.instance
    wanted: Any = raw.validator_value
    match raw.validator:
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else list(wanted)
            says = " or ".join(_ALLOWED.get(kind, kind) for kind in kinds)
            if "string" in kinds and isinstance(value, int | float) and not isinstance(value, bool):
                return f'{value} must be {says}; quote it: "{value}"'
            if "boolean" in kinds and isinstance(value, str):
                return f"{value!r} must be {says} (YAML 1.2: yes, no, on and off are text)"
            return f"{_short(value)} must be {says}"
        case "enum":
            return f"{_short(value)} is none of {', '.join(str(w) for w in wanted)}"
        case "const":
            return f"{_short(value)} must be {wanted}"
        case "format":
            return str(raw.cause) if raw.cause else f"{_short(value)} is no {wanted}"
        case "pattern":
            about = raw.schema.get("description") if isinstance(raw.schema, dict) else None
            return (
                f"{_short(value)} has not the form of {about}" if about else f"{_short(value)} does not match {wanted}"
            )
        case _:
            return raw.message


def _right_value(raw: ValidationError) -> str:
    wanted: Any = raw.validator_value
    if raw.validator == "enum" and isinstance(raw.instance, str):
        return nearest(raw.instance, [w for w in wanted if isinstance(w, str)])
    return ""


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
