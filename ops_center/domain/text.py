"""Texts in both languages and messages stored as template, version and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# A value as JSON has it: None, bool, int, float, str, list or dict with str keys; the wire checks.
Json = Any


@dataclass(frozen=True, slots=True)
class Text:
    """One text in zh-CN and en."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """Return the text for ``"zh"`` or ``"en"``."""
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as stored: rendered only for its viewer, never kept as prose."""

    template: Text
    version: int = 1
    params: Mapping[str, Json] = field(default_factory=dict)

    def render(self, language: str) -> str:
        """Fill ``{dotted.name}`` places from `params`; an absent one shows as an em dash."""
        out: list[str] = []
        rest = self.template.of(language)
        while "{" in rest:
            head, _, tail = rest.partition("{")
            name, closed, rest = tail.partition("}")
            if not closed:
                return "".join(out) + head + "{" + tail
            value = self.params.get(name)
            out += [head, _said(value, language)]
        return "".join(out) + rest


def _said(value: Json, language: str) -> str:
    """Return a parameter in a language: ``{zh, en}`` is a text of its own; 100 and more are said without decimals."""
    if isinstance(value, Mapping) and "zh" in value:
        value = value.get("en" if language.startswith("en") else "zh")
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{round(value, 2):g}"
    return "—" if value is None else str(value)
