"""Read the definition of a rule from its document: quantities, joins, validity, grouping."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ops_center.content import Document, nearest, validate
from ops_center.domain.quantity import duration_ms, length_mm, parse_iso
from ops_center.domain.rule import Counting, Join, Rule, Validity
from ops_center.domain.scales import AlertClass, Severity
from ops_center.domain.text import Json, Text
from playbooks.names import DESK_SUBJECTS

Path_ = tuple[str | int, ...]
Param = bool | int | float | str | tuple[bool | int | float | str, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONE = "Asia/Shanghai"
# Keys that need a line of observations; hazards are judged once a revision, silent feeds by ticks.
_TEMPORAL = ("for", "absent_for", "then", "within", "count", "clear_when", "calendar", "once_within")


def schema() -> Mapping[str, Json]:
    """Return the published JSON Schema of rules."""
    found: Mapping[str, Json] = json.loads(Path(__file__).with_name("rule.schema.json").read_text(encoding="utf-8"))
    return found


def check_rule(document: Document) -> None:
    """Raise ContentError where one rule file by itself is wrong; its names are checked when it is compiled."""
    read_rule(document)


def read_rule(document: Document) -> Rule:
    """Return the rule of a document; ContentError with line, column and field where it is wrong."""
    validate(document, schema())
    given: Mapping[str, Any] = document.data
    _check_keys(document, given)
    subject = given["applies_to"]["subject"]
    group_by = tuple(given.get("group_by", (subject,)))
    reader = Quantities(document)
    counting = given.get("count")
    window = reader.duration(("within",))
    return Rule(
        id=given["id"],
        version=f"{given['version']}-{document.version[:8]}",
        title=_text(given["title"]),
        alert_class=AlertClass(given["class"]),
        severity=Severity(given["severity"]),
        subject=subject,
        jurisdiction=given["applies_to"].get("jurisdiction", ""),
        feed=given["applies_to"].get("feed", ""),
        params=given.get("params", {}),
        joins=tuple(_join(name, reader, of) for name, of in given.get("join", {}).items()),
        when=given.get("when", "true"),
        for_ms=reader.duration(("for",)),
        absent_for_ms=reader.duration(("absent_for",)),
        then=given.get("then", ""),
        then_within_ms=window if "then" in given else 0,
        count=Counting(of=counting["of"], at_least=reader.whole(("count", "at_least")), within_ms=window)
        if counting
        else None,
        group_by=group_by,
        once_within_ms=reader.duration(("once_within",)),
        clear_when=given.get("clear_when", ""),
        calendar=given.get("calendar", ""),
        valid=_validity(document, given.get("valid", {})),
        if_missing=given.get("if_missing", {}),
        message=_text(given["message"]),
        source=_text(given["source"]),
        rationale=given.get("rationale", {}),
        playbook=given.get("playbook", ""),
        follows=tuple(given.get("follows", {}).get("hazard", ())),
        follows_within_ms=reader.duration(("follows", "within")),
        incident_kind=given.get("incident_kind", ""),
        shadow=given.get("shadow", False),
        disabled=given.get("disabled", False),
        one_subject=not desk_reasons(given),
        tests=tuple(given.get("tests", ())),
        file=document.file,
    )


def desk_reasons(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why a rule cannot be judged on one subject's line (ORDER 15); empty where it can."""
    subject = given["applies_to"]["subject"]
    reasons = []
    if subject in DESK_SUBJECTS:
        reasons.append(f"a {subject} is judged at the desk")
    elif not {"subject", subject} & set(given.get("group_by", (subject,))):
        reasons.append(f"group_by names no {subject}, so subjects share an alert")
    if given.get("count", {}).get("of") == "subjects":
        reasons.append("it counts subjects")
    return tuple(reasons)


def group_columns(rule: Rule) -> tuple[tuple[str, str], ...]:
    """Return each part of the group key with the column it is read from."""
    joins = {join.name for join in rule.joins}
    pairs = []
    for word in rule.group_by:
        if word in ("subject", rule.subject) and rule.subject not in DESK_SUBJECTS:
            pairs.append((word, "subject"))
        elif word == "hazard":
            pairs.append((word, "hazard.id"))
        elif word in joins or word == "area":
            pairs.append((word, f"{word}.key"))
        else:
            pairs.append((word, word))
    return tuple(pairs)


class Quantities:
    """Reads quantities of a rule, also through its parameters."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._params: Mapping[str, Any] = document.data.get("params", {})

    def duration(self, path: Path_) -> int:
        """Return milliseconds at a path, 0 where it is absent."""
        return self._read(path, duration_ms)

    def length(self, path: Path_) -> int:
        """Return millimetres at a path."""
        return self._read(path, length_mm)

    def whole(self, path: Path_) -> int:
        """Return a whole number at a path."""
        value = self._value(path)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self._document.error(f"{value!r} is not a whole number of 1 or more", path)
        return value

    def params(self) -> dict[str, Param]:
        """Return the parameters as conditions see them: metres, seconds, texts, numbers, lists."""
        return {name: _constant(value) for name, value in self._params.items()}

    def _read(self, path: Path_, read: Callable[[str], int]) -> int:
        value = self._value(path)
        if value is None:
            return 0
        try:
            found = read(str(value))
        except ValueError as error:
            raise self._document.error(str(error), path) from error
        if found <= 0:
            raise self._document.error(f"{value!r} must be more than nothing", path)
        return found

    def _value(self, path: Path_) -> Json:
        value: Json = self._document.data
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str) and value.startswith("$"):
            if value[1:] not in self._params:
                hint = nearest(value[1:], self._params)
                raise self._document.error(f"unknown parameter {value}", path, suggestion=hint and f"${hint}")
            return self._params[value[1:]]
        return value


def _constant(value: Json) -> Param:
    if isinstance(value, list):
        return tuple(item for item in value)
    if isinstance(value, str):
        for read in (length_mm, duration_ms):
            try:
                return read(value) / 1000.0
            except ValueError:
                continue
    scalar: bool | int | float | str = value
    return scalar


def _join(name: str, reader: Quantities, of: Mapping[str, Any]) -> Join:
    inside = "inside" in of
    return Join(
        name=name,
        mode="inside" if inside else "nearest",
        layer=of["inside"] if inside else of["nearest"],
        within_mm=0 if inside else reader.length(("join", name, "within")),
        optional=of.get("optional", False),
    )


def _check_keys(document: Document, given: Mapping[str, Any]) -> None:
    """Refuse keys that contradict each other; nothing is ignored in silence."""
    subject = given["applies_to"]["subject"]
    if subject in DESK_SUBJECTS:
        for key in _TEMPORAL:
            if key in given:
                raise document.error(f"cannot be used on a {subject}: it has no line of observations", (key,))
    for key in ("then", "count"):
        if key in given and "within" not in given:
            raise document.error(f"{key} wants a window: within", (key,))
    if "within" in given and not {"then", "count"} & set(given):
        raise document.error("within is the window of then or count; a distance stands in the join", ("within",))
    for key, others in {
        "absent_for": ("for", "then", "count", "clear_when"),
        "then": ("for", "count"),
        "for": ("count",),
    }.items():
        for other in others:
            if key in given and other in given:
                raise document.error(f"{other} cannot stand together with {key}", (other,))
    if given["class"] == "alarm" and "response" not in given.get("rationale", {}):
        raise document.error("an alarm says who must do what: rationale.response is missing", ("class",))
    names = {"subject", subject, "hazard", "area"} | set(given.get("join", {}))
    for n, word in enumerate(given.get("group_by", ())):
        if word not in names and "." not in word and word not in ("feed",):
            raise document.error(f"cannot group by {word!r}", ("group_by", n), suggestion=nearest(word, names))


def _validity(document: Document, given: Mapping[str, Any]) -> Validity:
    try:
        zone = ZoneInfo(given.get("zone", _ZONE))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise document.error(f"unknown time zone {given['zone']!r}", ("valid", "zone")) from error
    limits: dict[str, int] = {}
    for key in ("from", "to"):
        if key not in given:
            continue
        text = given[key]
        try:
            limits[key] = _day(text, zone, last=key == "to") if len(text) == 10 else parse_iso(text)
        except ValueError as error:
            raise document.error(f"{text!r} is no date and no instant with its zone", ("valid", key)) from error
    if len(limits) == 2 and limits["to"] <= limits["from"]:
        raise document.error("to lies before from", ("valid", "to"))
    return Validity(from_ms=limits.get("from"), to_ms=limits.get("to"))


def _day(text: str, zone: ZoneInfo, *, last: bool) -> int:
    """Return the first instant of a local day, or of the day after it."""
    day = datetime.fromisoformat(text).replace(tzinfo=zone) + timedelta(days=int(last))
    return round((day - _EPOCH).total_seconds()) * 1000


def _text(given: Mapping[str, str]) -> Text:
    return Text(given["zh"], given["en"])
