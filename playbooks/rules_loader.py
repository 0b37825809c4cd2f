"""Compile the rules of a content tree into a Program; each key is compiled or the rule refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ops_center.content import ContentTree, Document, content_hash, nearest
from ops_center.domain.errors import ContentError
from ops_center.domain.rule import Rule
from playbooks.calendar import read_calendars
from playbooks.cel import Compiled, compile_condition
from playbooks.names import Environment
from playbooks.program import Calendar, CompiledRule, Program
from playbooks.rules_read import Path_, Quantities, group_columns, read_rule

_PLACE = re.compile(r"\{([^{}]*)\}")
# Names that a counted alert's message may use beside the row's (ops_center/desk/cross.py).
_COUNTED: Mapping[str, str] = {"count": "integer"}


def load_rules(tree: ContentTree, environment: Environment) -> Program:
    """Return the program of all rules; the first ContentError is raised."""
    program, errors = compile_rules(tree, environment)
    for error in errors:
        raise error
    return program


def compile_rules(
    tree: ContentTree, environment: Environment, *, previous: Program | None = None
) -> tuple[Program, tuple[ContentError, ...]]:
    """Return the program and every error; a rule that is wrong now stays as it was in `previous`."""
    calendars, errors = read_calendars(tree)
    found = list(errors)
    before = {compiled.rule.id: compiled for compiled in previous.rules} if previous else {}
    rules: list[CompiledRule] = []
    for identity, document in tree.of("rule").items():
        try:
            rules.append(compile_rule(document, tree, environment, calendars=calendars))
        except ContentError as error:
            found.append(error)
            if identity in before:
                rules.append(before[identity])
    rules.sort(key=lambda compiled: compiled.rule.id)
    versions = {c.rule.id: c.rule.version for c in rules}
    used = {c.rule.calendar: calendars[c.rule.calendar].version for c in rules if c.rule.calendar in calendars}
    return Program(version=content_hash({"rules": versions, "calendars": used}), rules=tuple(rules)), tuple(found)


def compile_rule(
    document: Document,
    tree: ContentTree,
    environment: Environment,
    *,
    calendars: Mapping[str, Calendar],
) -> CompiledRule:
    """Return one compiled rule; ContentError with file, line, column, field and nearest right name."""
    rule = read_rule(document)
    _check_references(document, rule, tree, environment, calendars)
    names = environment.names_for(rule.subject, feed=rule.feed, joins={join.name: join.layer for join in rule.joins})
    conditions = _Conditions(document, rule, names)
    when = conditions.compiled("when", rule.when)
    then = conditions.compiled("then", rule.then) if rule.then else None
    clear = conditions.compiled("clear_when", rule.clear_when) if rule.clear_when else None
    group = group_columns(rule)
    for n, (_, column) in enumerate(group):
        _check_group(document, names, column, n)
    needed = {column for _, column in group}
    needed.update(*(part.names for part in (when, then, clear) if part is not None))
    needed.update(_message_names(document, rule, names))
    needed.update(f"{join.name}.key" for join in rule.joins)
    return CompiledRule(
        rule=rule,
        when=when,
        then=then,
        clear=clear,
        calendar=calendars[rule.calendar] if rule.calendar else None,
        names=tuple(sorted(needed)),
        group=group,
    )


class _Conditions:
    """Compiles the conditions of one rule and places their errors in its file."""

    def __init__(self, document: Document, rule: Rule, names: Mapping[str, str]) -> None:
        self._document, self._names = document, names
        self._params = Quantities(document).params()
        self._if_missing = rule.if_missing
        for prefix in rule.if_missing:
            if not any(name == prefix or name.startswith(prefix + ".") for name in names):
                known = {name.split(".")[0] for name in names} | set(names)
                raise document.error("no name begins so", ("if_missing", prefix), suggestion=nearest(prefix, known))

    def compiled(self, key: str, text: str) -> Compiled:
        try:
            return compile_condition(text, self._names, params=self._params, if_missing=self._if_missing)
        except ContentError as error:
            line, column = self._document.place_in((key,), error.line, error.column)
            raise ContentError(
                error.reason,
                file=self._document.file,
                line=line,
                column=column,
                field=key,
                suggestion=error.suggestion,
            ) from error


def _check_references(
    document: Document,
    rule: Rule,
    tree: ContentTree,
    environment: Environment,
    calendars: Mapping[str, Calendar],
) -> None:
    """Refuse a layer, calendar, feed, playbook or incident kind that does not exist."""
    for join in rule.joins:
        path: Path_ = ("join", join.name, "inside" if join.mode == "inside" else "nearest")
        _known(document, "layer", join.layer, environment.layers, path)
    if rule.calendar:
        _known(document, "calendar", rule.calendar, calendars, ("calendar",))
    if rule.feed:
        _known(document, "feed", rule.feed, tree.of("feed"), ("applies_to", "feed"))
    if rule.playbook:
        _known(document, "playbook", rule.playbook, tree.of("playbook"), ("playbook",))
    if rule.incident_kind:
        _known(document, "incident kind", rule.incident_kind, tree.of("incident_kind"), ("incident_kind",))


def _known(document: Document, what: str, name: str, names: Mapping[str, object], path: Path_) -> None:
    if name not in names:
        raise document.error(f"unknown {what} {name!r}", path, suggestion=nearest(name, names))


def _check_group(document: Document, names: Mapping[str, str], column: str, number: int) -> None:
    path: Path_ = ("group_by", number)
    if column not in names:
        raise document.error(f"unknown name {column!r}", path, suggestion=nearest(column, names))
    if names[column] != "text":
        raise document.error(f"groups are made by texts, {column} is a {names[column]}", path)


def _message_names(document: Document, rule: Rule, names: Mapping[str, str]) -> set[str]:
    """Return the names both languages' messages use; refuse one that no row has."""
    known = {**names, **_COUNTED} if rule.count else names
    used: set[str] = set()
    for language in ("zh", "en"):
        for name in _PLACE.findall(rule.message.of(language)):
            if name not in known:
                raise document.error(f"unknown name {{{name}}}", ("message", language), suggestion=nearest(name, known))
            used.add(name)
    return used & set(names)


def with_rules(program: Program, keep: set[str]) -> Program:
    """Return the program of only these rules: for tests and trials."""
    return replace(program, rules=tuple(c for c in program.rules if c.rule.id in keep))
