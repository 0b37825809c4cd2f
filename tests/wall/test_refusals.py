"""Every refusal of the desk has its words in both languages: the sources name them, the catalogue knows them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_center.wall.texts import catalogue

ROOT = Path(__file__).parents[2]
FOLDERS = ("ops_center/desk", "playbooks")
RAISED = {"CommandRefused"}
# Functions of the desk that raise with the sentence they are given (and a name behind it).
CARRIERS = {"_taken": " by X", "_by": " by X", "_need": "", "_gone": "", "_need_text": ""}
DEFECTS = {"unknown command {}", "wrong arguments: {}"}


def sentence(node: ast.expr) -> str | None:
    """Return a literal's text, its places as {}."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def refusals() -> Iterator[tuple[str, str]]:
    """Yield (where, sentence) of every refusal whose words stand in the source."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                texts = [text for text in map(sentence, node.args) if text and (" " in text or name in RAISED)]
                if name in RAISED and node.args and texts[:1] == [sentence(node.args[0])]:
                    yield f"{path.name}:{node.lineno}", texts[0]
                elif name in CARRIERS and texts:
                    yield f"{path.name}:{node.lineno}", texts[0] + CARRIERS[name]


def patterns() -> list[re.Pattern[str]]:
    """Return what the wall recognises, as `texts.js` reads it."""
    keys = [key.removeprefix("desk: ") for key in catalogue("en") if key.startswith("desk: ")]
    return [re.compile("^" + re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(key)) + "$") for key in keys]


def test_every_refusal_in_the_sources_has_its_words() -> None:
    known = patterns()
    found = [(where, text) for where, text in refusals() if text not in DEFECTS and text.replace("{}", "").strip(" :.")]
    assert len(found) > 80
    missing = [
        f"{where} {text}"
        for where, text in found
        if not any(one.match(text.replace("{}", "X")) for one in known) and text not in ("{} by {}", "{} by X")
    ]
    assert missing == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_refusal_s_words_use_only_what_its_pattern_finds(language: str) -> None:
    for key, text in catalogue(language).items():
        if key.startswith("desk: "):
            assert set(re.findall(r"\{\w+\}", text)) <= set(re.findall(r"\{\w+\}", key)), key
