"""Texts: the catalogue of every word the wall shows by itself, one file a language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).with_name("texts")
LANGUAGES = ("zh", "en")


def catalogue(language: str) -> Mapping[str, str]:
    """Return key -> text of a language."""
    texts: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return texts


def catalogues() -> Mapping[str, Mapping[str, str]]:
    """Return both catalogues."""
    return {language: catalogue(language) for language in LANGUAGES}
