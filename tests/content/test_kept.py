"""A file parsed once is not parsed again: the same document, places included; a text that changed is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops_center.content import Kept, built_in, load_tree, read_document
from ops_center.content import document as reading

TEXT = "id: a\ntitle: {zh: 甲, en: A}\nlist: [1, 2.5, true, null, 'x']\n"


def test_a_document_comes_back_with_its_places(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(TEXT, "utf-8")
    first = Kept.of(tmp_path / "kept")
    found = read_document(path, parsed=first)
    first.save()
    again = Kept.of(tmp_path / "kept")
    assert read_document(path, parsed=again) == found
    assert again.used.keys() == first.used.keys()
    assert found.line_of(("title", "en")) == (2, 16)


def test_a_changed_text_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yml"
    path.write_text(TEXT, "utf-8")
    kept = Kept.of(tmp_path / "kept")
    read_document(path, parsed=kept)
    kept.save()
    path.write_text("id: b\n", "utf-8")
    other = Kept.of(tmp_path / "kept")
    assert read_document(path, parsed=other).data == {"id": "b"}
    other.save()
    assert len(Kept.of(tmp_path / "kept").known) == 1


def test_a_second_reading_of_the_shipped_content_parses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept.of(tmp_path / "kept")
    tree, _ = load_tree([built_in()], parsed=kept)
    kept.save()
    monkeypatch.setattr(reading, "parse_document", lambda text, file: pytest.fail(f"{file} is parsed"))
    again, errors = load_tree([built_in()], parsed=Kept.of(tmp_path / "kept"))
    assert errors == ()
    assert again == tree


@pytest.mark.parametrize("spoilt", [b"", b"\xff", b"\x92\x63\x80"])
def test_a_spoilt_file_keeps_nothing(tmp_path: Path, spoilt: bytes) -> None:
    path = tmp_path / "kept"
    path.write_bytes(spoilt)
    assert Kept.of(path).known == {}
