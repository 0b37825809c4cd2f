"""Check rules: every error of a tree, where each rule runs and why, and the rules' own tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops_center.content import ContentTree, Document
from ops_center.domain.errors import BadInput, ContentError
from ops_center.domain.quantity import iso, parse_iso
from ops_center.domain.text import Json
from playbooks.calendar import check_calendar
from playbooks.explain import time_of
from playbooks.names import Environment, environment_of
from playbooks.program import CompiledRule, Program
from playbooks.reference import Change, Row, run
from playbooks.rules_loader import compile_rules
from playbooks.rules_read import check_rule, desk_reasons

# Runs a rule over rows until a time; the default is the reference, bootstrap may give the planes.
Runner = Callable[[CompiledRule, Sequence[Row], int], Sequence[Change]]
_MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """One test of a rule: passed, or what was expected and what happened."""

    rule: str
    number: int
    passed: bool
    reason: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCheck:
    """What `check` says about rules; `planes` tells where each runs and why."""

    program: Program
    errors: tuple[ContentError, ...]
    planes: Mapping[str, tuple[str, ...]]  # rule -> () on the worker, else why at the desk
    tests: tuple[TestResult, ...]

    @property
    def passed(self) -> bool:
        """True where nothing is wrong."""
        return not self.errors and all(test.passed for test in self.tests)


def check_document(kind: str, document: Document) -> None:
    """Raise ContentError where one rule or calendar file by itself is wrong; other kinds pass."""
    if kind == "rule":
        check_rule(document)
    elif kind == "calendar":
        check_calendar(document)


def check_rules(tree: ContentTree, *, environment: Environment | None = None, runner: Runner = run) -> RuleCheck:
    """Return every error of the rules of a tree, where each runs, and the results of their tests."""
    program, errors = compile_rules(tree, environment or environment_of(tree))
    planes = {compiled.rule.id: desk_reasons(tree.of("rule")[compiled.rule.id].data) for compiled in program.rules}
    return RuleCheck(program=program, errors=errors, planes=planes, tests=run_rule_tests(program, runner=runner))


def run_rule_tests(program: Program, *, runner: Runner = run) -> tuple[TestResult, ...]:
    """Return the result of every test of every rule, in order."""
    return tuple(
        _run(compiled, number, test, runner)
        for compiled in program.rules
        for number, test in enumerate(compiled.rule.tests, start=1)
    )


def _run(compiled: CompiledRule, number: int, test: Mapping[str, Json], runner: Runner) -> TestResult:
    rule = compiled.rule
    try:
        rows = read_rows(test["given"], beside=Path(rule.file).parent)
        until_ms = parse_iso(test["until"]) if "until" in test else max(row.at_ms for row in rows)
        changes = runner(compiled, rows, until_ms)
    except BadInput as error:
        return TestResult(rule=rule.id, number=number, passed=False, reason=str(error), file=rule.file)
    reason = _difference(test["expect"], changes)
    return TestResult(rule=rule.id, number=number, passed=not reason, reason=reason, file=rule.file)


def read_rows(given: Json, *, beside: Path) -> list[Row]:
    """Return the rows of a test: inline, or one JSON object a line in a file beside the rule."""
    if isinstance(given, str):
        path = beside / given
        try:
            lines = path.read_text(encoding="utf-8").splitlines()[:_MOST_ROWS]
            given = [json.loads(line) for line in lines if line.strip()]
        except (OSError, ValueError) as error:
            raise BadInput(f"{path.name} cannot be read: {error}", field="given") from error
    return [_row(item, number) for number, item in enumerate(given, start=1)]


def _row(item: Json, number: int) -> Row:
    if not isinstance(item, dict):
        raise BadInput(f"row {number} is no object", field="given")
    at_ms = time_of(item)
    if at_ms is None:
        raise BadInput(f"row {number} states no time: at", field="given")
    values = {key: value for key, value in item.items() if key not in ("at", "event_time")}
    return Row(at_ms=at_ms, subject=str(item.get("subject", "subject")), values=values)


def _difference(expect: Mapping[str, Json], changes: Sequence[Change]) -> str:
    """Return what differs from what was expected, "" where nothing does."""
    fired = [change for change in changes if change.fires]
    told = ", ".join(iso(change.at_ms) for change in fired) or "never"
    if len(fired) != expect["fires"]:
        return f"fires {expect['fires']} expected, {len(fired)} found ({told})"
    if "at" in expect and (not fired or fired[0].at_ms != parse_iso(expect["at"])):
        return f"the first firing expected at {iso(parse_iso(expect['at']))}, found {told}"
    ended = len(changes) - len(fired)
    if "resolved" in expect and ended != expect["resolved"]:
        return f"resolved {expect['resolved']} expected, {ended} found"
    return ""
