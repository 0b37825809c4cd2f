"""What ``check``, ``new``, ``explain`` and ``import layer`` do with content folders."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from layers.importer import import_layer
from ops_center.bootstrap.content import load_content, read_content
from ops_center.content import KINDS, nearest
from ops_center.content.skeletons import skeleton, skeleton_path
from ops_center.domain.errors import ContentError, SetupError
from ops_center.domain.text import Json
from playbooks.engine_check import run_tests
from playbooks.explain import explain_line
from playbooks.rules_check import run_rule_tests
from playbooks.rules_read import desk_reasons


@dataclass(frozen=True, slots=True)
class Report:
    """What `check` found, one object a line; `ok` is False where anything is wrong."""

    ok: bool
    lines: tuple[dict[str, Json], ...]


def check_content(folders: Sequence[Path]) -> Report:
    """Read all content, run the tests it carries, and say where each rule runs."""
    content, errors = read_content(folders)
    lines = [_error_line(error) for error in errors]
    for compiled in content.program.rules:
        rule = compiled.rule
        reasons = desk_reasons(content.tree.of("rule")[rule.id].data)
        where = f"desk ({'; '.join(reasons)})" if reasons else "worker"
        lines.append(
            {"ok": True, "kind": "rule", "id": rule.id, "runs": where, "text": f"ok    rule {rule.id}: {where}"}
        )
    for result in run_rule_tests(content.program):
        if not result.passed:
            text = f"FAIL  rule {result.rule}, test {result.number}: {result.reason}"
            lines.append({"ok": False, "kind": "rule", "id": result.rule, "reason": result.reason, "text": text})
    for playbook in content.playbooks:
        for save_restore in (False, True):
            for reason in run_tests(playbook, save_restore=save_restore):
                text = f"FAIL  playbook {playbook.id}: {reason}"
                lines.append({"ok": False, "kind": "playbook", "id": playbook.id, "reason": reason, "text": text})
    ok = all(line["ok"] for line in lines)
    counts = {kind: len(content.tree.of(kind)) for kind in KINDS}
    said = ", ".join(f"{n} {kind}" for kind, n in counts.items() if n)
    lines.append({"ok": ok, "kind": "summary", "counts": counts, "text": f"{'ok' if ok else 'FAIL'}: {said}"})
    return Report(ok, tuple(lines))


def write_skeleton(kind: str, name: str, folder: Path) -> Path:
    """Write a commented skeleton; SetupError where the file is there already."""
    path = folder / skeleton_path(kind, name)
    if path.exists():
        raise SetupError("is there already", setting=str(path), suggestion="choose another id")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(skeleton(kind, name), encoding="utf-8")
    return path


def explain_lines(rule: str, stream: Iterable[bytes], folders: Sequence[Path]) -> Iterator[Json]:
    """Yield for each JSON line whether the rule fires, is silent or unknown, and why."""
    program = load_content(folders).program
    found = next((compiled for compiled in program.rules if compiled.rule.id == rule), None)
    if found is None:
        near = nearest(rule, [compiled.rule.id for compiled in program.rules])
        raise ContentError(f"no rule {rule!r}", suggestion=near)
    found = replace(found, rule=replace(found.rule, disabled=False)) if found.rule.disabled else found
    for line in stream:
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            if not isinstance(given, dict):
                raise ValueError("not an object")
            yield explain_line(found, given)
        except ValueError as error:
            yield {"rule": rule, "result": "unknown", "error": f"not a JSON object: {error}"}


def run_import(file: Path, *, layer_id: str, key: str, datum: str, out: Path) -> Finding:
    """Import a file as a layer of a content folder."""
    report = import_layer(file, datum=datum, key=key, out_folder=out / KINDS["layer"], layer_id=layer_id)
    return Finding("\n".join(report.lines()), report.to_json())


@dataclass(frozen=True, slots=True)
class Finding:
    """A report in words and for scripts."""

    text: str
    json: dict[str, Json]


def _error_line(error: ContentError) -> dict[str, Json]:
    return {
        "ok": False,
        "kind": "error",
        "file": error.file,
        "line": error.line,
        "column": error.column,
        "field": error.field,
        "reason": error.reason,
        "suggestion": error.suggestion,
        "text": f"FAIL  {error}",
    }
