"""Content folders: later wins, overrides, last good version."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_center.content import ContentTree, Document, Folder, built_in, load_tree, reload
from ops_center.domain.errors import ContentError


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "playbooks" / "rules" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(*folders: Path) -> tuple[ContentTree, tuple[ContentError, ...]]:
    return load_tree([Folder(folder) for folder in folders])


def test_a_later_folder_wins_by_id(tmp_path: Path):
    write(tmp_path / "a", "one.yml", "id: one\nseverity: minor")
    write(tmp_path / "a", "two.yml", "id: two\nseverity: minor")
    write(tmp_path / "b", "mine.yml", "id: one\nseverity: severe")
    tree, errors = load(tmp_path / "a", tmp_path / "b")
    assert errors == ()
    assert {key: doc.data["severity"] for key, doc in tree.of("rule").items()} == {"one": "severe", "two": "minor"}


def test_a_short_folder_name_will_do_in_a_deployment(tmp_path: Path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.yml").write_text("id: one")
    tree, _ = load(tmp_path)
    assert list(tree.of("rule")) == ["one"]


def test_an_override_changes_numbers_without_copying_the_file(tmp_path: Path):
    write(tmp_path / "a", "one.yml", "id: one\nseverity: minor\nparams: {near: 300 m, stopped: 10 min}")
    write(tmp_path / "b", "o.yml", "override: {id: one, params: {near: 500 m}, severity: severe, disabled: true}")
    tree, errors = load(tmp_path / "a", tmp_path / "b")
    assert errors == ()
    data = tree.of("rule")["one"].data
    assert data["params"] == {"near": "500 m", "stopped": "10 min"}
    assert (data["severity"], data["disabled"]) == ("severe", True)


@pytest.mark.parametrize(
    ("override", "reason", "suggestion"),
    [
        ("{id: onne}", "no such id", "one"),
        ("{id: one, params: {neer: 1 m}}", "unknown parameter", "near"),
        ("{id: one, sevrity: minor}", "unknown field", "severity"),
    ],
)
def test_a_wrong_override_is_refused_and_changes_nothing(tmp_path: Path, override: str, reason: str, suggestion: str):
    write(tmp_path / "a", "one.yml", "id: one\nparams: {near: 300 m}")
    write(tmp_path / "b", "o.yml", f"override: {override}")
    tree, (error,) = load(tmp_path / "a", tmp_path / "b")
    assert reason in error.reason
    assert error.suggestion == suggestion
    assert error.file.endswith("o.yml")
    assert error.line == 1
    assert tree.of("rule")["one"].data["params"] == {"near": "300 m"}


def test_two_files_of_one_folder_cannot_have_one_id(tmp_path: Path):
    write(tmp_path, "one.yml", "id: one")
    write(tmp_path, "two.yml", "title: x\nid: one")
    _, (error,) = load(tmp_path)
    assert (error.line, error.field) == (2, "id")


def test_a_wrong_change_leaves_the_last_good_version_in_force(tmp_path: Path):
    path = write(tmp_path, "one.yml", "id: one\nseverity: minor")
    before, _ = load(tmp_path)
    path.write_text("id: one\nseverity: [")
    broken, errors = reload(before)
    assert broken.of("rule")["one"].data["severity"] == "minor"
    assert broken.version == before.version
    assert errors[0].line == 2
    path.write_text("id: one\nseverity: severe")
    mended, errors = reload(broken)
    assert errors == ()
    assert mended.of("rule")["one"].data["severity"] == "severe"
    assert mended.version != before.version


def test_what_the_kinds_own_check_refuses_leaves_the_last_good_version_too(tmp_path: Path):
    def accept(kind: str, document: Document) -> None:
        if document.data.get("severity") == "bad":
            raise document.error("no such severity", ("severity",))

    path = write(tmp_path, "one.yml", "id: one\nseverity: minor")
    before, _ = load_tree([Folder(tmp_path)], accept=accept)
    path.write_text("id: one\nseverity: bad")
    after, (error,) = reload(before, accept=accept)
    assert after.of("rule")["one"].data["severity"] == "minor"
    assert error.field == "severity"


def test_a_broken_override_leaves_the_last_good_override_in_force(tmp_path: Path):
    write(tmp_path, "one.yml", "id: one\nseverity: minor")
    path = write(tmp_path, "o.yml", "override: {id: one, severity: severe}")
    before, _ = load(tmp_path)
    path.write_text("override: {id: one, severity: ")
    after, errors = reload(before)
    assert len(errors) == 1
    assert after.of("rule")["one"].data["severity"] == "severe"


def test_a_removed_file_is_gone(tmp_path: Path):
    path = write(tmp_path, "one.yml", "id: one")
    before, _ = load(tmp_path)
    path.unlink()
    after, errors = reload(before)
    assert errors == ()
    assert "one" not in after.of("rule")


def test_an_absent_folder_is_an_error_at_start(tmp_path: Path):
    with pytest.raises(ContentError, match="no such content folder"):
        load(tmp_path / "nowhere")


def test_the_built_in_folder_holds_rules_and_calendars():
    tree, errors = load_tree([built_in()])
    assert errors == ()
    assert len(tree.of("rule")) >= 20
    assert "school_hours" in tree.of("calendar")
