"""The page: both catalogues whole, no words in code, every layer defined once, small enough."""

from __future__ import annotations

import hashlib
import json
import re

from ops_center.content import built_in, load_tree
from ops_center.wall.assets import FOLDER, SCRIPTS, VENDOR, load_assets
from ops_center.wall.deck import definition, listed_layers
from ops_center.wall.texts import catalogue
from playbooks.book_read import load_playbooks
from playbooks.warning_template import load_templates
from tests.wall.fake_layers import FakeLayers

TREE = load_tree([built_in()])[0]
SCRIPT = "\n".join((FOLDER / "js" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)


def test_both_catalogues_have_the_same_keys() -> None:
    assert list(catalogue("zh")) == list(catalogue("en"))


def test_both_texts_of_a_key_have_the_same_places() -> None:
    for key, text in catalogue("zh").items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", catalogue("en")[key])), key


def test_english_texts_hold_no_chinese_but_the_other_language_s_name() -> None:
    wrong = [key for key, text in catalogue("en").items() if re.search(r"[\u4e00-\u9fff]", text)]
    assert wrong == ["language.other"]


def test_every_key_the_scripts_name_is_in_the_catalogue() -> None:
    named = set(re.findall(r'W\.t\("([a-z0-9_.]+)"', SCRIPT))
    assert named
    assert named - {"tab."} <= set(catalogue("zh"))


def test_every_key_made_from_a_word_has_its_family() -> None:
    families = set(re.findall(r"W\.t\(`([a-z]+)\.", SCRIPT)) | set(re.findall(r'W\.word\("([a-z.]+)"', SCRIPT))
    keys = list(catalogue("zh"))
    assert [family for family in sorted(families) if not any(key.startswith(family + ".") for key in keys)] == []


def test_the_scripts_hold_no_words_of_their_own() -> None:
    assert not re.search(r"[\u4e00-\u9fff]", SCRIPT)
    children = re.findall(r'h\("[a-z0-9.\-]+", (?:null|\{[^{}]*\}), "([^"]+)"', SCRIPT)
    assert [text for text in children if re.search(r"[A-Za-z]{2}", text)] == []


def test_vendored_files_are_the_ones_recorded_and_all_listed_scripts_exist() -> None:
    sums = dict(reversed(line.split()) for line in (FOLDER / "vendor" / "SHA256SUMS").read_text().splitlines())
    for file in VENDOR.values():
        assert hashlib.sha256((FOLDER / "vendor" / file).read_bytes()).hexdigest() == sums[file]
    assert sorted(path.stem for path in (FOLDER / "js").glob("*.js")) == sorted(SCRIPTS)


def test_the_page_s_own_files_weigh_less_than_seven_hundred_kilobytes_compressed() -> None:
    assert sum(len(asset.gzipped) for asset in load_assets().values()) < 700_000


def test_every_layer_is_defined_once_ground_below_what_calls() -> None:
    listed = listed_layers(definition(FakeLayers().layers()))
    assert len(listed) == len(set(listed))
    assert listed.index("counties") < listed.index("vehicles") < listed.index("alarms")
    assert "typhoon-circles" not in listed


def test_a_literal_text_of_a_layer_is_no_expression() -> None:
    deck = json.loads(definition(FakeLayers().layers()))
    vehicles = next(layer for layer in deck["layers"] if layer["id"] == "vehicles")
    assert vehicles["radiusUnits"] == "pixels"


def test_every_recipient_of_the_shipped_content_has_a_name_on_the_screen() -> None:
    books, _ = load_playbooks(TREE)
    told = {to for book in books for step in book.walk() if step.kind == "notify" for to in _several(step.params["to"])}
    warned = {to for template in load_templates(TREE)[0].values() for to in template.recipients}
    named = {to for to in told | warned if "." not in to}  # a dotted one is a field of the incident or of a feature
    assert named
    assert {f"role.{to}" for to in named} <= set(catalogue("zh"))


def _several(to: str | list[str]) -> list[str]:
    return [to] if isinstance(to, str) else list(to)
